//! The report: figures that add up, against a ledger whose story is known.

use patrol_app::audit::Report;
use patrol_ledger::{Expiry, Selector};

use crate::world::{World, at, by};

fn report(world: &World, from: &str, to: &str) -> Report {
    world.app.report(at(from), at(to)).unwrap()
}

#[test]
fn the_story_in_figures() {
    let world = World::story();
    let told = report(&world, "2026-01-01", "2026-02-02");
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["inventory"]["start"]["active"], 0);
    let end = &json["inventory"]["end"];
    assert_eq!([&end["active"], &end["expired"], &end["revoked"]], [0, 1, 2]);
    let life = &json["lifecycle"];
    let count = |member: &str| life[member].as_u64().unwrap();
    let counts = ["issued", "imported", "rotated", "suspended", "revoked", "expired"].map(count);
    assert_eq!(counts, [2, 1, 1, 1, 2, 1]);
    assert_eq!(life["revoked_by_reason"], serde_json::json!({"leaked": 1, "superseded": 1}));
    let leaks = &json["leaks"];
    assert_eq!([&leaks["tokens"], &leaks["still_usable"], &leaks["exposure_known"]], [2, 0, 2]);
    // One day, and half a day.
    assert_eq!(leaks["exposed_to_detected"]["p50_seconds"], 43_200.0);
    assert_eq!(leaks["exposed_to_detected"]["max_seconds"], 86_400.0);
    let keys: Vec<_> = told
        .policy_changes
        .entries
        .iter()
        .map(|it| (it.key.as_str(), it.before.as_deref(), it.after.as_deref()))
        .collect();
    assert_eq!(keys[3].0, "verifier_key");
    assert_eq!(
        keys[..3],
        [
            ("leak-response", Some("revoke"), Some("suspend")),
            ("prefixes", Some(r#"["acme_pat"]"#), Some(r#"["acme_pat","acme_ci"]"#)),
            ("leak-response", Some("suspend"), Some("revoke")),
        ]
    );
    assert_eq!(told.bypasses.count, 1);
    assert!(told.log.covered < told.log.size, "the end of the story is not part of it");
    assert_eq!(told.log.root.len(), 64);
    let checkpoint = told.log.checkpoint.unwrap();
    assert!(checkpoint.note.starts_with(&format!("log.example/test\n{}\n", checkpoint.size)));
}

/// What lived, and what came, less what ended, is what lives; over any cut of the time.
#[test]
fn the_figures_add_up_however_the_time_is_cut() {
    let world = World::story();
    let cuts = [
        "2026-01-01",
        "2026-01-03",
        "2026-01-05",
        "2026-01-06T01:00:00Z",
        "2026-01-20",
        "2026-02-02T00:00:00Z",
    ];
    let (mut issued, mut ended) = (0, 0);
    for pair in cuts.windows(2) {
        let told = report(&world, pair[0], pair[1]);
        let life = &told.lifecycle;
        let (came, gone) = (life.issued + life.imported, life.revoked + life.expired);
        let (start, end) = (told.inventory.start.living(), told.inventory.end.living());
        assert_eq!(start + came - gone, end, "{pair:?}");
        assert_eq!(life.periods.last().unwrap().living, end, "{pair:?}");
        let over =
            |of: fn(&patrol_app::audit::Period) -> u64| life.periods.iter().map(of).sum::<u64>();
        assert_eq!((over(|it| it.issued), over(|it| it.revoked + it.expired)), (came, gone));
        (issued, ended) = (issued + came, ended + gone);
    }
    assert_eq!((issued, ended), (3, 3));
}

#[test]
fn lists_of_what_never_ends_and_what_nobody_uses() {
    let world = World::new();
    let never = world.issue("alice", "never", "*", Expiry::Never);
    let used = world.issue("alice", "used", "repo:read ci:run", Expiry::At(at("2027-01-01")));
    world.set("2026-05-01");
    world.issue("bob", "young", "ci:run", Expiry::Default);
    world.app.ledger().note_use(used, at("2026-04-20")).unwrap();
    let told = report(&world, "2026-04-01", "2026-05-02");
    let ids = |entries: &[patrol_app::audit::Entry]| {
        entries.iter().map(|it| it.token_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&told.never_expiring.entries), [never.to_string()]);
    assert_eq!(ids(&told.unused.unused.entries), [never.to_string()], "young is not old enough");
    assert_eq!((told.unused.never_used, told.unused.used_later), (1, 0));
    let scopes: Vec<_> = told
        .scopes
        .scopes
        .entries
        .iter()
        .map(|it| (it.scope.as_str(), it.tokens, it.never_used))
        .collect();
    assert_eq!(scopes, [("ci:run", 2, 1), ("*", 1, 1), ("repo:read", 1, 0)]);
    assert_eq!((told.scopes.on_never_used, told.scopes.unlimited), (1, 1));
    // Before the use was noted, nothing is known of it.
    let earlier = report(&world, "2026-04-01", "2026-04-15");
    assert_eq!((earlier.unused.unused.count, earlier.unused.used_later), (1, 1));
}

#[test]
fn leavers_and_their_lag() {
    let world = World::new();
    let id = world.issue("alice", "one", "", Expiry::Default);
    world.issue("alice", "two", "", Expiry::Default);
    world.set("2026-01-10");
    let one = patrol_ledger::Revoke {
        tokens: vec![Selector::Id(id)],
        reason: patrol_ledger::RevokeReason::Leaver,
        ..Default::default()
    };
    world.app.revoke(&by("root"), one).unwrap();
    world.set("2026-01-13");
    let told = report(&world, "2026-01-01", "2026-02-01");
    assert_eq!((told.leavers.owners, told.leavers.incomplete, told.leavers.lag.count), (1, 1, 0));
    world.app.leaver("alice", None, Some(&by("root"))).unwrap();
    let told = report(&world, "2026-01-01", "2026-02-01");
    assert_eq!((told.leavers.incomplete, told.leavers.lag.max_seconds), (0, Some(3.0 * 86_400.0)));
}

/// Whoever comes back later has not been slow to leave.
#[test]
fn a_token_issued_later_leaving_counts_in_no_lag() {
    let world = World::new();
    world.issue("alice", "one", "", Expiry::Default);
    world.set("2026-01-10");
    world.app.leaver("alice", None, Some(&by("root"))).unwrap();
    world.set("2026-01-20");
    let back = world.issue("alice", "back", "", Expiry::Default);
    let told = report(&world, "2026-01-01", "2026-02-01").leavers;
    assert_eq!(
        (told.incomplete, told.lag.max_seconds),
        (0, Some(0.0)),
        "one lives, and is another"
    );
    assert_eq!(told.list.entries[0].issued_later, 1);
    world.set("2026-01-30");
    let gone = patrol_ledger::Revoke { tokens: vec![Selector::Id(back)], ..Default::default() };
    world.app.revoke(&by("root"), gone).unwrap();
    let told = report(&world, "2026-01-01", "2026-02-01").leavers;
    assert_eq!(told.lag.max_seconds, Some(0.0));
    let leaver = world.app.leaver("alice", None, None).unwrap();
    assert_eq!((leaver.lag_seconds, leaver.issued_later), (Some(0.0), 1));
    let early = world.app.leaver("alice", Some(at("2026-01-09")), None).unwrap();
    assert_eq!((early.lag_seconds, early.issued_later), (Some(86_400.0), 1));
}

/// That persons were forgotten, keys replaced and parts of the log lost is what auditors ask first.
#[test]
fn what_happened_to_the_log_itself_is_told() {
    let world = World::new();
    world.issue("alice", "one", "", Expiry::Default);
    world.app.forget(&by("root"), "alice", "asked", true).unwrap();
    let signer =
        patrol_ledger::By { actor: "root".into(), via: patrol_ledger::Via::Cli, uid: None };
    let ledger = world.app.ledger();
    ledger.checkpoint(&signer).unwrap();
    ledger.rotate_key(&signer).unwrap();
    std::fs::remove_file(patrol_ledger::record_path(ledger.path())).unwrap();
    let told = report(&world, "2026-01-01", "2026-02-01");
    assert!(told.log.behind.as_ref().unwrap().contains("is not beside it"));
    assert!(told.document().html().contains("NOT TO BE RELIED ON"));
    ledger.accept_rollback(&signer, "a disk died").unwrap();
    let told = report(&world, "2026-01-01", "2026-02-01");
    assert_eq!(told.log.behind, None);
    let what: Vec<_> = told.log.events.entries.iter().map(|it| it.what).collect();
    assert_eq!(what, ["owner.forgotten", "ledger.key_rotated", "ledger.rollback_accepted"]);
    let page = told.document().html();
    assert!(page.contains("a disk died") && page.contains("was forgotten: asked"));
}

#[test]
fn times_that_make_no_sense_are_refused_in_words() {
    let world = World::new();
    let words = |from: &str, to: &str| world.app.report(at(from), at(to)).unwrap_err().to_string();
    assert!(words("2025-06-01", "2025-01-01").contains("ends before it begins"));
    assert!(words("2025-06-01", "2025-06-01").contains("ends before it begins"));
    assert!(words("2027-01-01", "2028-01-01").contains("is yet to come"));
}

#[test]
fn the_page_shows_foreign_texts_as_text() {
    let world = World::new();
    let evil = "</td><script>alert(1)</script><img src=x onerror='y'>\u{202e}";
    world.issue(evil, "=cmd|' /C calc'!A0", "", Expiry::Never);
    world.set("2026-06-01");
    let document = report(&world, "2026-01-01", "2026-06-01").document();
    // Long words may be broken; nothing else is added to them.
    let page = document.html().replace("<wbr>", "");
    assert!(page.contains("&lt;/td&gt;&lt;script&gt;alert(1)"), "the owner is on the page");
    for markup in ["<script", "<img", "onerror='", "\u{202e}", "javascript:"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg"));
    let csv = document.csv();
    assert!(csv.contains(",'=cmd|"), "{csv}");
    for section in &document.sections {
        assert_eq!(section.controls.len(), 4, "{} names its controls", section.title);
        assert!(page.contains(&section.title.replace('&', "&amp;")));
    }
    assert_eq!(document.closing[1].label, "log size");
}
