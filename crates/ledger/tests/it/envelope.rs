//! The frozen bytes: what version 1 wrote is read for ever, and written the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use patrol_ledger::envelope::{Detail, decode};
use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::{
    Bypass, Change, Command, Event, Expiry, Format, Import, Leak, PersonId, PersonKey, Revoke,
    Rotate, ScanBypassed, Selector, Sighting,
};
use patrol_token::TokenDigest;

use crate::support::{World, id, issue, scopes};

/// One of every type of event.
fn story() -> World {
    let mut world = World::new();
    let (plain, mut new) = issue(&*world.entropy, "alice", "ci");
    new.description = Some("nightly builds".into());
    let (token, whole) = (id(new.id), Selector::Whole { id: Some(new.id), digest: plain.digest() });
    let (_, successor) = issue(&*world.entropy, "-", "-");
    let leak = Leak {
        token: whole,
        sighting: Sighting {
            place: [0xab; 32],
            source: "blob".into(),
            repository: Some("/srv/git/app.git".into()),
            object: Some("ce013625030ba8dba906f756967f9e9ca394464a".into()),
            reference: Some("refs/heads/main".into()),
            path: Some("deploy/\u{202e}env".into()),
            line: Some(12),
            column: Some(7),
            commit: Some("8c7e5a667f1b771847fe88c01c3de34413a1b220".into()),
            author: Some("Bob <bob@example.com>".into()),
            date: Some("2026-02-28T23:59:59Z".into()),
        },
    };
    let import = Import {
        line: 1,
        id: "01JD3KQ8Z5V7W2N9X4C6B8M0T1".parse().unwrap(),
        prefix: None,
        format: Format::Legacy { prefix: "old-".into(), pattern: "[0-9a-f]{40}".into() },
        digest: TokenDigest::of(b"an old token"),
        owner: "carol".into(),
        name: "legacy".into(),
        description: None,
        scopes: scopes("*"),
        created_at: Some("2020-01-01".parse().unwrap()),
        expires_at: Some("2026-03-02".parse().unwrap()),
    };
    let commands = [
        Command::Issue(new),
        Command::Rename { token, name: "ci \"quoted\"\n\u{1b}[0m".into() },
        Command::Scope { token, set: None, add: scopes("ci:run"), remove: scopes("repo:read") },
        Command::Expire { token, at: Expiry::Never },
        Command::Suspend { token, reason: "under review".into() },
        Command::SetPolicy(Change::parse("leak-response", "report").unwrap()),
        Command::SetPolicy(Change::parse("leak-response.repo:*", "suspend").unwrap()),
        Command::Leak(Box::new(leak)),
        Command::Resume { token, accept_leak: Some("it is a fixture".into()) },
        Command::Rotate(Rotate {
            token,
            successor: successor.id,
            prefix: successor.prefix,
            digest: successor.digest,
            overlap: "1h".parse().unwrap(),
            expires: Expiry::Default,
        }),
        Command::AddPrefix("beta_pat".parse().unwrap()),
        Command::Import(vec![import]),
        Command::Revoke(Revoke {
            tokens: vec![token],
            comment: Some("done with".into()),
            ..Revoke::default()
        }),
    ];
    for command in commands {
        world.clock.forward(1);
        world.run(command).unwrap();
    }
    world.clock.set("2026-03-03");
    world.run(Command::Sweep { limit: 10 }).unwrap();
    world
}

/// The type of event that came after the first golden file was written.
fn bypass_story() -> World {
    let mut world = World::new();
    let mut bypass = ScanBypassed {
        by: Bypass::PushOption,
        pusher: "dora@example.com".into(),
        reason: Some("a fixture, see issue 7".into()),
        repository: Some("/srv/git/app.git".into()),
        refs: vec!["refs/heads/main".into(), "refs/tags/v1\u{202e}".into()],
        more_refs: 0,
        findings: [("patrol-token".to_owned(), 2), ("aws-access-token".to_owned(), 1)].into(),
        complete: true,
    };
    world.run(Command::Bypass(Box::new(bypass.clone()))).unwrap();
    bypass.by = Bypass::TimeLimit;
    (bypass.reason, bypass.complete) = (None, false);
    (bypass.repository, bypass.findings) = (None, Default::default());
    bypass.refs = (0..60).map(|n| format!("refs/heads/{n}")).collect();
    bypass.more_refs = 3;
    world.clock.forward(1);
    world.run(Command::Bypass(Box::new(bypass))).unwrap();
    world
}

fn golden_lines(world: &World) -> String {
    world.store.contents().entries.iter().fold(String::new(), |mut lines, entry| {
        writeln!(lines, "{}", std::str::from_utf8(&entry.envelope).unwrap()).unwrap();
        lines
    })
}

fn golden_keys(world: &World) -> String {
    let contents = world.store.contents();
    let mut lines: Vec<_> = contents
        .keys
        .iter()
        .map(|(person, key)| format!("{person} {}", hex::encode(key.expose())))
        .collect();
    lines.sort();
    lines.join("\n") + "\n"
}

/// Writes the golden files anew; only for a new version of the envelope.
#[test]
#[ignore = "writes the golden files of a new version; the released ones never change"]
fn write_golden() {
    let world = story();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/");
    std::fs::write(format!("{folder}envelope_v1.jsonl"), golden_lines(&world)).unwrap();
    std::fs::write(format!("{folder}envelope_v1.keys"), golden_keys(&world)).unwrap();
}

#[test]
fn version_1_is_written_as_ever() {
    let world = story();
    assert_eq!(golden_lines(&world), include_str!("golden/envelope_v1.jsonl"));
    assert_eq!(golden_keys(&world), include_str!("golden/envelope_v1.keys"));
}

#[test]
#[ignore = "writes the golden files of a new type; the released ones never change"]
fn write_golden_bypass() {
    let world = bypass_story();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/");
    std::fs::write(format!("{folder}scan_bypassed_v1.jsonl"), golden_lines(&world)).unwrap();
    std::fs::write(format!("{folder}scan_bypassed_v1.keys"), golden_keys(&world)).unwrap();
}

#[test]
fn bypasses_are_written_as_ever() {
    let world = bypass_story();
    assert_eq!(golden_lines(&world), include_str!("golden/scan_bypassed_v1.jsonl"));
    assert_eq!(golden_keys(&world), include_str!("golden/scan_bypassed_v1.keys"));
}

#[test]
fn bypasses_are_read_as_ever() {
    let lines = include_str!("golden/scan_bypassed_v1.jsonl");
    insta::assert_snapshot!(read_golden(lines, include_str!("golden/scan_bypassed_v1.keys")));
}

/// Reviews, and a person who was forgotten.
fn review_story() -> World {
    use patrol_ledger::{Decide, Forget, Verdict};
    let mut world = World::new();
    let (first, _) = world.token();
    let (second, _) = world.token();
    let review = ulid::Ulid(77);
    let decide = |token, verdict, reason: &str| {
        let (tokens, by) = (vec![id(token)], "dora@example.com".into());
        Command::Decide(Decide { review, by, tokens, verdict, reason: reason.into() })
    };
    let tokens = vec![first, second];
    for command in [
        Command::StartReview {
            id: review,
            by: "dora@example.com".into(),
            name: "under review".into(),
            tokens,
        },
        decide(first, Verdict::Keep, "the nightly build needs it"),
        decide(second, Verdict::Revoke, "a fixture"),
        Command::CloseReview {
            review,
            by: "dora@example.com".into(),
            comment: Some("a fixture".into()),
        },
        Command::Forget(Forget {
            owner: "bob@example.com".into(),
            by: "dora@example.com".into(),
            reason: "nightly".into(),
            revoke: false,
        }),
    ] {
        world.clock.forward(1);
        if matches!(command, Command::Forget(_)) {
            let (_, new) = issue(&*world.entropy, "bob@example.com", "old");
            let gone = Revoke { tokens: vec![id(new.id)], ..Revoke::default() };
            world.run(Command::Issue(new)).unwrap();
            world.run(Command::Revoke(gone)).unwrap();
        }
        world.run(command).unwrap();
    }
    world
}

#[test]
#[ignore = "writes the golden files of new types; the released ones never change"]
fn write_golden_review() {
    let world = review_story();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/");
    std::fs::write(format!("{folder}review_v1.jsonl"), golden_lines(&world)).unwrap();
    std::fs::write(format!("{folder}review_v1.keys"), golden_keys(&world)).unwrap();
}

#[test]
fn reviews_are_written_as_ever() {
    let world = review_story();
    assert_eq!(golden_lines(&world), include_str!("golden/review_v1.jsonl"));
    assert_eq!(golden_keys(&world), include_str!("golden/review_v1.keys"));
}

#[test]
fn reviews_are_read_as_ever() {
    let lines = include_str!("golden/review_v1.jsonl");
    insta::assert_snapshot!(read_golden(lines, include_str!("golden/review_v1.keys")));
}

#[test]
fn a_bypass_with_a_secret_for_a_reason_is_refused() {
    let mut world = World::new();
    let (plain, _) = issue(&*world.entropy, "alice", "ci");
    let bypass = ScanBypassed {
        by: Bypass::PushOption,
        pusher: "dora".into(),
        reason: Some(format!("it is {}", plain.expose())),
        repository: None,
        refs: vec![format!("refs/heads/{}", plain.expose())],
        more_refs: 0,
        findings: Default::default(),
        complete: true,
    };
    let refused = world.refused(Command::Bypass(Box::new(bypass.clone())));
    assert_eq!(refused, "the reason contains a whole token; a token's secret is never stored");
    // In a ref it is hidden, and keeps nothing from being recorded.
    let bypass = ScanBypassed { reason: Some("none".into()), ..bypass };
    world.run(Command::Bypass(Box::new(bypass))).unwrap();
    assert!(!golden_lines(&world).contains(plain.expose()));
}

#[test]
fn version_1_is_read_as_ever() {
    let lines = include_str!("golden/envelope_v1.jsonl");
    insta::assert_snapshot!(read_golden(lines, include_str!("golden/envelope_v1.keys")));
}

/// Reads golden lines with their keys, and shows them.
fn read_golden(lines: &str, keys: &str) -> String {
    let keys: HashMap<PersonId, PersonKey> = keys
        .lines()
        .map(|line| {
            let (person, key) = line.split_once(' ').unwrap();
            let key = <[u8; 32]>::try_from(hex::decode(key).unwrap()).unwrap();
            (person.parse().unwrap(), PersonKey::from_bytes(key))
        })
        .collect();
    let mut ledger = None;
    let mut shown = String::new();
    for (position, line) in lines.lines().enumerate() {
        let key = |id| keys.get(&id).map(Cow::Borrowed);
        let decoded = decode(position as u64, line.as_bytes(), ledger, &key, Detail::Full).unwrap();
        for (person, commitment) in &decoded.introduces {
            // One of the stories forgets somebody: their key is not among the golden ones.
            let Some(key) = keys.get(person) else { continue };
            assert_eq!(key.commitment(), *commitment);
        }
        let recorded = decoded.recorded;
        if let Event::LedgerOpened(opened) = &recorded.event {
            ledger = Some(opened.ledger);
        }
        let leaf = hex::encode(leaf_hash(line.as_bytes()));
        let actor = recorded.actor.name.text.as_deref().unwrap();
        writeln!(
            shown,
            "{} {} {} v{} {} by {actor} {:?}\n",
            recorded.position,
            &leaf[..16],
            recorded.stream,
            recorded.version,
            recorded.recorded_at,
            recorded.event
        )
        .unwrap();
        // Without keys nothing personal is left, and everything else is.
        let blind = decode(position as u64, line.as_bytes(), ledger, &|_| None, Detail::Full);
        let blind = format!("{:?}", blind.unwrap().recorded);
        for personal in ["alice", "carol", "bob@", "dora", "nightly", "review", "fixture", "tester"]
        {
            assert!(!blind.contains(personal), "{blind}");
        }
    }
    shown
}

#[test]
fn what_is_not_an_envelope_is_named() {
    let line = include_str!("golden/envelope_v1.jsonl").lines().next().unwrap();
    let fault = |text: &str| {
        decode(0, text.as_bytes(), None, &|_| None, Detail::Full).unwrap_err().to_string()
    };
    for (from, to, words) in [
        (
            "\"envelope\":1",
            "\"envelope\":2",
            "envelope version 2, schema 1; this program knows 1 and 1",
        ),
        (
            "ledger.opened",
            "ledger.sold",
            "an event of type \"ledger.sold\", unknown to this program",
        ),
        ("\"position\":0", "\"position\":7", "the envelope says position 7"),
        ("\"cause\":null", "\"cause\":null,\"extra\":1", "unknown field `extra`"),
        ("acme_pat", "ACME", "prefix cannot be read"),
    ] {
        let said = fault(&line.replacen(from, to, 1));
        assert!(said.contains(words), "{said}");
        assert!(said.starts_with("event 0 cannot be applied: "), "{said}");
    }
    assert!(fault(&line[..line.len() / 2]).contains("not an envelope of version 1"));
}

#[test]
fn an_event_beyond_the_log_s_bound_is_refused() {
    let mut world = World::new();
    let (_, mut new) = issue(&*world.entropy, "alice", "ci");
    new.scopes = (0..100).map(|n| format!("r{n}:{}", "a".repeat(120)).parse().unwrap()).collect();
    let id = new.id;
    world.run(Command::Issue(new)).unwrap();
    let wide = |n: usize| format!("s{n}:{}", "b".repeat(120)).parse().unwrap();
    let swap = Command::Scope {
        token: Selector::Id(id),
        set: Some((0..100).map(wide).collect()),
        add: scopes(""),
        remove: scopes(""),
    };
    // A hundred gone and a hundred come, at the bounds of both: still well inside.
    world.run(swap).unwrap();
    let one_more = (0..101).map(wide).collect();
    let over = Command::Scope {
        token: Selector::Id(id),
        set: Some(one_more),
        add: scopes(""),
        remove: scopes(""),
    };
    assert_eq!(world.refused(over), "101 scopes; a token holds at most 100");
}
