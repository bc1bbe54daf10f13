//! Lines and columns, counted only for content that holds a finding.
//!
//! A line ends at LF, at CRLF, or at a lone CR (old Macintosh files, progress bars in logs).
//! Lines and columns count from 1; columns are bytes.

use memchr::{memchr, memchr_iter, memrchr};

#[cfg(any(feature = "git", feature = "tree"))]
use crate::Match;

/// A line and a column, both from 1; columns are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The byte within the line.
    pub column: u64,
}

/// Counts lines over content that arrives in pieces, in memory of its own size only.
#[derive(Clone, Debug, Default)]
pub struct LineCounter {
    /// Line ends seen.
    ended: u64,
    /// Bytes fed.
    at: u64,
    /// Where the current line begins.
    line_start: u64,
    /// The last byte fed was CR: whether it ended a line alone is known with the next byte.
    open_cr: bool,
}

impl LineCounter {
    /// Takes the next piece.
    pub fn feed(&mut self, bytes: &[u8]) {
        let Some(first) = bytes.first() else { return };
        if self.open_cr && *first != b'\n' {
            self.end_line(self.at);
        }
        self.open_cr = bytes.last() == Some(&b'\r');
        if memchr(b'\r', bytes).is_none() {
            if let Some(last) = memrchr(b'\n', bytes) {
                self.ended += memchr_iter(b'\n', bytes).count() as u64;
                self.line_start = self.at + last as u64 + 1;
            }
        } else {
            for end in memchr::memchr2_iter(b'\n', b'\r', bytes) {
                let undecided_or_pair = matches!(bytes.get(end + 1), None | Some(b'\n'));
                if bytes[end] == b'\n' || !undecided_or_pair {
                    self.end_line(self.at + end as u64 + 1);
                }
            }
        }
        self.at += bytes.len() as u64;
    }

    /// Where the byte after `ahead` stands, `ahead` being what follows all that was fed. That
    /// byte is taken to be no LF, as no token begins with one.
    pub fn position_after(&self, ahead: &[u8]) -> Position {
        let mut there = self.clone();
        there.feed(ahead);
        if there.open_cr {
            there.end_line(there.at);
        }
        Position { line: there.ended + 1, column: there.at - there.line_start + 1 }
    }

    /// Where the first byte of `text` stands and where the byte after it would, `ahead` and then
    /// `text` being what follows all that was fed.
    pub fn span(&self, ahead: &[u8], text: &[u8]) -> (Position, Position) {
        let at = self.position_after(ahead);
        let mut there = self.clone();
        there.feed(ahead);
        (at, there.position_after(text))
    }

    /// Where a match in a small content begins and ends.
    #[cfg(any(feature = "git", feature = "tree"))]
    pub(crate) fn span_in(content: &[u8], found: &Match) -> (Position, Position) {
        Self::default().span(&content[..found.start], &content[found.start..found.end])
    }

    fn end_line(&mut self, next_start: u64) {
        self.ended += 1;
        self.line_start = next_start;
    }
}

/// Positions of offsets that come in order, each counted from the one before it.
#[cfg(any(feature = "git", test))]
#[derive(Debug)]
pub(crate) struct Positions<'c> {
    content: &'c [u8],
    counter: LineCounter,
    /// How much of the content was fed.
    fed: usize,
}

#[cfg(any(feature = "git", test))]
impl<'c> Positions<'c> {
    pub(crate) fn new(content: &'c [u8]) -> Self {
        Self { content, counter: LineCounter::default(), fed: 0 }
    }

    /// Where `offset` stands, which is not before the last one asked for.
    pub(crate) fn at(&mut self, offset: usize) -> Position {
        self.counter.feed(&self.content[self.fed..offset]);
        self.fed = offset;
        self.counter.position_after(b"")
    }

    /// Where the text from `start` to `end` begins and ends; `start` is not before the last one.
    pub(crate) fn span(&mut self, start: usize, end: usize) -> (Position, Position) {
        (self.at(start), self.counter.position_after(&self.content[start..end]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LineCounter, Position, Positions};

    fn check(before: &str, line: u64, column: u64) {
        let whole = LineCounter::default().position_after(before.as_bytes());
        assert_eq!(whole, Position { line, column }, "{before:?}");
    }

    #[test]
    fn lf_crlf_and_lone_cr_end_lines() {
        check("", 1, 1);
        check("ab", 1, 3);
        check("ab\n", 2, 1);
        check("ab\r\n", 2, 1);
        check("ab\rc", 2, 2);
        check("ab\r", 2, 1);
        check("\r\r\n\n\rx", 5, 2);
        check("é\né", 2, 3);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(pieces in prop::collection::vec("[ab\r\n]{0,5}", 0..8)) {
            let whole = pieces.concat();
            let mut counter = LineCounter::default();
            pieces.iter().for_each(|piece| counter.feed(piece.as_bytes()));
            let wanted = LineCounter::default().position_after(whole.as_bytes());
            prop_assert_eq!(counter.position_after(b""), wanted);
            let mut positions = Positions::new(whole.as_bytes());
            for end in 0..=whole.len() {
                // A token begins with no line end.
                if !whole[end..].starts_with('\n') {
                    let wanted = LineCounter::default().position_after(&whole.as_bytes()[..end]);
                    prop_assert_eq!(positions.at(end), wanted);
                }
            }
            let unified = whole.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(wanted.line as usize, unified.matches('\n').count() + 1);
        }
    }
}
