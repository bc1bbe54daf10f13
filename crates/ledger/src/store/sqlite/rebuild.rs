//! Rebuilding: the rows anew from the log, in one transaction. Readers see the old rows until it
//! commits; a crash leaves them.

use std::collections::HashMap;

use patrol_token::TokenId;
use rusqlite::{Connection, TransactionBehavior};
use ulid::Ulid;

use super::replay::{Purpose, all_persons, replay};
use super::tx::read_head;
use super::{reviews, rows, schema, store_error, tiles};
use crate::merkle::Hash;
use crate::person::PersonId;
use crate::project::{Rows, StoreError, project};
use crate::review::Review;
use crate::store::tree::Filling;
use crate::token::{LedgerRow, Token};

/// Folds the whole log into fresh rows and replaces the stored ones. Returns how many events were
/// folded.
///
/// Most of the log is folded before the write lock is taken; only what came meanwhile, and the
/// writing itself, keep other writers waiting.
pub(crate) fn rebuild(connection: &mut Connection) -> Result<u64, StoreError> {
    let mut folded = Folded::default();
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
        write(&tx, &folded)?;
        retile(&tx, &folded)
    })?;
    // Verifiers that follow the log by its events are told to start over.
    tx.execute("UPDATE head SET rows_made = rows_made + 1", []).map_err(store_error)?;
    tx.commit().map_err(store_error)?;
    Ok(folded.tree.tree().size())
}

/// Rows that are only folded: a token is taken out to be changed and put back, never copied.
#[derive(Default)]
struct Folded {
    tree: Filling,
    /// Full tiles: 32 bytes for each event, far less than the rows folded beside them.
    tiles: Vec<(u8, u64, Vec<Hash>)>,
    ledger: Option<LedgerRow>,
    tokens: HashMap<TokenId, Token>,
    sightings: Vec<(TokenId, [u8; 32], u64)>,
    reviews: HashMap<Ulid, Review>,
}

impl Rows for Folded {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.ledger.take())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        Ok(self.tokens.remove(&id))
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.ledger = Some(row);
        Ok(())
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.tokens.insert(token.id, token);
        Ok(())
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.sightings.push((id, place, at));
        Ok(())
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        Ok(self.reviews.remove(&id))
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.reviews.insert(review.id, review);
        Ok(())
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        // Their key is gone, so there is no plain text to blank; unless it is not.
        self.tokens.values_mut().for_each(|token| token.forget(person));
        Ok(())
    }
}

/// Folds what the log has beyond what was folded already.
fn fold(connection: &Connection, folded: &mut Folded) -> Result<(), StoreError> {
    let persons = all_persons(connection)?;
    let from = folded.tree.tree().size();
    replay(connection, &persons.keys, from, Purpose::Fold, |replayed| {
        let next = folded.tree.tree().size();
        if replayed.position != next.cast_signed() {
            let why = format!("the log has a gap at position {next}; run check");
            return Err(StoreError::Damaged(why));
        }
        let tiles = &mut folded.tiles;
        folded.tree.push(replayed.leaf, |level, tile, hashes| {
            tiles.push((level, tile, hashes.to_vec()));
            Ok::<_, StoreError>(())
        })?;
        project(folded, &replayed.decoded?.recorded)
    })
}

/// Makes the stored tree that of the log. Tiles that are right already are left as they are.
fn retile(connection: &Connection, folded: &Folded) -> Result<(), StoreError> {
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
    let mut tokens: Vec<_> = folded.tokens.values().collect();
    tokens.sort_unstable_by_key(|token| token.issued_position);
    for token in tokens {
        rows::put_token(connection, token)?;
    }
    let mut statement =
        connection.prepare("INSERT INTO sightings VALUES (?, ?, ?)").map_err(store_error)?;
    for (id, place, position) in &folded.sightings {
        statement.execute((id.to_string(), place, position.cast_signed())).map_err(store_error)?;
    }
    for review in folded.reviews.values() {
        reviews::put(connection, review)?;
    }
    folded.ledger.as_ref().map_or(Ok(()), |row| rows::put_ledger(connection, row))
}
