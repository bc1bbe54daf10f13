//! The token prefix: who issued it and what kind of token it is, readable by people and scanners.

use std::fmt;
use std::str::FromStr;

pub(crate) const MIN_LEN: usize = 3;
pub(crate) const MAX_LEN: usize = 32;

/// A token prefix: `[a-z][a-z0-9]*(_[a-z0-9]+)*`, 3 to 32 characters.
///
/// ```
/// use patrol_token::{Prefix, PrefixError};
/// let prefix: Prefix = "acme_pat".parse()?;
/// assert_eq!(prefix.as_str(), "acme_pat");
/// assert_eq!("Acme".parse::<Prefix>(), Err(PrefixError::Start));
/// # Ok::<(), PrefixError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// The prefix as text, without the separator that follows it in a token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells which rule of the grammar `text` breaks, if any. Allocates nothing.
    ///
    /// # Errors
    /// The first rule broken, in the order length, start, characters, separators.
    pub fn check(text: &[u8]) -> Result<(), PrefixError> {
        if !(MIN_LEN..=MAX_LEN).contains(&text.len()) {
            return Err(PrefixError::Length);
        }
        if !text[0].is_ascii_lowercase() {
            return Err(PrefixError::Start);
        }
        let allowed = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
        if !text.iter().all(allowed) {
            return Err(PrefixError::Character);
        }
        if text.ends_with(b"_") || text.windows(2).any(|pair| pair == b"__") {
            return Err(PrefixError::Separator);
        }
        Ok(())
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        Self::check(text.as_bytes())?;
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({})", self.0)
    }
}

/// The rule of the prefix grammar that a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// Shorter than 3 or longer than 32 characters.
    #[error("a prefix has 3 to 32 characters: a-z, 0-9 and _, a lower-case letter first")]
    Length,
    /// Does not begin with a lower-case letter.
    #[error("a prefix begins with a lower-case letter")]
    Start,
    /// Holds a character other than `a-z`, `0-9` and `_`.
    #[error("a prefix consists of a-z, 0-9 and _")]
    Character,
    /// Ends with `_` or holds two in a row.
    #[error("a prefix neither ends with _ nor holds two of them in a row")]
    Separator,
}
