//! The detector: one pass over bytes for the literals `prefix_`, then the token's own parser on
//! exactly as many bytes as a token with that prefix has.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input, MatchKind};
use patrol_token::{MAX_LEN, Prefix, TAIL_LEN};

use crate::{Candidate, Match};

/// Searches bytes for tokens with any of the given prefixes. Cheap to share between threads.
#[derive(Clone)]
pub struct Detector {
    /// Sorted, without repetitions.
    prefixes: Vec<Prefix>,
    /// The literals that do not begin with another one; `acme_` stands for `acme_pat_` too.
    search: Option<AhoCorasick>,
    /// For each literal of `search`, the prefixes whose own literal begins with it.
    families: Vec<Vec<usize>>,
}

impl Detector {
    /// A detector for these prefixes. Prefixes that begin with one another (`acme` and
    /// `acme_pat`) are each honoured. Without prefixes it finds nothing.
    pub fn new(prefixes: &[Prefix]) -> Self {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort();
        prefixes.dedup();
        let literals: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}_")).collect();
        // Sorted, so that a literal comes before every other one that begins with it.
        let mut shortest: Vec<&str> = Vec::new();
        let mut families: Vec<Vec<usize>> = Vec::new();
        for (index, literal) in literals.iter().enumerate() {
            match shortest.iter().position(|short| literal.starts_with(short)) {
                Some(family) => families[family].push(index),
                None => {
                    shortest.push(literal);
                    families.push(vec![index]);
                }
            }
        }
        // A handful of literals of at most 33 bytes is far below every bound of the builder; if it
        // refused nevertheless, `search` would be `None` and `is_empty` would say so.
        let search = (!shortest.is_empty())
            .then(|| AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostFirst).build(shortest))
            .and_then(Result::ok);
        Self { prefixes, search, families }
    }

    /// Whether there is nothing to look for: no prefix was given.
    pub fn is_empty(&self) -> bool {
        self.search.is_none()
    }

    /// The prefixes that are looked for, sorted.
    pub fn prefixes(&self) -> &[Prefix] {
        &self.prefixes
    }

    /// All checksum-valid tokens in `haystack`, by their beginning, overlapping ones included.
    pub fn matches(&self, haystack: &[u8]) -> Vec<Match> {
        self.candidates(haystack).filter_map(Candidate::confirm).collect()
    }

    /// Whether any literal that a match needs occurs in `bytes`. If none does in a content, nor in
    /// any of its pieces with [`Detector::margin`] bytes around them, it has no match.
    pub fn is_hot(&self, bytes: &[u8]) -> bool {
        self.search.as_ref().is_some_and(|search| search.is_match(bytes))
    }

    /// The bytes of neighbourhood on both sides that [`Detector::is_hot`] needs: one less than
    /// the longest literal has.
    pub fn margin(&self) -> usize {
        self.search.as_ref().map_or(0, |search| search.max_pattern_len() - 1)
    }

    /// The longest text, in bytes, that a match may span.
    pub fn reach(&self) -> usize {
        MAX_LEN
    }

    /// All stretches of `haystack` that have a known literal and the length of a token.
    pub fn candidates<'h>(
        &'h self,
        haystack: &'h [u8],
    ) -> impl Iterator<Item = Candidate<'h>> + 'h {
        self.literals(haystack).flat_map(move |(start, family)| {
            self.families[family].iter().filter_map(move |index| {
                let prefix = &self.prefixes[*index];
                let text = haystack.get(start..start + prefix.as_str().len() + TAIL_LEN)?;
                let literal = text.strip_prefix(prefix.as_str().as_bytes())?;
                literal.starts_with(b"_").then_some(Candidate { start, text, prefix })
            })
        })
    }

    /// Every place where one of the searched literals begins. No two of them begin at the same
    /// place, as none begins with another; going on one byte later keeps overlapping ones.
    fn literals<'h>(&'h self, haystack: &'h [u8]) -> impl Iterator<Item = (usize, usize)> + 'h {
        let mut from = 0;
        std::iter::from_fn(move || {
            let input = Input::new(haystack).range(from..);
            let found = self.search.as_ref()?.find(input)?;
            from = found.start() + 1;
            Some((found.start(), found.pattern().as_usize()))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Detector;
    use crate::source::testing::token;

    fn detector() -> Detector {
        Detector::new(&["acme", "acme_pat", "bolt"].map(|prefix| prefix.parse().unwrap()))
    }

    /// Asked naively: every offset, every prefix.
    fn naive(haystack: &[u8]) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        for start in 0..haystack.len() {
            for prefix in ["acme", "acme_pat", "bolt"] {
                let end = start + prefix.len() + patrol_token::TAIL_LEN;
                let text = haystack.get(start..end).unwrap_or_default();
                let token = patrol_token::TokenRef::parse_bytes(text);
                if token.is_ok_and(|token| token.prefix() == prefix) {
                    all.push((start, prefix.to_owned()));
                }
            }
        }
        all
    }

    proptest! {
        #[test]
        fn exactly_the_tokens_are_found(
            parts in prop::collection::vec((0usize..6, "(acme_|pat_|[a-zA-Z0-9_ ]){0,6}"), 0..5),
        ) {
            let mut text = String::new();
            for (kind, junk) in parts {
                text.push_str(&junk);
                match kind {
                    0 => text.push_str(&token("acme", 1)),
                    1 => text.push_str(&token("acme_pat", 2)),
                    2 => text.push_str(&token("bolt", 3)),
                    3 => text.push_str(&token("other", 4)),
                    4 => text.push_str(&token("acme_pat", 5)[..70]),
                    _ => {}
                }
            }
            let detector = detector();
            let found: Vec<_> = detector
                .matches(text.as_bytes())
                .iter()
                .map(|found| (found.start, found.secret.own().unwrap().prefix.to_string()))
                .collect();
            prop_assert_eq!(found, naive(text.as_bytes()));
        }
    }
}
