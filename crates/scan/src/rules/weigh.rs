//! What an expression costs before it is compiled, so that a file of a stranger cannot fill the
//! memory or take minutes: a bound for each expression alone is none for thousands of them.

use std::cell::Cell;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// What is left for a set of rules, in bytes, nearly enough: what the programs of its expressions
/// take, and what is set up for each rule.
#[derive(Debug)]
pub(super) struct Room(Cell<u64>);

/// The room for a file of rules with all that it extends, and for all sets that are joined.
pub(crate) const ROOM: u64 = 64 * 1024 * 1024;

/// The longest expression. Reading one takes up to some thousand times its length, and the longest
/// one of gitleaks has 700 bytes.
pub(super) const MAX_PATTERN: usize = 16 * 1024;

/// What a rule costs beside its expressions: its automata are built as they are needed.
pub(super) const RULE: u64 = 32 * 1024;
/// The same of a rule without keywords, which is held against every text.
pub(super) const UNCONDITIONAL: u64 = 256 * 1024;
/// What a byte of a literal costs in the automaton for all of them.
pub(super) const LITERAL_BYTE: u64 = 64;

/// The longest literal. The automaton for all of them takes up to the square of its length to build.
pub(super) const MAX_LITERAL: usize = 256;

/// What a state of a program costs, forwards and backwards.
const STATE: u64 = 64;

impl Room {
    pub(super) fn new() -> Self {
        Self(Cell::new(ROOM))
    }

    /// Takes some of it; `false` if there is not so much.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let left = self.0.get().checked_sub(bytes);
        left.inspect(|left| self.0.set(*left)).is_some()
    }

    /// What was taken.
    pub(super) fn taken(&self) -> u64 {
        ROOM - self.0.get()
    }
}

/// What an expression in the syntax of the crate `regex` costs. One that is none costs nothing:
/// compiling it says why.
pub(super) fn weight(pattern: &str, is_unicode: bool) -> u64 {
    let mut parser = ParserBuilder::new().utf8(false).unicode(is_unicode).build();
    parser.parse(pattern).map_or(0, |hir| states(&hir).saturating_mul(STATE))
}

fn states(hir: &Hir) -> u64 {
    let sum = |parts: &[Hir]| parts.iter().fold(1, |sum: u64, it| sum.saturating_add(states(it)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(class) => class_states(class),
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min + 1).max(1);
            // One more, to go round or past it.
            states(&repetition.sub).saturating_add(1).saturating_mul(times.into())
        }
    }
}

/// The ways in which bytes make a character of the class; many share their end.
fn class_states(class: &Class) -> u64 {
    match class {
        Class::Bytes(class) => 1 + class.ranges().len() as u64 / 4,
        Class::Unicode(class) => {
            let ways = class
                .ranges()
                .iter()
                .map(|range| Utf8Sequences::new(range.start(), range.end()).count() as u64);
            1 + ways.sum::<u64>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_what_is_large_weighs_and_what_is_written_often_does_not() {
        let weights =
            ["abc", "[a-z0-9]{20,40}", r"\pL{50}", r"[\pL\pN]{700}", r"(?:\pL{100}){900}"];
        let weights = weights.map(|pattern| weight(pattern, true));
        assert!(weights.is_sorted(), "{weights:?}");
        assert!(weights[1] < 16 * 1024 && weights[3] > 16 * 1024 * 1024, "{weights:?}");
        assert!(weight("(?:(?:(?:a{1000}){1000}){1000}){1000}", false) > ROOM);
        assert_eq!(weight("(", true), 0);
    }

    #[test]
    fn the_room_ends() {
        let room = Room::new();
        assert!(room.take(ROOM - 1) && !room.take(2) && room.take(1) && !room.take(1));
        assert_eq!(room.taken(), ROOM);
    }
}
