//! Review campaigns and forgetting, through the use cases.

use patrol_app::audit::ReviewScope;
use patrol_ledger::{Event, Expiry, Selector, Verdict};

use crate::world::{World, at, by};

#[test]
fn a_campaign_from_start_to_sign_off_stands_in_the_report() {
    let world = World::new();
    let mine = world.issue("alice", "ci", "repo:read", Expiry::Default);
    let theirs = world.issue("bob", "deploy", "repo:*", Expiry::Default);
    world.issue("bob", "other", "mail:send", Expiry::Default);
    world.set("2026-01-10");
    let about = ReviewScope { scope: Some("repo:read".parse().unwrap()), owner: None };
    let id = world.app.start_review(&by("carol"), "Q1 <b>", &about).unwrap();
    let decide = |who: &str, token, verdict, reason: &str| {
        let tokens = vec![Selector::Id(token)];
        world.app.decide_review(&by(who), id, tokens, verdict, reason)
    };
    decide("bob", mine, Verdict::Keep, "nightly builds").unwrap();
    let own = decide("bob", theirs, Verdict::Keep, "mine").unwrap_err().to_string();
    assert!(own.contains("belongs to the reviewer"), "{own}");
    let open = world.app.close_review(&by("carol"), id, None).unwrap_err().to_string();
    assert!(open.contains(&theirs.to_string()), "{open}");
    decide("carol", theirs, Verdict::Revoke, "nobody knows what for").unwrap();
    let revoked = world
        .events()
        .into_iter()
        .rev()
        .find(|e| matches!(e.event, Event::TokenRevoked { .. }))
        .unwrap();
    assert_eq!(revoked.cause.unwrap().id, id.to_string(), "the revocation names the review");
    world.set("2026-01-12");
    world.app.close_review(&by("dave"), id, Some("signed: dave".into())).unwrap();
    let view = world.app.review(id).unwrap();
    assert_eq!((view.kept, view.revoked, view.ended, view.open), (1, 1, 0, 0));
    assert_eq!((view.status, view.closed_by.as_deref()), ("closed", Some("dave")));
    let said = |token: patrol_token::TokenId| {
        let it = view.tokens.iter().find(|it| it.token_id == token.to_string()).unwrap();
        (it.verdict, it.reviewer.clone().unwrap(), it.reason.clone().unwrap())
    };
    assert_eq!(said(mine), (Some("keep"), "bob".into(), "nightly builds".into()));
    assert_eq!(said(theirs), (Some("revoke"), "carol".into(), "nobody knows what for".into()));
    let report = world.app.report(at("2026-01-01"), at("2026-02-01")).unwrap();
    assert_eq!(report.reviews.len(), 1);
    let page = report.document().html();
    assert!(page.contains("signed: dave") && page.contains("Q1 &lt;b&gt;"));
    assert!(world.app.report(at("2026-01-01"), at("2026-01-05")).unwrap().reviews.is_empty());
    // Later changes leave what a closed review says alone.
    world.app.forget(&by("root"), "alice", "asked", true).unwrap();
    let view = world.app.review(id).unwrap();
    assert_eq!((view.kept, view.revoked, view.ended, view.open), (1, 1, 0, 0));
}

#[test]
fn whoever_is_forgotten_is_nobody_everywhere() {
    let world = World::story();
    let done = world.app.forget(&by("root"), "alice", "asked", true).unwrap();
    assert!(done.wal_emptied && done.position.is_some());
    assert_eq!(done.person.len(), 32);
    assert_eq!(done.still_known, Vec::<String>::new());
    let mut text = String::new();
    for format in [
        patrol_app::audit::ExportFormat::Jsonl,
        patrol_app::audit::ExportFormat::Csv,
        patrol_app::audit::ExportFormat::Ocsf,
        patrol_app::audit::ExportFormat::CloudEvents,
        patrol_app::audit::ExportFormat::Cef,
    ] {
        let export = patrol_app::audit::Export { format, after: None, limit: None };
        world
            .app
            .export(&export, |lines| {
                text.push_str(lines);
                Ok::<_, patrol_app::AppError>(())
            })
            .unwrap();
    }
    let report = world.app.report(at("2026-01-01"), at("2026-03-01")).unwrap();
    text.push_str(&serde_json::to_string(&report).unwrap());
    assert!(!text.contains("alice") && text.contains("carol"), "the others are still named");
    let unknown = world.app.leaver("alice", None, None).unwrap_err().to_string();
    assert_eq!(unknown, "this owner has no tokens in this ledger");
    assert!(world.app.check().unwrap().is_sound());
    world.app.rebuild().unwrap();
    assert!(world.app.check().unwrap().is_sound());
}

#[test]
fn other_names_of_who_is_forgotten_are_told() {
    let world = World::new();
    let expiry = Expiry::Default;
    let mail = "alice@example.com";
    let owners = [mail, "Alice <ALICE@example.com>", "alice@laptop", "malice@example.com", "bob"];
    for owner in owners {
        world.issue(owner, "one", "", expiry);
    }
    let done = world.app.forget(&by("root"), mail, "asked", true).unwrap();
    assert_eq!(done.still_known, ["Alice <ALICE@example.com>", "alice@laptop"]);
}
