//! Ledgers that cannot be used: the program says what is wrong and changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;

use crate::world::{World, finish};

const VERBS: [&[&str]; 6] = [
    &["list"],
    &["issue", "--owner", "a", "--name", "b"],
    &["history"],
    &["check"],
    &["sweep"],
    &["revoke", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
];

#[test]
fn a_directory_is_no_ledger() {
    let world = World::empty();
    fs::create_dir(world.work().join("dir.db")).unwrap();
    assert_snapshot!(world.session(&["--ledger dir.db list"]), @"
    $ patrol --ledger dir.db list
    ! error: the ledger cannot be used: [ROOT]/work/dir.db is a directory
    ! hint: see who owns the file and its directory, and whether the disk is writable
    = 4
    ");
    for verb in VERBS {
        assert_eq!(world.run(&[verb, &["--ledger", "dir.db"]].concat()).code, 4, "{verb:?}");
    }
    assert_eq!(world.run(&["init", "--ledger", "dir.db"]).code, 4);
    assert_eq!(fs::read_dir(world.work().join("dir.db")).unwrap().count(), 0);
}

#[test]
fn other_files_are_no_ledgers_and_stay_as_they_are() {
    let world = World::empty();
    world.write("notes.txt", "not a database at all, but long enough to be looked at\n".repeat(30));
    world.write("empty.db", "");
    sqlite(&world.work().join("other.db"), "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
    let names = ["notes.txt", "empty.db", "other.db"];
    let before = names.map(|name| fs::read(world.work().join(name)).unwrap());
    for name in names {
        for verb in VERBS {
            let ran = world.run(&[verb, &["--ledger", name]].concat());
            assert_eq!(ran.code, 4, "{name} {verb:?}: {}", ran.stderr);
        }
        assert_eq!(world.run(&["init", "--ledger", name]).code, 4);
    }
    assert_eq!(before, names.map(|name| fs::read(world.work().join(name)).unwrap()));
    assert_snapshot!(world.session(&["--ledger other.db list", "--ledger notes.txt list"]), @"
    $ patrol --ledger other.db list
    ! error: this is not a patrol ledger
    ! hint: name the ledger's own file with --ledger
    = 4

    $ patrol --ledger notes.txt list
    ! error: this is not a patrol ledger
    ! hint: name the ledger's own file with --ledger
    = 4
    ");
}

#[test]
fn a_later_version_is_not_touched() {
    let world = World::new();
    sqlite(&world.ledger(), "PRAGMA user_version = 999");
    assert_snapshot!(world.session(&["list", "issue --owner a --name b --format json"]), @r#"
    $ patrol list
    ! error: this ledger has schema version 999; this program knows up to 3
    ! hint: use the version of patrol that wrote it, or a later one
    = 4

    $ patrol issue --owner a --name b --format json
    ! {
      "error": {
        "kind": "store",
        "message": "this ledger has schema version 999; this program knows up to 3",
        "hint": "use the version of patrol that wrote it, or a later one"
      }
    }
    = 4
    "#);
}

#[test]
fn a_damaged_ledger_is_told_and_not_written() {
    let world = World::new();
    for _ in 0..30 {
        world.issue(&[]);
    }
    let good = fs::read(world.ledger()).unwrap();
    let mut bad = good.clone();
    for page in bad.chunks_mut(4096).skip(2) {
        page[..64].fill(0xaa);
    }
    fs::write(world.ledger(), &bad).unwrap();
    for verb in VERBS {
        let ran = world.run(verb);
        assert!([1, 4].contains(&ran.code), "{verb:?}: {} {}", ran.code, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    fs::write(world.ledger(), &good[..good.len() / 2]).unwrap();
    for verb in VERBS {
        let ran = world.run(verb);
        assert!([1, 4].contains(&ran.code), "cut, {verb:?}: {} {}", ran.code, ran.stderr);
    }
}

#[test]
fn an_edited_log_is_found_by_check() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    world.run(&["suspend", &id, "--reason", "x"]);
    let database = rusqlite::Connection::open(world.ledger()).unwrap();
    let edit = "UPDATE events SET envelope = CAST(replace(CAST(envelope AS TEXT), 'suspended', \
                'suspendee') AS BLOB) WHERE position = 2";
    assert!(database.execute_batch(edit).is_err(), "the fence");
    let triggers: Vec<String> = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        database.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    database.execute_batch(edit).unwrap();
    drop(database);
    let ran = world.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.json()["sound"], false);
    assert_eq!(ran.json()["first_bad_position"], 2);
}

#[test]
fn init_writes_over_nothing() {
    let world = World::new();
    let (ledger, key) = (world.ledger(), world.ledger().with_extension("db.key"));
    let before = (fs::read(&ledger).unwrap(), fs::read(&key).unwrap());
    assert_eq!(world.run(&["init"]).code, 4);
    fs::remove_file(&ledger).unwrap();
    assert_eq!(world.run(&["init"]).code, 4, "a key without its ledger is kept");
    assert!(!ledger.exists());
    fs::write(&ledger, &before.0).unwrap();
    fs::rename(&key, world.path("key")).unwrap();
    assert_eq!(world.run(&["init"]).code, 4);
    assert_eq!(before, (fs::read(&ledger).unwrap(), fs::read(world.path("key")).unwrap()));
    world.write("dangling", "");
    fs::remove_file(world.work().join("dangling")).unwrap();
    std::os::unix::fs::symlink("nowhere", world.work().join("link.db")).unwrap();
    assert_eq!(world.run(&["init", "--ledger", "link.db"]).code, 4);
    assert!(!world.work().join("nowhere").exists());
}

#[test]
fn files_are_made_private_and_loose_ones_warned_about() {
    let world = World::new();
    world.issue(&[]);
    world.run(&["backup", "copy.db"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for file in crate::world::files(&world.path("home/.local/share/patrol")) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(&world.work().join("copy.db")), 0o600);
    assert_eq!(mode(&world.path("home/.local/share/patrol")), 0o700);
    fs::set_permissions(world.ledger(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_snapshot!(world.session(&["list"]), @r"
    $ patrol list
    ! warning: others may read or write [ROOT]/home/.local/share/patrol/ledger.db (mode 644); take that away with: chmod 600 [ROOT]/home/.local/share/patrol/ledger.db
    ID                          OWNER  NAME    STATUS  ENDS  SCOPES
    [ID-1]  alice  laptop  active  in 90 days  none
    ");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let world = World::empty();
    // The kernel refuses new files in here whoever asks, root included.
    let refused = Path::new("/proc/self/patrol-ledger.db");
    for args in [&["init"][..], &["list"]] {
        let mut command = world.patrol(args);
        command.arg("--ledger").arg(refused);
        let ran = finish(command, b"");
        assert_eq!(ran.code, 4, "{args:?} {}", ran.stderr);
        assert!(ran.stderr.contains("/proc/self"), "{}", ran.stderr);
    }
    let world = World::new();
    for args in [&["backup", "/proc/self/copy.db"][..], &["scan", "--output", "/proc/self/x"]] {
        assert_eq!(world.run(args).code, 4, "{args:?}");
    }
}

/// Runs SQL on a database file, past the program.
fn sqlite(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn numbers_at_their_ends() {
    let world = World::new();
    let (id, _) = world.issue(&[]);
    let largest = u64::MAX.to_string();
    for (args, code) in [
        (&["list", "--limit", &largest][..], 2),
        (&["list", "--limit", "1000000"], 0),
        (&["list", "--limit", "-1"], 2),
        (&["history", "--limit", &largest], 2),
        (&["history", "--after", &largest], 1),
        (&["history", "--after", "9223372036854775807"], 1),
        (&["history", "--since", "9999-12-31T23:59:59.999999Z"], 0),
        (&["list", "--expiring-within", "7000y"], 0),
        (&["list", "--unused-for", "7000y"], 0),
        (&["list", "--unused-for", "99999999999999999999y"], 2),
        (&["list", "--at", "1970-01-01"], 0),
        (&["show", &id, "--at", "1970-01-01"], 1),
        (&["show", &id, "--at", "9999-12-30"], 0),
        (&["expire", &id, "--at", "8000y"], 0),
        (&["issue", "--owner", "x", "--name", "x", "--expires", "0s"], 1),
        (&["policy", "set", "max-lifetime", "9000y"], 2),
        (&["scan", "--threads", "65536"], 2),
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.stderr);
    }
}
