//! The signer: what it signs, and when it does not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::VerifierKey;
use patrol_ledger::tlog::proof::verify_consistency;
use patrol_ledger::{
    By, Command, CommandError, Event, Issue, Ledger, Revoke, Selector, SignError, Status,
    StoreError, TokenQuery, Via, key_path, record_path,
};

use crate::sqlite::Fixture;
use crate::support::{issue, request};

fn by() -> By {
    By { actor: "auditor".into(), via: Via::Cli, uid: Some(1000) }
}

fn new_issue(fixture: &Fixture, name: &str) -> Issue {
    issue(&*fixture.entropy, "alice", name).1
}

/// Revokes a token that lives: what a ledger does in whatever state it is.
fn end_one(ledger: &Ledger) {
    let query = TokenQuery { limit: 99, ..TokenQuery::default() };
    let now = "2026-03-02".parse().unwrap();
    let (tokens, _) = ledger.reader().unwrap().tokens(&query, now, None).unwrap();
    let living = tokens.iter().find(|token| token.status(now) == Status::Active).unwrap();
    let tokens = vec![Selector::Id(living.id)];
    ledger.submit(request(Command::Revoke(Revoke { tokens, ..Revoke::default() }))).unwrap();
}

fn key(ledger: &Ledger) -> VerifierKey {
    let row = ledger.reader().unwrap().ledger().unwrap();
    VerifierKey::parse(&row.verifier_key).unwrap()
}

fn words(error: SignError) -> String {
    error.to_string()
}

#[test]
fn a_checkpoint_has_the_map_and_continues_the_one_before() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let key = key(&ledger);
    assert_eq!(ledger.latest_checkpoint().unwrap(), None);
    let first = ledger.checkpoint(&by()).unwrap();
    assert_eq!(first.checkpoint.size, 12, "eleven events, and the commitment");
    let reader = ledger.reader().unwrap();
    let Event::MapCommitted(map) = reader.event_at(11).unwrap().event else { panic!() };
    assert_eq!((map.size, map.tokens), (11, 5));
    assert_eq!(map.root, reader.token_map(11).unwrap().root());
    assert_eq!(reader.head().unwrap().tree.root(), first.checkpoint.root);
    Checkpoint::open(first.note.to_string().as_bytes(), &key).unwrap();
    // Nothing came since: nothing is recorded, and the same is told.
    assert_eq!(ledger.checkpoint(&by()).unwrap(), first);
    assert_eq!(ledger.latest_checkpoint().unwrap().as_ref(), Some(&first));

    ledger.submit(request(Command::Issue(new_issue(&fixture, "later")))).unwrap();
    let second = ledger.checkpoint(&by()).unwrap();
    assert_eq!(second.checkpoint.size, 14);
    let proof = reader.consistency(12, 14).unwrap().unwrap();
    let (old, new) = ((12, &first.checkpoint.root), (14, &second.checkpoint.root));
    verify_consistency(old, new, &proof).unwrap();
    let record = record_path(&fixture.path);
    assert_eq!(std::fs::read_to_string(&record).unwrap(), second.note.to_string());
    assert_eq!(std::fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fixture.problems(), (None, vec![]));
}

#[test]
fn a_key_that_others_may_read_or_that_is_missing_signs_nothing() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let path = key_path(&fixture.path);
    let set = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for mode in [0o644, 0o640, 0o602, 0o777] {
        set(mode);
        let said = words(ledger.checkpoint(&by()).unwrap_err());
        assert!(said.starts_with("others may read or write the signing key "), "{said}");
        assert!(said.ends_with(&format!("(mode {mode:03o})")), "{said}");
    }
    set(0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    let other = Fixture::filled();
    other.open().unwrap().rotate_key(&by()).unwrap();
    for (content, end) in [
        (text[..60].to_owned(), "was it copied whole?"),
        (String::new(), "begins with `PRIVATE+KEY+`"),
        ("x".repeat(5000), "it is not a key file"),
        (
            std::fs::read_to_string(key_path(&other.path)).unwrap(),
            "is not the one that this ledger names",
        ),
    ] {
        std::fs::write(&path, content).unwrap();
        let said = words(ledger.checkpoint(&by()).unwrap_err());
        let fits = said.contains(end) || said.contains("wrong length") || said.contains("base64");
        assert!(fits, "{said}");
        assert!(!said.contains("PRIVATE+KEY+p"), "a key is never told");
    }
    std::fs::remove_file(&path).unwrap();
    let said = words(ledger.checkpoint(&by()).unwrap_err());
    assert!(said.ends_with("ledger.db.key is not there"), "{said}");
    // Nothing was recorded meanwhile, and everything else goes on.
    assert_eq!(ledger.reader().unwrap().head().unwrap().tree.size(), 11);
    ledger.submit(request(Command::Issue(new_issue(&fixture, "keyless")))).unwrap();
    assert!(ledger.check().unwrap().is_sound());
    std::fs::write(&path, text).unwrap();
    set(0o600);
    ledger.checkpoint(&by()).unwrap();
}

/// Puts a copy in the ledger's place, as an operator would who restores a backup.
fn restore(fixture: &Fixture, copy: &Path) {
    for suffix in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{suffix}", fixture.path.display())));
    }
    let temporary = fixture.folder.path().join("restored");
    std::fs::copy(copy, &temporary).unwrap();
    std::fs::rename(temporary, &fixture.path).unwrap();
}

#[test]
fn a_restored_backup_stops_the_log_until_the_loss_is_accepted() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let copy = fixture.folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    let (plain, new) = issue(&*fixture.entropy, "alice", "lost");
    let lost = new.id;
    ledger.submit(request(Command::Issue(new))).unwrap();
    let (kept, new) = issue(&*fixture.entropy, "alice", "kept");
    ledger.submit(request(Command::Issue(new))).unwrap();
    let mut verifier = ledger.verifier().unwrap();
    let now = patrol_ledger::Timestamp::from_micros(1_772_366_400_000_000);
    verifier.verify(plain.expose(), &[], now).unwrap().unwrap();
    let signed = ledger.checkpoint(&by()).unwrap();
    drop(ledger);
    restore(&fixture, &copy);

    let ledger = fixture.open().unwrap();
    let said = words(ledger.checkpoint(&by()).unwrap_err());
    assert_eq!(
        said,
        "the ledger has 11 events, and a checkpoint of 14 was signed: an older copy was put in its place"
    );
    assert_eq!(ledger.reader().unwrap().head().unwrap().tree.size(), 11, "nothing was recorded");
    // Without its key, too: the last checkpoint it keeps is not the last that was signed.
    let away = fixture.folder.path().join("away.key");
    std::fs::rename(key_path(&fixture.path), &away).unwrap();
    assert!(matches!(ledger.checkpoint(&by()), Err(SignError::Behind(_))));
    std::fs::rename(&away, key_path(&fixture.path)).unwrap();
    // It says so itself.
    let problems = ledger.check().unwrap().problems;
    assert_eq!(problems, [format!("signed: {said}")]);
    // Verification is closed: for who opens now, and for who was there before.
    let closed = |error: StoreError| assert!(matches!(error, StoreError::RolledBack(_)), "{error}");
    closed(ledger.verifier().err().unwrap());
    closed(ledger.reader().unwrap().assure_not_rolled_back().unwrap_err());
    for _ in 0..3 {
        closed(verifier.verify(kept.expose(), &[], now).unwrap_err());
    }
    // Nothing is granted on it: it would be lost when the newer ledger is found.
    let grant = ledger.submit(request(Command::Issue(new_issue(&fixture, "granted"))));
    match grant.unwrap_err() {
        CommandError::Store(error) => closed(error),
        CommandError::Refused(refusal) => panic!("{refusal}"),
    }
    // What leaked can be ended. Growing past the size that was signed does not help: the events are
    // others.
    for _ in 0..4 {
        end_one(&ledger);
    }
    let said = words(ledger.checkpoint(&by()).unwrap_err());
    assert!(said.starts_with("the first 14 events of the ledger are not those"), "{said}");

    let said = words(ledger.accept_rollback(&by(), "").unwrap_err());
    assert!(said.contains("reason"), "{said}");
    let receipt = ledger.accept_rollback(&by(), "disk of host 7 died").unwrap();
    let Event::RollbackAccepted(it) = &receipt.events[0].event else { panic!() };
    assert_eq!((it.size, it.root), (14, signed.checkpoint.root));
    assert_eq!(it.reason.text.as_deref(), Some("disk of host 7 died"));
    let mut verifier = ledger.verifier().unwrap();
    let refused = verifier.verify(plain.expose(), &[], now).unwrap().unwrap_err();
    assert_eq!(refused.to_string(), "unknown", "{lost} was lost");
    let again = ledger.checkpoint(&by()).unwrap();
    assert_eq!(again.checkpoint.size, 17);
    let said = words(ledger.accept_rollback(&by(), "again").unwrap_err());
    assert!(said.ends_with("nothing is lost"), "{said}");
    assert!(ledger.check().unwrap().is_sound());
}

/// An endorsement is a signature, and the key that makes it is gone afterwards: on an older copy,
/// the true log would never be signed again.
#[test]
fn on_an_older_copy_the_key_is_not_replaced() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let copy = |name: &str| {
        let copy = fixture.folder.path().join(name);
        ledger.backup(&copy).unwrap();
        copy
    };
    let old = copy("old.db");
    ledger.submit(request(Command::Issue(new_issue(&fixture, "later")))).unwrap();
    ledger.checkpoint(&by()).unwrap();
    let new = copy("new.db");
    drop(ledger);
    let key = std::fs::read(key_path(&fixture.path)).unwrap();
    restore(&fixture, &old);
    let ledger = fixture.open().unwrap();
    for _ in 0..4 {
        let said = words(ledger.rotate_key(&by()).unwrap_err());
        assert!(said.contains("signed"), "{said}");
        end_one(&ledger);
    }
    assert_eq!(std::fs::read(key_path(&fixture.path)).unwrap(), key);
    drop(ledger);
    restore(&fixture, &new);
    fixture.open().unwrap().checkpoint(&by()).unwrap();
}

/// Without its record nobody can tell an older copy from the log: a backup that is put in the
/// ledger's place on another machine looks just so.
#[test]
fn a_record_that_is_missing_or_unreadable_stops_the_log_until_that_is_accepted() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    ledger.checkpoint(&by()).unwrap();
    let record = record_path(&fixture.path);
    let good = std::fs::read_to_string(&record).unwrap();
    let refused = |words_wanted: &str| {
        let said = words(ledger.checkpoint(&by()).unwrap_err());
        assert!(said.contains(words_wanted), "{said}");
        let error = ledger.reader().unwrap().assure_not_rolled_back().unwrap_err();
        assert!(matches!(error, StoreError::RolledBack(_)), "{error}");
        assert!(ledger.verifier().is_err(), "nothing is assumed");
        ledger.check().unwrap().problems
    };
    std::fs::remove_file(&record).unwrap();
    let problems = refused("its signer's record (<ledger>.signed) is not beside it");
    assert_eq!(problems, Vec::<String>::new(), "a backup may well be sound");
    let unsigned = good.replace("AAAA", "AAAB").rsplit_once('\n').unwrap().0.to_owned();
    let other_text = good.replacen("\n12\n", "\n11\n", 1);
    let foreign = good.replace("patrol.invalid", "other.invalid");
    for bytes in ["", "nonsense", &good[..good.len() / 2], &unsigned, &foreign] {
        std::fs::write(&record, bytes).unwrap();
        assert!(refused("cannot be gone by")[0].starts_with("signed: "));
    }
    std::fs::write(&record, other_text).unwrap();
    assert!(refused("are not those that were signed")[0].starts_with("signed: "));
    for lost in [true, false] {
        match lost {
            true => std::fs::remove_file(&record).unwrap(),
            false => std::fs::write(&record, "").unwrap(),
        }
        ledger.accept_rollback(&by(), "the record was lost with its disk").unwrap();
        ledger.reader().unwrap().assure_not_rolled_back().unwrap();
        let again = ledger.checkpoint(&by()).unwrap();
        assert_eq!(std::fs::read_to_string(&record).unwrap(), again.note.to_string());
        assert!(ledger.check().unwrap().is_sound());
    }
}

/// Each makes a next key and takes it over: without a lock of their own, one would write over the
/// key that the other's event names, and the log could never be signed again.
#[test]
fn keys_are_replaced_one_after_another() {
    let fixture = Fixture::filled();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let ledger = fixture.open().unwrap();
                for _ in 0..3 {
                    ledger.rotate_key(&by()).unwrap();
                    ledger.checkpoint(&by()).unwrap();
                }
            });
        }
    });
    let ledger = fixture.open().unwrap();
    let signed = ledger.checkpoint(&by()).unwrap();
    signed.note.verify([&key(&ledger)]).unwrap();
    assert!(!fixture.folder.path().join("ledger.db.key.next").exists());
    assert_eq!(fixture.problems(), (None, vec![]));
}

/// The columns beside the envelopes are under no hash. Who edits them makes no commitment of them.
#[test]
fn columns_that_were_edited_are_not_committed_to() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let first = ledger.checkpoint(&by()).unwrap();
    let (_, new) = issue(&*fixture.entropy, "alice", "later");
    let later = new.id;
    ledger.submit(request(Command::Issue(new))).unwrap();
    let edit = |from: &str, position: i64, to: &str| {
        let db = rusqlite::Connection::open(&fixture.path).unwrap();
        let trigger: String = db
            .query_row("SELECT sql FROM sqlite_schema WHERE name = 'events_no_update'", [], |row| {
                row.get(0)
            })
            .unwrap();
        db.execute_batch("DROP TRIGGER events_no_update").unwrap();
        let sql = "UPDATE events SET stream = ? WHERE position = ? AND stream = ?";
        assert_eq!(db.execute(sql, (to, position, from)).unwrap(), 1);
        db.execute_batch(&trigger).unwrap();
    };
    let other = "token:01KJMMA5DRHX55P30B1F3P9BZC";
    // Under the last checkpoint: what it committed to is something else.
    let stream = ledger.reader().unwrap().event_at(2).unwrap().stream.to_string();
    edit(&stream, 2, other);
    let said = words(ledger.checkpoint(&by()).unwrap_err());
    assert!(said.starts_with("the columns of the first 11 events do not say"), "{said}");
    edit(other, 2, &stream);
    // After it: the envelope counts.
    let position = ledger.reader().unwrap().head().unwrap().tree.size() - 1;
    assert_eq!(position, first.checkpoint.size, "the refused one recorded nothing");
    edit(&format!("token:{later}"), position.cast_signed(), other);
    let signed = ledger.checkpoint(&by()).unwrap();
    edit(other, position.cast_signed(), &format!("token:{later}"));
    assert_eq!(signed.checkpoint.size, position + 2);
    assert_eq!(fixture.problems(), (None, vec![]), "the commitment is the right one");
}

/// What a ledger keeps of what it signed is checked like the rest.
#[test]
fn kept_checkpoints_are_checked() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let good = ledger.checkpoint(&by()).unwrap().note.to_string();
    let unsigned = format!("{}\n\n— x AAAAAAAA\n", good.split_once("\n\n").unwrap().0);
    for (size, note, words) in [
        (12, "garbage", "cannot be read"),
        (12, unsigned.as_str(), "signed: the kept checkpoint of 12 events"),
        (7, good.as_str(), "says something else than its row"),
        (-5, good.as_str(), "says something else than its row"),
    ] {
        let db = rusqlite::Connection::open(&fixture.path).unwrap();
        db.execute("DELETE FROM checkpoints", []).unwrap();
        db.execute("INSERT INTO checkpoints VALUES (?, ?)", (size, note)).unwrap();
        drop(db);
        let problems = ledger.check().unwrap().problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(words), "{problems:?}");
    }
}

#[test]
fn a_root_is_computed_twice_before_it_is_signed() {
    for edit in [
        // Bytes and leaf agree with each other, and not with the tree that appends carried along.
        "DROP TRIGGER events_no_update; UPDATE events SET envelope = CAST(replace(CAST(envelope AS \
         TEXT), 'cli', 'api') AS BLOB) WHERE position = 4",
        "DROP TRIGGER events_no_update; UPDATE events SET leaf = zeroblob(32) WHERE position = 10",
    ] {
        let fixture = Fixture::filled();
        fixture.sql().execute_batch(edit).unwrap();
        let ledger = fixture.open().unwrap();
        let error = ledger.checkpoint(&by()).unwrap_err();
        assert!(matches!(error, SignError::RootsDiffer { .. }), "{error}");
        assert!(!record_path(&fixture.path).exists());
        assert_eq!(ledger.reader().unwrap().head().unwrap().tree.size(), 11, "nothing recorded");
    }
}

/// Its key is gone: the record leads to the one that took its place.
#[test]
fn a_copy_from_before_a_rotation_is_signed_by_the_present_key() {
    for (rotations, checkpoint_after) in [(1, false), (1, true), (3, true)] {
        let fixture = Fixture::filled();
        let ledger = fixture.open().unwrap();
        let first = key(&ledger);
        ledger.checkpoint(&by()).unwrap();
        let copy = fixture.folder.path().join("copy.db");
        ledger.backup(&copy).unwrap();
        for _ in 0..rotations {
            ledger.rotate_key(&by()).unwrap();
        }
        let present = key(&ledger);
        if checkpoint_after {
            ledger.checkpoint(&by()).unwrap();
        }
        drop(ledger);
        restore(&fixture, &copy);
        let ledger = fixture.open().unwrap();
        assert_eq!(key(&ledger), first, "it knows nothing of the rotation");
        if checkpoint_after {
            let error = ledger.checkpoint(&by()).unwrap_err();
            assert!(matches!(error, SignError::Behind(_)), "{error}");
            assert_eq!(key(&ledger), first, "and records nothing before the loss is accepted");
            ledger.accept_rollback(&by(), "disk died").unwrap();
        }
        let signed = ledger.checkpoint(&by()).unwrap();
        assert_eq!(key(&ledger), present);
        Checkpoint::open(signed.note.to_string().as_bytes(), &present).unwrap();
        assert_eq!(fixture.problems(), (None, vec![]));
        ledger.rotate_key(&by()).unwrap();
        ledger.checkpoint(&by()).unwrap();
    }
    // A key that nothing leads to is no key of this log, whatever lies in the record.
    let (fixture, stranger) = (Fixture::filled(), Fixture::filled());
    let ledger = fixture.open().unwrap();
    ledger.checkpoint(&by()).unwrap();
    let other = stranger.open().unwrap();
    other.rotate_key(&by()).unwrap();
    other.checkpoint(&by()).unwrap();
    std::fs::copy(key_path(&stranger.path), key_path(&fixture.path)).unwrap();
    let error = ledger.checkpoint(&by()).unwrap_err();
    assert!(matches!(error, SignError::OtherKey { .. }), "{error}");
}

#[test]
fn another_key_is_endorsed_by_the_one_before() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let old = key(&ledger);
    ledger.checkpoint(&by()).unwrap();
    let before = std::fs::read(key_path(&fixture.path)).unwrap();
    let new = ledger.rotate_key(&by()).unwrap();
    let new = VerifierKey::parse(&new).unwrap();
    assert_eq!(key(&ledger), new);
    assert_eq!(new.name(), old.name());
    assert_ne!(std::fs::read(key_path(&fixture.path)).unwrap(), before);
    let signed = ledger.checkpoint(&by()).unwrap();
    let text = signed.note.to_string();
    Checkpoint::open(text.as_bytes(), &new).unwrap();
    Checkpoint::open(text.as_bytes(), &old).unwrap_err();
    ledger.rebuild().unwrap();
    assert_eq!(key(&ledger), new);
    assert_eq!(fixture.problems(), (None, vec![]));

    // A key that was not endorsed is no key of this log.
    let forged =
        patrol_ledger::KeyRotated { verifier_key: old.to_string(), endorsement: vec![0; 64] };
    let refused = ledger.submit(request(Command::RotateKey(forged))).unwrap_err();
    assert_eq!(refused.to_string(), "the new signing key is not endorsed by the present one");

    // A crash between the log's naming of the new key and its taking the old one's name.
    let path = key_path(&fixture.path);
    let next = path.with_extension("key.next");
    std::fs::rename(&path, &next).unwrap();
    std::fs::write(&path, before).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    ledger
        .submit(request(Command::Revoke(Revoke {
            tokens: vec![Selector::Id(
                ledger
                    .reader()
                    .unwrap()
                    .tokens(
                        &TokenQuery { limit: 1, ..Default::default() },
                        patrol_ledger::Timestamp::EPOCH,
                        None,
                    )
                    .unwrap()
                    .0[0]
                    .id,
            )],
            ..Default::default()
        })))
        .unwrap();
    ledger.checkpoint(&by()).unwrap();
    assert!(!next.exists());
}

#[test]
fn a_lie_about_the_tokens_is_found() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let map = patrol_ledger::MapCommitted { size: 11, tokens: 5, root: leaf_hash(b"a lie") };
    ledger.submit(request(Command::CommitMap(map))).unwrap();
    let (first, problems) = fixture.problems();
    assert_eq!(first, Some(11), "{problems:?}");
    assert!(
        problems[0].contains("the commitment to the tokens is not that of the first 11 events")
    );
}

/// Envelope version 1, schema 1: these bytes never change.
#[test]
fn the_bytes_of_its_events_are_frozen() {
    use patrol_ledger::envelope::{Detail, decode, encode};
    use patrol_ledger::{
        Actor, KeyRotated, MapCommitted, PersonId, Personal, Recorded, RollbackAccepted, Stream,
        Timestamp,
    };
    let nobody = Personal { person: PersonId::from_bytes([9; 16]), text: None };
    let frozen = |event: Event, data: &str| {
        let kind = event.kind();
        let recorded = Recorded {
            position: 7,
            id: ulid::Ulid(5),
            stream: Stream::Ledger,
            version: 3,
            recorded_at: Timestamp::from_micros(1_772_366_400_000_000),
            actor: Actor { name: nobody.clone(), via: Via::Cli, uid: None },
            cause: None,
            event,
        };
        let ledger = ulid::Ulid(1);
        let bytes =
            encode(&recorded, ledger, &[], &|_| None, &*crate::support::Repeating::seeded(1));
        let bytes = bytes.unwrap();
        let head = concat!(
            r#"{"envelope":1,"position":7,"id":"00000000000000000000000005","stream":"ledger","version":3,"#,
            r#""type":"KIND","schema":1,"recorded_at":"2026-03-01T12:00:00.000000Z","actor":{"name":"#,
            r#"{"person":"09090909090909090909090909090909","sealed":null},"via":"cli","uid":null},"#,
            r#""cause":null,"persons":[],"data":"#
        );
        let head = head.replace("KIND", kind.as_str());
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), format!("{head}{data}}}"));
        let read = decode(7, &bytes, Some(ledger), &|_| None, Detail::Full).unwrap();
        assert_eq!(read.recorded, recorded);
    };
    let zeros = "00".repeat(32);
    frozen(
        Event::MapCommitted(MapCommitted { size: 7, tokens: 2, root: [0; 32] }),
        &format!(r#"{{"size":7,"tokens":2,"root":"{zeros}"}}"#),
    );
    frozen(
        Event::KeyRotated(KeyRotated { verifier_key: "a+b+c".into(), endorsement: vec![1, 2, 3] }),
        r#"{"verifier_key":"a+b+c","endorsement":"AQID"}"#,
    );
    frozen(
        Event::RollbackAccepted(RollbackAccepted {
            size: 9,
            root: [0; 32],
            reason: nobody.clone(),
        }),
        &format!(
            r#"{{"size":9,"root":"{zeros}","reason":{{"person":"09090909090909090909090909090909","sealed":null}}}}"#
        ),
    );
}

/// The record grows by no rotation that is older than the last eight.
#[test]
fn rotations_do_not_outgrow_the_record() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    ledger.checkpoint(&by()).unwrap();
    for _ in 0..10 {
        ledger.rotate_key(&by()).unwrap();
    }
    let record = std::fs::read_to_string(record_path(&fixture.path)).unwrap();
    assert_eq!(record.lines().filter(|line| line.starts_with('—')).count(), 1 + 8, "{record}");
    ledger.reader().unwrap().assure_not_rolled_back().unwrap();
}
