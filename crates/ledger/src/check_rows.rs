//! Rows that are only folded, for `check`: a token is taken out to be changed and put back, never
//! copied. What an event that does not fit has taken is lost; whoever checks stops folding then.
//! The stored rows are held against them one by one as they are read: each is in memory once.

use std::collections::HashMap;

use patrol_token::TokenId;
use ulid::Ulid;

use crate::person::PersonId;
use crate::project::{Rows, StoreError};
use crate::review::Review;
use crate::store::sqlite::Reader;
use crate::token::{LedgerRow, Token};

/// Rows in memory that give theirs away.
#[derive(Default)]
pub(crate) struct Taking {
    ledger: Option<LedgerRow>,
    /// `None`: taken out, and not put back.
    tokens: HashMap<TokenId, Option<Token>>,
    sightings: HashMap<(TokenId, [u8; 32]), u64>,
    reviews: HashMap<Ulid, Review>,
}

impl Rows for Taking {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.ledger.take())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        Ok(self.tokens.get_mut(&id).and_then(Option::take))
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.ledger = Some(row);
        Ok(())
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.tokens.insert(token.id, Some(token));
        Ok(())
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.sightings.insert((id, place), at);
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
        self.tokens.values_mut().flatten().for_each(|token| token.forget(person));
        Ok(())
    }
}

impl Taking {
    /// Hands what the stored rows say otherwise than the log to `wrong`, in words.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub(crate) fn differences(
        mut self,
        reader: &Reader,
        mut wrong: impl FnMut(String),
    ) -> Result<(), StoreError> {
        if reader.stored_ledger()? != self.ledger {
            wrong("rows: the ledger's row is not what the log says; run rebuild".into());
        }
        // Taken out as it is found: a second row of the same token finds that it was there.
        reader.each_stored_token(|stored| {
            match self.tokens.get_mut(&stored.id).map(Option::take) {
                Some(Some(token)) if token == stored => {}
                Some(None) => wrong(format!("rows: token {} has two rows; run rebuild", stored.id)),
                _ => wrong(of_token(stored.id)),
            }
        })?;
        let missing = self.tokens.into_iter().filter_map(|(id, token)| token.map(|_| id));
        let mut missing: Vec<_> = missing.collect();
        missing.sort_unstable();
        missing.into_iter().for_each(|id| wrong(of_token(id)));
        let reviews = reader.reviews()?;
        let known = reviews.len() == self.reviews.len()
            && reviews.iter().all(|review| self.reviews.get(&review.id) == Some(review));
        if !known {
            wrong("rows: the reviews are not what the log says; run rebuild".into());
        }
        let mut others = 0;
        reader.each_stored_sighting(|place, position| {
            others += u64::from(self.sightings.remove(&place) != Some(position));
        })?;
        if others > 0 || !self.sightings.is_empty() {
            wrong("rows: the sightings are not what the log says; run rebuild".into());
        }
        Ok(())
    }
}

fn of_token(id: TokenId) -> String {
    format!("rows: token {id} is not what the log says; run rebuild")
}
