//! Exposure and leavers: instants, lags, and what is said not to be known.

use patrol_ledger::{Command, Expiry, Revoke, RevokeReason, Selector};

use crate::world::{World, at, by};

fn seconds(text: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "small")]
    Some(text.parse::<patrol_ledger::Lifetime>().unwrap().as_micros() as f64 / 1e6)
}

#[test]
fn an_incident_is_told_from_the_commit_to_the_end() {
    let world = World::new();
    world.set("2026-01-02");
    let id = world.issue("alice", "ci", "repo:read", Expiry::Default);
    world.set("2026-01-10T12:00:00Z");
    world.leak(id, "b", "2026-01-09T12:00:00Z");
    let told = world.app.exposure(&Selector::Id(id)).unwrap();
    assert_eq!(told.exposed_at.as_deref(), Some("2026-01-09T12:00:00.000000Z"));
    assert_eq!(told.exposed_known_by, Some("commit"));
    assert_eq!(told.exposed_to_detected_seconds, seconds("24h"));
    assert_eq!((told.ended_by, told.detected_to_ended_seconds), (Some("revoked"), seconds("0s")));
    assert_eq!((told.notified_at.as_deref(), told.used_since), (None, "not_noted"));
    let steps: Vec<_> = told.timeline.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps, ["token.issued", "exposed", "token.leaked", "token.revoked"]);
}

/// A commit's date is whatever its author's clock said.
#[test]
fn a_commit_from_before_the_token_or_from_the_future_tells_nothing() {
    for date in ["2025-12-31T00:00:00Z", "2027-01-01T00:00:00Z", "yesterday", ""] {
        let world = World::new();
        let id = world.issue("alice", "ci", "", Expiry::Default);
        world.set("2026-01-10");
        world.leak(id, "a", date);
        let told = world.app.exposure(&Selector::Id(id)).unwrap();
        assert_eq!(told.exposed_known_by, Some("finding"), "{date}");
        assert_eq!(told.exposed_at, told.detected_at);
        let page = told.document().html();
        assert!(page.contains("no commit tells"), "{date}");
    }
    // Of the same second as the token: exposed as soon as it was there.
    let world = World::new();
    world.set("2026-01-02T00:00:00.5Z");
    let id = world.issue("alice", "ci", "", Expiry::Default);
    world.set("2026-01-10");
    world.leak(id, "a", "2026-01-02T00:00:00Z");
    let told = world.app.exposure(&Selector::Id(id)).unwrap();
    assert_eq!(told.exposed_at.as_deref(), Some("2026-01-02T00:00:00.500000Z"));
}

#[test]
fn whether_it_was_used_since_is_told_as_far_as_it_is_known() {
    for (used, expect) in [
        (None, "not_noted"),
        (Some("2026-01-05"), "not_noted"),
        (Some("2026-01-08T18:00:00Z"), "unknown"),
        (Some("2026-01-09"), "yes"),
        (Some("2026-01-12"), "yes"),
    ] {
        let world = World::new();
        let id = world.issue("alice", "ci", "", Expiry::Default);
        if let Some(used) = used {
            world.app.ledger().note_use(id, at(used)).unwrap();
        }
        world.set("2026-01-10");
        world.leak(id, "a", "2026-01-09T00:00:00Z");
        let told = world.app.exposure(&Selector::Id(id)).unwrap();
        assert_eq!(told.used_since, expect, "{used:?}");
    }
}

#[test]
fn a_leaked_token_that_is_only_suspended_has_ended_until_it_is_resumed() {
    let world = World::new();
    let change = patrol_ledger::Change::parse("leak-response", "suspend").unwrap();
    world.run("root", Command::SetPolicy(change));
    let id = world.issue("alice", "ci", "", Expiry::Default);
    world.set("2026-01-10");
    world.leak(id, "a", "2026-01-09T00:00:00Z");
    let ended = || world.app.exposure(&Selector::Id(id)).unwrap().ended_by;
    assert_eq!(ended(), Some("suspended"));
    let accept_leak = Some("harmless".into());
    world.run("alice", Command::Resume { token: Selector::Id(id), accept_leak });
    assert_eq!(ended(), None);
}

#[test]
fn a_token_that_never_leaked_has_no_incident() {
    let world = World::new();
    let id = world.issue("alice", "ci", "", Expiry::Default);
    let told = world.app.exposure(&Selector::Id(id)).unwrap();
    assert!(!told.exposed && told.exposed_at.is_none() && told.live_seconds.is_none());
}

#[test]
fn a_leaver_is_told_whole_and_ended_in_one_transaction() {
    let world = World::new();
    world.set("2026-01-02");
    world.issue("alice", "one", "a:b", Expiry::Default);
    world.issue("alice", "short", "a:b", Expiry::At(at("2026-01-05")));
    world.issue("bob", "other", "a:b", Expiry::Default);
    let third = world.issue("alice", "two", "*", Expiry::Never);
    world.set("2026-01-10");
    let gone = Revoke {
        tokens: vec![Selector::Id(third)],
        reason: RevokeReason::Requested,
        ..Revoke::default()
    };
    world.app.revoke(&by("root"), gone).unwrap();
    world.set("2026-01-20");
    let left = Some(at("2026-01-08"));
    let before = world.app.leaver("alice", left, None).unwrap();
    assert_eq!((before.tokens.len(), before.living, before.lag_seconds), (3, 1, None));
    let lags: Vec<_> = before.tokens.iter().map(|held| held.lag_seconds).collect();
    assert_eq!(lags, [None, None, seconds("2d")], "lives; ended before; two days late");
    let after = world.app.leaver("alice", left, Some(&by("root"))).unwrap();
    assert_eq!((after.living, after.revoked.len(), after.lag_seconds), (0, 1, seconds("12d")));
    let again = world.app.leaver("alice", None, Some(&by("root"))).unwrap();
    assert_eq!((again.revoked.len(), again.lag_seconds), (0, seconds("0s")));
    assert_eq!(world.app.leaver("bob", None, None).unwrap().living, 1, "bob's are left alone");
    let words = |owner: &str, left: Option<&str>| {
        world.app.leaver(owner, left.map(at), None).unwrap_err().to_string()
    };
    assert_eq!(words("nobody", None), "this owner has no tokens in this ledger");
    assert!(words("alice", Some("2026-02-01")).contains("is yet to come"));
}

/// What a search of a whole history finds most: a token that had ended long before.
#[test]
fn what_had_ended_before_it_was_found_took_nobody_any_time() {
    let world = World::new();
    world.set("2026-01-02");
    let dead = world.issue("alice", "old", "", Expiry::Default);
    let never_usable = world.issue("alice", "older", "", Expiry::Default);
    let live = world.issue("alice", "new", "", Expiry::Default);
    world.set("2026-01-05");
    let end = |tokens| Revoke { tokens, reason: RevokeReason::Unused, ..Revoke::default() };
    world.app.revoke(&by("root"), end(vec![Selector::Id(dead)])).unwrap();
    world.app.revoke(&by("root"), end(vec![Selector::Id(never_usable)])).unwrap();
    world.set("2026-01-20");
    world.leak(dead, "a", "2026-01-03T00:00:00Z");
    world.leak(never_usable, "b", "2026-01-10T00:00:00Z");
    let change = patrol_ledger::Change::parse("leak-response", "report").unwrap();
    world.run("root", Command::SetPolicy(change));
    world.leak(live, "c", "2026-01-19T00:00:00Z");
    world.set("2026-01-22");
    world.app.revoke(&by("root"), end(vec![Selector::Id(live)])).unwrap();

    let told = world.app.exposure(&Selector::Id(dead)).unwrap();
    assert_eq!((told.detected_to_ended_seconds, told.live_seconds), (None, seconds("2d")));
    assert!(told.document().html().contains("it had ended before"));
    let told = world.app.exposure(&Selector::Id(never_usable)).unwrap();
    assert_eq!((told.detected_to_ended_seconds, told.live_seconds), (None, seconds("0s")));

    let leaks = world.app.report(at("2026-01-01"), at("2026-02-01")).unwrap().leaks;
    assert_eq!((leaks.tokens, leaks.ended_before_found, leaks.still_usable), (3, 2, 0));
    assert_eq!(
        (leaks.detected_to_ended.count, leaks.detected_to_ended.p50_seconds),
        (1, seconds("2d"))
    );
    assert_eq!(
        (leaks.exposed_to_ended.count, leaks.exposed_to_ended.max_seconds),
        (2, seconds("3d"))
    );
}

#[test]
fn whoever_returns_makes_the_answer_to_their_leaving_no_slower() {
    let world = World::new();
    world.issue("alice", "one", "", Expiry::Default);
    world.set("2026-01-10");
    world.app.leaver("alice", None, Some(&by("root"))).unwrap();
    world.set("2026-01-20");
    let back = world.issue("alice", "again", "", Expiry::Never);
    let told = world.app.leaver("alice", None, None).unwrap();
    assert_eq!((told.living, told.issued_later, told.lag_seconds), (1, 1, seconds("0s")));
    let leavers = world.app.report(at("2026-01-01"), at("2026-01-25")).unwrap().leavers;
    assert_eq!((leavers.incomplete, leavers.lag.max_seconds), (0, seconds("0s")));
    assert_eq!((leavers.list.entries[0].living, leavers.list.entries[0].issued_later), (0, 1));
    world.set("2027-01-20");
    let end = Revoke {
        tokens: vec![Selector::Id(back)],
        reason: RevokeReason::Requested,
        ..Revoke::default()
    };
    world.app.revoke(&by("root"), end).unwrap();
    let told = world.app.leaver("alice", None, None).unwrap();
    assert_eq!((told.living, told.lag_seconds), (0, seconds("0s")));
    assert_eq!(told.tokens[1].lag_seconds, None);
}
