//! Review campaigns: given, when, then.

use patrol_ledger::{Command, Decide, Kind, REVIEW_MAX, Selector, Verdict};
use patrol_token::TokenId;
use ulid::Ulid;

use crate::support::{World, issue};

const REVIEW: Ulid = Ulid(7);

fn start(by: &str, tokens: &[TokenId]) -> Command {
    let (by, name) = (by.into(), "first quarter".into());
    Command::StartReview { id: REVIEW, by, name, tokens: tokens.to_vec() }
}

fn decide(by: &str, tokens: &[TokenId], verdict: Verdict) -> Command {
    let tokens = tokens.iter().map(|id| Selector::Id(*id)).collect();
    let (by, reason) = (by.into(), "looked at it".into());
    Command::Decide(Decide { review: REVIEW, by, tokens, verdict, reason })
}

fn close() -> Command {
    Command::CloseReview { review: REVIEW, by: "carol".into(), comment: Some("fine".into()) }
}

/// Two tokens of alice's and one of bob's under review.
fn world() -> (World, [TokenId; 3]) {
    let mut world = World::new();
    let (first, _) = world.token();
    let (second, _) = world.token();
    let (_, third) = issue(&*world.entropy, "bob", "bobs");
    let third_id = third.id;
    world.run(Command::Issue(third)).unwrap();
    let ids = [first, second, third_id];
    world.run(start("carol", &ids)).unwrap();
    (world, ids)
}

#[test]
fn every_verdict_is_an_event_and_a_revocation_comes_with_it() {
    let (mut world, [first, second, third]) = world();
    let kept = world.run(decide("carol", &[first], Verdict::Keep)).unwrap();
    assert_eq!(kept.events.len(), 1);
    let ended = world.run(decide("alice", &[third], Verdict::Revoke)).unwrap();
    let kinds: Vec<_> = ended.events.iter().map(|event| event.event.kind()).collect();
    assert_eq!(kinds, [Kind::ReviewDecided, Kind::TokenRevoked]);
    assert!(ended.tokens[&third].revoked.is_some());
    // The same again is no change; another verdict is.
    assert_eq!(world.run(decide("carol", &[first, first], Verdict::Keep)).unwrap().position, None);
    world.run(decide("carol", &[first, second], Verdict::Revoke)).unwrap();
    let closed = world.run(close()).unwrap();
    let told = format!("{:?}", closed.events[0].event);
    assert!(told.contains("kept: 0, revoked: 3, ended: 0"), "{told}");
    let review = &world.store.contents().rows.reviews[&REVIEW];
    assert!(review.closed_at.is_some() && review.tokens.values().all(Option::is_some));
}

#[test]
fn what_is_refused_is_refused_in_words() {
    let (mut world, [first, second, third]) = world();
    let own = world.refused(decide("alice", &[third, first], Verdict::Keep));
    assert_eq!(own, format!("token {first} belongs to the reviewer; somebody else must review it"));
    // Written otherwise, it is the same person still.
    assert_eq!(world.refused(decide(" alice ", &[first], Verdict::Keep)), own);
    let open = world.refused(close());
    assert!(open.starts_with(&format!("review {REVIEW} is open for ")), "{open}");
    assert!([first, second, third].iter().all(|id| open.contains(&id.to_string())));
    let (stranger, _) = world.token();
    let words = world.refused(decide("carol", &[stranger], Verdict::Keep));
    assert_eq!(words, format!("token {stranger} is not part of review {REVIEW}"));
    let mut elsewhere = decide("carol", &[first], Verdict::Keep);
    if let Command::Decide(it) = &mut elsewhere {
        it.review = Ulid(8);
    }
    assert_eq!(world.refused(elsewhere), format!("no review {} is known to this ledger", Ulid(8)));
    let mut wordless = decide("carol", &[first], Verdict::Keep);
    if let Command::Decide(it) = &mut wordless {
        it.reason = " ".into();
    }
    assert_eq!(world.refused(wordless), "the reason is empty");
    world.run(decide("carol", &[first, second, third], Verdict::Keep)).unwrap();
    world.run(close()).unwrap();
    let closed = world.refused(decide("carol", &[first], Verdict::Revoke));
    assert!(closed.contains("was closed at") && closed.ends_with("that is final"), "{closed}");
    assert_eq!(world.refused(close()), closed);
}

#[test]
fn what_ended_meanwhile_needs_no_verdict_and_takes_none() {
    let (mut world, [first, second, third]) = world();
    let tokens = vec![Selector::Id(first)];
    world.run(Command::Revoke(patrol_ledger::Revoke { tokens, ..Default::default() })).unwrap();
    let words = world.refused(decide("carol", &[first], Verdict::Keep));
    assert!(words.contains("was revoked"), "{words}");
    world.run(decide("carol", &[second, third], Verdict::Keep)).unwrap();
    let told = format!("{:?}", world.run(close()).unwrap().events[0].event);
    assert!(told.contains("kept: 2, revoked: 0, ended: 1"), "{told}");
}

#[test]
fn a_review_of_nothing_of_the_dead_or_of_too_many_is_refused() {
    let mut world = World::new();
    let nothing = world.refused(start("carol", &[]));
    assert_eq!(nothing, "no living token fits; there is nothing to review");
    let (id, _) = world.token();
    let tokens = vec![Selector::Id(id)];
    world.run(Command::Revoke(patrol_ledger::Revoke { tokens, ..Default::default() })).unwrap();
    assert!(world.refused(start("carol", &[id])).contains("was revoked"));
    let many: Vec<_> = (0..=REVIEW_MAX as u64).map(|n| TokenId::new(n, [1; 10])).collect();
    let words = world.refused(start("carol", &many));
    assert_eq!(words, "1501 tokens fit; one review takes at most 1500");
}

/// The first event of a review at the bound still fits an envelope.
#[test]
fn a_review_at_its_bound_fits_the_log() {
    let mut world = World::new();
    let mut ids = Vec::new();
    for n in 0..REVIEW_MAX {
        let (_, mut new) = issue(&*world.entropy, "alice", "n");
        new.name = n.to_string();
        ids.push(new.id);
        if n < 3 {
            world.run(Command::Issue(new)).unwrap();
        } else {
            // The log itself need not be long: rows are enough to decide on.
            let mut token = world.store.contents().rows.tokens[&ids[0]].clone();
            token.id = new.id;
            world.put(token);
        }
    }
    let receipt = world.run(start("carol", &ids)).unwrap();
    let last = world.store.contents().entries.last().unwrap().envelope.len();
    assert!(receipt.position.is_some() && last < 65_535, "{last}");
}
