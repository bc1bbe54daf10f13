//! Dumps of characters, as `od -c` prints them: an offset, and fields of four: three spaces and a
//! character, an escape, or three octal digits.

use super::decoded::Decoded;
use super::window::{AFTER, BEFORE};

/// The width of a field.
const FIELD: usize = 4;
/// The fewest digits of an offset.
const OFFSET: usize = 6;

/// Decodes the fields around `at`, where the last character of one stands.
pub(crate) fn decode(text: &[u8], at: usize) -> Decoded {
    let mut fields = Vec::new();
    let lowest = at.saturating_sub(BEFORE);
    let mut end = at + 1;
    while end >= lowest + FIELD {
        if let Some(byte) = field(text, end) {
            fields.push((byte, end));
            end -= FIELD;
        } else if let Some(before) = line_before(text, end) {
            end = before;
        } else {
            break;
        }
    }
    let mut decoded = Decoded::default();
    fields.into_iter().rev().for_each(|(byte, end)| decoded.push(byte, end - 1, end));
    let limit = text.len().min(at + AFTER);
    let mut end = at + 1 + FIELD;
    while end <= limit {
        if let Some(byte) = field(text, end) {
            decoded.push(byte, end - 1, end);
            end += FIELD;
        } else if let Some(next) = line_after(text, end - FIELD) {
            end = next + FIELD;
        } else {
            break;
        }
    }
    decoded.end = (end - FIELD).max(at + 1);
    decoded
}

/// The byte of the field that ends at `end`.
fn field(text: &[u8], end: usize) -> Option<u8> {
    match text.get(end.checked_sub(FIELD)?..end)? {
        [b' ', b' ', b' ', byte @ b' '..=b'~'] => Some(*byte),
        [b' ', b' ', b'\\', b'n'] => Some(b'\n'),
        [b' ', b' ', b'\\', b'r'] => Some(b'\r'),
        [b' ', b' ', b'\\', b't'] => Some(b'\t'),
        [b' ', b' ', b'\\', _] => Some(0),
        [b' ', digits @ ..] => {
            let value = |byte: &u8| matches!(byte, b'0'..=b'7').then(|| u32::from(byte - b'0'));
            let value = digits.iter().try_fold(0, |sum, digit| Some(sum << 3 | value(digit)?))?;
            u8::try_from(value).ok()
        }
        _ => None,
    }
}

/// Where the fields of the line before end, if a line begins at `end`, or its fields do.
fn line_before(text: &[u8], end: usize) -> Option<usize> {
    let digits = text[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let line = &text[..end - if digits >= OFFSET { digits } else { 0 }];
    let line = line.strip_suffix(b"\n")?;
    Some(line.strip_suffix(b"\r").unwrap_or(line).len())
}

/// Where the fields of the next line begin, if a line ends at `end`.
fn line_after(text: &[u8], end: usize) -> Option<usize> {
    let rest = &text[end..];
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some(text.len() - rest.len() + if digits >= OFFSET { digits } else { 0 })
}
