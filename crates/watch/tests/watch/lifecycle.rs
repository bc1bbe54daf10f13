//! Beginnings and ends: catching up, restarting, coming and going, two at once.

use std::sync::Arc;
use std::time::Duration;

use patrol_app::App;
use patrol_ledger::{Kind, Status, Via};
use patrol_watch::AppResponder;

use crate::world::{World, caller};

#[test]
fn catches_up_before_it_is_ready() {
    let world = World::new();
    let (first, deep) = (world.issue(), world.issue());
    world.commit(&world.repo, "key", &first.text);
    world.commit(&world.repo, "a/b/c", &deep.text);
    world.git(&world.repo, &["rm", "-q", "-r", "key", "a"]);
    world.git(&world.repo, &["commit", "-q", "-m", "all gone"]);
    let watching = world.watch(&[&world.repo]);
    assert_eq!([world.status(&first), world.status(&deep)], [Status::Revoked; 2]);
    let lines = watching.lines();
    assert_eq!(lines.last().map(String::as_str), Some("ready 1"), "{lines:#?}");
}

#[test]
fn a_restart_reads_what_is_new_and_judges_anew_what_was_found() {
    let world = World::new();
    world.policy("leak-response", "report");
    let old = world.issue();
    world.commit(&world.repo, "key", &old.text);
    let watching = world.watch(&[&world.repo]);
    watching.tells("reported blob key:1:1");
    watching.end();
    assert_eq!(world.status(&old), Status::Active);

    // Committed while nobody watched, and the policy has changed meanwhile.
    let missed = world.issue();
    world.commit(&world.repo, "more", &missed.text);
    world.policy("leak-response", "revoke");
    let watching = world.watch(&[&world.repo]);
    assert_eq!([world.status(&old), world.status(&missed)], [Status::Revoked; 2]);
    assert_eq!(world.events(&old, Kind::TokenLeaked).len(), 1);
    watching.end();

    // Nothing new: the same places are told of, nothing is written.
    let before = world.app.events(&Default::default()).unwrap().events.len();
    let lines = world.watch(&[&world.repo]).end();
    assert_eq!(world.app.events(&Default::default()).unwrap().events.len(), before);
    assert_eq!(lines.iter().filter(|line| line.starts_with("finding")).count(), 2);
}

#[test]
fn policies() {
    let world = World::new();
    world.policy("leak-response", "suspend");
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    world.commit(&world.repo, "one", &token.text);
    world.becomes(&token, Status::Suspended);
    watching.tells("suspended blob one:1:1");
    world.policy("leak-response", "report");
    let token = world.issue();
    world.commit(&world.repo, "two", &token.text);
    watching.tells("reported blob two:1:1");
    assert_eq!(world.status(&token), Status::Active);
    assert_eq!(world.events(&token, Kind::TokenLeaked).len(), 1);
    watching.end();
}

#[test]
fn a_folder_of_repositories_comes_and_goes() {
    let world = World::new();
    let folder = world.root().join("all");
    std::fs::create_dir(&folder).unwrap();
    let watching = world.watch(&[&folder]);
    watching.tells("there is no repository here yet");
    let token = world.issue();
    let new = folder.join("group/new");
    world.init(&new);
    world.commit(&new, "key", &token.text);
    world.becomes_revoked(&token);
    watching.tells(&format!("added {}", new.display()));

    // Away and back.
    let aside = world.root().join("aside");
    std::fs::rename(&new, &aside).unwrap();
    watching.tells(&format!("gone {}", new.display()));
    let token = world.issue();
    world.commit(&aside, "key2", &token.text);
    assert_eq!(world.status(&token), Status::Active);
    std::fs::rename(&aside, &new).unwrap();
    world.becomes_revoked(&token);
    let token = world.issue();
    world.commit(&new, "key3", &token.text);
    world.becomes_revoked(&token);

    // Deleted, and another of the same name at once.
    std::fs::remove_dir_all(&new).unwrap();
    world.init(&new);
    let token = world.issue();
    world.commit(&new, "key4", &token.text);
    world.becomes_revoked(&token);
    watching.end();
}

#[test]
fn a_clone_that_appears_is_read() {
    let world = World::new();
    let folder = world.root().join("all");
    std::fs::create_dir(&folder).unwrap();
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.git(&world.repo, &["gc", "-q"]);
    let watching = world.watch(&[&folder]);
    world.git(&folder, &["clone", "-q", "--bare", world.repo.to_str().unwrap(), "copy.git"]);
    world.becomes_revoked(&token);
    watching.end();
}

#[test]
fn two_watchers_of_one_repository_record_each_place_once() {
    let world = World::new();
    let path = world.root().join("ledger.db");
    let second = Arc::new(App::open(&path).unwrap());
    let one = world.watch(&[&world.repo]);
    let two = world.start_with(
        world.config(&[&world.repo]),
        Arc::new(AppResponder::new(second, caller(Via::Watcher))),
    );
    two.ready();
    two.tells("warning cache what is seen here is not remembered for the next start: another");
    for n in 0..10 {
        let token = world.issue();
        world.commit(&world.repo, &format!("key{n}"), &token.text);
        world.becomes_revoked(&token);
        one.tells(&format!("finding blob key{n}:1:1"));
        two.tells(&format!("finding blob key{n}:1:1"));
        assert_eq!(world.events(&token, Kind::TokenLeaked).len(), 1);
        assert_eq!(world.events(&token, Kind::TokenRevoked).len(), 1);
    }
    assert_eq!(one.end_and_count("revoked") + two.end_and_count("revoked"), 10);
}

#[test]
fn a_new_prefix_is_honoured_for_old_and_new_commits() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    world.add_prefix("globex_key");
    let token = world.issue();
    assert!(token.text.starts_with("globex_key_"));
    world.commit(&world.repo, "key", &token.text);
    world.becomes_revoked(&token);
    // Committed when its prefix was no longer the newest.
    world.add_prefix("initech_key");
    let old = world.issue();
    world.add_prefix("umbrella_key");
    world.commit(&world.repo, "old", &old.text);
    world.becomes_revoked(&old);
    watching.end();
}

#[test]
fn directories_that_were_replaced_are_followed_again() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let (refs, aside) = (world.repo.join(".git/refs"), world.root().join("aside"));
    std::fs::rename(&refs, &aside).unwrap();
    std::fs::create_dir(&refs).unwrap();
    std::fs::remove_dir(&refs).unwrap();
    std::fs::rename(&aside, &refs).unwrap();
    std::fs::remove_dir_all(world.repo.join(".git/logs")).unwrap();
    for n in 0..5 {
        let token = world.issue();
        world.commit(&world.repo, &format!("key{n}"), &token.text);
        world.becomes_revoked(&token);
    }
    watching.end();
}

#[test]
fn without_events_the_poll_sees_the_same() {
    let world = World::new();
    let folder = world.root().join("all");
    std::fs::create_dir(&folder).unwrap();
    let mut config = world.config(&[&world.repo, &folder]);
    config.events = false;
    config.poll = Duration::from_millis(100);
    let watching = world.start(config);
    watching.ready();
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.becomes_revoked(&token);
    let new = folder.join("new");
    world.init(&new);
    let token = world.issue();
    world.commit(&new, "key", &token.text);
    world.becomes_revoked(&token);
    std::fs::remove_dir_all(&new).unwrap();
    watching.tells("gone");
    watching.end();
}

#[test]
fn a_storm_of_commits_with_repacking_in_between_loses_nothing() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let tokens: Vec<_> = (0..40).map(|_| world.issue()).collect();
    for (n, token) in tokens.iter().enumerate() {
        let git = |args: &[&str]| world.git(&world.repo, args);
        world.write(&world.repo, "key", &token.text);
        match n % 5 {
            0 => git(&["commit", "-q", "-a", "--amend", "-m", "amended"]),
            1 => git(&["stash", "push", "-q"]),
            2 => git(&["switch", "-q", "-c", &format!("topic/{n}")]),
            3 => git(&["update-ref", "refs/hidden/x", &git(&["hash-object", "-w", "key"])]),
            _ => git(&["tag", "-a", &format!("v{n}"), "-m", &token.text]),
        };
        git(&["add", "-A"]);
        git(&["commit", "-q", "--allow-empty", "-m", "on we go"]);
        if n % 7 == 0 {
            git(&["repack", "-a", "-d", "-q"]);
            git(&["pack-refs", "--all"]);
        }
    }
    for token in &tokens {
        world.becomes_revoked(token);
        assert_eq!(world.events(token, Kind::TokenRevoked).len(), 1);
    }
    watching.end();
}
