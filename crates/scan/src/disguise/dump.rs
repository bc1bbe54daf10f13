//! Hex dumps, line by line: an offset, bytes in groups of one, two or four, and a text column, as
//! `xxd`, `od` and `hexdump` print them, or less of it.

use super::decoded::Decoded;
use super::digit::nibble;
use super::window::{AFTER, AGAIN};

/// The usual numbers of bytes in one line; a text column may look like more.
const WIDTHS: [usize; 4] = [16, 8, 32, usize::MAX];
/// The most bytes in one line: `xxd -c` takes no more.
const WIDEST: usize = 256;
/// The longest line that is looked at: three characters for each byte, one in the text column.
const LINE: usize = 4 * WIDEST + 16;
/// Lines before the one of the literal: a prefix of 32 characters, four to a line.
const LINES_BEFORE: usize = 8;

/// How many bytes one line of the dump around `at` may have, in the order in which to try: by the
/// offsets of two lines, in hexadecimal or (as in `od`) in octal; then the usual ones.
pub(crate) fn widths(text: &[u8], at: usize) -> Vec<usize> {
    let own = line_start(text, at);
    let before = own.and_then(|own| line_start(text, own.checked_sub(1)?));
    let rest = &text[at..text.len().min(at + LINE)];
    let after = memchr::memchr(b'\n', rest).map(|end| at + end + 1);
    let mut widths = Vec::new();
    for (first, second) in [(own, after), (before, own)] {
        let (Some(first), Some(second)) = (first, second) else { continue };
        for base in [16, 8] {
            let offsets = offset(text, first, base).zip(offset(text, second, base));
            widths.extend(offsets.and_then(|(first, second)| second.checked_sub(first)));
        }
    }
    widths.retain(|width| (1..=WIDEST).contains(width));
    widths.extend(WIDTHS);
    let mut seen = Vec::new();
    widths.retain(|width| {
        !seen.contains(width) && {
            seen.push(*width);
            true
        }
    });
    widths
}

/// The offset that a line begins with.
fn offset(text: &[u8], start: usize, base: u32) -> Option<usize> {
    let start = skip(text, start, text.len().min(start + LINE));
    let digits = &text[start..start + run(text, start, text.len().min(start + 9))];
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

/// Decodes the dump around `at`, where the first digit of a byte stands, with so many bytes to a
/// line. `None` if `at` is not the place of a byte then.
pub(crate) fn decode(text: &[u8], at: usize, width: usize, swapped: bool) -> Option<Decoded> {
    let own = line_start(text, at)?;
    let (line, mut next) = parse(text, own, at, width, swapped);
    if !line.iter().any(|(_, start)| *start == at) {
        return None;
    }
    let mut decoded = Decoded::default();
    let mut starts = Vec::new();
    let mut start = own;
    for _ in 0..LINES_BEFORE {
        let Some(before) = start.checked_sub(1).and_then(|end| line_start(text, end)) else {
            break;
        };
        starts.push(before);
        start = before;
    }
    let mut push = |line: Vec<(u8, usize)>| {
        line.into_iter().for_each(|(byte, start)| decoded.push(byte, start, start + 2));
    };
    for start in starts.into_iter().rev() {
        push(parse(text, start, usize::MAX, width, swapped).0);
    }
    push(line);
    let limit = text.len().min(at + AFTER);
    while next < limit {
        let (line, end) = parse(text, next, usize::MAX, width, swapped);
        if line.is_empty() {
            break;
        }
        push(line);
        next = end;
    }
    decoded.end = next.min(at + AGAIN).max(at + 1);
    Some(decoded)
}

/// Where the line of `at` begins, if that is not too far.
fn line_start(text: &[u8], at: usize) -> Option<usize> {
    let lowest = at.saturating_sub(LINE);
    match memchr::memrchr(b'\n', &text[lowest..at]) {
        Some(end) => Some(lowest + end + 1),
        None if lowest == 0 => Some(0),
        None => None,
    }
}

/// The bytes of one line, each with the place of its first digit, and where the next line begins.
/// What stands at `data` is no offset.
fn parse(
    text: &[u8],
    start: usize,
    data: usize,
    width: usize,
    swapped: bool,
) -> (Vec<(u8, usize)>, usize) {
    let limit = text.len().min(start + LINE);
    let end = memchr::memchr(b'\n', &text[start..limit]).map_or(limit, |end| start + end);
    let mut at = skip(text, start, end);
    let digits = run(text, at, end);
    // Six or seven digits in `od`, eight in the others, and a colon in some.
    let after = at + digits;
    let is_offset = digits >= 6 || (digits >= 4 && text.get(after) == Some(&b':'));
    let contains_data = (at..after).contains(&data);
    if is_offset && after < end && !contains_data {
        let colon = usize::from(text[after] == b':');
        at = skip(text, after + colon, end);
    }
    let mut bytes = Vec::new();
    while at < end && bytes.len() < width {
        let len = run(text, at, end);
        if len == 0 || len % 2 == 1 {
            break;
        }
        let group = (at..at + len)
            .step_by(2)
            .filter_map(|at| Some((nibble(text[at])? << 4 | nibble(text[at + 1])?, at)));
        if swapped && len == 4 {
            let pair: Vec<_> = group.collect();
            bytes.extend(pair.into_iter().rev());
        } else {
            bytes.extend(group);
        }
        at = skip(text, at + len, end);
    }
    bytes.truncate(width);
    (bytes, (end + 1).min(text.len()))
}

fn skip(text: &[u8], from: usize, end: usize) -> usize {
    let is_between = |byte: &&u8| matches!(byte, b' ' | b'\t' | b':' | b'-');
    from + text[from.min(end)..end].iter().take_while(is_between).count()
}

fn run(text: &[u8], from: usize, end: usize) -> usize {
    text[from.min(end)..end].iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
}
