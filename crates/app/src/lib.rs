//! The use cases of patrol: what the command line, the watcher and the service all call, so that
//! behaviour cannot drift between them.
//!
//! [`App`] holds an open ledger, the clock and the source of randomness. [`intake`] is the one
//! bridge from a finding to a command. [`view`] is what is shown of tokens and events, and
//! [`audit`] answers the auditor.

mod app;
pub mod audit;
mod error;
mod forget;
mod import;
pub mod intake;
mod legacy;
mod ports;
mod query;
mod tokens;
pub mod view;

pub use app::{App, Caller, Verdict};
pub use error::AppError;
pub use forget::Forgotten;
pub use ports::{OsEntropy, SystemClock};
pub use query::{EventPage, TokenPage};
pub use tokens::{Minted, NewToken, Revocation, Swept};

pub use patrol_ledger::{EventQuery, TokenQuery};
