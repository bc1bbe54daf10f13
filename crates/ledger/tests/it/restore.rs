//! Restoring: a backup in the ledger's place, with others at work.

use std::sync::atomic::{AtomicBool, Ordering};

use patrol_ledger::{
    By, Command, CommandError, Ledger, RestoreError, Restored, Selector, SignError, StoreError,
    Via, key_path, record_path, restore,
};

use crate::sqlite::Fixture;
use crate::support::{issue, request};

fn by() -> By {
    By { actor: "a".into(), via: Via::Cli, uid: None }
}

fn put_back(fixture: &Fixture, name: &str) -> Result<Restored, RestoreError> {
    restore(&fixture.path, &fixture.folder.path().join(name), &*fixture.entropy)
}

fn grow(fixture: &Fixture, ledger: &Ledger, name: &str) {
    let (_, new) = issue(&*fixture.entropy, "alice", name);
    ledger.submit(request(Command::Issue(new))).unwrap();
}

/// Names in the ledger's folder.
fn names(fixture: &Fixture) -> Vec<String> {
    let entries = std::fs::read_dir(fixture.folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_takes_the_ledgers_place_under_those_who_use_it() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    ledger.checkpoint(&by()).unwrap();
    ledger.backup(&fixture.folder.path().join("copy.db")).unwrap();
    let mut verifier = ledger.verifier().unwrap();
    grow(&fixture, &ledger, "later");
    ledger.checkpoint(&by()).unwrap();
    let record = std::fs::read(record_path(&fixture.path)).unwrap();
    let key = std::fs::read(key_path(&fixture.path)).unwrap();
    let reader = ledger.reader().unwrap();
    assert_eq!(reader.head().unwrap().tree.size(), 14);

    let done = put_back(&fixture, "copy.db").unwrap();
    let kept = fixture.folder.path().join("ledger.db.replaced");
    assert_eq!(done, Restored { events: 12, kept: Some((kept.clone(), Some(14))) });
    // The reader and the writer that were open see it, and nothing else.
    assert_eq!(reader.head().unwrap().tree.size(), 12);
    assert!(matches!(reader.assure_not_rolled_back(), Err(StoreError::RolledBack(_))));
    assert!(verifier.refresh().is_err(), "and nothing is accepted");
    let (_, new) = issue(&*fixture.entropy, "alice", "granted");
    let refused = ledger.submit(request(Command::Issue(new))).unwrap_err();
    assert!(matches!(refused, CommandError::Store(StoreError::RolledBack(_))), "{refused}");
    assert!(matches!(ledger.checkpoint(&by()), Err(SignError::Behind(_))));
    assert_eq!(std::fs::read(record_path(&fixture.path)).unwrap(), record, "it stays");
    assert_eq!(std::fs::read(key_path(&fixture.path)).unwrap(), key);
    // What was there is whole, and can be put back, too.
    let done = put_back(&fixture, "ledger.db.replaced").unwrap();
    assert_eq!(done.events, 14);
    assert_eq!(done.kept.unwrap().0, fixture.folder.path().join("ledger.db.replaced-2"));
    reader.assure_not_rolled_back().unwrap();
    grow(&fixture, &ledger, "goes on");
    ledger.checkpoint(&by()).unwrap();
    assert_eq!(fixture.problems(), (None, vec![]));
    let expected =
        ["key", "replaced", "replaced-2", "signed"].map(|end| format!("ledger.db.{end}"));
    let after_the_dot: Vec<_> =
        names(&fixture).into_iter().filter(|name| name.starts_with("ledger.db.")).collect();
    assert_eq!(after_the_dot, expected, "and no temporary file");
}

#[test]
fn nothing_that_was_acknowledged_is_in_neither_of_both() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    ledger.backup(&fixture.folder.path().join("copy.db")).unwrap();
    let stop = AtomicBool::new(false);
    let (ids, done) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|n| {
                let (fixture, stop) = (&fixture, &stop);
                scope.spawn(move || {
                    let ledger = fixture.open().unwrap();
                    let mut ids = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let (_, new) = issue(&*fixture.entropy, "alice", &format!("w{n}"));
                        let id = new.id;
                        match ledger.submit(request(Command::Issue(new))) {
                            Ok(_) => ids.push(id),
                            // What was replaced was signed, so nothing is issued until it is given up.
                            Err(CommandError::Store(StoreError::RolledBack(_))) => {
                                std::thread::yield_now();
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                    ids
                })
            })
            .collect();
        let go_on = || {
            assert!(!writers.iter().any(|it| it.is_finished()), "a writer gave up");
            std::thread::yield_now();
        };
        while ledger.reader().unwrap().head().unwrap().tree.size() < 40 {
            go_on();
        }
        let done = put_back(&fixture, "copy.db");
        stop.store(done.is_err(), Ordering::Relaxed);
        let done = done.unwrap();
        ledger.accept_rollback(&by(), "restored").unwrap();
        while ledger.reader().unwrap().head().unwrap().tree.size() < 20 {
            go_on();
        }
        stop.store(true, Ordering::Relaxed);
        let ids: Vec<_> = writers.into_iter().flat_map(|it| it.join().unwrap()).collect();
        (ids, done)
    });
    let (kept, events) = done.kept.unwrap();
    assert!(events.unwrap() >= 40, "{events:?}");
    let clock = std::sync::Arc::clone(&fixture.clock);
    let kept = Ledger::open(&kept, clock, fixture.entropy.clone()).unwrap().reader().unwrap();
    let now = ledger.reader().unwrap();
    for id in ids {
        let is_in =
            |reader: &patrol_ledger::Reader| reader.token(&Selector::Id(id)).unwrap().is_some();
        assert!(is_in(&kept) != is_in(&now), "{id}: in just one of both");
    }
    assert_eq!(fixture.problems(), (None, vec![]));
}

#[test]
fn what_is_no_sound_backup_of_this_ledger_is_refused() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let at = |name: &str| fixture.folder.path().join(name);
    ledger.backup(&at("copy.db")).unwrap();
    grow(&fixture, &ledger, "later");
    std::fs::write(at("junk"), "no ledger at all").unwrap();
    std::fs::write(at("empty"), "").unwrap();
    let whole = std::fs::read(at("copy.db")).unwrap();
    std::fs::write(at("cut"), &whole[..whole.len() / 2]).unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::copy(at("copy.db"), at("edited")).unwrap();
    let edit = rusqlite::Connection::open(at("edited")).unwrap();
    edit.execute_batch("UPDATE tokens SET name = 'x'").unwrap();
    drop(edit);
    std::fs::copy(at("copy.db"), at("used")).unwrap();
    std::fs::write(at("used-wal"), "frames").unwrap();
    Fixture::seeded(77).open().unwrap().backup(&at("theirs.db")).unwrap();
    let before = names(&fixture);
    for (name, words) in [
        ("junk", "not a patrol ledger"),
        ("empty", "not a patrol ledger"),
        ("cut", ""),
        ("folder", "is not a file"),
        ("absent", "cannot be read"),
        ("edited", "is not sound: "),
        ("used", "write-ahead log lies beside it"),
        ("ledger.db", "is the ledger itself"),
        ("theirs.db", "is a copy of another ledger"),
    ] {
        let error = put_back(&fixture, name).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
    let same = |name: &String| !name.ends_with("-signer");
    let after = names(&fixture);
    assert!(after.iter().filter(|n| same(n)).eq(before.iter().filter(|n| same(n))), "{after:?}");
    assert_eq!(ledger.reader().unwrap().head().unwrap().tree.size(), 12, "as it was");
}

#[test]
fn a_ledger_that_is_gone_or_damaged_makes_way() {
    let fixture = Fixture::filled();
    let copy = fixture.folder.path().join("copy.db");
    fixture.open().unwrap().backup(&copy).unwrap();
    for damage in ["gone", "cut", "junk"] {
        let whole = std::fs::read(&fixture.path).unwrap();
        // A log of the file that was there, which must not be read as the new one's.
        std::fs::write(fixture.path.with_extension("db-wal"), "left behind").unwrap();
        match damage {
            "gone" => std::fs::remove_file(&fixture.path).unwrap(),
            "cut" => std::fs::write(&fixture.path, &whole[..whole.len() - 9000]).unwrap(),
            _ => {
                let mut bytes = whole.clone();
                bytes[100..20_000].fill(0x5a);
                std::fs::write(&fixture.path, bytes).unwrap();
            }
        }
        let done = put_back(&fixture, "copy.db").unwrap_or_else(|why| panic!("{damage}: {why}"));
        assert_eq!(done.events, 11, "{damage}");
        assert_eq!(done.kept.is_some(), damage != "gone", "{damage}");
        assert_eq!(fixture.problems(), (None, vec![]), "{damage}");
    }
}
