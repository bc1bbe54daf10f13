//! The SQLite store: one file, WAL, `synchronous=FULL`, several processes at once.
//!
//! Connections are made only in `open`, which reads every safety setting back. `tx` writes, `rows`
//! turns rows into values and back, `read` answers questions from a read-only snapshot.

mod error;
pub(crate) mod indexes;
mod log;
mod open;
mod past;
mod prove;
mod query;
mod read;
mod rebuild;
mod replay;
mod reviews;
mod rows;
mod schema;
pub(crate) mod tiles;
mod trees;
mod turn;
mod tx;

pub use log::KnownWitness;
pub use open::FileMode;
pub use query::{EventQuery, TokenQuery};
pub use read::Reader;

pub(crate) use error::store_error;
pub(crate) use open::{Access, connect, create, identity, loose_mode, scanner};
pub(crate) use rebuild::rebuild;
pub(crate) use replay::{Persons, all_persons, ledger_id, replay};
pub(crate) use schema::differences;
pub(crate) use turn::Turnstile;
pub use tx::{SqliteStore, SqliteTx};
