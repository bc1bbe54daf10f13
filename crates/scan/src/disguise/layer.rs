//! Layers that leave most of a text as it is: escapes, and the seams of string literals.

use super::decoded::Decoded;
use super::digit::nibble;
use super::gap;
use super::window::{AFTER, BEFORE};
use crate::Encoding;

/// A layer that is taken off a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// `%5F`, `%u005F`.
    Percent,
    /// `=5F`, and `=` at the end of a line.
    QuotedPrintable,
    /// `\u005f`, `\x5f`, `\137` and whatever else begins with a backslash.
    Backslash,
    /// `&#95;`, `&#x5f;`, `&lowbar;`.
    Entity,
    /// The seams of string literals, and broken lines.
    Join,
}

impl Layer {
    /// The layer that something at `at` may belong to, going by its first byte.
    pub(crate) fn at(text: &[u8], at: usize) -> Option<Self> {
        Some(match *text.get(at)? {
            b'%' => Self::Percent,
            b'=' => Self::QuotedPrintable,
            b'&' => Self::Entity,
            b'\\' if !matches!(text.get(at + 1), Some(b'\r' | b'\n')) => Self::Backslash,
            b'\\' | b'"' | b'\'' | b'`' | b'\r' | b'\n' => Self::Join,
            _ => return None,
        })
    }

    /// What stands at `at`, if it is something that this layer changes: the byte it means, or
    /// none, and its length.
    pub(crate) fn unit(self, text: &[u8], at: usize) -> Option<(Option<u8>, usize)> {
        let rest = &text[at..];
        match self {
            Self::Percent => percent(rest),
            Self::QuotedPrintable => quoted_printable(rest),
            Self::Backslash => backslash(rest),
            Self::Entity => entity(rest),
            Self::Join => gap::join(text, at).map(|end| (None, end - at)),
        }
    }

    /// Takes this layer off the text around `at`.
    pub(crate) fn decode(self, text: &[u8], at: usize) -> Decoded {
        let mut decoded = Decoded::default();
        // A seam is told by being in the midst of a string, which is known of `at` alone.
        let mut from = at.saturating_sub(BEFORE);
        if self == Self::Join {
            before(text, at, &mut decoded);
            from = at;
        }
        let limit = text.len().min(at + AFTER);
        decoded.reserve(limit - from);
        while from < limit {
            match self.unit(text, from) {
                Some((byte, len)) => {
                    byte.into_iter().for_each(|byte| decoded.push(byte, from, from + len));
                    from += len;
                }
                None => {
                    // What is not in a seam is in a string, going by `at`.
                    if self == Self::Join {
                        decoded.units.push(from);
                    }
                    decoded.push(text[from], from, from + 1);
                    from += 1;
                }
            }
        }
        decoded.end = from;
        decoded
    }

    /// What this layer is called, going by the text of a token in it.
    pub(crate) fn encoding(self, text: &[u8]) -> Encoding {
        match self {
            Self::Percent => Encoding::Percent,
            Self::QuotedPrintable => Encoding::QuotedPrintable,
            Self::Entity => Encoding::Entity,
            // A seam after nearly each character makes a list of characters.
            Self::Join if is_list(text) => Encoding::ByteArray,
            Self::Join => Encoding::Split,
            Self::Backslash => {
                let escape = text.iter().skip_while(|byte| **byte != b'\\');
                match escape.copied().find(|byte| *byte != b'\\') {
                    Some(b'u' | b'U') => Encoding::JsonEscape,
                    Some(b'x') => Encoding::HexEscape,
                    Some(b'0'..=b'7') => Encoding::OctalEscape,
                    Some(b'\r' | b'\n') => Encoding::Split,
                    _ => Encoding::Backslash,
                }
            }
        }
    }
}

/// Whether each character stands in quotes of its own.
fn is_list(text: &[u8]) -> bool {
    let quotes = text.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count();
    quotes >= 2 * (patrol_token::MIN_LEN - 1)
}

/// The text before `at`, which stands in a string, without the seams in it.
fn before(text: &[u8], at: usize, decoded: &mut Decoded) {
    let lowest = at.saturating_sub(BEFORE);
    let (mut end, mut kept) = (at, Vec::new());
    while end > lowest {
        match gap::join_before(text, end) {
            Some(before) if before < end => end = before,
            _ => {
                end -= 1;
                kept.push(end);
            }
        }
    }
    kept.into_iter().rev().for_each(|at| decoded.push(text[at], at, at + 1));
}

fn percent(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let digits = rest.strip_prefix(b"%")?;
    if let Some(digits) = digits.strip_prefix(b"u") {
        return Some((Some(small(digits.get(..4)?, 16)?), 6));
    }
    Some((Some(small(digits.get(..2)?, 16)?), 3))
}

fn quoted_printable(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let after = rest.strip_prefix(b"=")?;
    // Blanks may have been added at the end of the line.
    let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &after[blanks..] {
        [b'\r', b'\n', ..] => Some((None, blanks + 3)),
        [b'\n', ..] => Some((None, blanks + 2)),
        _ => Some((Some(small(after.get(..2)?, 16)?), 3)),
    }
}

fn backslash(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    let after = rest.strip_prefix(b"\\")?;
    let braced = |from: usize| {
        let digits = after.get(from..)?.strip_prefix(b"{")?;
        let len = digits.iter().take(9).position(|byte| *byte == b'}')?;
        Some((Some(small(&digits[..len], 16)?), from + len + 3))
    };
    let fixed = |len: usize| Some((Some(small(after.get(1..=len)?, 16)?), len + 2));
    match *after.first()? {
        b'u' => braced(1).or_else(|| fixed(4)),
        b'U' => fixed(8),
        b'x' => braced(1).or_else(|| fixed(2)),
        b'0'..=b'7' => {
            let len = after.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            Some((Some(small(&after[..len], 8)?), len + 1))
        }
        b'n' => Some((Some(b'\n'), 2)),
        b'r' => Some((Some(b'\r'), 2)),
        b't' => Some((Some(b'\t'), 2)),
        b'\r' | b'\n' => {
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            Some((None, 1 + after.iter().take(256).take_while(blank).count()))
        }
        byte if byte.is_ascii_alphanumeric() => None,
        byte => Some((Some(byte), 2)),
    }
}

fn entity(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    const NAMED: [(&[u8], u8); 8] = [
        (b"lowbar;", b'_'),
        (b"UnderBar;", b'_'),
        (b"amp;", b'&'),
        (b"quot;", b'"'),
        (b"apos;", b'\''),
        (b"percnt;", b'%'),
        (b"bsol;", b'\\'),
        (b"NewLine;", b'\n'),
    ];
    let name = rest.strip_prefix(b"&")?;
    let Some(number) = name.strip_prefix(b"#") else {
        let (named, byte) = NAMED.iter().find(|(named, _)| name.starts_with(named))?;
        return Some((Some(*byte), named.len() + 1));
    };
    let (digits, base, mark) = match number.strip_prefix(b"x").or(number.strip_prefix(b"X")) {
        Some(digits) => (digits, 16, 3),
        None => (number, 10, 2),
    };
    let is_digit = |byte: &&u8| nibble(**byte).is_some_and(|value| value < base);
    let len = digits.iter().take(8).take_while(is_digit).count();
    let byte = small(&digits[..len], base)?;
    let end = usize::from(digits.get(len) == Some(&b';'));
    Some((Some(byte), mark + len + end))
}

/// The number in these digits, if it is one of ASCII.
fn small(digits: &[u8], base: u8) -> Option<u8> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u8, |value, digit| {
        let digit = nibble(*digit).filter(|digit| *digit < base)?;
        let value = u32::from(value) * u32::from(base) + u32::from(digit);
        u8::try_from(value).ok().filter(u8::is_ascii)
    })
}
