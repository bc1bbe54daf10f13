//! Damage to an index: nothing that the log or a row says changes, and look-ups go astray.

use std::path::Path;

use patrol_ledger::{Command, Expiry, Format, Import, Rotate, Selector};
use patrol_token::TokenDigest;
use rusqlite::Connection;

use crate::sqlite::Fixture;
use crate::support::{id, issue, request, scopes};

/// Every index of a table that grows, and a ledger with entries in each.
const INDEXES: [&str; 7] = [
    "sqlite_autoindex_events_1",
    "tokens_id",
    "tokens_digest",
    "tokens_owner",
    "tokens_format",
    "tokens_expiring",
    "tokens_superseded",
];

fn filled() -> Fixture {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    for n in 0..2u8 {
        let (_, old) = issue(&*fixture.entropy, "bob", &format!("rotated {n}"));
        let (_, successor) = issue(&*fixture.entropy, "-", "-");
        let token = id(old.id);
        ledger.submit(request(Command::Issue(old))).unwrap();
        let rotate = Rotate {
            token,
            successor: successor.id,
            prefix: successor.prefix,
            digest: successor.digest,
            overlap: "1h".parse().unwrap(),
            expires: Expiry::Default,
        };
        ledger.submit(request(Command::Rotate(rotate))).unwrap();
        let import = Import {
            line: 1,
            id: format!("01JD3KQ8Z5V7W2N9X4C6B8M0T{n}").parse().unwrap(),
            prefix: None,
            format: Format::Legacy { prefix: "old-".into(), pattern: format!("[0-9]{{4{n}}}") },
            digest: TokenDigest::of(&[n]),
            owner: "carol".into(),
            name: "legacy".into(),
            description: None,
            scopes: scopes("*"),
            created_at: None,
            expires_at: None,
        };
        ledger.submit(request(Command::Import(vec![import]))).unwrap();
    }
    drop(ledger);
    fixture.sql().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    fixture
}

fn root_page(path: &Path, index: &str) -> usize {
    let db = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    db.query_row(sql, [index], |row| row.get::<_, i64>(0)).unwrap() as usize
}

/// Edits the page of an index that has only one.
fn edit(path: &Path, index: &str, change: impl FnOnce(&mut [u8])) {
    let root = root_page(path, index);
    let mut bytes = std::fs::read(path).unwrap();
    let page = &mut bytes[(root - 1) * 4096..][..4096];
    assert_eq!(page[0], 0x0a, "{index} has more than one page");
    assert!(page[4] >= 2, "{index} has too few entries");
    change(page);
    std::fs::write(path, bytes).unwrap();
}

#[track_caller]
fn assert_told(fixture: &Fixture, index: &str) {
    let (_, problems) = fixture.problems();
    let words = format!("index {index} does not hold what its table holds");
    assert!(problems.iter().any(|said| said.contains(&words)), "{index}: {problems:#?}");
}

#[test]
fn an_entry_that_leads_elsewhere_is_noticed() {
    for index in INDEXES {
        let fixture = filled();
        assert_eq!(fixture.problems(), (None, vec![]));
        edit(&fixture.path, index, |page| {
            // The second entry: its payload's length, its payload, last of it the row's number.
            let at = usize::from(u16::from_be_bytes([page[10], page[11]]));
            assert!(page[at] < 0x80);
            page[at + usize::from(page[at])] ^= 1;
        });
        assert_told(&fixture, index);
    }
}

#[test]
fn entries_out_of_order_are_noticed() {
    for index in INDEXES {
        let fixture = filled();
        edit(&fixture.path, index, |page| {
            let (first, second) = page[8..12].split_at_mut(2);
            first.swap_with_slice(second);
        });
        assert_told(&fixture, index);
    }
}

/// Changes tokens while SQLite does not know of an index.
#[test]
fn entries_that_are_missing_or_left_over_are_noticed() {
    for (index, change) in [
        ("tokens_id", "DELETE FROM tokens WHERE issued_position = 3"),
        ("tokens_digest", "DELETE FROM tokens WHERE issued_position = 3"),
        ("tokens_owner", "UPDATE tokens SET owner = x'00' WHERE issued_position = 3"),
        ("tokens_format", "UPDATE tokens SET format = NULL"),
        ("tokens_expiring", "UPDATE tokens SET expired_at = 1 WHERE issued_position = 3"),
        ("tokens_expiring", "UPDATE tokens SET expires_at = 1 WHERE expires_at IS NULL"),
        ("tokens_superseded", "UPDATE tokens SET revoked_at = 1, revoked_reason = 'leaked'"),
        ("tokens_superseded", "UPDATE tokens SET superseded_at = 1 WHERE issued_position = 3"),
    ] {
        let fixture = filled();
        fixture
            .sql()
            .execute_batch(&format!(
                "PRAGMA writable_schema = ON;
                 CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = '{index}';
                 DELETE FROM sqlite_schema WHERE name = '{index}';
                 PRAGMA writable_schema = RESET;
                 {change};
                 PRAGMA writable_schema = ON;
                 INSERT INTO sqlite_schema SELECT * FROM kept;
                 PRAGMA writable_schema = RESET;"
            ))
            .unwrap();
        assert_told(&fixture, index);
        fixture.open().unwrap().rebuild().unwrap();
        assert_eq!(fixture.problems(), (None, vec![]), "{index}");
    }
}

/// More events than one thread reads at once.
#[test]
fn a_long_log_is_read_by_ranges_in_order() {
    let fixture = filled();
    let ledger = fixture.open().unwrap();
    let (_, new) = issue(&*fixture.entropy, "alice", "first");
    let token = Selector::Id(new.id);
    ledger.submit(request(Command::Issue(new))).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..180 {
                    let rename = Command::Rename { token, name: format!("{writer} {n}") };
                    ledger.submit(request(rename)).unwrap();
                }
            });
        }
    });
    let size = ledger.reader().unwrap().head().unwrap().tree.size();
    assert!(size > 1400);
    assert_eq!(ledger.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(ledger.rebuild().unwrap(), size);
    assert_eq!(fixture.problems(), (None, vec![]));
    let around = "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;";
    for (what, position) in [
        ("UPDATE events SET type = 'x' WHERE position = 1000", 1000),
        ("DELETE FROM events WHERE position = 700", 700),
        ("UPDATE events SET position = 1 << 61 WHERE position = 256", 256),
        ("UPDATE events SET position = -5 WHERE position = 255", 0),
    ] {
        fixture.sql().execute_batch(&format!("{around}{what}")).unwrap();
        let (first, problems) = fixture.problems();
        assert_eq!(first, Some(position), "{what}: {problems:#?}");
        let restore = "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT 1; END;
            CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT 1; END;";
        fixture.sql().execute_batch(restore).unwrap();
    }
    assert!(fixture.open().unwrap().rebuild().is_err());
}
