//! Rows that are only folded, for `check` and `rebuild`: a token is changed where it stands, never
//! copied.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use patrol_token::TokenId;
use ulid::Ulid;

use crate::event::Recorded;
use crate::evolve::{advance_token, evolve_token};
use crate::person::PersonId;
use crate::project::{Rows, StoreError};
use crate::review::Review;
use crate::token::{LedgerRow, Token};

/// Rows in memory that give theirs away.
#[derive(Default)]
pub(crate) struct Folded {
    pub(crate) ledger: Option<LedgerRow>,
    tokens: Vec<Token>,
    /// Where a token stands in `tokens`.
    places: HashMap<TokenId, usize, RandomState>,
    pub(crate) sightings: BTreeMap<(TokenId, [u8; 32]), u64>,
    pub(crate) reviews: BTreeMap<Ulid, Review>,
}

impl Folded {
    /// All tokens, in the order of issue.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter()
    }

    /// Whether there is a token of this id.
    pub(crate) fn knows(&self, id: TokenId) -> bool {
        self.places.contains_key(&id)
    }
}

impl Rows for Folded {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.ledger.take())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        Ok(self.places.get(&id).map(|place| self.tokens[*place].clone()))
    }

    fn evolve(&mut self, id: TokenId, recorded: &Recorded) -> Result<(), StoreError> {
        match self.places.get(&id) {
            Some(place) => Ok(advance_token(&mut self.tokens[*place], recorded)?),
            None => self.put_token(evolve_token(None, recorded)?),
        }
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.ledger = Some(row);
        Ok(())
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        match self.places.get(&token.id) {
            Some(place) => self.tokens[*place] = token,
            None => {
                self.places.insert(token.id, self.tokens.len());
                self.tokens.push(token);
            }
        }
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
        // Their key is gone, so there is no plain text to blank; unless it is not.
        self.tokens.iter_mut().for_each(|token| token.forget(person));
        Ok(())
    }
}
