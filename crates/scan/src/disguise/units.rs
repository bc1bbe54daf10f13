//! Bytes as numbers: two hexadecimal digits each, one after the other or in a list, or decimal.

use super::decoded::Decoded;
use super::digit::nibble;
use super::gap;
use super::hint::Way;
use super::layer::Layer;
use super::window::{AFTER, BEFORE};

/// The longest type in a cast: `unsigned char`, `std::uint8_t` without its colons.
const CAST: usize = 16;

/// How a byte is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Hex,
    Decimal,
}

/// Decodes hexadecimal bytes around `at`, where the first digit of one stands.
pub(crate) fn hex(text: &[u8], at: usize) -> Decoded {
    decode(text, at, Notation::Hex)
}

/// Decodes decimal numbers around `at`, where the first digit of one stands.
pub(crate) fn decimal(text: &[u8], at: usize) -> Decoded {
    decode(text, at, Notation::Decimal)
}

/// How the hexadecimal digits at `at` are written, going by what introduces them: `\\x`, `\\U0000`,
/// `%u00`, `&#x`; or nothing of that kind.
pub(crate) fn way(text: &[u8], at: usize) -> Way {
    let before = text[at.saturating_sub(8)..at].iter().rev();
    let mark = before
        .copied()
        .find(|byte| !matches!(byte, b'0' | b'x' | b'X' | b'u' | b'U' | b'{' | b'#'));
    match mark {
        Some(b'\\') => Way::Layer(Layer::Backslash),
        Some(b'%') => Way::Layer(Layer::Percent),
        Some(b'&') => Way::Layer(Layer::Entity),
        _ => Way::Hex,
    }
}

fn decode(text: &[u8], from: usize, notation: Notation) -> Decoded {
    let mut before = Vec::new();
    let (mut end, lowest) = (mark_before(text, from), from.saturating_sub(BEFORE));
    let mut at = from;
    // A seam is at least as long as a unit, so the bound on bytes is one on both.
    while end > lowest {
        let Some(tail) = gap::separator_before(text, end) else { break };
        // A list has a separator before each unit, a row of digits has none.
        let Some(tail) = before_cast(text, tail) else { break };
        let tail = without_suffix(text, tail);
        let Some((start, byte)) = unit_before(text, tail, notation) else { break };
        before.push((byte, start, tail));
        end = start;
    }
    let mut decoded = Decoded::default();
    before.into_iter().rev().for_each(|(byte, start, end)| decoded.push(byte, start, end));
    let limit = text.len().min(from + AFTER);
    while at < limit {
        if let Some((byte, len)) = unit(text, at, notation) {
            decoded.push(byte, mark_before(text, at), at + len);
            decoded.units.push(at);
            at += len;
            at += suffix(text, at);
            continue;
        }
        if let Some(len) = mark(text, at).or_else(|| cast(text, at)) {
            at += len;
            continue;
        }
        match gap::separator(text, at) {
            Some(next) if next > at => at = next,
            _ => break,
        }
    }
    decoded.end = at;
    decoded
}

fn unit(text: &[u8], at: usize, notation: Notation) -> Option<(u8, usize)> {
    match notation {
        Notation::Hex => Some((nibble(*text.get(at)?)? << 4 | nibble(*text.get(at + 1)?)?, 2)),
        Notation::Decimal => {
            let rest = &text[at..];
            let len = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
            Some((number(&rest[..len])?, len))
        }
    }
}

fn unit_before(text: &[u8], end: usize, notation: Notation) -> Option<(usize, u8)> {
    match notation {
        Notation::Hex => {
            let start = end.checked_sub(2)?;
            let (byte, _) = unit(text, start, notation)?;
            Some((mark_before(text, start), byte))
        }
        Notation::Decimal => {
            let digits = text[..end].iter().rev().take(4).take_while(|b| b.is_ascii_digit());
            let start = end - digits.count();
            Some((start, number(&text[start..end])?))
        }
    }
}

fn number(digits: &[u8]) -> Option<u8> {
    if !(1..=3).contains(&digits.len()) {
        return None;
    }
    let value = digits.iter().fold(0u16, |value, digit| value * 10 + u16::from(digit - b'0'));
    u8::try_from(value).ok()
}

/// `0x` before the digits, or what of `&H` is a letter.
fn mark(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..at + 2)? {
        b"0x" | b"0X" => Some(2),
        [b'H' | b'h', _] if at > 0 && text[at - 1] == b'&' => Some(1),
        _ => None,
    }
}

/// The length of what is left of a cast at `at`, behind its parenthesis: `(byte)`, `(unsigned
/// char)`.
fn cast(text: &[u8], at: usize) -> Option<usize> {
    if at == 0 || text[at - 1] != b'(' {
        return None;
    }
    let len = text[at..].iter().take(CAST).take_while(|byte| is_of_type(byte)).count();
    (text.get(at + len) == Some(&b')')).then_some(len + 1)
}

/// Where the unit before a cast ends, if the last letter of one is before `end`; `end` itself if
/// none is.
fn before_cast(text: &[u8], end: usize) -> Option<usize> {
    if text.get(end) != Some(&b')') {
        return Some(end);
    }
    let len = text[..end].iter().rev().take(CAST).take_while(|byte| is_of_type(byte)).count();
    match end.checked_sub(len + 1) {
        Some(start) if text[start] == b'(' => gap::separator_before(text, start),
        _ => Some(end),
    }
}

fn is_of_type(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ')
}

/// Where a unit begins whose digits begin at `at`.
fn mark_before(text: &[u8], at: usize) -> usize {
    match at.checked_sub(2).and_then(|start| text.get(start..at)) {
        Some(b"0x" | b"0X" | b"&H" | b"&h") => at - 2,
        _ => at,
    }
}

/// The length of a type after a number, as in Rust.
fn suffix(text: &[u8], at: usize) -> usize {
    if matches!(text.get(at..at + 2), Some(b"u8" | b"i8")) { 2 } else { 0 }
}

fn without_suffix(text: &[u8], end: usize) -> usize {
    match end.checked_sub(2) {
        Some(start) => end - suffix(text, start),
        None => end,
    }
}
