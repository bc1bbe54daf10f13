//! Projecting: folding an event into rows. And the rows themselves, as a trait: the pure core
//! reads and writes them without knowing a database.

use std::collections::BTreeMap;

use patrol_token::{TokenDigest, TokenId};

use ulid::Ulid;

use crate::event::{Event, Recorded, Stream};
use crate::evolve::{Impossible, evolve_ledger, evolve_token};
use crate::person::PersonId;
use crate::review::{Review, evolve_review};
use crate::time::Timestamp;
use crate::token::{LedgerRow, Token};

/// The current state, row by row: what folding an event reads and writes.
pub trait Rows {
    /// The ledger itself; `None` before its first event.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError>;
    /// One token.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError>;
    /// Writes the ledger's row.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError>;
    /// Writes a token's row.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put_token(&mut self, token: Token) -> Result<(), StoreError>;
    /// Takes an event of a token's stream into its row. Rows that are only folded change theirs
    /// where it stands; what an event that does not fit leaves of it is not to be used.
    ///
    /// # Errors
    /// As [`project`].
    fn evolve(&mut self, id: TokenId, recorded: &Recorded) -> Result<(), StoreError> {
        let before = self.token(id)?;
        self.put_token(evolve_token(before, recorded)?)
    }
    /// Records a place where a token leaked.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError>;
    /// One review campaign. Rows that are only folded may give theirs away: they get it back
    /// changed.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError>;
    /// Writes a review campaign's row.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put_review(&mut self, review: Review) -> Result<(), StoreError>;
    /// Blanks what is said of a person in plain text: as owner, the names and descriptions of all
    /// that they held.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn forget(&mut self, person: PersonId) -> Result<(), StoreError>;
}

/// What deciding asks of the rows besides.
pub trait Lookup: Rows {
    /// The token with this digest.
    ///
    /// # Errors
    /// When the store cannot be read; so for all methods.
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError>;
    /// Tokens by owner (`None`: any) issued before an instant (`None`: any), in the order of issue.
    ///
    /// # Errors
    /// As [`Lookup::token_with_digest`].
    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        issued_before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError>;
    /// Tokens that the clock has ended and the log does not say so, at most `limit`, oldest end
    /// first.
    ///
    /// # Errors
    /// As [`Lookup::token_with_digest`].
    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError>;
    /// Whether a token's leak at this place is recorded.
    ///
    /// # Errors
    /// As [`Lookup::token_with_digest`].
    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError>;
    /// The person of this normal name.
    ///
    /// # Errors
    /// As [`Lookup::token_with_digest`].
    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError>;
}

/// Folds one event into the rows. Stops at an event it cannot apply; it never skips one.
///
/// # Errors
/// An event that does not fit the state before it, or a store that fails.
pub fn project<R: Rows + ?Sized>(rows: &mut R, recorded: &Recorded) -> Result<(), StoreError> {
    match recorded.stream {
        Stream::Review(id) => {
            let before = rows.review(id)?;
            rows.put_review(evolve_review(before, recorded)?)
        }
        Stream::Owner(person) => match &recorded.event {
            Event::OwnerForgotten { .. } if recorded.version == 1 => rows.forget(person),
            _ => Err(Impossible::new(recorded.position, "a person is forgotten once").into()),
        },
        Stream::Ledger => {
            let before = rows.ledger()?;
            rows.put_ledger(evolve_ledger(before, recorded)?)
        }
        Stream::Token(id) => {
            if let Event::TokenLeaked(sighting) = &recorded.event {
                rows.put_sighting(id, sighting.place, recorded.position)?;
            }
            rows.evolve(id, recorded)
        }
    }
}

/// Why rows or events could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// No ledger there.
    #[error("there is no ledger at {0}")]
    Missing(String),
    /// Something there that is not a ledger.
    #[error("this is not a patrol ledger")]
    NotALedger,
    /// Something there already.
    #[error("{0} exists already; nothing is ever written over it")]
    Exists(String),
    /// A ledger made by a later version.
    #[error("this ledger has schema version {found}; this program knows up to {known}")]
    Newer {
        /// The ledger's.
        found: i64,
        /// The latest known.
        known: i64,
    },
    /// The operating system or the file's state does not let it be used.
    #[error("the ledger cannot be used: {0}")]
    Unusable(String),
    /// No room.
    #[error("the disk is full; nothing was recorded")]
    Full,
    /// Other processes held the write lock for too long.
    #[error("other processes kept the ledger busy for {0} seconds; nothing was recorded")]
    Busy(u64),
    /// The database is damaged.
    #[error("the ledger's database is damaged: {0}")]
    Damaged(String),
    /// An event that cannot be read or applied.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// The commit's outcome is not known: it may or may not be on disk.
    #[error("the commit failed in a way that leaves its outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// The writer has ended.
    #[error("the ledger's writer has stopped")]
    Stopped,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] patrol_token::EntropyError),
    /// A log that ends before, or differs from, what was signed of it.
    #[error("{0}; nothing is accepted until that is settled")]
    RolledBack(String),
    /// Anything else the store says.
    #[error("{0}")]
    Other(String),
}

/// Rows in memory: for state as of an instant, for `check`, and for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryRows {
    /// The ledger itself.
    pub ledger: Option<LedgerRow>,
    /// All tokens.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Recorded places with the position of their event.
    pub sightings: BTreeMap<(TokenId, [u8; 32]), u64>,
    /// All review campaigns.
    pub reviews: BTreeMap<Ulid, Review>,
    /// Persons by normal name.
    pub persons: BTreeMap<String, PersonId>,
}

impl Rows for MemoryRows {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.ledger.clone())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        Ok(self.tokens.get(&id).cloned())
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
        self.sightings.insert((id, place), at);
        Ok(())
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        Ok(self.reviews.get(&id).cloned())
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.reviews.insert(review.id, review);
        Ok(())
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.persons.retain(|_, id| *id != person);
        self.tokens.values_mut().for_each(|token| token.forget(person));
        Ok(())
    }
}

impl Lookup for MemoryRows {
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        Ok(self.tokens.values().find(|token| token.digest == *digest).cloned())
    }

    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        issued_before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError> {
        let fits = |token: &&Token| {
            owner.is_none_or(|owner| token.owner.person == owner)
                && issued_before.is_none_or(|before| token.created_at < before)
        };
        let mut tokens: Vec<_> = self.tokens.values().filter(fits).cloned().collect();
        tokens.sort_by_key(|token| token.issued_position);
        Ok(tokens)
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError> {
        let mut due: Vec<_> = self.tokens.values().filter(|t| t.is_due(now)).cloned().collect();
        due.sort_by_key(|token| (token.superseded_at.or(token.expires_at), token.id));
        due.truncate(limit);
        Ok(due)
    }

    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.sightings.contains_key(&(id, *place)))
    }

    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError> {
        Ok(self.persons.get(name).copied())
    }
}
