//! UTF-16: each character and a zero.

use super::decoded::Decoded;
use super::window::{AFTER, BEFORE};
use crate::Encoding;

/// Decodes the run of characters with zeros between them around `at`, where a character stands.
pub(crate) fn decode(text: &[u8], at: usize) -> (Decoded, Encoding) {
    let is_character = |at: usize| text.get(at).is_some_and(|byte| (1..0x80).contains(byte));
    let lowest = at.saturating_sub(BEFORE);
    let mut first = at;
    while first >= lowest + 2 && text[first - 1] == 0 && is_character(first - 2) {
        first -= 2;
    }
    let limit = text.len().min(at + AFTER);
    let mut last = at;
    while last + 2 < limit && text[last + 1] == 0 && is_character(last + 2) {
        last += 2;
    }
    let is_big = is_big_endian(text, first, last);
    // Big end first: the zero stands before its character.
    let shift = usize::from(is_big && first > 0);
    let mut decoded = Decoded::default();
    for at in (first..=last).step_by(2) {
        decoded.units.push(at);
        decoded.push(text[at], at - shift, (at - shift + 2).min(text.len()));
    }
    decoded.end = last + 1;
    (decoded, if is_big { Encoding::Utf16Be } else { Encoding::Utf16Le })
}

/// What the mark at the beginning says; else where a zero is missing, after the last character or
/// before the first one. Where none is, the place decides: units stand at even offsets.
fn is_big_endian(text: &[u8], first: usize, last: usize) -> bool {
    match text {
        [0xfe, 0xff, ..] => true,
        [0xff, 0xfe, ..] => false,
        _ if text.get(last + 1) != Some(&0) => true,
        _ if first == 0 || text[first - 1] != 0 => false,
        _ => first % 2 == 1,
    }
}
