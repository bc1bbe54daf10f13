//! Minting: the plain token, made once, shown once, never stored.

use std::fmt;

use zeroize::Zeroizing;

use crate::base62::{ALPHABET, checksum};
use crate::{Prefix, SECRET_LEN, TokenDigest, TokenId, TokenRef};

/// A source of unpredictable bytes. The shipped program has one: the operating system's.
pub trait Entropy {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// When the source cannot deliver; nothing weaker is ever used in its place.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed; nothing was minted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed: {0}")]
pub struct EntropyError(pub String);

/// A whole token in plain text. Wiped when dropped; cannot be serialized or printed by accident.
///
/// ```
/// use patrol_token::{Entropy, EntropyError, PlainToken, TokenId};
/// struct Fixed; // a test's entropy; the program uses the operating system's
/// impl Entropy for Fixed {
///     fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
///         buffer.fill(7);
///         Ok(())
///     }
/// }
/// let token = PlainToken::mint(&"acme_pat".parse()?, TokenId::new(0, [0; 10]), &Fixed)?;
/// assert_eq!(format!("{token:?}"), "PlainToken(acme_pat_00000000000000000000000000_…)");
/// assert!(token.expose().starts_with("acme_pat_00000000000000000000000000_7777"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PlainToken(Zeroizing<String>);

impl PlainToken {
    /// Mints a token: 30 characters drawn without bias from `entropy`, then the checksum.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn mint(prefix: &Prefix, id: TokenId, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        // One allocation of the final size: growing would leave copies that are never wiped.
        let mut text = Zeroizing::new(String::with_capacity(crate::MAX_LEN));
        text.push_str(prefix.as_str());
        text.push('_');
        id.to_string().chars().for_each(|c| text.push(c));
        text.push('_');
        let mut drawn = 0;
        while drawn < SECRET_LEN {
            let mut pool = Zeroizing::new([0u8; 48]);
            entropy.fill(pool.as_mut_slice())?;
            // 62 × 4 = 248: a byte of 248 or more is drawn again, so no character is favoured.
            for byte in pool.iter().filter(|byte| **byte < 248).take(SECRET_LEN - drawn) {
                text.push(char::from(ALPHABET[usize::from(byte % 62)]));
                drawn += 1;
            }
        }
        let sum = checksum(text.as_bytes());
        sum.iter().for_each(|byte| text.push(char::from(*byte)));
        Ok(Self(text))
    }

    /// Takes a text that came from outside, such as one line of standard input, so that it is
    /// wiped like a minted one. It is not checked; see [`TokenRef::parse`].
    pub fn from_outside(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The whole secret text. Every call is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digest to store.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TokenRef::parse(&self.0) {
            Ok(token) => write!(f, "PlainToken({})", token.redacted()),
            Err(_) => f.write_str("PlainToken(…)"),
        }
    }
}
