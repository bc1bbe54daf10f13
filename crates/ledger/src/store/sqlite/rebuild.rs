//! Rebuilding: the rows anew from the log, in one transaction. Readers see the old rows until it
//! commits; a crash leaves them.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior};

use super::{rows, store_error};
use crate::envelope::{Detail, decode};
use crate::event::Event;
use crate::person::{PersonId, PersonKey};
use crate::project::{MemoryRows, StoreError, project};

/// The indexes over rows: dropped for the rebuild and made anew from sorted data, which is cheaper
/// than keeping them while the rows come.
const INDEXES: [&str; 5] =
    ["tokens_id", "tokens_digest", "tokens_owner", "tokens_expiring", "tokens_superseded"];

/// Folds the whole log into fresh rows and replaces the stored ones. Returns how many events were
/// folded.
pub(crate) fn rebuild(connection: &mut Connection) -> Result<u64, StoreError> {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)?;
    let (folded, events) = fold(&tx)?;
    let definitions = index_definitions(&tx)?;
    for name in INDEXES {
        tx.execute_batch(&format!("DROP INDEX IF EXISTS {name}")).map_err(store_error)?;
    }
    tx.execute_batch("DELETE FROM tokens; DELETE FROM sightings; DELETE FROM ledger;")
        .map_err(store_error)?;
    write(&tx, folded)?;
    for definition in definitions {
        tx.execute_batch(&definition).map_err(store_error)?;
    }
    tx.commit().map_err(store_error)?;
    Ok(events)
}

/// The log folded into memory.
fn fold(connection: &Connection) -> Result<(MemoryRows, u64), StoreError> {
    let keys = all_keys(connection)?;
    let key = |id: PersonId| keys.get(&id).cloned();
    let mut folded = MemoryRows::default();
    let mut ledger = None;
    let mut next = 0;
    let mut statement = connection
        .prepare("SELECT position, envelope FROM events ORDER BY position")
        .map_err(store_error)?;
    let mut found = statement.query([]).map_err(store_error)?;
    while let Some(row) = found.next().map_err(store_error)? {
        let position = row.get::<_, i64>(0).map_err(store_error)?.cast_unsigned();
        if position != next {
            let why = format!("the log has a gap at position {next}; run check");
            return Err(StoreError::Damaged(why));
        }
        let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
        let recorded = decode(position, bytes, ledger, &key, Detail::Rows)?.recorded;
        if let Event::LedgerOpened(opened) = &recorded.event {
            ledger = Some(opened.ledger);
        }
        project(&mut folded, &recorded)?;
        next += 1;
    }
    Ok((folded, next))
}

fn write(connection: &Connection, folded: MemoryRows) -> Result<(), StoreError> {
    let mut tokens: Vec<_> = folded.tokens.into_values().collect();
    tokens.sort_unstable_by_key(|token| token.issued_position);
    for token in &tokens {
        rows::put_token(connection, token)?;
    }
    let mut statement =
        connection.prepare("INSERT INTO sightings VALUES (?, ?, ?)").map_err(store_error)?;
    for ((id, place), position) in folded.sightings {
        statement.execute((id.to_string(), place, position.cast_signed())).map_err(store_error)?;
    }
    folded.ledger.map_or(Ok(()), |row| rows::put_ledger(connection, &row))
}

fn index_definitions(connection: &Connection) -> Result<Vec<String>, StoreError> {
    connection
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'tokens' AND sql IS NOT NULL")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(store_error)
}

/// Every person's key.
pub(crate) fn all_keys(
    connection: &Connection,
) -> Result<HashMap<PersonId, PersonKey>, StoreError> {
    connection
        .prepare("SELECT id, key FROM persons")
        .and_then(|mut statement| {
            let keys = statement.query_map([], |row| {
                Ok((PersonId::from_bytes(row.get(0)?), PersonKey::from_bytes(row.get(1)?)))
            })?;
            keys.collect()
        })
        .map_err(store_error)
}
