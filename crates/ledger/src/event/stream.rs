//! What events belong to.

use std::fmt;
use std::str::FromStr;

use patrol_token::TokenId;
use ulid::Ulid;

use crate::person::PersonId;

/// What an event belongs to: the unit of versions and of compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The ledger itself: its opening, policy and prefixes, and what was let past a scan.
    Ledger,
    /// One token.
    Token(TokenId),
    /// One review campaign.
    Review(Ulid),
    /// One person, by their name in the log.
    Owner(PersonId),
}

impl Stream {
    /// The token, if this is a token's stream.
    pub fn token(self) -> Option<TokenId> {
        match self {
            Self::Ledger | Self::Review(_) | Self::Owner(_) => None,
            Self::Token(id) => Some(id),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger => f.write_str("ledger"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Review(id) => write!(f, "review:{id}"),
            Self::Owner(person) => write!(f, "owner:{person}"),
        }
    }
}

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        match text.split_once(':') {
            None if text == "ledger" => Ok(Self::Ledger),
            Some(("token", id)) => id.parse().map(Self::Token).map_err(|_| UnknownStream),
            Some(("review", id)) => {
                Ulid::from_string(id).map(Self::Review).map_err(|_| UnknownStream)
            }
            Some(("owner", id)) => id.parse().map(Self::Owner).map_err(|_| UnknownStream),
            _ => Err(UnknownStream),
        }
    }
}

/// A text that names no stream this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stream is `ledger`, or `token:`, `review:` or `owner:` and an id")]
pub struct UnknownStream;
