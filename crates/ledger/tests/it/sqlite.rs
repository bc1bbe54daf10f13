//! What is particular to SQLite: the fence, tampering around it, foreign files, backups.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patrol_ledger::{Command, CommandError, Init, Ledger, Selector, StoreError, key_path};
use rusqlite::Connection;

use crate::support::{HandClock, Repeating, issue, request};

pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<Repeating>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::seeded(5)
    }

    /// Another seed is another ledger.
    pub(crate) fn seeded(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let this = Self {
            path,
            folder,
            clock: HandClock::at("2026-03-01"),
            entropy: Repeating::seeded(seed),
        };
        drop(this.init().unwrap());
        this
    }

    fn init(&self) -> Result<Ledger, CommandError> {
        let prefix = "acme_pat".parse().unwrap();
        let init = Init { prefix: &prefix, origin: None, actor: "tester", uid: None };
        Ledger::init(&self.path, &init, self.clock.clone(), self.entropy.clone())
    }

    pub(crate) fn open(&self) -> Result<Ledger, StoreError> {
        Ledger::open(&self.path, self.clock.clone(), self.entropy.clone())
    }

    /// Issues and renames some tokens: events at positions 0 to 10.
    pub(crate) fn filled() -> Self {
        let this = Self::new();
        let ledger = this.open().unwrap();
        for name in ["one", "two", "three", "four", "five"] {
            let (_, new) = issue(&*this.entropy, "alice", name);
            let token = Selector::Id(new.id);
            ledger.submit(request(Command::Issue(new))).unwrap();
            let rename = Command::Rename { token, name: format!("{name} again") };
            ledger.submit(request(rename)).unwrap();
        }
        drop(ledger);
        this
    }

    pub(crate) fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub(crate) fn problems(&self) -> (Option<u64>, Vec<String>) {
        let report = self.open().unwrap().check().unwrap();
        (report.first_bad_position, report.problems)
    }
}

#[test]
fn the_log_cannot_be_changed_through_plain_sql() {
    let fixture = Fixture::filled();
    let db = fixture.sql();
    for (sql, words) in [
        ("UPDATE events SET type = 'x' WHERE position = 3", "events are never changed"),
        ("DELETE FROM events WHERE position = 3", "events are never deleted"),
        ("DELETE FROM events", "events are never deleted"),
        (
            "INSERT OR REPLACE INTO events SELECT position, stream, version, type, 0, envelope, leaf \
             FROM events WHERE position = 3",
            "an event continues the log",
        ),
        (
            "INSERT INTO events SELECT 99, 'token:x', 1, type, recorded_at, envelope, leaf \
             FROM events WHERE position = 3",
            "an event continues the log",
        ),
        (
            "INSERT INTO events SELECT * FROM events WHERE position = 3 \
             ON CONFLICT DO UPDATE SET type = 'x'",
            "an event continues the log",
        ),
    ] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
    assert_eq!(fixture.problems(), (None, vec![]));
}

/// Edits made around the triggers, and what `check` says of each.
#[test]
fn an_edit_around_the_triggers_is_found_and_its_position_named() {
    let around = "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; \
                  DROP TRIGGER events_continue;";
    let cases: &[(&str, &str, u64, &str)] = &[
        (
            "bytes",
            "UPDATE events SET envelope = CAST(replace(CAST(envelope AS TEXT), '2026-03-01', \
             '2026-03-02') AS BLOB) WHERE position = 4",
            4,
            "the stored leaf is not the hash of the stored bytes",
        ),
        (
            "a column",
            "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 5",
            5,
            "the columns beside the envelope say something else",
        ),
        (
            "one gone",
            "DELETE FROM events WHERE position = 6",
            6,
            "missing; the next event stands at 7",
        ),
        (
            "the last gone",
            "DELETE FROM events WHERE position = 10",
            10,
            "missing; the log ended at 10 once",
        ),
        (
            "swapped",
            "UPDATE events SET position = 100 WHERE position = 2; \
             UPDATE events SET position = 2 WHERE position = 3; \
             UPDATE events SET position = 3 WHERE position = 100",
            2,
            "the envelope says position 3",
        ),
        (
            "one more",
            "INSERT INTO events SELECT 11, stream, 3, type, recorded_at, \
             CAST(replace(CAST(envelope AS TEXT), '\"position\":10,', '\"position\":11,') AS BLOB), leaf \
             FROM events WHERE position = 10",
            11,
            "stands beyond the recorded end",
        ),
        (
            "a leaf",
            "UPDATE events SET leaf = zeroblob(32) WHERE position = 0",
            0,
            "the stored leaf is not the hash",
        ),
    ];
    for (what, edit, position, words) in cases {
        let fixture = Fixture::filled();
        fixture.sql().execute_batch(&format!("{around}{edit}")).unwrap();
        let (first, problems) = fixture.problems();
        assert_eq!(first, Some(*position), "{what}: {problems:#?}");
        assert!(problems.iter().any(|p| p.contains(words)), "{what}: {problems:#?}");
    }
}

#[test]
fn an_edit_with_its_leaf_made_anew_is_found_by_the_tree() {
    let fixture = Fixture::filled();
    let db = fixture.sql();
    db.execute_batch("DROP TRIGGER events_no_update").unwrap();
    let bytes: Vec<u8> = db
        .query_row("SELECT envelope FROM events WHERE position = 9", [], |row| row.get(0))
        .unwrap();
    let edited = String::from_utf8(bytes).unwrap().replace("\"uid\":1000", "\"uid\":1001");
    let leaf = patrol_ledger::merkle::leaf_hash(edited.as_bytes());
    db.execute(
        "UPDATE events SET envelope = ?, leaf = ? WHERE position = 9",
        (edited.as_bytes(), leaf),
    )
    .unwrap();
    drop(db);
    let (first, problems) = fixture.problems();
    // Eleven leaves: 8 + 2 + 1. The ninth lies under the second subtree.
    assert_eq!(first, Some(8));
    assert_eq!(
        problems,
        [
            "schema: trigger events_no_update is missing",
            "position 8: an event of 8 to 9 was replaced: the tree does not fit"
        ]
    );
}

#[test]
fn rows_and_keys_are_checked_too() {
    let fixture = Fixture::filled();
    let db = fixture.sql();
    db.execute("UPDATE tokens SET scopes = '*' WHERE issued_position = 3", []).unwrap();
    let (first, problems) = fixture.problems();
    assert_eq!(first, None);
    assert!(problems[0].contains("is not what the log says; run rebuild"), "{problems:?}");
    fixture.open().unwrap().rebuild().unwrap();
    assert_eq!(fixture.problems(), (None, vec![]));
    db.execute("UPDATE persons SET key = randomblob(32) WHERE name = 'alice'", []).unwrap();
    let (first, problems) = fixture.problems();
    assert_eq!(first, Some(1), "{problems:?}");
    db.execute("DELETE FROM persons WHERE name = 'alice'", []).unwrap();
    let (first, problems) = fixture.problems();
    assert_eq!(first, Some(1));
    assert!(problems[0].contains("the key of a person introduced here is missing"), "{problems:?}");
}

#[test]
fn what_is_no_ledger_is_refused_in_words() {
    let fixture = Fixture::new();
    let at = |path: &Path| {
        let opened = Ledger::open(path, fixture.clock.clone(), fixture.entropy.clone());
        opened.err().unwrap().to_string()
    };
    let folder = fixture.folder.path();
    assert!(at(&folder.join("absent.db")).starts_with("there is no ledger at "));
    assert!(at(folder).contains("is a directory"));
    let foreign = folder.join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    assert_eq!(at(&foreign), "this is not a patrol ledger");
    let mode: String = Connection::open(&foreign)
        .unwrap()
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete", "somebody else's database is left as it was");
    let text = folder.join("text.db");
    std::fs::write(&text, "not a database, and long enough to look like a page of one".repeat(99))
        .unwrap();
    assert_eq!(at(&text), "this is not a patrol ledger");
    fixture.sql().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(at(&fixture.path), "this ledger has schema version 99; this program knows up to 3");
}

#[test]
fn init_writes_over_nothing() {
    let fixture = Fixture::new();
    let before = std::fs::read(&fixture.path).unwrap();
    let error = fixture.init().err().unwrap().to_string();
    assert!(
        error.ends_with("ledger.db exists already; nothing is ever written over it"),
        "{error}"
    );
    assert_eq!(std::fs::read(&fixture.path).unwrap(), before);
    std::fs::remove_file(&fixture.path).unwrap();
    let error = fixture.init().err().unwrap().to_string();
    assert!(error.contains("ledger.db.key exists already"), "{error}");
    let names: Vec<_> = std::fs::read_dir(fixture.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.contains(".new-")), "{names:?}");
}

#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let (_, new) = issue(&*fixture.entropy, "alice", "x");
    ledger.submit(request(Command::Issue(new))).unwrap();
    ledger.backup(&fixture.folder.path().join("copy.db")).unwrap();
    for entry in std::fs::read_dir(fixture.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
    assert!(ledger.loose_files().is_empty());
    let key = key_path(&fixture.path);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(ledger.loose_files()[0].path, key);
}

#[test]
fn a_backup_is_a_ledger_of_its_moment() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let copy = fixture.folder.path().join("copy.db");
    assert_eq!(ledger.backup(&copy).unwrap(), 10);
    let error = ledger.backup(&copy).unwrap_err().to_string();
    assert!(error.contains("nothing is ever written over it"), "{error}");
    let (_, new) = issue(&*fixture.entropy, "alice", "later");
    ledger.submit(request(Command::Issue(new))).unwrap();
    let restored = Ledger::open(&copy, fixture.clock.clone(), fixture.entropy.clone()).unwrap();
    let report = restored.check().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(report.events, 11);
}

#[test]
fn a_corrupt_database_is_said_to_be_one() {
    let fixture = Fixture::filled();
    let mut bytes = std::fs::read(&fixture.path).unwrap();
    let pages = bytes.len() / 4096;
    for page in 1..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
    }
    std::fs::write(&fixture.path, bytes).unwrap();
    let said = match fixture.open() {
        Err(error) => error,
        Ok(ledger) => ledger.check().map(|report| panic!("{report:?}")).unwrap_err(),
    };
    assert!(matches!(said, StoreError::Damaged(_)), "{said:?}");
}

#[test]
fn many_threads_and_handles_make_one_gapless_log() {
    let fixture = Fixture::new();
    let handles: Vec<_> = (0..3).map(|_| fixture.open().unwrap()).collect();
    std::thread::scope(|scope| {
        for ledger in &handles {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let (_, new) = issue(&*fixture.entropy, "alice", "x");
                        ledger.submit(request(Command::Issue(new))).unwrap();
                    }
                });
            }
        }
    });
    let report = handles[0].check().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(report.events, 1 + 3 * 8 * 10);
}
