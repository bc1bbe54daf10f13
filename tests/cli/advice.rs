//! What the program tells beside its answer: what may be wrong, what was left alone, what to do next.

use crate::reports::foreign;
use crate::world::{World, says};

#[test]
fn whoever_judges_by_an_older_copy_is_told() {
    let world = World::new();
    world.run(&["backup", "copy.db"]);
    let (_, token) = world.issue(&[]);
    world.run(&["audit", "checkpoint"]);
    std::fs::copy(world.work().join("copy.db"), world.ledger()).unwrap();
    std::fs::remove_file(world.work().join("copy.db")).unwrap();
    for end in ["-wal", "-shm"] {
        let mut beside = world.ledger().into_os_string();
        beside.push(end);
        drop(std::fs::remove_file(beside));
    }
    world.write("x", token);
    let told = ["an older copy was put in its place"];
    says(&world, 0, &["list"], &told);
    says(&world, 1, &["scan"], &told);
    says(&world, 4, &["watch", "absent"], &told);
}

#[test]
fn own_tokens_that_are_not_looked_for_are_told() {
    let world = World::new();
    world.issue(&[]);
    world.write("x", "clean");
    let told = "tokens of yours are not looked for";
    says(&world, 0, &["scan", "--no-ledger"], &[told]);
    let ran = says(&world, 0, &["scan", "--no-ledger", "--prefix", "acme_pat"], &[]);
    assert!(!ran.stderr.contains(told), "{}", ran.stderr);
    world.write("patrol.toml", "prefixes = [\"acme_pat\"]\n");
    let ran = says(&world, 0, &["scan", "--no-ledger"], &[]);
    assert!(!ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn what_comes_next_forgets_nothing() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    let others = [foreign(), foreign().replace("aB3", "bC4")].join("\n");
    world.write("x", format!("{token}\n{others}\n{others}\n"));
    let end = format!("next: end it: patrol revoke {id}");
    let two = "next: revoke the 2 secrets of other providers where issued";
    says(&world, 1, &["scan"], &[&end, two]);
    // The policy says to report only: nobody should look for the revocation.
    world.run(&["policy", "set", "leak-response", "report"]);
    let recorded =
        "next: the leak is recorded; the policy (leak-response report) lets the token work";
    says(&world, 1, &["scan", "--revoke"], &[recorded, "end it: patrol revoke", two]);
    says(&world, 1, &["scan"], &[&end]);
    world.run(&["policy", "set", "leak-response", "revoke"]);
    let ran = says(&world, 1, &["scan", "--revoke"], &["revoked now", two]);
    assert!(!ran.stderr.contains("end it"), "{}", ran.stderr);
}

#[test]
fn a_baseline_whose_lines_are_past_their_day_is_told() {
    let world = World::new();
    world.write("a/x", foreign());
    let write = ["scan", "a", "--write-baseline", "b"];
    says(&world, 1, &write, &["1 secret was added to b; say in its line who"]);
    let ran = says(&world, 1, &write, &["no secret was added to b\n"]);
    assert!(!ran.stderr.contains("say in") && !ran.stderr.contains("past"), "{}", ran.stderr);
    let path = world.work().join("b");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("reason=", "expires=2020-01-01 reason=");
    std::fs::write(&path, &text).unwrap();
    let told = ["no secret was added to b\n", "past its day and accepts nothing: set another day"];
    says(&world, 1, &write, &told);
    assert!(std::fs::read_to_string(&path).unwrap().contains("2020-01-01"), "somebody set it");
}

#[test]
fn a_range_that_begins_before_the_first_commit_is_told() {
    let world = World::new();
    world.git(&["init", "-q"]);
    for text in ["one", "two"] {
        world.write("x", text);
        world.git(&["add", "x"]);
        world.git(&["commit", "-qm", text]);
    }
    says(&world, 2, &["scan", "--range", "HEAD"], &["where it is not the first one"]);
    let beyond = ["scan", "--range", "HEAD~2..HEAD"];
    let ran = says(&world, 2, &beyond, &["names no commit in this repository", "--history"]);
    assert!(!ran.stderr.contains("which is a shallow clone"), "{}", ran.stderr);
    let url = format!("file://{}", world.work().display());
    world.git(&["clone", "-q", "--depth", "1", &url, "cut"]);
    let range = ["scan", "--range", "HEAD~1..HEAD", "cut"];
    says(&world, 2, &range, &["in this repository, which is a shallow clone", "--deepen"]);
}

#[test]
fn a_suspension_is_shown_with_its_reason() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    for reason in ["first", "on leave until May"] {
        world.run(&["resume", &id]);
        says(&world, 0, &["suspend", &id, "--reason", reason], &[&format!("requested: {reason}")]);
    }
    let ran = says(&world, 0, &["show", &id], &["; requested: on leave until May\n"]);
    assert!(!ran.stdout.contains("first"), "{}", ran.stdout);
    says(&world, 0, &["resume", &id], &["resumed"]);
}

#[test]
fn a_leaver_who_got_tokens_later_held_none_then() {
    let world = World::new();
    world.issue(&[]);
    let ran = says(
        &world,
        0,
        &["audit", "leaver", "alice", "--left", "2020-01-01", "--revoke"],
        &["1 token was issued to them AFTER they left", "they held none then"],
    );
    assert!(ran.stdout.contains("laptop  none"), "no scopes are a word: {}", ran.stdout);
}

#[test]
fn a_verdict_that_stands_keeps_its_reason_and_says_so() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    let started = world.run(&["audit", "review", "start", "--name", "all", "--format", "json"]);
    let review = started.json()["id"].as_str().unwrap().to_owned();
    let decide = |reason| {
        ["audit", "review", "decide", &review, &id, "--keep", "--reason", reason].map(str::to_owned)
    };
    let ran = world.run(&decide("ok"));
    assert!(ran.code == 0 && !ran.stderr.contains("unchanged"), "{}", ran.stderr);
    let ran = world.run(&decide("again"));
    let told = format!("unchanged: the verdict on {id} was keep already, and its reason stays");
    assert!(ran.code == 0 && ran.stderr.contains(&told), "{}", ran.stderr);
    assert!(!ran.stdout.contains("again"), "{}", ran.stdout);
}

#[test]
fn a_hint_leads_on() {
    let world = World::new();
    world.write("file", "here");
    says(&world, 4, &["audit", "publish", "file"], &["hint: name a folder"]);
    says(
        &world,
        0,
        &["audit", "publish", "www"],
        &["published 2 events to www: 3 files written\n"],
    );
    says(&world, 0, &["audit", "publish", "www"], &["published 2 events to www: nothing is new"]);
    let all = ["audit", "publish", "www", "--all"];
    says(&world, 0, &all, &["0 files written, 2 files there already"]);
    let (_, token) = world.issue(&[]);
    world.write("x", token);
    world.run(&["policy", "set", "leak-response", "report"]);
    world.run(&["scan", "--revoke"]);
    let report = ["audit", "report", "--from", "2020-01-01"];
    says(&world, 0, &report, &["; 1 STILL WORKS."]);
    // What cannot be checked is not to be checked again.
    let whole = std::fs::read(world.ledger()).unwrap();
    std::fs::write(world.ledger(), [&whole[..100], &[0xaa; 8192]].concat()).unwrap();
    for end in ["-wal", "-shm"] {
        let mut beside = world.ledger().into_os_string();
        beside.push(end);
        drop(std::fs::remove_file(beside));
    }
    let ran = says(&world, 4, &["check"], &["damaged", "`patrol restore BACKUP`"]);
    assert!(!ran.stderr.contains("names the place"), "{}", ran.stderr);
}
