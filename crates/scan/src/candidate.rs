//! The first two stages: a stretch of bytes that begins with a known prefix and is long enough
//! ([`Candidate`]), and what it is once its checksum holds ([`Match`]).
//!
//! No word boundary is asked for on either side: a token glued to other letters is still a
//! token, and the checksum decides.

use patrol_token::{Prefix, TokenRef};

use crate::{Encoding, OwnToken, Secret};

/// Bytes that begin with the literal `prefix_` and have the length of a token. Says nothing yet.
#[derive(Clone, Copy)]
pub struct Candidate<'h> {
    pub(crate) start: usize,
    pub(crate) text: &'h [u8],
    pub(crate) prefix: &'h Prefix,
}

impl Candidate<'_> {
    /// Asks the grammar and the checksum; `None` for a look-alike.
    pub fn confirm(self) -> Option<Match> {
        let token = TokenRef::parse_bytes(self.text).ok()?;
        // The length fixes the split, so the prefix that was parsed is the literal's.
        Some(Match {
            start: self.start,
            end: self.start + self.text.len(),
            secret: Secret::Own(OwnToken::new(&token, self.prefix)),
            encoding: Vec::new(),
            is_allowed_inline: false,
        })
    }

    /// Where the candidate begins in the searched bytes, from 0.
    pub fn start(&self) -> usize {
        self.start
    }
}

/// A secret inside searched bytes. It holds no byte of it and may outlive them.
#[derive(Clone, Debug)]
pub struct Match {
    /// Where its text begins in the searched bytes, from 0. If it is encoded: the encoded text.
    pub start: usize,
    /// Where its text ends: the byte after the last one.
    pub end: usize,
    /// What it is.
    pub secret: Secret,
    /// The layers of encoding around it, outermost first; empty: it stands in plain.
    pub encoding: Vec<Encoding>,
    /// A comment on its line says that it may stand there.
    pub is_allowed_inline: bool,
}
