//! Judges that we did not write, over what patrol publishes and proves: Go's own note and tlog
//! packages, `tlog-scales` from `PyPI`, `@sigstore/verify` from npm. Each accepts what is right and
//! refuses what was tampered with. `tests/run` installs what they need; a test that does not find
//! its judge fails.
#![expect(clippy::unwrap_used, reason = "a test panics")]

mod judge;
mod world;

use std::path::Path;

use judge::Judge;
use world::World;

/// What a judge is shown: the world's files, as arguments after the verb.
fn accepts(judge: &Judge, verb: &str, args: &[&Path], key: &str) {
    let said = judge.ask(verb, args, key);
    assert!(said.holds, "{judge:?} {verb} refuses: {}", said.words);
}

fn refuses(judge: &Judge, verb: &str, args: &[&Path], key: &str, what: &str) {
    let said = judge.ask(verb, args, key);
    assert!(!said.holds, "{judge:?} {verb} accepts: {what}");
}

/// Shows a judge every proof as it is, and each tampered with.
fn judged(judge: &Judge) {
    let world = World::new(600);
    let key = world.verifier_key();
    let old = world.file("old", &world.patrol(&["audit", "checkpoint"]));
    world.grow(300);
    for position in [0, 1, 255, 256, 511, 599, 901] {
        let text = world.patrol(&["audit", "prove", &position.to_string()]);
        let file = world.file("proof", &text);
        accepts(judge, "proof", &[&file], &key);
        for (what, text) in tampered(&text) {
            let file = world.file("tampered", &text);
            refuses(judge, "proof", &[&file], &key, &format!("{position}: {what}"));
        }
        refuses(judge, "proof", &[&file], &world::other_key(), "another log's key");
    }
    if !judge.knows("log") {
        return;
    }
    let both = world.patrol(&["audit", "prove", "0", "--since", old.to_str().unwrap()]);
    let consistency = &both[both.find("\nold ").unwrap() + 1..];
    let file = world.file("consistency", consistency);
    accepts(judge, "consistency", &[&file, &old], &key);
    for (what, text) in tampered(consistency) {
        let file = world.file("tampered", &text);
        refuses(judge, "consistency", &[&file, &old], &key, what);
    }
    let wrong_old = world.file("wrong-old", &world.patrol(&["audit", "checkpoint"]));
    refuses(judge, "consistency", &[&file, &wrong_old], &key, "another older checkpoint");

    let folder = world.path().join("published");
    world.patrol(&["audit", "publish", folder.to_str().unwrap()]);
    accepts(judge, "log", &[&folder], &key);
    for name in [
        "checkpoint",
        "tile/0/000",
        "tile/0/002",
        "tile/0/003.p/134",
        "tile/1/000.p/3",
        "tile/entries/000",
        "tile/entries/003.p/134",
    ] {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 2] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            std::fs::write(&path, &other).unwrap();
            refuses(judge, "log", &[&folder], &key, &format!("{name}, byte {at}"));
        }
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        refuses(judge, "log", &[&folder], &key, &format!("{name}, cut"));
        std::fs::write(&path, &bytes).unwrap();
    }
    accepts(judge, "log", &[&folder], &key);
}

/// A proof, with one thing of it changed.
fn tampered(text: &str) -> Vec<(&'static str, String)> {
    let lines: Vec<&str> = text.split('\n').collect();
    let blank = lines.iter().position(|line| line.is_empty()).unwrap();
    let with = |at: usize, line: String| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        lines[at] = line;
        lines.join("\n")
    };
    let other = |line: &str| {
        // One character of base64, not the last, which may have bits that count for nothing.
        let (at, c) = line.char_indices().nth(line.chars().count() - 6).unwrap();
        let new = if c == 'A' { 'B' } else { 'A' };
        format!("{}{new}{}", &line[..at], &line[at + c.len_utf8()..])
    };
    let without = |at: usize| {
        let mut lines = lines.clone();
        lines.remove(at);
        lines.join("\n")
    };
    let mut all = vec![
        ("its size", with(blank + 2, format!("{}0", lines[blank + 2]))),
        ("its root", with(blank + 3, other(lines[blank + 3]))),
        ("its signature", with(blank + 5, other(lines[blank + 5]))),
        ("its origin", with(blank + 1, "log.acme.example/other".into())),
    ];
    if lines[0].starts_with("c2sp.org") {
        let index: u64 = lines[2]["index ".len()..].parse().unwrap();
        all.push(("its entry", with(1, other(lines[1]))));
        all.push(("its place", with(2, format!("index {}", index ^ 1))));
    }
    let first = if lines[0].starts_with("c2sp.org") { 3 } else { 1 };
    if blank > first {
        all.push(("a hash", with(first, other(lines[first]))));
        all.push(("a hash less", without(first)));
        all.push(("a hash twice", with(first, format!("{0}\n{0}", lines[first]))));
    }
    all
}

#[test]
fn go_note_and_tlog() {
    judged(&Judge::go());
}

#[test]
fn python_tlog_scales() {
    judged(&Judge::python());
}

#[test]
fn npm_sigstore_verify() {
    judged(&Judge::npm());
}

/// A cosignature is a kind of signature that Go's package does not know, but tlog-scales does.
#[test]
fn a_witness_of_another_hand_is_played_by_its_rules() {
    let world = World::new(20);
    let witness = world::Witness::start(&world.verifier_key());
    let url = witness.url();
    let add = ["audit", "witness", "add", &url, "--key", &witness.key()];
    assert!(world.patrol(&add).contains("nothing cosigned yet"));
    let first = world.patrol(&["audit", "witness", "sync"]);
    assert!(first.contains("\n— witness.example/w1 "), "{first}");
    world.grow(5);
    let second = world.patrol(&["audit", "witness", "sync"]);
    assert!(second.contains("\n— witness.example/w1 "), "{second}");
    // A policy that asks for it accepts what it cosigned, and nothing else.
    let policy = world.file("policy", &world.patrol(&["audit", "witness", "policy"]));
    let policy = policy.to_str().unwrap();
    let file = world.file("checkpoint", &second);
    let verify = ["audit", "verify", file.to_str().unwrap(), "--policy", policy];
    assert!(world.patrol(&verify).contains("cosigned by w1"));
    world.grow(1);
    let alone = world.file("alone", &world.patrol(&["audit", "checkpoint"]));
    let (code, said, _) =
        world.run(&["audit", "verify", alone.to_str().unwrap(), "--policy", policy]);
    assert_eq!(code, 1);
    assert!(said.contains("the quorum witnesses has not cosigned; nobody has"), "{said}");
    // The witness has seen more than this ledger believes: it tells its size, and is asked again.
    world.sql("UPDATE witnesses SET seen = 3");
    let third = world.patrol(&["audit", "witness", "sync"]);
    assert!(third.contains("\n— witness.example/w1 "), "{third}");
    // What another run learned meanwhile is not forgotten, nor where the witness is.
    let seen = world.number("SELECT seen FROM witnesses");
    assert!(seen > 3, "{seen}");
    assert!(world.patrol(&add).contains(&format!("cosigned up to {seen} events")));
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    world.issue("meanwhile");
                    world.run(&["audit", "witness", "sync"])
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for (code, said, talk) in &runs {
        assert_eq!(*code, 0, "{said}{talk}");
    }
    let end = world.number("SELECT max(size) FROM cosignatures");
    assert_eq!(world.number("SELECT seen FROM witnesses"), end);
    // The time that the witness signed is told, and a witness can be taken away.
    assert!(world.patrol(&verify).contains("cosigned by w1 (2025-12-31T"));
    let (code, _, talk) = world.run(&["audit", "witness", "remove", "nobody"]);
    assert!(code == 1 && talk.contains("no witness of this name"), "{talk}");
    assert_eq!(world.patrol(&["audit", "witness", "remove", "witness.example/w1"]), "");
    assert!(world.patrol(&add).contains("nothing cosigned yet"));
    // It is gone: that is said, and nothing else stops.
    drop(witness);
    world.grow(1);
    let (code, said, talk) = world.run(&["audit", "witness", "sync"]);
    assert_eq!(code, 1);
    assert!(talk.contains("cannot be reached"), "{talk}");
    assert!(said.starts_with("log.acme.example/tokens\n"), "{said}");
}
