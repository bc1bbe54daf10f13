//! `patrol restore`, and what is handed over only once.

use crate::world::{Ran, World, finish, says};

#[test]
fn a_backup_is_put_in_place_and_the_loss_accepted_in_words() {
    let world = World::new();
    let (id, token) = world.issue(&["--scope", "repo:read"]);
    says(&world, 0, &["audit", "checkpoint"], &[]);
    let first = says(&world, 0, &["audit", "key"], &[]).stdout;
    says(&world, 0, &["backup", "copy.db"], &[]);
    says(&world, 0, &["revoke", &id], &[]);
    let second = says(&world, 0, &["audit", "rotate-key"], &[]).stdout;
    says(&world, 0, &["audit", "checkpoint"], &[]);
    let said = ["restored 3 events", "what was there (6 events) is kept as ", "accept-rollback"];
    says(&world, 0, &["restore", "copy.db"], &said);
    assert_eq!(world.feed(&token, &["verify"]).code, 4, "nothing is accepted");
    says(&world, 1, &["audit", "checkpoint"], &["an older copy was put in its place"]);
    says(&world, 0, &["revoke", &id], &[]);
    says(&world, 0, &["audit", "accept-rollback", "--reason", "disk died"], &[]);
    assert_eq!(world.feed(&token, &["verify"]).code, 1);
    // The key was replaced since the backup: the log is led to it once more.
    let checkpoint = says(&world, 0, &["audit", "checkpoint"], &[]).stdout;
    assert_eq!(says(&world, 0, &["audit", "key"], &[]).stdout, second);
    world.write("checkpoint", checkpoint);
    for key in [&first, &second] {
        says(&world, 0, &["audit", "verify", "checkpoint", "--key", key.trim()], &["proven"]);
    }
    says(&world, 0, &["check"], &["sound"]);
    let json = world.run(&["restore", "copy.db", "--format", "json"]).json();
    assert_eq!(json["position"], 2);
    assert!(json["kept"].as_str().unwrap().ends_with("ledger.db.replaced-2"), "{json}");
    assert!(json["behind"].as_str().unwrap().contains("an older copy"), "{json}");
}

/// Nobody had signed anything since the backup: what is replaced is signed before it goes.
#[test]
fn a_revocation_that_no_checkpoint_had_does_not_come_undone_in_silence() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    says(&world, 0, &["backup", "copy.db"], &[]);
    says(&world, 0, &["revoke", &id], &[]);
    says(&world, 0, &["restore", "copy.db"], &["restored 2 events", "accept-rollback"]);
    assert_eq!(world.feed(&token, &["verify"]).code, 4, "nothing is accepted");
    // Back to what was there: nothing is lost.
    let kept = world.ledger().with_extension("db.replaced");
    says(&world, 0, &["restore", kept.to_str().unwrap()], &["restored 3 events"]);
    assert_eq!(world.feed(&token, &["verify"]).code, 1);
    says(&world, 0, &["audit", "checkpoint"], &[]);
    // Without the key nothing can be signed, and that is said.
    std::fs::rename(world.ledger().with_extension("db.key"), world.path("key")).unwrap();
    std::fs::remove_file(world.ledger().with_extension("db.signed")).unwrap();
    says(&world, 0, &["audit", "accept-rollback", "--reason", "the record is gone"], &[]);
    says(&world, 0, &["backup", "later.db"], &[]);
    says(&world, 0, &["issue", "--owner", "x", "--name", "y"], &[]);
    says(&world, 0, &["restore", "later.db"], &["no longer has 1 event"]);
}

#[test]
fn what_cannot_be_restored_is_told_and_changes_nothing() {
    let world = World::new();
    world.issue(&[]);
    world.write("junk", "no ledger");
    says(&world, 4, &["restore", "junk"], &["junk is no backup: this is not a patrol ledger"]);
    says(&world, 4, &["restore", "absent"], &["absent cannot be read"]);
    says(&world, 2, &["restore"], &["BACKUP"]);
    let other = World::new();
    other.run(&["backup", "../theirs.db"]);
    let theirs = other.path("theirs.db");
    let theirs = theirs.to_str().unwrap();
    says(&world, 1, &["restore", theirs], &["is a copy of another ledger", "--ledger"]);
    says(&world, 0, &["check"], &["sound  2 events"]);
    // Where nothing is, it is put in place.
    let empty = World::empty();
    let at = ["--ledger", "new.db", "restore", theirs];
    says(&empty, 0, &at, &["restored 1 event"]);
    says(&empty, 0, &["--ledger", "new.db", "check"], &["sound"]);
}

/// What a shell runs, with the program as `patrol`.
fn shell(world: &World, line: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_patrol");
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", &line.replace("patrol", program)])
        .env_clear()
        .env("HOME", world.path("home"))
        .env("PATROL_ACTOR", "tester")
        .current_dir(world.work())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    finish(command, b"")
}

#[test]
fn a_token_that_nobody_will_see_is_told_and_one_that_nobody_saw_is_revoked() {
    let world = World::new();
    let events = || world.run(&["history", "--format", "json"]).json()["events"].clone();
    for to in [">&-", "> /dev/null"] {
        let ran = shell(&world, &format!("patrol issue --owner x --name y {to}"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("nobody will have this token"), "{}", ran.stderr);
    }
    let before = events().as_array().unwrap().len();
    for line in [
        "patrol -q issue --owner x --name full > /dev/full",
        "patrol issue --owner x --name full --format json > /dev/full",
    ] {
        let ran = shell(&world, line);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert!(ran.stderr.contains("it was revoked at once"), "{}", ran.stderr);
    }
    let events = events();
    let kinds: Vec<_> =
        events.as_array().unwrap()[before..].iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["token.issued", "token.revoked", "token.issued", "token.revoked"]);
    let (id, _) = world.issue(&[]);
    let ran = shell(&world, &format!("patrol rotate {id} > /dev/full"));
    assert!(ran.code == 4 && ran.stderr.contains("it was revoked at once"), "{}", ran.stderr);
    let living = world.run(&["list", "--owner", "alice", "--format", "json"]).json();
    assert_eq!(living["tokens"].as_array().unwrap().len(), 0);
}
