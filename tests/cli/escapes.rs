//! Foreign text is shown, never obeyed.

use insta::assert_snapshot;

use crate::world::World;

/// Clears the screen, turns the text round, rings, and adds a line that looks like another token.
const EVIL: &str = "evil\u{1b}[2J\u{202e}txt\u{7}\u{9b}31m\nrevoked 0";

fn is_safe(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}'))
}

#[test]
fn names_owners_and_comments_are_escaped_everywhere() {
    let world = World::new();
    let (id, _) = world.issue(&["--description", EVIL]);
    let changes: [&[&str]; 4] = [
        &["rename", &id, EVIL],
        &["suspend", &id, "--reason", EVIL],
        &["list", "--status", "all"],
        &["issue", "--owner", EVIL, "--name", "x", "--actor", EVIL],
    ];
    for args in changes {
        let ran = world.run(args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(is_safe(&ran.stdout) && is_safe(&ran.stderr), "{args:?} {}", ran.stdout);
    }
    for args in [&["history"][..], &["list"], &["show", &id]] {
        for format in ["human", "json"] {
            let ran = world.run(&[args, &["--format", format]].concat());
            assert!(is_safe(&ran.stdout), "{args:?} {format}: {}", ran.stdout);
        }
    }
    let shown = world.run(&["show", &id, "--format", "json"]).json();
    assert_eq!(shown["name"].as_str(), Some(EVIL));
}

#[test]
fn how_it_looks() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    world.run(&["rename", &id, EVIL]);
    world.scrub(&id);
    assert_snapshot!(world.session(&["list --format human"]), @r"
    $ patrol list --format human
    ID                          OWNER  NAME                                               STATUS  ENDS  SCOPES
    [ID-1]  alice  evil\u{1b}[2J\u{202e}txt\u{7}\u{9b}31m\nrevoked 0  active  in 90 days  none
    ");
}

#[test]
fn paths_arguments_and_ids_are_escaped_in_errors() {
    let world = World::new();
    for args in [
        &["scan", "no\u{1b}[31m\u{202e}such"][..],
        &["--no\u{1b}[31m\u{202e}such"],
        &["show", "\u{1b}[31m"],
        &["--ledger", "/no\u{1b}[31m\nsuch/x.db", "list"],
        &["policy", "set", "\u{1b}[31m", "x"],
        &["list", "--status", "\u{1b}[31m"],
        &["revoke", "\u{1b}[31m"],
        &["import", "\u{1b}[31m"],
        &["man", "\u{1b}[31m"],
    ] {
        for format in ["human", "json"] {
            let ran = world.run(&[args, &["--format", format]].concat());
            assert!(ran.code > 0, "{args:?}");
            assert!(is_safe(&ran.stderr) && is_safe(&ran.stdout), "{args:?} {:?}", ran.stderr);
        }
    }
}

#[test]
fn file_names_in_reports_are_escaped() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    world.write("a\u{1b}[2J\nb\u{202e}.txt", &token);
    for format in ["human", "json", "jsonl"] {
        let ran = world.run(&["scan", "--format", format]);
        assert_eq!(ran.code, 1);
        assert!(is_safe(&ran.stdout) && is_safe(&ran.stderr), "{format}: {:?}", ran.stdout);
    }
}

#[test]
fn empty_and_huge_texts_are_refused_with_the_bound() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    world.scrub(&id);
    assert_snapshot!(world.session(&[
        "issue --owner alice --name ''",
        "issue --owner ' ' --name x",
        "rename [ID-1] '  '",
        "suspend [ID-1] --reason ''",
        "--actor '' suspend [ID-1] --reason x",
    ]), @"
    $ patrol issue --owner alice --name ''
    ! error: the name is empty
    = 2

    $ patrol issue --owner ' ' --name x
    ! error: the owner is empty
    = 2

    $ patrol rename [ID-1] '  '
    ! error: the name is empty
    = 2

    $ patrol suspend [ID-1] --reason ''
    ! error: the reason is empty
    = 2

    $ patrol --actor '' suspend [ID-1] --reason x
    ! error: the actor is empty
    = 2
    ");
    let long = "x".repeat(100_000);
    for args in [
        &["rename", &id, &long][..],
        &["issue", "--owner", &long, "--name", "x"],
        &["issue", "--owner", "x", "--name", "x", "--description", &long],
        &["--actor", &long, "suspend", &id, "--reason", "x"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("at most") && ran.stderr.len() < 300, "{}", ran.stderr);
    }
    // More than the operating system takes as an argument comes in by a file.
    let huge = "x".repeat(10 << 20);
    let line = format!(
        r#"{{"digest":"{}","owner":"x","name":"{huge}","scopes":[],"expires_at":null,"format":"v1"}}"#,
        "ab".repeat(32)
    );
    let ran = world.feed(line, &["import", "-"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.len() < 300, "{}", ran.stderr.len());
    // And a line that never ends does not fill the memory.
    assert_eq!(world.feed(&huge, &["verify"]).stdout, "inactive  malformed\n");
    assert_eq!(world.feed(&huge, &["show", "-"]).code, 2);
}
