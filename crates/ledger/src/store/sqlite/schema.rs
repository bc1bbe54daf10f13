//! The schema's versions, and the way from each to the next.

use std::collections::BTreeMap;

use rusqlite::{Connection, TransactionBehavior};

use super::{Access, store_error, tiles};
use crate::project::StoreError;

/// Says that a SQLite file is a patrol ledger: "PTRL" in the file's header.
const APPLICATION_ID: i32 = 0x5054_524C;

/// A step to a schema version from the one before: its SQL, and what SQL alone cannot do.
struct Migration {
    sql: &'static str,
    fill: fn(&Connection) -> Result<(), StoreError>,
}

/// The steps. Released entries never change.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001.sql"), fill: |_| Ok(()) },
    Migration { sql: include_str!("migrations/0002.sql"), fill: tiles::build },
    Migration { sql: include_str!("migrations/0003.sql"), fill: |_| Ok(()) },
];

/// The version this program writes.
pub(crate) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Makes an empty database a ledger of the newest version, without events.
pub(super) fn create(connection: &mut Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(store_error)?;
    migrate(connection, 0)
}

/// The schema version of a ledger; refuses what is no ledger, and one of a later version. Changes
/// nothing.
pub(super) fn recognise(connection: &Connection) -> Result<i64, StoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(store_error)? != i64::from(APPLICATION_ID) {
        return Err(StoreError::NotALedger);
    }
    match number("user_version").map_err(store_error)? {
        found if found > VERSION => Err(StoreError::Newer { found, known: VERSION }),
        found if found < 1 => Err(StoreError::NotALedger),
        found => Ok(found),
    }
}

/// Brings an earlier version forward, if this connection may write.
pub(super) fn bring_forward(
    connection: &mut Connection,
    version: i64,
    access: Access,
) -> Result<(), StoreError> {
    match access {
        _ if version == VERSION => Ok(()),
        Access::Write => migrate(connection, version),
        Access::Read => {
            Err(StoreError::Unusable("its schema must be brought forward first".into()))
        }
    }
}

/// All steps in one transaction: a crash leaves the version before.
fn migrate(connection: &mut Connection, from: i64) -> Result<(), StoreError> {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)?;
    // Another process may have been first.
    let now: i64 =
        tx.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(store_error)?;
    let from = usize::try_from(now.max(from)).unwrap_or(0);
    for step in MIGRATIONS.iter().skip(from) {
        tx.execute_batch(step.sql).map_err(store_error)?;
        (step.fill)(&tx)?;
    }
    tx.pragma_update(None, "user_version", VERSION).map_err(store_error)?;
    tx.commit().map_err(store_error)
}

/// An object of the schema: its type and name, and its definition.
type Objects = BTreeMap<(String, String), String>;

/// The objects of a database. Those that SQLite makes by itself have no definition and are left out.
fn objects(connection: &Connection) -> Result<Objects, StoreError> {
    connection
        .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        .and_then(|mut statement| {
            let rows =
                statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
            rows.collect()
        })
        .map_err(store_error)
}

/// The objects a ledger should have.
fn expected() -> Result<Objects, StoreError> {
    let fresh = Connection::open_in_memory().map_err(store_error)?;
    for step in MIGRATIONS {
        fresh.execute_batch(step.sql).map_err(store_error)?;
    }
    objects(&fresh)
}

/// What the schema has that it should not have, lacks, or has otherwise.
pub(crate) fn differences(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let (expected, found) = (expected()?, objects(connection)?);
    let mut said = Vec::new();
    for ((kind, name), sql) in &expected {
        match found.get(&(kind.clone(), name.clone())) {
            None => said.push(format!("{kind} {name} is missing")),
            Some(other) if other != sql => said.push(format!("{kind} {name} was changed")),
            Some(_) => {}
        }
    }
    let extra = found.keys().filter(|object| !expected.contains_key(object));
    said.extend(extra.map(|(kind, name)| format!("{kind} {name} does not belong here")));
    Ok(said)
}

/// Puts the indexes and triggers back to what they should be, around `work`, which fills the rows:
/// an index is made anew from sorted data more cheaply than it is kept while the rows come.
pub(super) fn restore(
    connection: &Connection,
    work: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let is_helper = |kind: &str| kind == "index" || kind == "trigger";
    for (kind, name) in objects(connection)?.keys().filter(|(kind, _)| is_helper(kind)) {
        let quoted = name.replace('"', "\"\"");
        connection.execute_batch(&format!("DROP {kind} \"{quoted}\"")).map_err(store_error)?;
    }
    work()?;
    for (_, sql) in expected()?.iter().filter(|((kind, _), _)| is_helper(kind)) {
        connection.execute_batch(sql).map_err(store_error)?;
    }
    Ok(())
}
