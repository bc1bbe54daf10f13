//! Review campaigns and forgetting, through the use cases.

use patrol_app::Caller;
use patrol_app::audit::ReviewScope;
use patrol_ledger::{Command, Event, Expiry, Selector, Verdict};

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
    // A report of a time tells the review as it stood at its end.
    let early = world.app.report(at("2026-01-01"), at("2026-01-11")).unwrap().reviews.remove(0);
    assert_eq!((early.status, early.closed_by.as_deref(), early.kept), ("open", None, 1));
    // Later changes leave what a closed review says alone.
    world.set("2026-01-13");
    world.app.forget(&by("root"), "alice", "asked", true).unwrap();
    let view = world.app.review(id).unwrap();
    assert_eq!((view.kept, view.revoked, view.ended, view.open), (1, 1, 0, 0));
}

#[test]
fn reviewers_are_held_against_owners_by_more_than_the_whole_name() {
    let world = World::new();
    let token = world.issue("alice@example.com", "ci", "", Expiry::Default);
    let id = world.app.start_review(&by("root"), "all", &ReviewScope::default()).unwrap();
    let decide = |who: &Caller| {
        let tokens = vec![Selector::Id(token)];
        world.app.decide_review(who, id, tokens, Verdict::Keep, "used")
    };
    for alike in ["alice@laptop", "Alice <ALICE@example.org>", "alice"] {
        let said = decide(&by(alike)).unwrap_err().to_string();
        assert!(said.contains("the same before the @"), "{alike}: {said}");
    }
    let of_user = |name: &str, uid| Caller { uid: Some(uid), ..by(name) };
    let view = || {
        let view = world.app.review(id).unwrap();
        let words = view.document().html();
        (view.tokens[0].reviewer_like_owner, view.tokens[0].reviewer_uid, words)
    };
    decide(&of_user("bob", 1007)).unwrap();
    let (like, uid, words) = view();
    assert_eq!((like, uid), (None, Some(1007)));
    assert!(
        words.contains("No verdict comes from") && words.contains("compared were names"),
        "{words}"
    );
    // Whoever acted as the owner before, under this user id, may be the owner still.
    let rename = Command::Rename { token: Selector::Id(token), name: "other".into() };
    world.app.submit(&of_user("alice@laptop", 1007), rename).unwrap();
    let (like, _, words) = view();
    assert_eq!(like, Some("uid"));
    assert!(words.contains("The one verdict given may come from"), "{words}");
    assert!(words.contains("bob: THE OWNER"), "{words}");
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
fn what_was_kept_and_then_ended_is_not_counted_as_kept() {
    let world = World::new();
    let kept = world.issue("alice", "ci", "", Expiry::Default);
    let id = world.app.start_review(&by("root"), "all", &ReviewScope::default()).unwrap();
    let tokens = vec![Selector::Id(kept)];
    world.app.decide_review(&by("root"), id, tokens, Verdict::Keep, "used").unwrap();
    let count = || {
        let view = world.app.review(id).unwrap();
        (view.kept, view.ended)
    };
    assert_eq!(count(), (1, 0));
    world.app.leaver("alice", None, Some(&by("root"))).unwrap();
    assert_eq!(count(), (0, 1));
}

/// Whoever follows a log that is put back to an older copy, and goes on, is told.
#[test]
fn an_event_that_is_another_one_now_is_noticed() {
    let (one, other) = (World::story(), World::new());
    let events = one.events();
    let seen = events[0].clone();
    one.app.assure_still_there(&seen).unwrap();
    other.set("2026-01-02");
    let words = |seen| other.app.assure_still_there(seen).unwrap_err().to_string();
    assert!(words(&events[20]).contains("the log has no position 20"));
    let first = patrol_ledger::Recorded { id: events[1].id, ..seen };
    assert!(words(&first).contains("position 0 is another one now"));
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
