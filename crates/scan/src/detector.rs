//! The detector: one pass over bytes for what a token's prefix looks like, in plain and in every
//! encoding; then the token's own parser on what stands there.

use std::sync::Arc;

use memchr::memmem;
use patrol_token::Prefix;

use crate::Match;
use crate::disguise::{Disguises, LONG, Work};

/// What a comment says on the line of a secret that may stand there.
const ALLOW: &[u8] = b"patrol:allow";
/// Bytes of a line, on either side of a match, in which that is looked for.
const LINE: usize = 4096;

/// Searches bytes for tokens with any of the given prefixes. Cheap to clone and to share between
/// threads.
#[derive(Clone, Debug)]
pub struct Detector {
    /// Sorted, without repetitions.
    prefixes: Arc<[Prefix]>,
    /// `None` if there is no prefix.
    own: Option<Arc<Disguises>>,
}

impl Detector {
    /// A detector for these prefixes. Prefixes that begin with one another (`acme` and
    /// `acme_pat`) are each honoured. Without prefixes it finds nothing.
    pub fn new(prefixes: &[Prefix]) -> Self {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort();
        prefixes.dedup();
        let own = Disguises::new(&prefixes).map(Arc::new);
        Self { prefixes: prefixes.into(), own }
    }

    /// Whether there is nothing to look for: no prefix was given.
    pub fn is_empty(&self) -> bool {
        self.own.is_none()
    }

    /// The prefixes that are looked for, sorted.
    pub fn prefixes(&self) -> &[Prefix] {
        &self.prefixes
    }

    /// All checksum-valid tokens in `haystack`, in plain and in disguise, by their beginning;
    /// those that overlap included. Allocates nothing where there is nothing.
    pub fn matches(&self, haystack: &[u8]) -> Vec<Match> {
        self.matches_with_work(haystack).0
    }

    /// As [`Detector::matches`], and what decoding took: it is bounded, and whether a bound was
    /// met is told there.
    pub fn matches_with_work(&self, haystack: &[u8]) -> (Vec<Match>, Work) {
        let mut work = Work::default();
        let mut found =
            self.own.as_ref().map(|own| own.search(haystack, &mut work)).unwrap_or_default();
        found.sort_by_key(|found| (found.start, found.end));
        for found in &mut found {
            found.is_allowed_inline = is_allowed(haystack, found.start, found.end);
        }
        (found, work)
    }

    /// Whether any literal that a match needs occurs in `bytes`. If none does in a content, nor in
    /// any of its pieces with [`Detector::margin`] bytes around them, it has no match.
    pub fn is_hot(&self, bytes: &[u8]) -> bool {
        self.own.as_ref().is_some_and(|own| own.literals().occur_in(bytes))
    }

    /// The bytes of neighbourhood on both sides that [`Detector::is_hot`] needs: one less than
    /// the longest literal has.
    pub fn margin(&self) -> usize {
        self.own.as_ref().map_or(0, |own| own.literals().longest() - 1)
    }

    /// The longest text, in bytes, that a match may span.
    pub fn reach(&self) -> usize {
        LONG
    }
}

/// Whether a line on which this stands says that it may.
fn is_allowed(text: &[u8], start: usize, end: usize) -> bool {
    let lowest = start.saturating_sub(LINE);
    let highest = text.len().min(end + LINE);
    let from = memchr::memrchr(b'\n', &text[lowest..start]).map_or(lowest, |at| lowest + at + 1);
    let to = memchr::memchr(b'\n', &text[end..highest]).map_or(highest, |at| end + at);
    memmem::find(&text[from..to], ALLOW).is_some()
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
