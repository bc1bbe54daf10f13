//! Whether the indexes hold what their tables hold.
//!
//! SQLite's `integrity_check` looks every row up in every index, which takes three times as long as
//! reading them. Here each index of the two tables that grow is read once, in its own order, which
//! must not decrease; and the hashes of its entries must sum up to those of its rows. The hashes
//! have a random key, so what is not the same has the same sum once in 2^64 cases, and nobody can
//! choose it to. Of the trees and free pages of the file `quick_check` says whether they are whole, and
//! of the small tables `integrity_check` all that it can.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::store_error;
use super::trees::{Stop, said, trees};
use crate::project::StoreError;

/// The key of the hashes, new for every check.
#[derive(Default)]
pub(crate) struct Entries(RandomState);

impl Entries {
    /// The hash of an entry: its key columns and the row that it leads to.
    pub(crate) fn hash(&self, key: &[ValueRef<'_>], row: i64) -> u64 {
        let mut hash = self.0.build_hasher();
        for value in key {
            match value {
                ValueRef::Null => hash.write_u8(0),
                ValueRef::Integer(number) => {
                    hash.write_u8(1);
                    hash.write_i64(*number);
                }
                ValueRef::Real(number) => {
                    hash.write_u8(2);
                    hash.write_u64(number.to_bits());
                }
                ValueRef::Text(bytes) => {
                    hash.write_u8(3);
                    hash.write_usize(bytes.len());
                    hash.write(bytes);
                }
                ValueRef::Blob(bytes) => {
                    hash.write_u8(4);
                    hash.write_usize(bytes.len());
                    hash.write(bytes);
                }
            }
        }
        hash.write_i64(row);
        hash.finish()
    }
}

/// The key columns of an entry as bytes that compare as SQLite compares the columns, as far as each
/// column has values of one type.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Vec<u8>);

impl Default for Key {
    fn default() -> Self {
        // As long as a token's stream and a version.
        Self(Vec::with_capacity(64))
    }
}

impl Key {
    /// The same memory for another key.
    fn clear(&mut self) {
        self.0.clear();
    }

    /// One more column.
    pub(crate) fn push(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.0.push(0),
            ValueRef::Integer(number) => {
                self.0.push(1);
                self.0.extend((number.cast_unsigned() ^ 1 << 63).to_be_bytes());
            }
            // No column holds one; then only the hash counts.
            ValueRef::Real(number) => self.0.extend(number.to_be_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                self.0.push(2);
                // A zero byte is followed by 255, the end by another zero. Most have none.
                if bytes.contains(&0) {
                    for (at, part) in bytes.split(|byte| *byte == 0).enumerate() {
                        self.0.extend_from_slice(if at == 0 { &[] } else { &[0, 255] });
                        self.0.extend_from_slice(part);
                    }
                } else {
                    self.0.extend_from_slice(bytes);
                }
                self.0.extend_from_slice(&[0, 0]);
            }
        }
    }
}

/// An index of tokens: its column, what its entries' rows have (an empty text: all have it), and
/// whether a value may stand there twice.
struct Index {
    name: &'static str,
    column: &'static str,
    only: &'static str,
    unique: bool,
}

const TOKENS: [Index; 6] = [
    Index { name: "tokens_id", column: "id", only: "", unique: true },
    Index { name: "tokens_digest", column: "digest", only: "", unique: true },
    Index { name: "tokens_owner", column: "owner", only: "", unique: false },
    Index {
        name: "tokens_format",
        column: "format",
        only: "WHERE format IS NOT NULL",
        unique: false,
    },
    Index {
        name: "tokens_expiring",
        column: "expires_at",
        only: "WHERE expires_at IS NOT NULL AND expired_at IS NULL AND revoked_at IS NULL",
        unique: false,
    },
    Index {
        name: "tokens_superseded",
        column: "superseded_at",
        only: "WHERE superseded_at IS NOT NULL AND revoked_at IS NULL",
        unique: false,
    },
];

/// The index of events.
pub(crate) const EVENTS: &str = "sqlite_autoindex_events_1";

/// The tables that are small beside the log; of an index that is not ours the schema tells.
const OTHERS: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN \
                      ('events', 'tokens', 'tiles') ORDER BY name";

/// What was found of the file's structure.
pub(crate) struct Structure {
    /// What does not hold.
    pub(crate) problems: Vec<String>,
    /// The sum over the index of events, of those up to the position asked; `None` if it is no
    /// index at all.
    pub(crate) events: Option<u64>,
}

/// Looks through a file's structure, on one snapshot of its own.
///
/// # Errors
/// When it cannot be looked through at all.
pub(crate) fn structure(
    mut connection: Connection,
    last: i64,
    entries: &Entries,
) -> Result<Structure, StoreError> {
    let stop = Stop::of(&mut connection).map_err(store_error)?;
    let snapshot = connection.unchecked_transaction().map_err(store_error)?;
    let mut problems = trees(&snapshot, &stop).map_err(store_error)?;
    for table in said(&snapshot, OTHERS).map_err(store_error)? {
        let sql = format!("PRAGMA integrity_check(\"{}\")", table.replace('"', "\"\""));
        problems.extend(said(&snapshot, &sql).map_err(store_error)?);
    }
    let rows = tokens(&snapshot, entries);
    problems.extend(rows.as_ref().err().map(|error| format!("table tokens: {error}")));
    for (at, Index { name, column, only, unique }) in TOKENS.into_iter().enumerate() {
        let sql = format!("SELECT issued_position, {column} FROM tokens INDEXED BY {name} {only}");
        match sum(&snapshot, &sql, unique, entries) {
            Ok(Some(held)) if rows.as_ref().is_ok_and(|rows| rows[at] == held) => {}
            Ok(_) => problems.push(differs(name)),
            Err(error) => problems.push(format!("index {name}: {error}")),
        }
    }
    let sql = format!(
        "SELECT position, stream, version FROM events INDEXED BY {EVENTS} WHERE position <= {last}"
    );
    let events = match sum(&snapshot, &sql, true, entries) {
        Ok(events) => events,
        Err(error) => {
            problems.push(format!("index {EVENTS}: {error}"));
            None
        }
    };
    Ok(Structure { problems, events })
}

/// What to say of the index of events, unless it holds what the events sum up to.
pub(crate) fn differs(index: &str) -> String {
    format!("index {index} does not hold what its table holds")
}

/// The sums of the entries that the indexes of tokens should have, from the rows, read once.
fn tokens(connection: &Connection, entries: &Entries) -> rusqlite::Result<[u64; TOKENS.len()]> {
    // A value that the index leaves out is NULL here; an index that leaves none out may hold NULL.
    let column = |Index { column, only, .. }: &Index| match only.strip_prefix("WHERE ") {
        None => (*column).to_owned(),
        Some(only) => format!("iif({only}, {column}, NULL)"),
    };
    let columns: Vec<_> = TOKENS.iter().map(column).collect();
    let sql = format!("SELECT issued_position, {} FROM tokens NOT INDEXED", columns.join(", "));
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut sums = [0u64; TOKENS.len()];
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        for (at, (sum, Index { only, .. })) in sums.iter_mut().zip(&TOKENS).enumerate() {
            let value = row.get_ref(at + 1)?;
            if only.is_empty() || value != ValueRef::Null {
                *sum = sum.wrapping_add(entries.hash(&[value], number));
            }
        }
    }
    Ok(sums)
}

/// The sum of the entries that an index gives: the row's number and the key. `None` if they are not
/// in the order of an index, or the same key comes twice in a unique one.
fn sum(
    connection: &Connection,
    sql: &str,
    unique: bool,
    entries: &Entries,
) -> rusqlite::Result<Option<u64>> {
    let mut statement = connection.prepare(sql)?;
    // One column, or the two of the index of events.
    let width = statement.column_count() - 1;
    let mut rows = statement.query([])?;
    let mut before: Option<(Key, i64)> = None;
    let mut sum = 0u64;
    let mut key = Key::default();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        key.clear();
        let mut values = [ValueRef::Null; 2];
        let values = &mut values[..width];
        for (at, value) in values.iter_mut().enumerate() {
            *value = row.get_ref(at + 1)?;
            key.push(*value);
        }
        sum = sum.wrapping_add(entries.hash(values, number));
        let (before, last) = before.get_or_insert_with(|| (Key::default(), i64::MIN));
        if (&*before, &*last) >= (&key, &number) || (unique && *before == key) {
            return Ok(None);
        }
        std::mem::swap(before, &mut key);
        *last = number;
    }
    Ok(Some(sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn every_index_of_a_large_table_is_looked_at() {
        let mut db = Connection::open_in_memory().unwrap();
        schema::create(&mut db).unwrap();
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events'";
        assert_eq!(said(&db, sql).unwrap(), [EVENTS]);
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'tokens'";
        let mut found: Vec<_> = said(&db, sql).unwrap();
        let mut ours: Vec<_> = TOKENS
            .iter()
            .map(|Index { name, column, only, unique }| {
                let unique = if *unique { "UNIQUE " } else { "" };
                format!("CREATE {unique}INDEX {name} ON tokens ({column}) {only}")
            })
            .collect();
        // As it stands, but for the line breaks.
        let words = |sql: &String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        found.iter_mut().chain(&mut ours).for_each(|sql| *sql = words(sql));
        found.sort();
        ours.sort();
        assert_eq!(found, ours);
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'tiles'";
        assert!(said(&db, sql).unwrap().is_empty());
    }

    #[test]
    fn keys_compare_as_columns_do() {
        let key = |values: &[ValueRef<'_>]| {
            let mut key = Key::default();
            values.iter().for_each(|value| key.push(*value));
            key
        };
        let texts: [&[u8]; 6] = [b"", b"\0", b"\0\xff", b"a", b"a\0", b"ab"];
        for (at, one) in texts.iter().enumerate() {
            for (other_at, other) in texts.iter().enumerate() {
                // Whatever comes in the second column.
                let one = key(&[ValueRef::Text(one), ValueRef::Integer(5)]);
                let other = key(&[ValueRef::Text(other), ValueRef::Integer(5)]);
                assert_eq!(one.cmp(&other), at.cmp(&other_at));
            }
        }
        let numbers = [i64::MIN, -1, 0, 1, 256, i64::MAX];
        assert!(numbers.is_sorted_by_key(|number| key(&[ValueRef::Integer(*number)])));
        assert!(key(&[ValueRef::Null]) < key(&[ValueRef::Integer(i64::MIN)]));
        assert!(
            key(&[ValueRef::Text(b"a"), ValueRef::Text(b"b")]) != key(&[ValueRef::Text(b"ab")])
        );
    }
}
