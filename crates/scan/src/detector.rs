//! The detector: one pass over bytes for what a token's prefix looks like, in plain and in every
//! encoding; then the token's own parser on what stands there.

use std::sync::Arc;

use memchr::memmem;
use patrol_token::Prefix;
use sha2::{Digest as _, Sha256};

#[cfg(feature = "rules")]
use crate::Encoding;
use crate::Match;
use crate::disguise::{Disguises, LONG, Work};
#[cfg(feature = "git")]
use crate::judged::Judged;
#[cfg(feature = "rules")]
use crate::rules::Rules;

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
    /// Other people's tokens.
    #[cfg(feature = "rules")]
    rules: Rules,
}

impl Detector {
    /// A detector for these prefixes. Prefixes that begin with one another (`acme` and
    /// `acme_pat`) are each honoured. Without prefixes it finds nothing.
    pub fn new(prefixes: &[Prefix]) -> Self {
        let mut prefixes = prefixes.to_vec();
        prefixes.sort();
        prefixes.dedup();
        let own = Disguises::new(&prefixes).map(Arc::new);
        Self {
            prefixes: prefixes.into(),
            own,
            #[cfg(feature = "rules")]
            rules: Rules::none(),
        }
    }

    /// The same detector, and other people's tokens as these rules describe them.
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The rules for other people's tokens.
    #[cfg(feature = "rules")]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether there is nothing to look for: no prefix was given, and no rule.
    pub fn is_empty(&self) -> bool {
        #[cfg(feature = "rules")]
        if !self.rules.is_empty() {
            return false;
        }
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

    /// As [`Detector::matches`]; calls `cut` where a bound of the decoding was met.
    pub(crate) fn matches_or(&self, haystack: &[u8], cut: &mut dyn FnMut()) -> Vec<Match> {
        let (found, work) = self.matches_with_work(haystack);
        if work.is_cut() {
            cut();
        }
        found
    }

    /// As [`Detector::matches`], and what decoding took: it is bounded, and whether a bound was
    /// met is told there.
    pub fn matches_with_work(&self, haystack: &[u8]) -> (Vec<Match>, Work) {
        let mut work = Work::default();
        let mut found =
            self.own.as_ref().map(|own| own.search(haystack, &mut work)).unwrap_or_default();
        #[cfg(feature = "rules")]
        self.search_rules(haystack, &mut found);
        found.sort_by_key(|found| (found.start, found.end));
        for found in &mut found {
            found.is_allowed_inline |= is_allowed(haystack, found.start, found.end);
        }
        (found, work)
    }

    /// Adds what the rules find, but where that is our own token, which is known for what it is.
    #[cfg(feature = "rules")]
    fn search_rules(&self, haystack: &[u8], found: &mut Vec<Match>) {
        if self.rules.is_empty() {
            return;
        }
        let mut own = std::mem::take(found);
        own.sort_unstable_by_key(|it| it.start);
        // The furthest end up to each, as a long one may hold the short ones after it.
        let mut furthest = 0;
        let ends: Vec<usize> = own
            .iter()
            .map(|it| {
                furthest = furthest.max(it.end);
                furthest
            })
            .collect();
        self.rules.search(haystack, &mut |foreign| {
            let before = own.partition_point(|it| it.start < foreign.end);
            let nearer = (0..before).rev().take_while(|at| ends[*at] > foreign.start);
            if !nearer.into_iter().any(|at| is_same(&own[at], &foreign)) {
                found.push(foreign);
            }
        });
        found.append(&mut own);
    }

    /// Whether any literal that a match needs occurs in `bytes`. If none does in a content, nor in
    /// any of its pieces with [`Detector::margin`] bytes around them, it has no match.
    pub fn is_hot(&self, bytes: &[u8]) -> bool {
        #[cfg(feature = "rules")]
        if self.rules.is_hot(bytes) {
            return true;
        }
        self.own.as_ref().is_some_and(|own| own.literals().occur_in(bytes))
    }

    /// Looks closer than [`Detector::is_hot`], at a whole content: `None` if something may be found
    /// in it, else the literals that turned out to be nothing. A content that is made of it holds
    /// nothing either, if none occurs in what is new in it (with [`Detector::margin`] bytes around)
    /// and each of these was taken over with all that it depends on, or not whole.
    #[cfg(feature = "git")]
    pub(crate) fn judge(&self, bytes: &[u8]) -> Option<Vec<Judged>> {
        if self.own.as_ref().is_some_and(|own| own.literals().occur_in(bytes)) {
            return None;
        }
        #[cfg(feature = "rules")]
        return self.rules.judge(bytes);
        #[cfg(not(feature = "rules"))]
        Some(Vec::new())
    }

    /// The bytes of neighbourhood on both sides that [`Detector::is_hot`] needs: one less than
    /// the longest literal has.
    pub fn margin(&self) -> usize {
        let own = self.own.as_ref().map_or(0, |own| own.literals().longest() - 1);
        #[cfg(feature = "rules")]
        if !self.rules.is_empty() {
            return own.max(self.rules.margin());
        }
        own
    }

    /// Changes whenever what is found may change: the key of what is remembered. Everything that a
    /// match depends on has to go in here.
    pub fn digest(&self) -> [u8; 32] {
        let mut sum = Sha256::new();
        for prefix in self.prefixes.iter() {
            sum.update(prefix.as_str());
            sum.update(b"\0");
        }
        #[cfg(feature = "rules")]
        sum.update(self.rules.digest());
        sum.finalize().into()
    }

    /// The longest text, in bytes, that a match may span.
    pub fn reach(&self) -> usize {
        #[cfg(feature = "rules")]
        if !self.rules.is_empty() {
            return LONG.max(self.rules.reach());
        }
        LONG
    }
}

/// Whether what a rule has found is our own token: a part of its text, or its text as it stands with
/// a little around it. A stretch of base64 in which our token is encoded among other things is a
/// secret of its own, and so is one that only shares an end with it.
#[cfg(feature = "rules")]
fn is_same(own: &Match, foreign: &Match) -> bool {
    let is_part = own.start <= foreign.start && foreign.end <= own.end;
    let is_around = foreign.start <= own.start && own.end <= foreign.end;
    let is_in_plain =
        own.encoding.iter().all(|it| matches!(it, Encoding::Split | Encoding::DetachedPrefix));
    is_part || (is_around && is_in_plain)
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
