//! Rows that are only folded, for `check` and `rebuild`: a token is taken out to be changed and put
//! back, never copied. What an event that does not fit has taken is lost; whoever folds stops then.

use std::collections::{BTreeMap, HashMap};

use patrol_token::TokenId;
use ulid::Ulid;

use crate::person::PersonId;
use crate::project::{Rows, StoreError};
use crate::review::Review;
use crate::token::{LedgerRow, Token};

/// Rows in memory that give theirs away.
#[derive(Default)]
pub(crate) struct Folded {
    pub(crate) ledger: Option<LedgerRow>,
    tokens: Vec<Option<Token>>,
    /// Where a token stands in `tokens`.
    places: HashMap<TokenId, usize>,
    /// The token that was taken last: it comes back next.
    taken: Option<(TokenId, usize)>,
    pub(crate) sightings: BTreeMap<(TokenId, [u8; 32]), u64>,
    pub(crate) reviews: BTreeMap<Ulid, Review>,
}

impl Folded {
    /// All tokens, in the order of issue.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().flatten()
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
        let Some(place) = self.places.get(&id) else { return Ok(None) };
        self.taken = Some((id, *place));
        Ok(self.tokens[*place].take())
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.ledger = Some(row);
        Ok(())
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        let known = match self.taken.take() {
            Some((id, place)) if id == token.id => Some(place),
            _ => self.places.get(&token.id).copied(),
        };
        match known {
            Some(place) => self.tokens[place] = Some(token),
            None => {
                self.places.insert(token.id, self.tokens.len());
                self.tokens.push(Some(token));
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
        self.tokens.iter_mut().flatten().for_each(|token| token.forget(person));
        Ok(())
    }
}
