//! How to go on from a literal, and whether that is worth while.

use super::layer::Layer;

/// How to go on from an occurrence of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// Characters of the prefix itself, from this offset on.
    Fragment { prefix: usize, offset: usize },
    /// The first of four base64 characters that stand for three bytes.
    Base64,
    /// The same, of something long.
    LongBase64,
    /// The beginning of a gzip member or of a zlib stream in base64.
    Compressed,
    /// A base32 character, this many after the first of eight.
    Base32 { phase: usize },
    /// The first digit of a byte.
    Hex,
    /// The first digit of a byte in a hex dump: its lines may have an offset and a text column.
    Dump { swapped: bool },
    /// A character in a dump of characters.
    Characters,
    /// The first digit of a number.
    Numbers,
    /// The first hexadecimal digit of a byte, be it escaped, in a list or among zeros.
    Unit,
    /// UTF-16.
    Utf16,
    /// Escapes in a text that stays as it is elsewhere.
    Layer(Layer),
}

/// What to do where a literal occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Where its way begins, in bytes from the beginning of the literal.
    pub(crate) lead: usize,
    pub(crate) way: Way,
    /// What has to follow so many bytes from the beginning of the literal.
    pub(crate) after: usize,
    pub(crate) next: Next,
}

/// What has to follow, so that it is worth while to decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Anything,
    /// This, after one separator at most; or something that ends a line or a piece.
    Here(Vec<u8>),
    /// This, within a few bytes; or something that ends a line or a piece.
    Near(Vec<u8>),
    /// So much base64 as no word is long.
    Data,
}

/// Bytes in which the next number of a list has to follow.
const NEAR: usize = 16;
/// Characters of base64 that stand together in a line of it, and hardly ever in a name.
const DATA: usize = 32;

impl Next {
    pub(crate) fn fits(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at..).unwrap_or_default();
        match self {
            Self::Anything => true,
            Self::Here(wanted) => {
                let separator = matches!(rest.first(), Some(b' ' | b':' | b'-'));
                let rest = &rest[usize::from(separator)..];
                let len = wanted.len().min(rest.len());
                rest[..len].eq_ignore_ascii_case(&wanted[..len])
                    || rest[..len].iter().any(|byte| !byte.is_ascii_alphanumeric())
            }
            Self::Data => rest.get(..DATA).is_some_and(|data| {
                let is_data = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
                data.iter().all(is_data)
            }),
            Self::Near(wanted) => {
                let rest = &rest[..NEAR.min(rest.len())];
                let ends = |byte: &u8| matches!(byte, b'\r' | b'\n' | b'"' | b'`' | b'/' | b'*');
                rest.len() < NEAR
                    || rest.windows(wanted.len()).any(|here| here.eq_ignore_ascii_case(wanted))
                    || rest.iter().any(ends)
            }
        }
    }
}
