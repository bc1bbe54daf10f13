//! Rebuilding: the rows anew from the log, in one transaction. Readers see the old rows until it
//! commits; a crash leaves them.

use std::collections::HashMap;

use patrol_token::TokenId;
use rusqlite::{Connection, TransactionBehavior};

use super::replay::{Purpose, all_keys, replay};
use super::{rows, store_error};
use crate::project::{Rows, StoreError, project};
use crate::token::{LedgerRow, Token};

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

/// Rows that are only folded: a token is taken out to be changed and put back, never copied.
#[derive(Default)]
struct Folded {
    ledger: Option<LedgerRow>,
    tokens: HashMap<TokenId, Token>,
    sightings: Vec<(TokenId, [u8; 32], u64)>,
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
}

/// The log folded into memory.
fn fold(connection: &Connection) -> Result<(Folded, u64), StoreError> {
    let keys = all_keys(connection)?;
    let mut folded = Folded::default();
    let mut next = 0;
    replay(connection, &keys, Purpose::Fold, |replayed| {
        if replayed.position != next {
            let why = format!("the log has a gap at position {next}; run check");
            return Err(StoreError::Damaged(why));
        }
        next += 1;
        project(&mut folded, &replayed.decoded?.recorded)
    })?;
    Ok((folded, next))
}

fn write(connection: &Connection, folded: Folded) -> Result<(), StoreError> {
    let mut tokens: Vec<_> = folded.tokens.into_values().collect();
    tokens.sort_unstable_by_key(|token| token.issued_position);
    for token in &tokens {
        rows::put_token(connection, token)?;
    }
    let mut statement =
        connection.prepare("INSERT INTO sightings VALUES (?, ?, ?)").map_err(store_error)?;
    for (id, place, position) in folded.sightings {
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
