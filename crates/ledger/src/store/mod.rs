//! Stores: where the log and its rows are kept. The contract is written here; every back end
//! implements it natively, and one test suite (`tests/contract`) runs over all of them.

pub(crate) mod batch;
#[cfg(feature = "sqlite")]
pub(crate) mod folded;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub(crate) mod tree;

use std::time::Duration;

use patrol_token::TokenId;

use crate::event::{Kind, Stream};
use crate::merkle::{Frontier, Hash};
use crate::person::{Person, PersonId, PersonKey};
use crate::project::{Lookup, StoreError};
use crate::time::Timestamp;

pub use batch::{Batch, CommandError, Receipt};

/// A place that keeps one ledger.
///
/// What callers rely on:
/// - **One order.** Transactions are exclusive: between [`Store::begin`] and the end of the
///   transaction nobody else writes, in this process or another. Positions are gapless from 0 and
///   in the order of commits, so a reader that has seen position *n* will never find a smaller one
///   that it has not seen.
/// - **All or nothing.** Events, rows, tiles, persons and head of a transaction become visible together,
///   or not at all. Dropping a transaction undoes it.
/// - **Durable when acknowledged.** After [`Tx::commit`] returned, neither the end of the process
///   nor a power cut undoes it. If it fails, the outcome is not known: the caller forgets all it
///   has cached and says so, and never says *failed*.
/// - **Compare-and-swap.** [`Tx::append`] takes only events that continue the log and their
///   streams; anything else is [`AppendError::Conflict`], a normal value: decide again.
/// - **Fresh.** A transaction, and a reader that begins after a commit was acknowledged, sees it.
pub trait Store: Send {
    /// An exclusive transaction.
    type Tx<'s>: Tx
    where
        Self: 's;

    /// Begins a transaction, waiting for others as long as `patience` lasts.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after that, or whatever keeps the store from being written.
    fn begin(&mut self, patience: Duration) -> Result<Self::Tx<'_>, StoreError>;
}

/// An exclusive transaction. Dropped without [`Tx::commit`], it leaves nothing.
pub trait Tx: Lookup {
    /// Where the log ends.
    ///
    /// # Errors
    /// When the store cannot be read; so for all reading methods.
    fn head(&mut self) -> Result<Head, StoreError>;
    /// A person's key; `None` if it was destroyed or never was.
    ///
    /// # Errors
    /// As [`Tx::head`].
    fn person_key(&mut self, id: PersonId) -> Result<Option<PersonKey>, StoreError>;
    /// Appends events that continue the log and their streams.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if they do not.
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError>;
    /// The leaves of the events `[from, to)`, as far as they are there.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn leaves(&mut self, from: u64, to: u64) -> Result<Vec<Hash>, StoreError>;
    /// Adds hashes to a tile of the stored tree, after those that it has.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn add_hashes(&mut self, level: u8, tile: u64, hashes: &[Hash]) -> Result<(), StoreError>;
    /// Keeps a new person.
    ///
    /// # Errors
    /// When the store cannot be written; so for all below.
    fn put_person(&mut self, person: &Person) -> Result<(), StoreError>;
    /// Destroys a person's key and name. Together with [`Rows::forget`](crate::Rows::forget) it
    /// leaves nothing that tells who they were.
    ///
    /// # Errors
    /// As [`Tx::put_person`].
    fn destroy_person(&mut self, id: PersonId) -> Result<(), StoreError>;
    /// Moves the end of the log.
    ///
    /// # Errors
    /// As [`Tx::put_person`].
    fn put_head(&mut self, head: &Head) -> Result<(), StoreError>;
    /// Counts a sighting beyond those the log records.
    ///
    /// # Errors
    /// As [`Tx::put_person`].
    fn count_unrecorded(&mut self, id: TokenId) -> Result<(), StoreError>;
    /// Makes it all durable.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] if it cannot be told whether it is, or an error that says
    /// that nothing was recorded.
    fn commit(self) -> Result<(), StoreError>;
}

/// Where the log ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The tree over all events; its size is the next position.
    pub tree: Frontier,
    /// When the last event was recorded.
    pub recorded_at: Option<Timestamp>,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub position: u64,
    /// Its stream.
    pub stream: Stream,
    /// Its version in the stream.
    pub version: u64,
    /// Its type.
    pub kind: Kind,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its exact bytes.
    pub envelope: Vec<u8>,
    /// The hash of its leaf.
    pub leaf: Hash,
}

/// Why events were not appended.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The log or a stream went on meanwhile: decide again.
    #[error("another process appended first")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
