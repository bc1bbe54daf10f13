//! The token id: the public name of a token. It may stand in logs, pages, reports and reviews.

use std::fmt;
use std::str::FromStr;

use ulid::Ulid;

use crate::ID_LEN;

/// A token id: a ULID (48 bits of milliseconds since 1970, 80 random bits), written as 26
/// characters of Crockford base32, upper case only.
///
/// ```
/// use patrol_token::{TokenId, TokenIdError};
/// let id: TokenId = "01JD3KQ8Z5V7W2N9X4C6B8M0T1".parse()?;
/// assert_eq!(id.to_string(), "01JD3KQ8Z5V7W2N9X4C6B8M0T1");
/// # Ok::<(), TokenIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(Ulid);

impl TokenId {
    /// A new id from a clock reading (milliseconds since 1970; the low 48 bits count) and ten
    /// bytes of randomness.
    pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
        let mut wide = [0; 16];
        wide[6..].copy_from_slice(&random);
        Self(Ulid::from_parts(unix_ms, u128::from_be_bytes(wide)))
    }

    /// Reads the canonical text form, borrowing and allocating nothing.
    ///
    /// # Errors
    /// The rule broken: length, alphabet (lower case is refused: it is not canonical), overflow.
    pub fn parse(text: &[u8]) -> Result<Self, TokenIdError> {
        if text.len() != ID_LEN {
            return Err(TokenIdError::Length);
        }
        if text[0] > b'7' {
            return Err(if text[0].is_ascii_uppercase() || text[0].is_ascii_digit() {
                TokenIdError::Overflow
            } else {
                TokenIdError::Alphabet
            });
        }
        let mut value: u128 = 0;
        for byte in text {
            let digit = DIGITS[usize::from(*byte)];
            if digit == NOT_A_DIGIT {
                return Err(TokenIdError::Alphabet);
            }
            value = value << 5 | u128::from(digit);
        }
        Ok(Self(Ulid(value)))
    }

    /// The 128 bits of the id, big-endian.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.0.to_be_bytes()
    }

    /// The id with these 128 bits, big-endian.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Ulid(u128::from_be_bytes(bytes)))
    }

    /// When the id was made, in milliseconds since 1970, as it says itself.
    pub fn unix_ms(self) -> u64 {
        self.0.timestamp_ms()
    }
}

const NOT_A_DIGIT: u8 = 0xff;

/// Crockford base32 without its aliases: only what the canonical form uses.
const DIGITS: [u8; 256] = {
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut table = [NOT_A_DIGIT; 256];
    let mut digit = 0;
    while digit < alphabet.len() {
        table[alphabet[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

impl FromStr for TokenId {
    type Err = TokenIdError;

    fn from_str(text: &str) -> Result<Self, TokenIdError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.array_to_str(&mut [0; ID_LEN]))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

/// The rule of the token id's grammar that a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenIdError {
    /// Not 26 characters.
    #[error("a token id has 26 characters")]
    Length,
    /// A character outside upper-case Crockford base32.
    #[error("a token id consists of 0-9 and A-Z without I, L, O and U")]
    Alphabet,
    /// A first character above 7: more than 128 bits.
    #[error("a token id begins with 0 to 7")]
    Overflow,
}
