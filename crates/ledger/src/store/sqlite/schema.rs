//! The schema's versions, and the way from each to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::store_error;
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

/// Refuses what is no ledger or a later one; brings an earlier one forward.
pub(super) fn check(connection: &mut Connection, may_migrate: bool) -> Result<(), StoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(store_error)? != i64::from(APPLICATION_ID) {
        return Err(StoreError::NotALedger);
    }
    match number("user_version").map_err(store_error)? {
        VERSION => Ok(()),
        found if found > VERSION => Err(StoreError::Newer { found, known: VERSION }),
        found if found < 1 => Err(StoreError::NotALedger),
        found if may_migrate => migrate(connection, found),
        _ => Err(StoreError::ReadOnly("its schema must be brought forward first".into())),
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
