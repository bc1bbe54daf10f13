//! Rows that are only folded, for `check`: a token is taken out to be changed and put back, never
//! copied. What an event that does not fit has taken is lost; whoever checks stops folding then.

use patrol_token::TokenId;
use ulid::Ulid;

use crate::person::PersonId;
use crate::project::{MemoryRows, Rows, StoreError};
use crate::review::Review;
use crate::token::{LedgerRow, Token};

/// Rows in memory that give theirs away.
#[derive(Default)]
pub(crate) struct Taking(pub(crate) MemoryRows);

impl Rows for Taking {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.0.ledger.take())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        Ok(self.0.tokens.remove(&id))
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.0.put_ledger(row)
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.0.put_token(token)
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.0.put_sighting(id, place, at)
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        self.0.review(id)
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.0.put_review(review)
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.0.forget(person)
    }
}
