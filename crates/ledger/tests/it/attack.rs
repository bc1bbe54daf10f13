//! What an attack on the ledger found, each as a test: files put in place of others, logs cut and
//! grown again, rows and names and schemas edited, inputs at the edge.

use std::time::Duration;

use patrol_ledger::{
    Change, Command, EventQuery, Format, Import, Leak, Ledger, Reason, Revoke, Selector, Sighting,
    StoreError, Verifier,
};
use patrol_token::{PlainToken, TokenDigest};

use crate::sqlite::Fixture;
use crate::support::{World, id, issue, request, scopes};

fn issued(fixture: &Fixture, ledger: &Ledger) -> (Selector, PlainToken) {
    let (plain, new) = issue(&*fixture.entropy, "alice", "ci");
    let token = Selector::Id(new.id);
    ledger.submit(request(Command::Issue(new))).unwrap();
    (token, plain)
}

fn revoke(ledger: &Ledger, token: Selector) {
    let revoke = Revoke { tokens: vec![token], ..Revoke::default() };
    ledger.submit(request(Command::Revoke(revoke))).unwrap();
}

fn verdict(verifier: &mut Verifier, plain: &PlainToken) -> Result<(), Reason> {
    let now = "2026-03-01".parse().unwrap();
    verifier.verify(plain.expose(), &[], now).unwrap().map(|_| ())
}

#[test]
fn a_reader_sees_the_present_after_a_panic() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let (token, _) = issued(&fixture, &ledger);
    let reader = ledger.reader().unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        reader.snapshot(|reader| -> Result<(), StoreError> {
            reader.head()?;
            panic!("a bug while reading")
        })
    }));
    assert!(panicked.is_err());
    revoke(&ledger, token);
    assert!(reader.token(&token).unwrap().unwrap().revoked.is_some());
}

#[test]
fn positions_at_the_edge_select_nothing() {
    let fixture = Fixture::filled();
    let reader = fixture.open().unwrap().reader().unwrap();
    for after in [10, 11, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let query = EventQuery { after: Some(after), limit: 9, ..EventQuery::default() };
        assert_eq!(reader.events(&query).unwrap(), (vec![], false), "{after}");
    }
}

#[test]
fn a_file_put_in_place_of_the_ledger_is_noticed() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let (token, plain) = issued(&fixture, &ledger);
    let mut verifier = ledger.verifier().unwrap();
    assert_eq!(verdict(&mut verifier, &plain), Ok(()));
    let copy = fixture.folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    std::fs::rename(&copy, &fixture.path).unwrap();
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(fixture.folder.path().join(format!("ledger.db{suffix}"))).ok();
    }
    let other = fixture.open().unwrap();
    revoke(&other, token);
    assert_eq!(verdict(&mut verifier, &plain), Err(Reason::Revoked));
    // The first process writes into the file that is there now, not into the one that is gone.
    let (_, late) = issued(&fixture, &ledger);
    let mut elsewhere = other.verifier().unwrap();
    assert_eq!(verdict(&mut elsewhere, &late), Ok(()));
}

#[test]
fn a_log_that_went_back_and_grew_again_is_read_anew() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let (kept, kept_plain) = issued(&fixture, &ledger);
    let copy = fixture.folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    let (_, lost_plain) = issued(&fixture, &ledger);
    let mut verifier = ledger.verifier().unwrap();
    assert_eq!(verdict(&mut verifier, &lost_plain), Ok(()));
    // Restored in place, as `sqlite3 .restore` does: the same file, other contents.
    let mut db = fixture.sql();
    db.restore("main", &copy, None::<fn(_)>).unwrap();
    drop(db);
    revoke(&ledger, kept);
    issued(&fixture, &ledger);
    assert_eq!(verdict(&mut verifier, &kept_plain), Err(Reason::Revoked));
    assert_eq!(verdict(&mut verifier, &lost_plain), Err(Reason::Unknown));
}

#[test]
fn verifiers_start_over_when_rows_are_made_anew() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let (token, plain) = issued(&fixture, &ledger);
    revoke(&ledger, token);
    let db = fixture.sql();
    db.execute("UPDATE tokens SET revoked_at = NULL, revoked_reason = NULL", []).unwrap();
    let mut verifier = ledger.verifier().unwrap();
    assert_eq!(verdict(&mut verifier, &plain), Ok(()), "the rows were tampered with");
    ledger.rebuild().unwrap();
    assert_eq!(verdict(&mut verifier, &plain), Err(Reason::Revoked));
}

#[test]
fn two_names_for_one_file_are_refused() {
    let fixture = Fixture::new();
    let second = fixture.folder.path().join("second.db");
    std::fs::hard_link(&fixture.path, &second).unwrap();
    let error = fixture.open().err().unwrap().to_string();
    assert!(error.contains("has 2 names (hard links)"), "{error}");
    std::fs::remove_file(second).unwrap();
    // A symbolic link is the same ledger, with the same log and key beside it.
    let link = fixture.folder.path().join("link.db");
    std::os::unix::fs::symlink(&fixture.path, &link).unwrap();
    let ledger = Ledger::open(&link, fixture.clock.clone(), fixture.entropy.clone()).unwrap();
    assert_eq!(ledger.path(), fixture.path.canonicalize().unwrap());
}

#[test]
fn persons_and_schema_are_checked() {
    for (edit, words) in [
        (
            "UPDATE persons SET name = 'mallory' WHERE name = 'alice'",
            "position 1: the owner is kept under another name",
        ),
        ("DROP TRIGGER events_continue", "schema: trigger events_continue is missing"),
        ("DROP INDEX tokens_digest", "schema: index tokens_digest is missing"),
        (
            "CREATE TRIGGER undo AFTER UPDATE ON tokens BEGIN \
             UPDATE tokens SET revoked_at = NULL, revoked_reason = NULL; END",
            "schema: trigger undo does not belong here",
        ),
        (
            "DROP INDEX tokens_id; DROP INDEX tokens_digest; CREATE TEMP TABLE t AS SELECT * FROM \
             tokens WHERE issued_position = 3; UPDATE t SET issued_position = 0; \
             INSERT INTO tokens SELECT * FROM t",
            "has two rows",
        ),
        ("UPDATE ledger SET policy = 'x'", "rows: "),
        (
            "UPDATE persons SET key = x'00' WHERE name = 'alice'",
            "a person is kept who cannot be read",
        ),
    ] {
        let fixture = Fixture::filled();
        fixture.sql().execute_batch(edit).unwrap();
        let (_, problems) = fixture.problems();
        assert!(problems.iter().any(|said| said.contains(words)), "{edit}: {problems:#?}");
    }
}

#[test]
fn rebuild_restores_what_is_derived_and_blesses_no_cut_log() {
    let fixture = Fixture::filled();
    let db = fixture.sql();
    db.execute_batch(
        "DROP TRIGGER events_no_delete; DROP INDEX tokens_id; CREATE INDEX odd ON tokens (name); \
         UPDATE ledger SET policy = 'x'; DELETE FROM tokens WHERE issued_position > 5",
    )
    .unwrap();
    fixture.open().unwrap().rebuild().unwrap();
    assert_eq!(fixture.problems(), (None, vec![]));
    db.execute_batch("DROP TRIGGER events_no_delete; DELETE FROM events WHERE position = 10")
        .unwrap();
    let error = fixture.open().unwrap().rebuild().unwrap_err().to_string();
    assert!(error.contains("do not fit its tree of 11"), "{error}");
}

#[test]
fn a_backup_touches_nobody_s_files() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let near = fixture.folder.path().join("copy.db.part");
    std::fs::write(&near, "mine").unwrap();
    ledger.backup(&fixture.folder.path().join("copy.db")).unwrap();
    ledger.backup(&fixture.folder.path().join("copy.db")).unwrap_err();
    assert_eq!(std::fs::read_to_string(&near).unwrap(), "mine");
    let names = std::fs::read_dir(fixture.folder.path()).unwrap().count();
    assert!(names <= 7, "temporary files are left: {names}");
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let (token, _) = issued(&fixture, &ledger);
    revoke(&ledger, token);
    let reader = ledger.reader().unwrap();
    let before = reader.data_version().unwrap();
    revoke(&ledger, token);
    let rename = Command::Rename { token, name: "x".into() };
    ledger.submit(request(rename)).unwrap_err();
    assert_eq!(reader.data_version().unwrap(), before);
}

#[test]
fn a_stopped_process_with_the_turn_holds_nobody_up() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let turn = std::fs::File::open(fixture.folder.path().join("ledger.db-turn")).unwrap();
    turn.lock().unwrap();
    let start = std::time::Instant::now();
    issued(&fixture, &ledger);
    // Not a timed test: the patience for a real writer is 30 s, courtesy ends long before.
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_leak_is_never_refused_for_what_its_place_is_made_of() {
    let mut world = World::new();
    let (token, plain) = world.token();
    let nasty = Some("\u{1}".repeat(60_000));
    let leak = Leak {
        token: Selector::Whole { id: Some(token), digest: plain.digest() },
        sighting: Sighting {
            place: [1; 32],
            source: "\u{1}".repeat(5000),
            repository: nasty.clone(),
            object: nasty.clone(),
            reference: nasty.clone(),
            path: nasty.clone(),
            line: Some(u64::MAX),
            column: Some(u64::MAX),
            commit: nasty.clone(),
            author: Some(format!("{} <{}>", "é\u{1}".repeat(300), plain.expose())),
            date: nasty,
        },
    };
    let receipt = world.run(Command::Leak(Box::new(leak))).unwrap();
    assert!(receipt.tokens[&token].revoked.is_some());
    let entries = world.store.contents().entries;
    assert!(entries.iter().all(|entry| entry.envelope.len() < 60_000));
}

#[test]
fn imports_neither_lie_about_their_birth_nor_carry_a_secret() {
    let mut world = World::new();
    let (_, plain) = world.token();
    let import = |format: Format, created_at: Option<&str>| {
        let import = Import {
            line: 1,
            id: "01JD3KQ8Z5V7W2N9X4C6B8M0T1".parse().unwrap(),
            prefix: None,
            format,
            digest: TokenDigest::of(b"old"),
            owner: "bob".into(),
            name: "old".into(),
            description: None,
            scopes: scopes(""),
            created_at: created_at.map(|at| at.parse().unwrap()),
            expires_at: None,
        };
        Command::Import(vec![import])
    };
    assert_eq!(
        world.refused(import(Format::V1, Some("9000-01-01"))),
        "line 1: created_at 9000-01-01 00:00:00 UTC is in the future \
         (now 2026-03-01 12:00:00 UTC)"
    );
    for (prefix, pattern) in [(plain.expose(), "x"), ("old-", plain.expose())] {
        let shape = Format::Legacy { prefix: prefix.into(), pattern: pattern.into() };
        let words = world.refused(import(shape, None));
        assert!(words.contains("contains a whole token"), "{words}");
    }
}

#[test]
fn a_scope_wider_than_a_rule_falls_under_it() {
    let policy = [("leak-response", "report"), ("leak-response.admin:*", "revoke")]
        .iter()
        .map(|(key, value)| Change::parse(key, value).unwrap())
        .fold(patrol_ledger::Policy::default(), |policy, change| policy.with(&change));
    let response = |text: &str| policy.leak_response_for(&scopes(text)).as_str();
    assert_eq!(
        [response("*"), response("admin:read"), response("repo:*")],
        ["revoke", "revoke", "report"]
    );
}

#[test]
fn an_owner_nobody_knows_is_said_whatever_else_is_asked() {
    let mut world = World::new();
    world.token();
    let typo = Revoke {
        owner: Some("alcie".into()),
        issued_before: Some("2030-01-01".parse().unwrap()),
        ..Revoke::default()
    };
    assert_eq!(world.refused(Command::Revoke(typo)), "this owner has no tokens in this ledger");
    let none_that_old = Revoke {
        owner: Some("alice".into()),
        issued_before: Some("2020-01-01".parse().unwrap()),
        ..Revoke::default()
    };
    assert!(world.run(Command::Revoke(none_that_old)).unwrap().events.is_empty());
}

#[test]
fn beyond_the_recorded_places_an_accepted_leak_stays_accepted() {
    let mut world = World::new();
    let (token, plain) = world.token();
    world.run(Command::SetPolicy(Change::parse("leak-response", "suspend").unwrap())).unwrap();
    let leak = |place: u8| {
        Command::Leak(Box::new(Leak {
            token: Selector::Whole { id: Some(token), digest: plain.digest() },
            sighting: Sighting {
                place: [place; 32],
                source: "blob".into(),
                repository: None,
                object: None,
                reference: None,
                path: None,
                line: None,
                column: None,
                commit: None,
                author: None,
                date: None,
            },
        }))
    };
    for place in 0..=101 {
        world.run(leak(place)).unwrap();
    }
    let resume = |words: Option<&str>| Command::Resume {
        token: id(token),
        accept_leak: words.map(Into::into),
    };
    assert!(world.refused(resume(None)).contains("accepted in words"));
    world.run(resume(Some("fixtures"))).unwrap();
    assert!(world.run(leak(101)).unwrap().events.is_empty());
}
