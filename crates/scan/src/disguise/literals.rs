//! The first stage: one pass over bytes for many short literals at close to the speed of memory.
//!
//! The literals of one prefix make one group for a vectorized search, which tells where one may
//! begin (`sieve.rs`); what begins with the same three bytes as that place is compared with it. The
//! literals of many prefixes are searched by an automaton, whose speed does not depend on how many
//! they are.

use std::ops::{ControlFlow, Range};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::buckets;
use super::sieve::{Places, Sieve};

/// Literals in one group: those of one prefix.
const GROUP: usize = 128;
/// Groups beyond which the automaton is faster.
const GROUPS: usize = 12;
/// Bytes searched by all groups before the next ones: they stay in the fastest cache.
const STRIP: usize = 64 * 1024;
/// The fewest bytes that a literal has.
const SHORTEST: usize = 3;
/// Bits of the hash of a literal's beginning: few of what is none has the hash of one.
const HASH: u32 = 10;

/// What a search is asked to call: where a literal begins, and its number.
type Seen<'s> = dyn FnMut(usize, usize) -> ControlFlow<()> + 's;

/// A set of literals none of which begins with another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Literals {
    groups: Vec<Group>,
    longest: usize,
}

#[derive(Clone, Debug)]
enum Group {
    Sieve(Sieve, Index),
    Automaton(AhoCorasick),
}

impl Literals {
    /// Searches for all of these, each of at least three bytes of ASCII. `None` if no search can be
    /// made of them, which literals of a few bytes never cause.
    pub(crate) fn new(literals: &[Vec<u8>]) -> Option<Self> {
        let longest = literals.iter().map(Vec::len).max().unwrap_or(0);
        let numbers: Vec<usize> = (0..literals.len()).collect();
        let is_fit = |literal: &Vec<u8>| literal.len() >= SHORTEST && literal.is_ascii();
        if literals.len() > GROUPS * GROUP || !literals.iter().all(is_fit) {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::DFA));
            let automaton = builder.prefilter(false).build(literals).ok()?;
            return Some(Self { groups: vec![Group::Automaton(automaton)], longest });
        }
        let group = |numbers: &[usize]| {
            let all: Vec<&[u8]> = numbers.iter().map(|at| literals[*at].as_slice()).collect();
            Group::Sieve(Sieve::new(&buckets::distribute(&all)), Index::new(literals, numbers))
        };
        Some(Self { groups: even(&numbers).map(group).collect(), longest })
    }

    /// Bytes of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether any literal occurs.
    pub(crate) fn occur_in(&self, bytes: &[u8]) -> bool {
        self.search(bytes, &mut |_, _| ControlFlow::Break(())).is_break()
    }

    /// Tells each occurrence of each literal, overlapping ones too: where it begins, and its
    /// number. Those of one literal come in their order; those of different ones need not.
    pub(crate) fn each(&self, bytes: &[u8], found: &mut dyn FnMut(usize, usize)) {
        let all = self.search(bytes, &mut |start, number| {
            found(start, number);
            ControlFlow::Continue(())
        });
        debug_assert!(all.is_continue());
    }

    fn search(&self, bytes: &[u8], seen: &mut Seen<'_>) -> ControlFlow<()> {
        for (strip, starts_before) in strips(bytes.len(), self.longest) {
            for group in &self.groups {
                group.search(&bytes[..strip.end], strip.start..starts_before, seen)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Group {
    /// Tells of the literals in `bytes` that begin in this range.
    fn search(&self, bytes: &[u8], starts: Range<usize>, seen: &mut Seen<'_>) -> ControlFlow<()> {
        match self {
            Self::Sieve(sieve, index) => {
                let (text, mut places) = (&bytes[starts.start..], Places::new());
                let mut from = Some(0);
                while let Some(at) = from {
                    from = sieve.sift(text, at, &mut places);
                    for at in places.iter().take_while(|at| *at < starts.len()) {
                        if let Some(number) = index.find(text, at) {
                            seen(starts.start + at, number)?;
                        }
                    }
                }
                ControlFlow::Continue(())
            }
            Self::Automaton(searcher) => {
                let mut from = starts.start;
                while let Some(found) = searcher.find(aho_corasick::Input::new(bytes).range(from..))
                {
                    if found.start() >= starts.end {
                        break;
                    }
                    seen(found.start(), found.pattern().as_usize())?;
                    from = found.start() + 1;
                }
                ControlFlow::Continue(())
            }
        }
    }
}

/// Literals by the hash of their first three bytes.
#[derive(Clone, Debug)]
struct Index {
    /// For each hash, where in `literals` those with it begin.
    starts: Vec<u16>,
    /// The literals and their numbers.
    literals: Vec<(Vec<u8>, usize)>,
}

impl Index {
    fn new(literals: &[Vec<u8>], numbers: &[usize]) -> Self {
        let mut literals: Vec<_> =
            numbers.iter().map(|number| (literals[*number].clone(), *number)).collect();
        literals.sort_by_key(|(literal, _)| hash(literal));
        let start = |slot| literals.partition_point(|(literal, _)| hash(literal) < slot) as u16;
        Self { starts: (0..=1 << HASH).map(start).collect(), literals }
    }

    /// The literal that stands at `at`, which may lie behind the text.
    #[inline]
    fn find(&self, text: &[u8], at: usize) -> Option<usize> {
        let text = text.get(at..)?;
        let hash = hash(text.get(..SHORTEST)?);
        let all = usize::from(self.starts[hash])..usize::from(self.starts[hash + 1]);
        let mut all = self.literals[all].iter();
        all.find(|(literal, _)| text.starts_with(literal)).map(|(_, number)| *number)
    }
}

fn hash(bytes: &[u8]) -> usize {
    let three = u32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]);
    (three.wrapping_mul(0x9E37_79B1) >> (32 - HASH)) as usize
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{GROUP, GROUPS, Group, Literals, STRIP};

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

    fn told(search: &Literals, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut told = Vec::new();
        search.each(bytes, &mut |start, number| told.push((start, number)));
        told.sort_unstable();
        told
    }

    proptest! {
        // To build a search takes a while without an optimizer.
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn each_occurrence_is_told(count in 1usize..400, text in "[0-9ab]{0,400}") {
            let literals = literals(count);
            let search = Literals::new(&literals).unwrap();
            let naive = naive(&literals, text.as_bytes());
            prop_assert_eq!(search.occur_in(text.as_bytes()), !naive.is_empty());
            prop_assert_eq!(told(&search, text.as_bytes()), naive);
        }

        /// Of any length and in any order, in any content: at the ends of vectors, at the end of
        /// the text, beside bytes that are none of ASCII, and where nearly each place fits.
        #[test]
        fn whatever_the_literals_and_the_content(
            literals in prop::collection::btree_set("[a-c%0\x00\x7f]{3,6}", 1..40),
            text in prop::collection::vec(
                prop::sample::select(b"aaabbbcccc%0\x00\x7f\x80\xe1\xff".to_vec()), 0..700),
            ends in 0usize..9,
        ) {
            let mut kept: Vec<Vec<u8>> = Vec::new();
            // In their order, one that begins with another comes after it.
            for literal in literals {
                let is_new = |last: &Vec<u8>| !literal.as_bytes().starts_with(last);
                if kept.last().is_none_or(is_new) {
                    kept.push(literal.into_bytes());
                }
            }
            let search = Literals::new(&kept).unwrap();
            let text = [&text[..], &kept[0][..ends.min(kept[0].len())]].concat();
            let naive = naive(&kept, &text);
            prop_assert_eq!(search.occur_in(&text), !naive.is_empty());
            prop_assert_eq!(told(&search, &text), naive);
        }
    }

    #[test]
    fn many_literals_go_to_the_automaton() {
        let literals: Vec<Vec<u8>> =
            (0..GROUPS * GROUP + 1).map(|n| format!("{n:05}").into_bytes()).collect();
        let search = Literals::new(&literals).unwrap();
        assert!(matches!(search.groups[..], [Group::Automaton(_)]));
        assert_eq!(told(&search, b"00000100001"), naive(&literals, b"00000100001"));
    }

    #[test]
    fn the_ends_of_strips_hide_nothing() {
        let literals = literals(130);
        let search = Literals::new(&literals).unwrap();
        for at in STRIP - 12..STRIP + 3 {
            let mut bytes = vec![b'x'; STRIP * 2];
            bytes[at..at + literals[129].len()].copy_from_slice(&literals[129]);
            assert_eq!(told(&search, &bytes), [(at, 129)]);
            assert!(search.occur_in(&bytes));
        }
    }
}
