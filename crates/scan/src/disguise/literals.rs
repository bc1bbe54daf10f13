//! The first stage: one pass over bytes for many short literals at close to the speed of memory.
//!
//! A vectorized searcher takes up to [`GROUP`] literals at a time, so more of them are searched in
//! groups, one after the other; a family of prefixes that begin alike makes one or two groups.
//! Where the processor has no such instructions an automaton does the same.

use std::ops::Range;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, Input, MatchKind, Span};

/// Literals that are searched at once: what the vectorized searcher can take.
const GROUP: usize = 64;
/// The same for processors with shorter vectors.
const SMALL_GROUP: usize = 32;
/// Bytes searched by all groups before the next ones: they stay in the fastest cache.
const STRIP: usize = 64 * 1024;

/// A set of literals none of which begins with another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Literals {
    groups: Vec<Group>,
    longest: usize,
}

#[derive(Clone, Debug)]
struct Group {
    searcher: Searcher,
    /// The number of its first literal.
    first: usize,
}

#[derive(Clone, Debug)]
enum Searcher {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Literals {
    /// Searches for all of these. `None` if no searcher can be made of them, which literals of a
    /// few bytes never cause.
    pub(crate) fn new(literals: &[Vec<u8>]) -> Option<Self> {
        let longest = literals.iter().map(Vec::len).max().unwrap_or(0);
        let mut groups = Vec::new();
        for (number, chunk) in literals.chunks(GROUP).enumerate() {
            let first = number * GROUP;
            if let Some(searcher) = vectorized(chunk) {
                groups.push(Group { searcher: Searcher::Packed(searcher), first });
                continue;
            }
            for (number, chunk) in chunk.chunks(SMALL_GROUP).enumerate() {
                let first = first + number * SMALL_GROUP;
                let searcher = match vectorized(chunk) {
                    Some(searcher) => Searcher::Packed(searcher),
                    None => Searcher::Automaton(automaton(chunk)?),
                };
                groups.push(Group { searcher, first });
            }
        }
        Some(Self { groups, longest })
    }

    /// Bytes of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether any literal occurs.
    pub(crate) fn occur_in(&self, bytes: &[u8]) -> bool {
        strips(bytes.len(), self.longest).any(|(strip, _)| {
            self.groups.iter().any(|group| group.find(bytes, strip.clone()).is_some())
        })
    }

    /// Tells each occurrence of each literal, overlapping ones too: where it begins, and its
    /// number. Those of one literal come in their order; those of different ones need not.
    pub(crate) fn each(&self, bytes: &[u8], found: &mut dyn FnMut(usize, usize)) {
        for (strip, starts_before) in strips(bytes.len(), self.longest) {
            for group in &self.groups {
                let mut from = strip.start;
                while let Some((start, number)) = group.find(bytes, from..strip.end) {
                    if start >= starts_before {
                        break;
                    }
                    found(start, number);
                    from = start + 1;
                }
            }
        }
    }
}

impl Group {
    fn find(&self, bytes: &[u8], within: Range<usize>) -> Option<(usize, usize)> {
        let found = match &self.searcher {
            Searcher::Packed(searcher) => searcher.find_in(bytes, Span::from(within))?,
            Searcher::Automaton(searcher) => searcher.find(Input::new(bytes).range(within))?,
        };
        Some((found.start(), self.first + found.pattern().as_usize()))
    }
}

/// The strips of `len` bytes, each with as much of the next one as a literal may reach into it,
/// and the place where the next one begins.
fn strips(len: usize, longest: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
    (0..len).step_by(STRIP).map(move |start| {
        let next = start + STRIP;
        (start..(next + longest.saturating_sub(1)).min(len), next)
    })
}

fn vectorized(literals: &[Vec<u8>]) -> Option<packed::Searcher> {
    let mut config = packed::Config::new();
    config.match_kind(packed::MatchKind::LeftmostFirst);
    config.builder().extend(literals).build()
}

fn automaton(literals: &[Vec<u8>]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Literals, STRIP};

    /// Literals none of which begins with another.
    fn literals(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| format!("{n:03}a{}", "b".repeat(n % 7)).into_bytes()).collect()
    }

    fn naive(literals: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for start in 0..bytes.len() {
            let is_here = |literal: &Vec<u8>| bytes[start..].starts_with(literal);
            all.extend(literals.iter().position(is_here).map(|number| (start, number)));
        }
        all
    }

    proptest! {
        #[test]
        fn each_occurrence_is_told(count in 1usize..200, text in "[0-9ab]{0,400}") {
            let literals = literals(count);
            let search = Literals::new(&literals).unwrap();
            let mut told = Vec::new();
            search.each(text.as_bytes(), &mut |start, number| told.push((start, number)));
            told.sort_unstable();
            let naive = naive(&literals, text.as_bytes());
            prop_assert_eq!(search.occur_in(text.as_bytes()), !naive.is_empty());
            prop_assert_eq!(told, naive);
        }
    }

    #[test]
    fn the_ends_of_strips_hide_nothing() {
        let literals = literals(130);
        let search = Literals::new(&literals).unwrap();
        for at in STRIP - 12..STRIP + 3 {
            let mut bytes = vec![b'x'; STRIP * 2];
            bytes[at..at + literals[129].len()].copy_from_slice(&literals[129]);
            let mut told = Vec::new();
            search.each(&bytes, &mut |start, number| told.push((start, number)));
            assert_eq!(told, [(at, 129)]);
            assert!(search.occur_in(&bytes));
        }
    }
}
