//! Before and after of every change.

use patrol_app::audit::{Changed, Past};
use patrol_ledger::{Command, Selector};

use crate::world::World;

fn shown(changed: &Changed) -> String {
    let side = |side: &Option<serde_json::Map<_, _>>| {
        side.as_ref().map_or("nothing".to_owned(), |m| serde_json::to_string(m).unwrap())
    };
    let ended = changed.ended_at.map(|at| format!(" had ended {at}")).unwrap_or_default();
    format!("{} → {}{ended}", side(&changed.before), side(&changed.after))
}

#[test]
fn every_type_of_event_tells_what_it_changed() {
    let world = World::story();
    let events = world.events();
    let changed = world.app.changed(&mut Past::default(), &events).unwrap();
    let lines: Vec<_> = events
        .iter()
        .zip(&changed)
        .filter(|(event, _)| !event.event.kind().as_str().ends_with("issued"))
        .filter(|(event, _)| event.position > 0)
        .map(|(event, changed)| format!("{} {}", event.event.kind(), shown(changed)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    token.imported nothing → {"created_at":"2026-01-02T00:00:00.000000Z","digest":"6e99d1912563f14121e4e99a14ea65fb569e718a9c12c284f3ef8dcc8f11122a","expires_at":"2026-02-01T00:00:00.000000Z","name":"old","owner":"carol","scopes":["*"],"sightings":0,"status":"active"}
    token.renamed {"name":"=ci|bot\n"} → {"name":"ci"}
    token.scoped {"scopes":["repo:read"]} → {"scopes":["ci:run"]}
    token.expiry_changed {"expires_at":null} → {"expires_at":"2026-12-31T00:00:00.000000Z"}
    ledger.policy_changed {"leak-response":"revoke"} → {"leak-response":"suspend"}
    ledger.prefix_added {"prefixes":["acme_pat"]} → {"prefixes":["acme_pat","acme_ci"]}
    token.leaked {"leaked_at":null,"sightings":0} → {"leaked_at":"2026-01-05T00:00:00.000000Z","sightings":1}
    token.suspended {"status":"active","suspended_at":null} → {"status":"suspended","suspended_at":"2026-01-05T00:00:00.000000Z"}
    token.resumed {"leak_accepted_at":null,"status":"suspended","suspended_at":"2026-01-05T00:00:00.000000Z"} → {"leak_accepted_at":"2026-01-05T00:00:00.000000Z","status":"active","suspended_at":null}
    ledger.policy_changed {"leak-response":"suspend"} → {"leak-response":"revoke"}
    ledger.scan_bypassed nothing → nothing
    token.rotated {"rotated_to":null,"superseded_at":null} → {"rotated_to":"01KE89MX006RDQYQJ8XGZ1F9MA","superseded_at":"2026-01-06T01:00:00.000000Z"}
    token.leaked {"leaked_at":null,"sightings":0} → {"leaked_at":"2026-01-08T00:00:00.000000Z","sightings":1}
    token.revoked {"revoked_at":null,"revoked_reason":null,"status":"active"} → {"revoked_at":"2026-01-08T00:00:00.000000Z","revoked_reason":"leaked","status":"revoked"}
    ledger.map_committed nothing → nothing
    ledger.key_rotated {"verifier_key":"log.example/test+35ca4758+AdjT0PpJfXmy/CPrV7EWOqvTNTCKRpm2Ueeqc++zKJy1"} → {"verifier_key":"log.example/test+5492999f+ASx4uTpTVYpBFM7nB605xACGBgVBQztYcL8JKhOrMPQC"}
    ledger.rollback_accepted nothing → nothing
    token.revoked {"revoked_at":"2026-01-06T01:00:00.000000Z","revoked_reason":"superseded","status":"revoked"} → {"revoked_at":"2026-01-06T01:00:00.000000Z","revoked_reason":"superseded","status":"revoked"} had ended 2026-01-06T01:00:00.000000Z
    token.expired {"expires_at":"2026-02-01T00:00:00.000000Z","status":"expired"} → {"expires_at":"2026-02-01T00:00:00.000000Z","status":"expired"} had ended 2026-02-01T00:00:00.000000Z
    review.started nothing → nothing
    review.decided nothing → nothing
    token.revoked {"revoked_at":null,"revoked_reason":null,"status":"active"} → {"revoked_at":"2026-02-02T00:00:00.000000Z","revoked_reason":"requested","status":"revoked"}
    review.closed nothing → nothing
    owner.forgotten nothing → nothing
    "#);
}

#[test]
fn any_order_and_any_choice_of_events_gives_the_same() {
    let world = World::story();
    let mut events = world.events();
    let in_order = world.app.changed(&mut Past::default(), &events).unwrap();
    let mut past = Past::default();
    // Every other event only, and then all of them backwards.
    for step in [0, 1] {
        for (event, expected) in events.iter().zip(&in_order).skip(step).step_by(2) {
            let changed = world.app.changed(&mut past, std::slice::from_ref(event)).unwrap();
            assert_eq!(&changed[0], expected, "{}", event.position);
        }
    }
    events.reverse();
    let backwards = world.app.changed(&mut past, &events).unwrap();
    assert!(backwards.iter().rev().eq(in_order.iter()));
}

#[test]
fn what_was_before_is_what_was_after_the_change_before() {
    let world = World::new();
    let id = world.issue("alice", "0", "", patrol_ledger::Expiry::Default);
    for name in 1..50 {
        world.run("alice", Command::Rename { token: Selector::Id(id), name: name.to_string() });
    }
    let events = world.events();
    let changed = world.app.changed(&mut Past::default(), &events).unwrap();
    for (name, changed) in changed.iter().skip(2).enumerate() {
        let text = |m: &Option<serde_json::Map<_, _>>| m.as_ref().unwrap()["name"].to_string();
        assert_eq!(text(&changed.before), format!("\"{name}\""));
        assert_eq!(text(&changed.after), format!("\"{}\"", name + 1));
    }
}
