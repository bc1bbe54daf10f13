//! The first stage: one pass over bytes for many short literals at close to the speed of memory.
//!
//! The literals of one prefix make two groups for a vectorized searcher, which has eight buckets
//! and tells for 32 bytes at once where the first bytes of what may be in one of them stand. Its
//! speed hangs on how often that is in vain: `buckets.rs` puts those together that go together, and
//! the few of three bytes have a group of their own, as it looks at no more bytes of any literal
//! than its shortest has. Four bytes instead of three make it stop a tenth as often.
//! The literals of many prefixes are searched by an automaton, whose speed does not depend on how
//! many they are.

use std::ops::Range;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind, Span};

use super::buckets;

/// Literals in one group: those of one prefix.
const GROUP: usize = 96;
/// Groups beyond which the automaton is faster.
const GROUPS: usize = 12;
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
    /// The numbers of its literals.
    numbers: Vec<usize>,
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
        let (long, short): (Vec<usize>, Vec<usize>) =
            (0..literals.len()).partition(|number| literals[*number].len() >= buckets::LOOKED_AT);
        let chunks: Vec<&[usize]> = [&long, &short].into_iter().flat_map(|all| even(all)).collect();
        if chunks.len() > GROUPS {
            let searcher = Searcher::Automaton(automaton(literals)?);
            let numbers = (0..literals.len()).collect();
            return Some(Self { groups: vec![Group { searcher, numbers }], longest });
        }
        for chunk in chunks {
            let all: Vec<&[u8]> = chunk.iter().map(|number| literals[*number].as_slice()).collect();
            let order = buckets::order(&all);
            let ordered: Vec<&[u8]> = order.iter().map(|at| all[*at]).collect();
            let searcher = match vectorized(&ordered) {
                Some(searcher) => Searcher::Packed(searcher),
                None => Searcher::Automaton(automaton(&ordered)?),
            };
            let numbers = order.iter().map(|at| chunk[*at]).collect();
            groups.push(Group { searcher, numbers });
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
        Some((found.start(), *self.numbers.get(found.pattern().as_usize())?))
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

/// As few groups as can be, of about the same size.
fn even(numbers: &[usize]) -> std::slice::Chunks<'_, usize> {
    let groups = numbers.len().div_ceil(GROUP).max(1);
    numbers.chunks(numbers.len().div_ceil(groups).max(1))
}

fn vectorized(literals: &[&[u8]]) -> Option<packed::Searcher> {
    let mut config = packed::Config::new();
    config.match_kind(packed::MatchKind::LeftmostFirst);
    // By default more than 32 literals take sixteen buckets, which halves the speed.
    config.only_teddy_fat(Some(false)).heuristic_pattern_limits(false);
    config.builder().extend(literals).build()
}

fn automaton<L: AsRef<[u8]>>(literals: &[L]) -> Option<AhoCorasick> {
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::DFA)).prefilter(false);
    builder.build(literals).ok()
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
        // To build a searcher takes a while without an optimizer.
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn each_occurrence_is_told(count in 1usize..400, text in "[0-9ab]{0,400}") {
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
