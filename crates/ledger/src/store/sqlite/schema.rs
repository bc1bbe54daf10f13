//! The schema's versions, and the way from each to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::{Access, store_error};
use crate::project::StoreError;

/// Says that a SQLite file is a patrol ledger: "PTRL" in the file's header.
const APPLICATION_ID: i32 = 0x5054_524C;

/// The way to each schema version from the one before. Released entries never change.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001.sql")];

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
            Err(StoreError::ReadOnly("its schema must be brought forward first".into()))
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
        tx.execute_batch(step).map_err(store_error)?;
    }
    tx.pragma_update(None, "user_version", VERSION).map_err(store_error)?;
    tx.commit().map_err(store_error)
}
