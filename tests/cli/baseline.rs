//! Living with findings: a baseline through its life, comments, and what neither can hide.

use crate::reports::foreign;
use crate::tokens::well_formed;
use crate::world::World;

const STRANGER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const FILE: &str = "accepted.baseline";

fn code(world: &World, args: &[&str]) -> i32 {
    world.run(&[&["scan", "a"], args].concat()).code
}

fn text(world: &World) -> String {
    std::fs::read_to_string(world.work().join(FILE)).unwrap()
}

fn lines(world: &World) -> Vec<String> {
    text(world).lines().filter(|line| line.starts_with("v1:")).map(str::to_owned).collect()
}

#[test]
fn what_is_accepted_stays_accepted_until_its_day() {
    let world = World::new();
    world.write("a/x", format!("{}\n{}\n", well_formed("acme_pat", STRANGER), foreign()));
    let written = world.run(&["scan", "a", "--write-baseline", FILE]);
    assert_eq!(written.code, 1, "what was found was found");
    assert!(written.stderr.contains("2 secrets were added"), "{}", written.stderr);
    assert_eq!(code(&world, &["--baseline", FILE]), 0);
    let report = world.run(&["scan", "a", "--baseline", FILE, "--format", "json"]).json();
    assert_eq!(report["findings"], serde_json::json!([]));
    let coverage = &report["coverage"];
    assert_eq!((&coverage["limited"], &coverage["complete"]), (&true.into(), &true.into()));
    // Moved lines and other files do not matter; another secret does.
    world.write("a/x", "");
    world.write("a/sub/y", format!("\n\n\n{}", foreign()));
    assert_eq!(code(&world, &["--baseline", FILE]), 0);
    world.write("a/z", foreign().replace("aB3", "bC4"));
    assert_eq!(code(&world, &["--baseline", FILE]), 1);
    std::fs::remove_file(world.work().join("a/z")).unwrap();
    // What is written by hand stays when more is added.
    assert!(!text(&world).contains(&foreign()[6..]));
    let by_hand = text(&world).replace("reason=\"baseline\"", "expires=2999-01-01 reason=\"why\"");
    world.write(FILE, by_hand);
    assert_eq!(code(&world, &["--write-baseline", FILE, "--baseline", FILE]), 0);
    assert!(lines(&world).iter().all(|line| line.contains("reason=\"why\"")), "{}", text(&world));
    world.write(FILE, text(&world).replace("2999-01-01", "2020-01-01"));
    let ran = world.run(&["scan", "a", "--baseline", FILE]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("past their day"), "{}", ran.stderr);
}

#[test]
fn a_live_token_is_never_accepted() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    world.write("a/x", format!("{token} # patrol:allow\n"));
    assert_eq!(code(&world, &[]), 1);
    world.run(&["revoke", &id]);
    assert_eq!(code(&world, &["--fail-on", "any"]), 0, "the comment accepts a dead one");
    world.write("a/x", &token);
    assert_eq!(code(&world, &["--fail-on", "any", "--write-baseline", FILE]), 1);
    assert_eq!(code(&world, &["--fail-on", "any", "--baseline", FILE]), 0);
    // Live ones are not written down, and a line that is there does not help them.
    let (_, live) = world.issue(&[]);
    world.write("a/x", &live);
    let ran = world.run(&["scan", "a", "--write-baseline", FILE]);
    assert!(ran.stderr.contains("live tokens of the ledger are not put into"), "{}", ran.stderr);
    assert_eq!(lines(&world).len(), 1);
    // Written where no ledger knows it, it is accepted there and nowhere else.
    let apart = ["--no-ledger", "--prefix", "acme_pat"];
    assert_eq!(code(&world, &[&apart[..], &["--write-baseline", FILE]].concat()), 1);
    assert_eq!(lines(&world).len(), 2);
    assert_eq!(code(&world, &[&apart[..], &["--baseline", FILE]].concat()), 0);
    assert_eq!(code(&world, &["--baseline", FILE]), 1);
    // What a repository says of our own tokens counts only beside a ledger.
    world.write("patrol.toml", format!("baseline = \"{FILE}\"\n"));
    assert_eq!(code(&world, &[]), 1);
    assert_eq!(code(&world, &apart), 1);
    world.write("a/x", foreign());
    assert_eq!(code(&world, &["--write-baseline", FILE]), 1);
    assert_eq!(code(&world, &[]), 0);
    assert_eq!(code(&world, &apart), 0);
}

#[test]
fn a_comment_accepts_others_secrets() {
    let world = World::new();
    world.write("a/x", format!("k = {} # patrol:allow\n", foreign()));
    let ran = world.run(&["scan", "a"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("1 by a comment on the line"), "{}", ran.stdout);
    // There is no baseline here, and none is spoken of.
    let told = world.run(&["scan", "a", "-v"]).stdout;
    assert!(told.contains("at a/x:1: gitlab-pat; by a comment on its line"), "{told}");
    assert!(!told.contains("baseline"), "{told}");
    world.write("a/x", format!("# patrol:allow\n\nk = {}\n", foreign()));
    assert_eq!(code(&world, &[]), 1);
}

#[test]
fn two_branches_merge() {
    let world = World::new();
    world.git(&["init", "-q"]);
    let secrets = ["cD5", "eF6", "gH7"].map(|part| foreign().replace("aB3", part));
    world.write("a/base", &secrets[0]);
    assert_eq!(code(&world, &["--write-baseline", FILE]), 1);
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "base"]);
    for (branch, secret) in [("one", &secrets[1]), ("two", &secrets[2])] {
        world.git(&["checkout", "-q", "-b", branch, "main"]);
        world.write(&format!("a/{branch}"), secret);
        assert_eq!(code(&world, &["--baseline", FILE, "--write-baseline", FILE]), 1);
        world.git(&["add", "."]);
        world.git(&["commit", "-qm", branch]);
    }
    world.git(&["merge", "-q", "--no-edit", "one"]);
    assert_eq!(lines(&world).len(), 3);
    assert_eq!(code(&world, &["--baseline", FILE]), 0);
}

#[test]
fn what_is_no_baseline_is_told_by_place_and_not_quoted() {
    let world = World::new();
    world.write("a/x", "clean");
    for (broken, place) in [
        ("hunter2", "line 1 column 1"),
        ("# patrol baseline v1\nhunter2", "line 2 column 1"),
        ("# patrol baseline v1\n\nv1:hunter2", "line 3 column 4"),
    ] {
        world.write(FILE, broken);
        for flag in ["--baseline", "--write-baseline"] {
            let ran = world.run(&["scan", "a", flag, FILE]);
            assert_eq!(ran.code, 3, "{}", ran.stderr);
            assert!(
                ran.stderr.contains(place) && !ran.stderr.contains("hunter2"),
                "{}",
                ran.stderr
            );
        }
        assert_eq!(text(&world), broken);
    }
    world.write(FILE, b"# patrol baseline v1\n\xff");
    assert_eq!(code(&world, &["--baseline", FILE]), 3);
    assert_eq!(code(&world, &["--baseline", "absent"]), 3);
    assert_eq!(code(&world, &["--baseline", "a"]), 3);
    assert_eq!(code(&world, &["--write-baseline", "no/such/dir"]), 4);
}

#[test]
fn gitleaks_files_are_honoured_with_its_rules() {
    let world = World::new();
    world.write("rules.toml", "[[rules]]\nid = \"mine\"\nregex = 'mine-[0-9]{6}'\n");
    world.write("a/y", "mine-123456");
    let rules = ["--rules", "rules.toml"];
    assert_eq!(code(&world, &rules), 1);
    world.write(".gitleaksignore", "y:mine:1\n");
    assert_eq!(code(&world, &rules), 0);
    world.write(".gitleaksignore", "y:mine:2\n");
    assert_eq!(code(&world, &rules), 1);
}
