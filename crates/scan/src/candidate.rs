//! The first two stages: a stretch of bytes that begins with a known prefix and is long enough
//! ([`Candidate`]), and the same once its checksum holds ([`Match`]).
//!
//! No word boundary is asked for on either side: a token glued to other letters is still a
//! token, and the checksum decides.

use patrol_token::{Prefix, TokenRef};

/// Bytes that begin with the literal `prefix_` and have the length of a token. Says nothing yet.
#[derive(Clone, Copy)]
pub struct Candidate<'h> {
    pub(crate) start: usize,
    pub(crate) text: &'h [u8],
    pub(crate) prefix: &'h Prefix,
}

impl<'h> Candidate<'h> {
    /// Asks the grammar and the checksum; `None` for a look-alike.
    pub fn confirm(self) -> Option<Match<'h>> {
        let token = TokenRef::parse_bytes(self.text).ok()?;
        // The length fixes the split, so the prefix that was parsed is the literal's.
        Some(Match { start: self.start, token, prefix: self.prefix.clone() })
    }

    /// Where the candidate begins in the searched bytes, from 0.
    pub fn start(&self) -> usize {
        self.start
    }
}

/// A whole, checksum-valid token inside searched bytes. It borrows the secret, so it does not
/// outlive them; [`std::fmt::Debug`] shows prefix and id only.
#[derive(Clone, Debug)]
pub struct Match<'h> {
    /// Where the token begins in the searched bytes, from 0.
    pub start: usize,
    /// The token.
    pub token: TokenRef<'h>,
    /// The prefix it was found by.
    pub prefix: Prefix,
}

impl Match<'_> {
    /// The length of the token in bytes.
    pub fn len(&self) -> usize {
        self.token.expose_bytes().len()
    }

    /// Never true: a token has at least [`patrol_token::MIN_LEN`] bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
