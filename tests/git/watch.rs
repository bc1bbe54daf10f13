//! `patrol watch` as a process: what it says, how it ends, and what a kill leaves.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{Watching, World, finish, no_secret, program};

fn leak(world: &World, path: &str, text: &str) {
    world.write(path, text);
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "a change"]).ok();
}

#[test]
fn a_leak_is_told_in_json_lines_and_a_signal_ends_it() {
    for signal in ["-TERM", "-INT"] {
        let world = World::new();
        let mut watching = world.watch(&["."]);
        let ready = watching.wait_for("ready");
        assert_eq!(ready, serde_json::json!({"event": "ready", "repositories": 1}));
        let token = world.issue();
        leak(&world, "src/key", &format!("x {}", token.text));
        let revoked = watching.wait_for("revoked");
        assert_eq!(revoked["token_id"], token.id.as_str());
        assert_eq!(revoked["owner"], "alice@example.org");
        let finding = &revoked["finding"];
        assert_eq!(finding["path"], "src/key");
        assert_eq!((&finding["line"], &finding["column"]), (&1.into(), &3.into()));
        assert_eq!(finding["commit"], world.head().as_str());
        assert_eq!(
            (&finding["status"], &finding["action"]),
            (&"revoked".into(), &"revoked".into())
        );
        assert_eq!(world.status(&token), "revoked");
        let (status, events) = watching.end(signal);
        assert_eq!(status.code(), Some(0));
        assert_eq!(events.last().unwrap(), &serde_json::json!({"event": "stopped"}));
        no_secret(&format!("{events:?}"), &[&token]);
        assert_eq!(world.history(&token), ["token.issued", "token.leaked", "token.revoked"]);
    }
}

#[test]
fn the_watcher_stands_in_the_record() {
    let world = World::new();
    let mut watching = world.watch(&["."]);
    watching.wait_for("ready");
    let token = world.issue();
    leak(&world, "key", &token.text);
    watching.wait_for("revoked");
    let history = world.patrol(&["history", &token.id, "--format", "json"]).ok().json();
    let last = history["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["actor"]["via"], "watcher");
    assert_eq!(last["cause"]["kind"], "finding");
}

#[test]
fn killed_and_begun_again_it_catches_up() {
    let world = World::new();
    let mut tokens = Vec::new();
    for n in 0..5 {
        let mut watching = world.watch(&["."]);
        watching.wait_for("ready");
        let token = world.issue();
        leak(&world, &format!("key{n}"), &token.text);
        // Killed somewhere on the way.
        std::thread::sleep(Duration::from_millis(3 * n));
        watching.signal("-KILL");
        drop(watching);
        tokens.push(token);
    }
    let missed = world.issue();
    leak(&world, "missed", &missed.text);
    tokens.push(missed);
    let mut watching = world.watch(&["."]);
    watching.wait_for("ready");
    for token in &tokens {
        assert_eq!(world.status(token), "revoked");
        assert_eq!(world.history(token), ["token.issued", "token.leaked", "token.revoked"]);
    }
    assert_eq!(watching.end("-TERM").0.code(), Some(0));
    let check = world.patrol(&["check"]).ok();
    assert!(check.stdout.contains("sound"), "{check:?}");
}

#[test]
fn two_processes_record_each_place_once() {
    let world = World::new();
    let mut watchers = [world.watch(&["."]), world.watch(&["."])];
    for watching in &mut watchers {
        watching.wait_for("ready");
    }
    for n in 0..10 {
        let token = world.issue();
        leak(&world, &format!("key{n}"), &token.text);
        for watching in &mut watchers {
            watching.wait_until(|it| it["finding"]["token_id"] == token.id.as_str());
        }
        assert_eq!(world.history(&token), ["token.issued", "token.leaked", "token.revoked"]);
    }
}

#[test]
fn a_reader_that_sleeps_holds_up_neither_revocations_nor_the_end() {
    let world = World::new();
    let mut child = world
        .command(program(), &world.repo)
        .args(["watch", ".", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds, none of it read.
    let tokens: Vec<_> = (0..150).map(|_| world.issue()).collect();
    let text: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
    leak(&world, "keys", &text.join("\n"));
    for token in &tokens {
        world.becomes(token, "revoked");
    }
    let last = world.issue();
    leak(&world, "last", &last.text);
    world.becomes(&last, "revoked");
    let pid = child.id().to_string();
    let begun = Instant::now();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_reader_that_goes_away_does_not_end_it() {
    let world = World::new();
    let mut watching = world.watch(&["."]);
    watching.wait_for("ready");
    let mut child = world
        .command(program(), &world.repo)
        .args(["watch", ".", "--format", "json", "--no-cache"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(watching.end("-TERM"));
    for n in 0..3 {
        let token = world.issue();
        leak(&world, &format!("key{n}"), &token.text);
        world.becomes(&token, "revoked");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn people_read_lines() {
    let world = World::new();
    world.patrol(&["policy", "set", "leak-response", "suspend"]).ok();
    let mut command = world.command(program(), &world.repo);
    let mut watching = Watching::start(command.args(["watch", "."]));
    let token = world.issue();
    leak(&world, "key", &token.text);
    let line =
        watching.wait_until(|line| line.as_str().is_some_and(|it| it.starts_with("suspended")));
    let expected = format!("suspended acme_pat_{}_… of alice@example.org", token.id);
    assert_eq!(line, expected.as_str());
    let place = watching.wait_until(|_| true);
    let expected = format!(
        "  key:1:1 (blob), commit {}, by Ada <ada@example.org>, in {}",
        &world.head()[..12],
        world.repo.display()
    );
    assert_eq!(place, expected.as_str());
}

#[test]
fn what_it_remembers_is_private_and_saves_work() {
    let world = World::new();
    let mut watching = world.watch(&["."]);
    watching.wait_for("ready");
    assert!(watching.end("-TERM").0.success());
    let cache = world.home().join(".cache/patrol/watch");
    let files: Vec<_> = std::fs::read_dir(&cache).unwrap().flatten().collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    // Torn by a crash, it is thrown away.
    let bytes = std::fs::read(file.path()).unwrap();
    std::fs::write(file.path(), &bytes[..bytes.len() - 3]).unwrap();
    let token = world.issue();
    leak(&world, "key", &token.text);
    let mut watching = world.watch(&["."]);
    watching.wait_for("ready");
    assert_eq!(world.status(&token), "revoked");
    drop(watching);
    std::fs::remove_dir_all(&cache).unwrap();
    let mut watching = world.watch(&[".", "--no-cache"]);
    watching.wait_for("ready");
    assert!(!cache.exists());
}

#[test]
fn a_limit_of_the_system_is_named_and_the_poll_goes_on() {
    for (limit, name) in
        [("max_inotify_watches", "watches"), ("max_inotify_instances", "instances")]
    {
        let world = World::new();
        // In a user namespace of its own the limit can be set for one process.
        let set = format!("echo 1 > /proc/sys/user/{limit} && exec \"$0\" \"$@\"");
        let set = if limit.ends_with("instances") { set.replace("echo 1", "echo 0") } else { set };
        let run = ["--user", "--map-root-user", "sh", "-c", &set];
        if finish(world.command("unshare", &world.repo).args(run).arg("true"), b"").code != 0 {
            eprintln!("LEFT OUT: this process may not make a user namespace");
            return;
        }
        let mut command = world.command("unshare", &world.repo);
        command.args(run).args([program(), "watch", ".", "--format", "json", "--poll", "1s"]);
        let mut watching = Watching::start(&mut command);
        let warning = watching.wait_for("warning");
        assert_eq!(warning["kind"], "events");
        let message = warning["message"].as_str().unwrap();
        assert!(message.contains(&format!("max_user_{name}")), "{message}");
        watching.wait_for("ready");
        let token = world.issue();
        leak(&world, "key", &token.text);
        watching.wait_for("revoked");
    }
}

#[test]
fn what_it_cannot_begin_with_is_an_error() {
    let world = World::new();
    let gone = world.patrol(&["watch", "gone"]);
    assert_eq!(gone.code, 4);
    assert!(gone.stderr.contains("gone: there is no such directory"), "{gone:?}");
    assert_eq!(world.patrol(&["watch"]).code, 2);
    assert_eq!(world.patrol(&["watch", ".", "--poll", "soon"]).code, 2);
    let none = World::without_ledger().patrol(&["watch", "."]);
    assert_eq!(none.code, 4);
    assert!(none.stderr.contains("patrol init"), "{none:?}");
}
