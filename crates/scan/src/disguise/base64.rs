//! Base64 and base32: characters that carry six or five bits, in lines or pieces.
//!
//! A token has no character whose bits would be `+` or `/` at any alignment, nor has base64 of
//! base64 of it. So these four are data only beside data, and all else that is neither letter nor
//! digit separates pieces.

use super::decoded::Decoded;
use super::gap;
use super::window::{AFTER, BEFORE};

/// One character: its value, and where it begins.
type Digit = (u8, usize);

/// How characters carry bits.
struct Alphabet {
    /// Bits in one character.
    bits: usize,
    /// Characters that make whole bytes together.
    group: usize,
    /// The value of the character here, if it is one.
    value: fn(&[u8], usize) -> Option<u8>,
}

const BASE64: Alphabet = Alphabet { bits: 6, group: 4, value: value64 };
const BASE32: Alphabet = Alphabet { bits: 5, group: 8, value: value32 };

/// Decodes base64 around `at`, where the first of four characters stands.
pub(crate) fn base64(text: &[u8], at: usize) -> Decoded {
    decode(text, at, 0, &BASE64)
}

/// Decodes base64 from `at` on, up to `after` bytes.
pub(crate) fn base64_from(text: &[u8], at: usize, after: usize) -> Decoded {
    let mut digits = Vec::new();
    let end = following(text, at, after, &BASE64, &mut |digit| digits.push(digit));
    let mut decoded = Decoded { end, ..Decoded::default() };
    bytes(&digits, BASE64.bits, &mut decoded);
    decoded
}

/// Decodes base32 around `at`, where the character after `phase` others of eight stands.
pub(crate) fn base32(text: &[u8], at: usize, phase: usize) -> Decoded {
    decode(text, at, phase, &BASE32)
}

/// Whether the text around a token is of the alphabet for addresses and file names.
pub(crate) fn is_url_safe(text: &[u8], start: usize, end: usize) -> bool {
    let is_of_it =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let left = text[..start].iter().rev().take(AFTER).take_while(|byte| is_of_it(byte));
    let right = text[end..].iter().take(AFTER).take_while(|byte| is_of_it(byte));
    let (mut url, mut standard) = (false, false);
    for byte in left.chain(right) {
        url |= matches!(byte, b'-' | b'_');
        standard |= matches!(byte, b'+' | b'/');
    }
    url && !standard
}

fn decode(text: &[u8], at: usize, phase: usize, alphabet: &Alphabet) -> Decoded {
    let mut digits = before(text, at, alphabet);
    // Zeros in place of what the first group lacks, so that `at` has its place in its own.
    let lacking = (phase + alphabet.group - digits.len() % alphabet.group) % alphabet.group;
    let first = digits.last().map_or(at, |digit| digit.1);
    digits.extend(vec![(0, first); lacking]);
    digits.reverse();
    let end = following(text, at, AFTER, alphabet, &mut |digit| digits.push(digit));
    let units = digits.iter().map(|digit| digit.1).collect();
    let mut decoded = Decoded { end, units, ..Decoded::default() };
    bytes(&digits, alphabet.bits, &mut decoded);
    decoded
}

/// The characters before `at`, the last one first.
fn before(text: &[u8], at: usize, alphabet: &Alphabet) -> Vec<Digit> {
    let mut digits = Vec::new();
    let (mut end, lowest) = (at, at.saturating_sub(BEFORE));
    while end > lowest {
        if let Some(value) = (alphabet.value)(text, end - 1) {
            end -= 1;
            digits.push((value, end));
            continue;
        }
        match gap::separator_before(text, end) {
            Some(before) if before < end => end = before,
            _ => break,
        }
    }
    digits
}

/// The characters from `at` on, and where reading ended.
fn following(
    text: &[u8],
    from: usize,
    after: usize,
    alphabet: &Alphabet,
    push: &mut dyn FnMut(Digit),
) -> usize {
    let limit = text.len().min(from.saturating_add(after));
    let mut at = from;
    while at < limit {
        if let Some((value, len)) = escaped(text, at).filter(|_| alphabet.bits == 6) {
            push((value, at));
            at += len;
            continue;
        }
        if let Some(value) = (alphabet.value)(text, at) {
            push((value, at));
            at += 1;
            continue;
        }
        match gap::separator(text, at) {
            // The end of the data, unless a line or a piece ends here too.
            Some(next) if next > at && !is_padding(text, at) => at = next,
            _ => break,
        }
    }
    at
}

fn is_padding(text: &[u8], at: usize) -> bool {
    text[at] == b'=' && !matches!(text.get(at + 1), Some(b'\r' | b'\n'))
}

/// `+` and `/` as URLs and JSON write them.
fn escaped(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let forms: [(&[u8], u8); 7] = [
        (b"%2B", 62),
        (b"%2b", 62),
        (b"%2F", 63),
        (b"%2f", 63),
        (b"\\/", 63),
        (b"\\u002b", 62),
        (b"\\u002B", 62),
    ];
    if !matches!(text[at], b'%' | b'\\') {
        return None;
    }
    forms.iter().find(|(form, _)| text[at..].starts_with(form)).map(|(form, v)| (*v, form.len()))
}

fn value64(text: &[u8], at: usize) -> Option<u8> {
    let byte = *text.get(at)?;
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' | b'/' if is_mark(text, at) => return None,
        b'+' | b'-' if is_beside_data(text, at) => 62,
        b'/' | b'_' if is_beside_data(text, at) => 63,
        _ => return None,
    })
}

/// Whether this is part of what marks a line as one of a comment.
fn is_mark(text: &[u8], at: usize) -> bool {
    let byte = text[at];
    let before = text[..at].iter().rev().take(4).take_while(|other| **other == byte).count();
    gap::line_mark(text, at - before).is_some()
}

fn is_beside_data(text: &[u8], at: usize) -> bool {
    let is_data =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(is_data)
        || text.get(at + 1).is_some_and(is_data)
}

fn value32(text: &[u8], at: usize) -> Option<u8> {
    let byte = *text.get(at)?;
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    })
}

/// Puts bits together. A byte stands where the characters stand that carry its bits.
fn bytes(digits: &[Digit], bits: usize, decoded: &mut Decoded) {
    let (mut held, mut count) = (0u32, 0);
    for (at, (value, position)) in digits.iter().enumerate() {
        held = held << bits | u32::from(*value);
        count += bits;
        if count >= 8 {
            count -= 8;
            // Its first bit is in this character or in one or two before it.
            let first = at - (8 + count - 1) / bits;
            decoded.push((held >> count) as u8, digits[first].1, position + 1);
            held &= (1 << count) - 1;
        }
    }
}
