//! Rebuilding: the rows anew from the log, in one transaction. Readers see the old rows until it
//! commits; a crash leaves them.

use std::borrow::Cow;

use rusqlite::{Connection, Row, TransactionBehavior};

use super::replay::{all_persons, ledger_id, replay};
use super::tx::read_head;
use super::{reviews, rows, schema, store_error, tiles};
use crate::envelope::{Detail, decode};
use crate::merkle::{Hash, leaf_hash};
use crate::person::PersonId;
use crate::project::{StoreError, project};
use crate::store::folded::Folded;
use crate::store::tree::Filling;

/// Folds the whole log into fresh rows and replaces the stored ones. Returns how many events were
/// folded.
///
/// Most of the log is folded before the write lock is taken; only what came meanwhile, and the
/// writing itself, keep other writers waiting.
pub(crate) fn rebuild(connection: &mut Connection) -> Result<u64, StoreError> {
    let mut folded = Whole::default();
    fold(connection, &mut folded)?;
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(store_error)?;
    fold(&tx, &mut folded)?;
    let head = read_head(&tx)?;
    if *folded.tree.tree() != head.tree {
        // Rows of a log that was cut or edited would look sound: that must not happen by a repair.
        return Err(StoreError::Damaged(format!(
            "the log has {} events that do not fit its tree of {}; run check",
            folded.tree.tree().size(),
            head.tree.size()
        )));
    }
    schema::restore(&tx, || {
        tx.execute_batch("DELETE FROM tokens; DELETE FROM sightings; DELETE FROM reviews; DELETE FROM review_tokens; DELETE FROM ledger;")
            .map_err(store_error)?;
        write(&tx, &folded.rows)?;
        retile(&tx, &folded)
    })?;
    // Verifiers that follow the log by its events are told to start over.
    tx.execute("UPDATE head SET rows_made = rows_made + 1", []).map_err(store_error)?;
    tx.commit().map_err(store_error)?;
    Ok(folded.tree.tree().size())
}

/// The log, folded.
#[derive(Default)]
struct Whole {
    tree: Filling,
    /// Full tiles: 32 bytes for each event, far less than the rows folded beside them.
    tiles: Vec<(u8, u64, Vec<Hash>)>,
    rows: Folded,
}

/// Folds what the log has beyond what was folded already.
fn fold(connection: &Connection, whole: &mut Whole) -> Result<(), StoreError> {
    let persons = all_persons(connection)?;
    let key = |id: PersonId| persons.key(id).map(Cow::Borrowed);
    let ledger = ledger_id(connection)?;
    let read = |row: &Row<'_>| {
        let (position, envelope) = (row.get::<_, i64>(0)?, row.get_ref(1)?.as_blob()?);
        let decoded = decode(position.cast_unsigned(), envelope, ledger, &key, Detail::Rows);
        Ok((position, leaf_hash(envelope), decoded))
    };
    let from = whole.tree.tree().size();
    replay(connection, from, "position, envelope", read, |_, (position, leaf, decoded)| {
        let next = whole.tree.tree().size();
        if position != next.cast_signed() {
            let why = format!("the log has a gap at position {next}; run check");
            return Err(StoreError::Damaged(why));
        }
        let tiles = &mut whole.tiles;
        whole.tree.push(leaf, |level, tile, hashes| {
            tiles.push((level, tile, hashes.to_vec()));
            Ok::<_, StoreError>(())
        })?;
        project(&mut whole.rows, &decoded?.recorded)
    })
}

/// Makes the stored tree that of the log. Tiles that are right already are left as they are.
fn retile(connection: &Connection, folded: &Whole) -> Result<(), StoreError> {
    let full = folded.tiles.iter().map(|(level, tile, hashes)| (*level, *tile, hashes.as_slice()));
    for (level, tile, hashes) in full.chain(folded.tree.rest()) {
        let stored = tiles::read(connection, level, tile).ok().flatten();
        if stored.as_deref() != Some(hashes) {
            tiles::put(connection, level, tile, hashes)?;
        }
    }
    tiles::keep_only(connection, &folded.tree)
}

fn write(connection: &Connection, folded: &Folded) -> Result<(), StoreError> {
    rows::fill(connection, folded.tokens())?;
    let mut statement =
        connection.prepare("INSERT INTO sightings VALUES (?, ?, ?)").map_err(store_error)?;
    for ((id, place), position) in &folded.sightings {
        statement.execute((id.to_string(), place, position.cast_signed())).map_err(store_error)?;
    }
    for review in folded.reviews.values() {
        reviews::put(connection, review)?;
    }
    folded.ledger.as_ref().map_or(Ok(()), |row| rows::put_ledger(connection, row))
}
