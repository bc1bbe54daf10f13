//! Why a use case did not do what it was asked.

use patrol_ledger::{CommandError, Refusal, StoreError};
use patrol_token::{EntropyError, ParseError};

/// Why a use case did not do what it was asked. The edge makes exit codes, statuses and hints.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppError {
    /// The state or the policy does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A text that is neither a token id nor a whole token.
    #[error("neither a token id nor a whole token: {0}")]
    NotAToken(ParseError),
    /// An origin that cannot name a log.
    #[error(
        "an origin is a URL without its scheme: printable ASCII without spaces and +, at most 255 bytes"
    )]
    Origin,
    /// A line of an import that cannot be read. Nothing was imported.
    #[error("line {line}: {why}")]
    Import {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The import itself cannot be read.
    #[error("the import cannot be read: {0}")]
    ImportUnreadable(String),
}

impl From<CommandError> for AppError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal),
            CommandError::Store(error) => Self::Store(error),
        }
    }
}

impl From<EntropyError> for AppError {
    fn from(error: EntropyError) -> Self {
        Self::Store(error.into())
    }
}
