//! Where any of some hundred literals occurs, in one pass without a state.
//!
//! Each literal has a stretch of four bytes by which it is noticed: two overlapping trigrams. Only
//! every other position of the haystack is looked at, and one of the two trigrams begins at an even
//! position, whatever the literal's own. A trigram is hashed to one of 65,536 bits (8 KiB: it stays
//! in the first cache), so most positions cost a multiplication and a look-up that depends on no
//! other one; a processor does several at once. An automaton over the same literals is bound by the
//! latency of its table instead, at every single byte.

use std::ops::ControlFlow;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use super::class::Class;

/// What a search is asked to call: where a literal begins and which one it is.
pub(crate) type Seen<'a> = dyn FnMut(usize, usize) -> ControlFlow<()> + 'a;

/// One literal and what may follow it.
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    /// The byte behind the literal is one of these, where that matters. It makes a literal of
    /// three bytes as good as one of four.
    pub(crate) next: Class,
}

/// A search for many literals at once.
pub(crate) struct Literals {
    literals: Vec<Literal>,
    /// ASCII letters match in both cases. The literals are lower case then.
    is_folded: bool,
    method: Method,
}

enum Method {
    Trigrams(Box<Trigrams>),
    /// For sets with a literal of fewer than three bytes, which has no trigram.
    Automaton(AhoCorasick),
    /// Nothing to look for.
    Nothing,
}

struct Trigrams {
    filter: [u64; 1024],
    /// For the upper 12 bits of a hash: where in `entries` its trigrams begin.
    starts: Vec<u16>,
    entries: Vec<Entry>,
    /// Literals of three bytes: at the very end of a haystack nothing follows them.
    short: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u16,
    literal: u16,
    /// Where in the literal the trigram begins.
    offset: u8,
}

/// More literals than that go to the automaton, which has no limit of its own.
const MAX_LITERALS: usize = 4096;

impl Literals {
    /// A search for these literals. Empty literals are not allowed and never found.
    pub(crate) fn new(mut literals: Vec<Literal>, is_folded: bool) -> Self {
        if is_folded {
            literals.iter_mut().for_each(|literal| literal.bytes.make_ascii_lowercase());
        }
        let shortest = literals.iter().map(|literal| literal.bytes.len()).min();
        let method = match shortest {
            None => Method::Nothing,
            Some(3..) if literals.len() <= MAX_LITERALS => Trigrams::new(&literals, is_folded)
                .map_or_else(
                    || Self::automaton(&literals, is_folded),
                    |trigrams| Method::Trigrams(Box::new(trigrams)),
                ),
            Some(_) => Self::automaton(&literals, is_folded),
        };
        Self { literals, is_folded, method }
    }

    fn automaton(literals: &[Literal], is_folded: bool) -> Method {
        let patterns = literals.iter().map(|literal| &literal.bytes);
        AhoCorasickBuilder::new()
            .ascii_case_insensitive(is_folded)
            .build(patterns)
            .map_or(Method::Nothing, Method::Automaton)
    }

    /// Tells every occurrence once, overlapping ones too, in no strict order.
    pub(crate) fn each(&self, haystack: &[u8], seen: &mut Seen<'_>) -> ControlFlow<()> {
        match &self.method {
            Method::Nothing => ControlFlow::Continue(()),
            Method::Trigrams(trigrams) if self.is_folded => {
                trigrams.each::<true>(&self.literals, haystack, seen)
            }
            Method::Trigrams(trigrams) => trigrams.each::<false>(&self.literals, haystack, seen),
            Method::Automaton(automaton) => {
                for found in automaton.find_overlapping_iter(haystack) {
                    seen(found.start(), found.pattern().as_usize())?;
                }
                ControlFlow::Continue(())
            }
        }
    }

    /// Whether any of the literals occurs.
    pub(crate) fn any(&self, haystack: &[u8]) -> bool {
        self.each(haystack, &mut |_, _| ControlFlow::Break(())).is_break()
    }

    /// The length of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.literals.iter().map(|literal| literal.bytes.len()).max().unwrap_or(0)
    }
}

impl Trigrams {
    /// `None`: more trigrams than an index of 16 bits can name.
    fn new(literals: &[Literal], is_folded: bool) -> Option<Self> {
        let mut entries = Vec::new();
        let mut short = Vec::new();
        for (index, literal) in literals.iter().enumerate() {
            let literal_index = u16::try_from(index).ok()?;
            let bytes = &literal.bytes;
            let mut add = |gram: [u8; 3], offset: usize| {
                let gram = if is_folded { gram.map(|byte| byte | 0x20) } else { gram };
                let hash = hash(u64::from_le_bytes([gram[0], gram[1], gram[2], 0, 0, 0, 0, 0]));
                let offset = u8::try_from(offset).unwrap_or(u8::MAX);
                entries.push(Entry { hash, literal: literal_index, offset });
            };
            if bytes.len() == 3 {
                short.push(index);
                add([bytes[0], bytes[1], bytes[2]], 0);
                literal.next.bytes().for_each(|next| add([bytes[1], bytes[2], next], 1));
            } else {
                let at = rarest(bytes);
                add([bytes[at], bytes[at + 1], bytes[at + 2]], at);
                add([bytes[at + 1], bytes[at + 2], bytes[at + 3]], at + 1);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        u16::try_from(entries.len()).ok()?;
        let mut filter = [0; 1024];
        let mut starts = vec![0u16; 4097];
        for entry in &entries {
            filter[usize::from(entry.hash >> 6)] |= 1 << (entry.hash & 63);
            starts[usize::from(entry.hash >> 4) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Some(Self { filter, starts, entries, short })
    }

    fn each<const FOLDED: bool>(
        &self,
        literals: &[Literal],
        haystack: &[u8],
        seen: &mut Seen<'_>,
    ) -> ControlFlow<()> {
        let mut at = 0;
        // Twelve bytes a turn: six trigrams out of two loads, one branch.
        while let Some(block) = haystack.get(at..at + 14) {
            let first = load::<FOLDED>(&block[..8]);
            let second = load::<FOLDED>(&block[6..]);
            let hashes = [
                hash(first),
                hash(first >> 16),
                hash(first >> 32),
                hash(second),
                hash(second >> 16),
                hash(second >> 32),
            ];
            if hashes.iter().fold(0, |any, hash| any | self.bit(*hash)) & 1 == 1 {
                for (index, hash) in hashes.into_iter().enumerate() {
                    if self.bit(hash) & 1 == 1 {
                        self.confirm::<FOLDED>(literals, haystack, at + 2 * index, hash, seen)?;
                    }
                }
            }
            at += 12;
        }
        while let Some(gram) = haystack.get(at..at + 3) {
            let hash = hash(load::<FOLDED>(&[gram[0], gram[1], gram[2], 0, 0, 0, 0, 0]));
            if self.bit(hash) & 1 == 1 {
                self.confirm::<FOLDED>(literals, haystack, at, hash, seen)?;
            }
            at += 2;
        }
        self.last::<FOLDED>(literals, haystack, seen)
    }

    /// A literal of three bytes that ends the haystack at an odd position: nothing follows it, so
    /// no trigram that begins with its second byte was there to be seen.
    fn last<const FOLDED: bool>(
        &self,
        literals: &[Literal],
        haystack: &[u8],
        seen: &mut Seen<'_>,
    ) -> ControlFlow<()> {
        let Some(start) = haystack.len().checked_sub(3) else { return ControlFlow::Continue(()) };
        if start % 2 == 1 {
            for index in &self.short {
                if is_equal::<FOLDED>(&haystack[start..], &literals[*index].bytes) {
                    seen(start, *index)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn bit(&self, hash: u16) -> u64 {
        self.filter[usize::from(hash >> 6)] >> (hash & 63)
    }

    /// Not inlined: it is rare, and the loop around it should stay small.
    #[inline(never)]
    fn confirm<const FOLDED: bool>(
        &self,
        literals: &[Literal],
        haystack: &[u8],
        at: usize,
        hash: u16,
        seen: &mut Seen<'_>,
    ) -> ControlFlow<()> {
        let bucket = usize::from(hash >> 4);
        let entries = usize::from(self.starts[bucket])..usize::from(self.starts[bucket + 1]);
        for entry in &self.entries[entries] {
            if entry.hash != hash {
                continue;
            }
            let literal = &literals[usize::from(entry.literal)].bytes;
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
            let Some(text) = haystack.get(start..start + literal.len()) else { continue };
            if is_equal::<FOLDED>(text, literal) {
                seen(start, usize::from(entry.literal))?;
            }
        }
        ControlFlow::Continue(())
    }
}

fn is_equal<const FOLDED: bool>(text: &[u8], literal: &[u8]) -> bool {
    if FOLDED { text.eq_ignore_ascii_case(literal) } else { text == literal }
}

fn load<const FOLDED: bool>(bytes: &[u8]) -> u64 {
    let word = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    if FOLDED { word | 0x2020_2020_2020_2020 } else { word }
}

/// The upper bits of a product depend on all 24 bits of the trigram; what lies above is cut off.
fn hash(word: u64) -> u16 {
    let trigram = (word as u32) << 8;
    (trigram.wrapping_mul(0x9E37_79B1) >> 16) as u16
}

/// Where in a literal the four bytes begin that are least often met in text and source code.
fn rarest(literal: &[u8]) -> usize {
    let weight = |byte: u8| match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 6,
        b'a'..=b'z' => 4,
        b'_' | b'-' | b'.' | b' ' | b'=' | b':' | b'/' => 4,
        b'0'..=b'9' | b'A'..=b'Z' => 2,
        _ => 3,
    };
    // Further back than an offset can say is too far.
    (0..=(literal.len() - 4).min(200))
        .min_by_key(|at| literal[*at..at + 4].iter().map(|byte| weight(*byte)).sum::<u32>())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::{Literal, Literals};
    use crate::rules::class::ANY;

    fn found(literals: &[String], is_folded: bool, haystack: &[u8]) -> Vec<(usize, usize)> {
        let literals = literals
            .iter()
            .map(|text| Literal { bytes: text.clone().into_bytes(), next: ANY })
            .collect();
        let mut all = Vec::new();
        let flow = Literals::new(literals, is_folded).each(haystack, &mut |start, which| {
            all.push((start, which));
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        all.sort_unstable();
        all
    }

    fn naive(literals: &[String], is_folded: bool, haystack: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for start in 0..haystack.len() {
            for (which, literal) in literals.iter().enumerate() {
                let Some(text) = haystack.get(start..start + literal.len()) else { continue };
                let is_equal = if is_folded {
                    text.eq_ignore_ascii_case(literal.as_bytes())
                } else {
                    text == literal.as_bytes()
                };
                if is_equal {
                    all.push((start, which));
                }
            }
        }
        all
    }

    proptest! {
        #[test]
        fn every_occurrence_once(
            literals in prop::collection::btree_set("[abAB_]{3,6}", 0..6),
            haystack in "[abAB_ ]{0,80}",
            is_folded: bool,
        ) {
            let mut literals: Vec<String> = literals.into_iter().collect();
            if is_folded {
                literals.iter_mut().for_each(|literal| literal.make_ascii_lowercase());
                literals.sort();
                literals.dedup();
            }
            let haystack = haystack.as_bytes();
            let expected = naive(&literals, is_folded, haystack);
            prop_assert_eq!(found(&literals, is_folded, haystack), expected);
        }

        #[test]
        fn short_literals_go_to_the_automaton(haystack in "[abAB]{0,40}", is_folded: bool) {
            let literals = ["a", "ba", "abab"].map(str::to_owned);
            let haystack = haystack.as_bytes();
            let expected = naive(&literals, is_folded, haystack);
            prop_assert_eq!(found(&literals, is_folded, haystack), expected);
        }
    }

    #[test]
    fn nothing_to_look_for_is_never_found() {
        assert!(found(&[], false, b"anything").is_empty());
    }
}
