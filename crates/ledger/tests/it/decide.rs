//! Given, when, then: what commands make happen, and the words when they do not.

use patrol_ledger::{
    Change, Command, Event, Expiry, Leak, Revoke, RevokeReason, Rotate, Selector, Sighting, Status,
};
use patrol_token::{PlainToken, TokenDigest, TokenId};

use crate::support::{World, id, issue, scopes};

fn kinds(receipt: &patrol_ledger::Receipt) -> Vec<&'static str> {
    receipt.events.iter().map(|recorded| recorded.event.kind().as_str()).collect()
}

fn rename(token: TokenId, name: &str) -> Command {
    Command::Rename { token: id(token), name: name.into() }
}

fn revoke(token: TokenId) -> Command {
    Command::Revoke(Revoke { tokens: vec![id(token)], ..Revoke::default() })
}

fn policy(key: &str, value: &str) -> Command {
    Command::SetPolicy(Change::parse(key, value).unwrap())
}

fn leak(token: &PlainToken, id: TokenId, place: u8) -> Command {
    Command::Leak(Box::new(Leak {
        token: Selector::Whole { id: Some(id), digest: token.digest() },
        sighting: Sighting {
            place: [place; 32],
            source: "blob".into(),
            repository: Some("/srv/app.git".into()),
            object: None,
            reference: None,
            path: Some("config.yml".into()),
            line: Some(3),
            column: Some(9),
            commit: None,
            author: Some("Bob <bob@example.com>".into()),
            date: None,
        },
    }))
}

fn rotate(world: &World, token: TokenId, overlap: &str) -> (TokenId, Command) {
    let (_, new) = issue(&*world.entropy, "nobody", "unused");
    let rotate = Rotate {
        token: id(token),
        successor: new.id,
        prefix: new.prefix,
        digest: new.digest,
        overlap: overlap.parse().unwrap(),
        expires: Expiry::Default,
    };
    (new.id, Command::Rotate(rotate))
}

#[test]
fn a_token_lives_and_ends() {
    let mut world = World::new();
    let (token, _) = world.token();
    assert_eq!(kinds(&world.run(rename(token, "deploy")).unwrap()), ["token.renamed"]);
    assert!(world.run(rename(token, "deploy")).unwrap().events.is_empty(), "nothing to change");
    let narrow = Command::Scope {
        token: id(token),
        set: None,
        add: scopes("ci:run"),
        remove: scopes("repo:read"),
    };
    let receipt = world.run(narrow).unwrap();
    assert_eq!(receipt.tokens[&token].scopes, scopes("ci:run"));
    assert_eq!(kinds(&world.run(revoke(token)).unwrap()), ["token.revoked"]);
    assert!(world.run(revoke(token)).unwrap().events.is_empty(), "revoking is idempotent");
    let words = world.refused(rename(token, "again"));
    assert_eq!(
        words,
        format!("token {token} was revoked (requested) at 2026-03-01 12:00:00 UTC; that is final")
    );
}

#[test]
fn ends_obey_the_policy() {
    let mut world = World::new();
    let (token, _) = world.token();
    let expire = |at: Expiry| Command::Expire { token: id(token), at };
    let at = |text: &str| Expiry::At(text.parse().unwrap());
    assert_eq!(
        world.refused(expire(at("2026-02-28"))),
        "the end 2026-02-28 00:00:00 UTC is not in the future (now 2026-03-01 12:00:00 UTC)"
    );
    world.run(policy("max-lifetime", "30d")).unwrap();
    assert_eq!(
        world.refused(expire(Expiry::Never)),
        "the policy lets a token live at most 30d, that is until 2026-03-31 12:00:00 UTC"
    );
    // Moving the end again and again does not lengthen the longest life.
    world.clock.set("2026-03-20");
    assert!(world.refused(expire(Expiry::After("20d".parse().unwrap()))).contains("2026-03-31"));
    world.run(expire(at("2026-03-31"))).unwrap();
    // What nobody asked for is cut to what is allowed.
    let (_, new) = issue(&*world.entropy, "bob", "x");
    let id = new.id;
    let receipt = world.run(Command::Issue(new)).unwrap();
    assert_eq!(receipt.tokens[&id].expires_at, Some("2026-04-19".parse().unwrap()));
}

#[test]
fn what_has_expired_stays_so_whatever_the_clock_says() {
    let mut world = World::new();
    let (token, _) = world.token();
    world.clock.set("2026-06-01");
    assert!(world.refused(rename(token, "late")).contains("expired at 2026-05-30 12:00:00 UTC"));
    assert_eq!(kinds(&world.run(Command::Sweep { limit: 10 }).unwrap()), ["token.expired"]);
    assert!(world.run(Command::Sweep { limit: 10 }).unwrap().events.is_empty());
    // The clock goes back; time in the log does not.
    world.clock.set("2026-03-02");
    assert!(world.refused(rename(token, "revived")).contains("expired"));
    let receipt = world.run(revoke(token)).unwrap();
    assert_eq!(receipt.at, "2026-06-01".parse().unwrap());
    assert_eq!(receipt.tokens[&token].status(receipt.at), Status::Revoked);
}

#[test]
fn rotation_hands_over_and_ends_with_the_overlap() {
    let mut world = World::new();
    let (old, _) = world.token();
    let (new, command) = rotate(&world, old, "1h");
    let receipt = world.run(command).unwrap();
    assert_eq!(kinds(&receipt), ["token.rotated", "token.issued"]);
    let (was, is) = (&receipt.tokens[&old], &receipt.tokens[&new]);
    assert_eq!((is.rotated_from, was.rotated_to), (Some(old), Some(new)));
    assert_eq!((&is.owner, &is.name, &is.scopes), (&was.owner, &was.name, &was.scopes));
    assert_eq!(was.status(receipt.at), Status::Active);
    let (_, again) = rotate(&world, old, "0s");
    assert_eq!(
        world.refused(again),
        format!("token {old} was already rotated; its successor is {new}")
    );
    world.clock.forward(3600);
    assert!(world.refused(rename(old, "x")).contains("was revoked (superseded)"));
    let receipt = world.run(Command::Sweep { limit: 10 }).unwrap();
    assert_eq!(kinds(&receipt), ["token.revoked"]);
    let ended = receipt.tokens[&old].revoked.unwrap();
    assert_eq!(ended.reason, RevokeReason::Superseded);
    assert_eq!(ended.at, "2026-03-01T13:00:00Z".parse().unwrap(), "when the overlap ended");
}

#[test]
fn an_overlap_never_outlives_the_token() {
    let mut world = World::new();
    let (old, _) = world.token();
    let (_, command) = rotate(&world, old, "1y");
    let receipt = world.run(command).unwrap();
    assert_eq!(receipt.tokens[&old].superseded_at, receipt.tokens[&old].expires_at);
}

#[test]
fn a_leak_is_recorded_once_a_place_and_answered_each_time() {
    let mut world = World::new();
    let (token, plain) = world.token();
    world.run(policy("leak-response", "report")).unwrap();
    assert_eq!(kinds(&world.run(leak(&plain, token, 1)).unwrap()), ["token.leaked"]);
    assert!(world.run(leak(&plain, token, 1)).unwrap().events.is_empty(), "a known place");
    world.run(policy("leak-response", "suspend")).unwrap();
    assert_eq!(kinds(&world.run(leak(&plain, token, 1)).unwrap()), ["token.suspended"]);
    let resume = |accept: Option<&str>| Command::Resume {
        token: id(token),
        accept_leak: accept.map(Into::into),
    };
    assert!(world.refused(resume(None)).contains("needs the risk to be accepted in words"));
    world.run(resume(Some("a test fixture"))).unwrap();
    assert!(world.run(leak(&plain, token, 1)).unwrap().events.is_empty(), "accepted there");
    let elsewhere = world.run(leak(&plain, token, 2)).unwrap();
    assert_eq!(kinds(&elsewhere), ["token.leaked", "token.suspended"]);
    world.run(policy("leak-response", "revoke")).unwrap();
    let receipt = world.run(leak(&plain, token, 1)).unwrap();
    assert_eq!(kinds(&receipt), ["token.revoked"], "decided anew, even in a known place");
    assert_eq!(receipt.tokens[&token].revoked.unwrap().reason, RevokeReason::Leaked);
    assert_eq!(
        kinds(&world.run(leak(&plain, token, 3)).unwrap()),
        ["token.leaked"],
        "still a fact"
    );
}

#[test]
fn the_hundred_and_first_place_is_counted_and_the_token_still_ends() {
    let mut world = World::new();
    let (token, plain) = world.token();
    world.run(policy("leak-response", "report")).unwrap();
    for place in 0..=102 {
        world.run(leak(&plain, token, place)).unwrap();
    }
    assert_eq!(world.store.contents().unrecorded[&token], 3);
    world.run(policy("leak-response", "revoke")).unwrap();
    assert_eq!(kinds(&world.run(leak(&plain, token, 200)).unwrap()), ["token.revoked"]);
}

#[test]
fn an_id_or_a_wrong_secret_ends_nothing() {
    let mut world = World::new();
    let (token, _) = world.token();
    let wrong = Selector::Whole { id: Some(token), digest: TokenDigest::of(b"guessed") };
    let command = Command::Revoke(Revoke { tokens: vec![wrong], ..Revoke::default() });
    let receipt = world.run(command).unwrap();
    assert!(receipt.events.is_empty());
    let mut forged = leak(&PlainToken::from_outside("guessed".into()), token, 1);
    assert!(world.refused(forged.clone()).contains("no token"));
    if let Command::Leak(leak) = &mut forged {
        leak.token = Selector::Whole { id: None, digest: TokenDigest::of(b"guessed") };
    }
    assert_eq!(world.refused(forged), "this token is not known to this ledger");
}

#[test]
fn a_leaver_loses_everything_at_once() {
    let mut world = World::new();
    let (first, _) = world.token();
    let (second, _) = world.token();
    let (_, other) = issue(&*world.entropy, "bob", "x");
    world.run(Command::Issue(other)).unwrap();
    let leaver = |owner: &str| {
        Command::Revoke(Revoke {
            owner: Some(owner.into()),
            reason: RevokeReason::Leaver,
            comment: Some("left on Friday".into()),
            ..Revoke::default()
        })
    };
    let receipt = world.run(leaver(" alice ")).unwrap();
    let ended: Vec<_> = receipt.events.iter().filter_map(|e| e.stream.token()).collect();
    assert_eq!(ended, [first, second]);
    assert!(world.run(leaver("alice")).unwrap().events.is_empty());
    assert_eq!(world.refused(leaver("carol")), "this owner has no tokens in this ledger");
}

#[test]
fn texts_are_bounded_and_never_a_secret() {
    let mut world = World::new();
    let (token, plain) = world.token();
    assert_eq!(world.refused(rename(token, " ")), "the name is empty");
    assert_eq!(
        world.refused(rename(token, &"x".repeat(10 << 20))),
        "the name has 10485760 bytes; at most 255 are kept"
    );
    let words = world.refused(rename(token, &format!("old one: {}", plain.expose())));
    assert_eq!(words, "the name contains a whole token; a token's secret is never stored");
    world.run(rename(token, "\u{1b}[31mred\u{202e}\n")).unwrap();
}

#[test]
fn a_new_prefix_is_for_new_tokens() {
    let mut world = World::new();
    let (plain, mut new) = issue(&*world.entropy, "alice", "x");
    new.prefix = "beta_pat".parse().unwrap();
    let command = Command::Issue(new);
    assert_eq!(world.refused(command.clone()), "this ledger has no prefix beta_pat");
    world.run(Command::AddPrefix("beta_pat".parse().unwrap())).unwrap();
    let receipt = world.run(command.clone()).unwrap();
    assert!(matches!(receipt.events[0].event, Event::TokenIssued(_)));
    assert_eq!(world.refused(command), "already known: this token");
    drop(plain);
}
