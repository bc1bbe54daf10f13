//! Why a use case did not do what it was asked.

use patrol_ledger::{CommandError, Refusal, StoreError, Timestamp};
use patrol_token::{EntropyError, ParseError, TokenId};

/// Why a use case did not do what it was asked. The edge makes exit codes, statuses and hints.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppError {
    /// The state or the policy does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The token was not there at the instant asked for.
    #[error("token {id} was not there yet at {}: it came to the ledger at {}", .at.in_words(), .since.in_words())]
    NotYet {
        /// Which.
        id: TokenId,
        /// The instant asked for.
        at: Timestamp,
        /// When its first event was recorded.
        since: Timestamp,
    },
    /// An instant that should have passed.
    #[error("{} is yet to come (now {})", .at.in_words(), .now.in_words())]
    YetToCome {
        /// The instant.
        at: Timestamp,
        /// The present.
        now: Timestamp,
    },
    /// A time that ends before it begins, or is empty.
    #[error("the time from {} to {} ends before it begins", .from.in_words(), .to.in_words())]
    Backwards {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// A position that the log does not have.
    #[error("the log has no position {position}: its last is {}", size.saturating_sub(1))]
    BeyondEnd {
        /// What was said.
        position: u64,
        /// How many events there are.
        size: u64,
    },
    /// An event that was read is not there any more.
    #[error("the event that was read at position {0} is another one now")]
    WentBack(u64),
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
