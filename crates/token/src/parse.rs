//! Parsing: a borrowed view of a whole, checksum-valid token, or the rule that the text breaks.

use std::fmt;

use crate::base62::checksum;
use crate::{
    CHECKSUM_LEN, ID_LEN, MAX_LEN, MIN_LEN, Prefix, SECRET_LEN, TAIL_LEN, TokenDigest, TokenId,
};

/// A well-formed token inside a text that somebody else owns. Being well-formed says nothing of
/// whether it was ever issued: anyone can compute a checksum.
///
/// ```
/// use patrol_token::{ParseError, TokenRef};
/// // Assembled here, so that no scanner trips over this page.
/// let text = format!("acme_pat_{}_{}", "01JD3KQ8Z5V7W2N9X4C6B8M0T1", "q3XrV0dM5bYk2LwNf8TzJ1hGc7PaSe3Hn6tb");
/// let token = TokenRef::parse(&text)?;
/// assert_eq!(token.prefix(), "acme_pat");
/// assert_eq!(token.id().to_string(), "01JD3KQ8Z5V7W2N9X4C6B8M0T1");
/// assert_eq!(TokenRef::parse(&text[1..]).unwrap_err(), ParseError::Checksum);
/// # Ok::<(), ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct TokenRef<'a> {
    text: &'a [u8],
    prefix: &'a str,
    id: TokenId,
}

impl<'a> TokenRef<'a> {
    /// Reads a whole token. Allocates nothing.
    ///
    /// # Errors
    /// The rule that the text breaks, in the order grammar, length, prefix, id, checksum.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        Self::parse_bytes(text.as_bytes())
    }

    /// As [`TokenRef::parse`], for bytes of unknown encoding.
    ///
    /// # Errors
    /// The rule that the bytes break.
    pub fn parse_bytes(text: &'a [u8]) -> Result<Self, ParseError> {
        if !text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return Err(if text.is_empty() { ParseError::Length } else { ParseError::Grammar });
        }
        if !(MIN_LEN..=MAX_LEN).contains(&text.len()) {
            return Err(ParseError::Length);
        }
        // Read from the right: a prefix may itself hold a part that looks like an id.
        let (head, tail) = text.split_at(text.len() - TAIL_LEN);
        let id_end = 1 + ID_LEN;
        let last_part = text.rsplit(|byte| *byte == b'_').next().map_or(0, <[u8]>::len);
        if last_part != SECRET_LEN + CHECKSUM_LEN {
            return Err(ParseError::Length);
        }
        if tail[0] != b'_' || tail[id_end] != b'_' {
            return Err(ParseError::Grammar);
        }
        Prefix::check(head).map_err(|_| ParseError::Prefix)?;
        let id = TokenId::parse(&tail[1..id_end]).map_err(|_| ParseError::Id)?;
        let (body, sum) = text.split_at(text.len() - CHECKSUM_LEN);
        if checksum(body) != sum {
            return Err(ParseError::Checksum);
        }
        let prefix = std::str::from_utf8(head).map_err(|_| ParseError::Prefix)?;
        Ok(Self { text, prefix, id })
    }

    /// The prefix, without its separator.
    pub fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// The public id.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// The whole token's bytes: a secret.
    pub fn expose_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The digest by which the ledger knows this token.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.text)
    }
}

impl fmt::Debug for TokenRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRef({})", self.redacted())
    }
}

/// The rule of the token grammar that a text breaks. Its [`ParseError::rule`] is the name used
/// by the shared test vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A character outside `[A-Za-z0-9_]`, or a separator that is not where it must be.
    #[error("a token consists of letters, digits and _ in the form prefix_id_secret")]
    Grammar,
    /// Too short, too long, or a last part that is not 36 characters.
    #[error("the length is wrong: part of the token is missing, or something was added")]
    Length,
    /// The prefix breaks its own grammar.
    #[error("the prefix is not a token prefix")]
    Prefix,
    /// The id is not a canonical ULID.
    #[error("the id is not 26 characters of upper-case Crockford base32")]
    Id,
    /// All looks right, but the checksum does not fit: a typing error, or a look-alike.
    #[error("the checksum does not fit: a character was changed")]
    Checksum,
}

impl ParseError {
    /// The short name of the rule.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Grammar => "grammar",
            Self::Length => "length",
            Self::Prefix => "prefix",
            Self::Id => "id",
            Self::Checksum => "checksum",
        }
    }
}
