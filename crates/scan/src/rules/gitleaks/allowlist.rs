//! What is let go: allowlists of rules and of the whole configuration.
//!
//! An allowlist may speak of the content (regexes, stopwords) and of the place (paths, commits).
//! The first is decided while searching; of the second, one bit for each list remembers whether the
//! content agreed, until the place is known.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::detect::line;
use crate::rules::imported;
use crate::rules::set::{Body, Rule, Rules};

/// One allowlist.
#[derive(Default)]
pub(in crate::rules) struct Allowlist {
    /// All kinds that are given must agree; otherwise one is enough.
    pub(super) is_and: bool,
    /// Commit ids in lower case.
    pub(super) commits: BTreeSet<String>,
    pub(super) paths: Option<RegexSet>,
    pub(super) regexes: Option<RegexSet>,
    pub(super) target: Target,
    /// In lower case.
    pub(super) stopwords: Option<AhoCorasick>,
}

/// What the regexes of an allowlist are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

impl Allowlist {
    /// A list of expressions over the secret, in the syntax of the crate `regex`.
    pub(in crate::rules) fn of_patterns(patterns: &[String]) -> Result<Self, regex::Error> {
        let regexes = RegexSetBuilder::new(patterns)
            .unicode(false)
            .size_limit(crate::rules::rule::REGEX_LIMIT)
            .build()?;
        Ok(Self { regexes: Some(regexes), ..Self::default() })
    }

    /// It says something about paths or commits.
    pub(super) fn asks_place(&self) -> bool {
        self.paths.is_some() || !self.commits.is_empty()
    }

    fn allows_place(&self, path: &[u8], commit: &str, content_agrees: bool) -> bool {
        let path_agrees =
            || !path.is_empty() && self.paths.as_ref().is_some_and(|paths| paths.is_match(path));
        let commit_agrees = || self.commits.contains(&commit.to_ascii_lowercase());
        if !self.asks_place() {
            return false;
        }
        if self.is_and {
            content_agrees
                && (self.paths.is_none() || path_agrees())
                && (self.commits.is_empty() || commit_agrees())
        } else {
            path_agrees() || commit_agrees()
        }
    }

    /// What the content says. `None`: the list does not speak of content.
    fn content(&self, text: &[u8], whole: &Range<usize>, secret: &Range<usize>) -> Option<bool> {
        let target = match self.target {
            Target::Secret => secret.clone(),
            Target::Match => whole.clone(),
            Target::Line => line(text, whole),
        };
        let agrees =
            |regexes: &RegexSet| !target.is_empty() && regexes.is_match(&text[target.clone()]);
        let regexes = self.regexes.as_ref().map(agrees);
        let secret = &text[secret.clone()];
        let stopwords = self.stopwords.as_ref().map(|words| words.is_match(secret));
        match (regexes, stopwords) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one),
            (Some(a), Some(b)) => Some(if self.is_and { a && b } else { a || b }),
        }
    }
}

/// The allowlists that hold for a rule: the configuration's, then its own. None hides what the
/// ledger itself has taken over: whether that lives is for the ledger to say.
fn lists<'r>(rules: &'r Rules, rule: &'r Rule) -> impl Iterator<Item = &'r Arc<Allowlist>> {
    let of_all: &[_] = if imported::is(&rule.info) { &[] } else { &rules.inner.allowlists };
    of_all.iter().chain(&rule.criteria.allowlists)
}

/// What the allowlists say about the content of a match. `None`: it is let go. The bits are for
/// [`settle`]: one for each list that needs content and place, from the lowest.
pub(in crate::rules) fn content(
    rules: &Rules,
    rule: usize,
    text: &[u8],
    whole: &Range<usize>,
    secret: &Range<usize>,
) -> Option<u64> {
    let mut bits = 0;
    let mut bit = 0;
    for list in lists(rules, &rules.rules()[rule]) {
        let agrees = list.content(text, whole, secret);
        if list.is_and && list.asks_place() {
            // Sets that were joined may have more lists than bits: those let nothing go.
            if agrees.unwrap_or(true) {
                bits |= 1_u64.checked_shl(bit).unwrap_or(0);
            }
            bit += 1;
        } else if agrees == Some(true) {
            return None;
        }
    }
    Some(bits)
}

/// How many lists of one rule may need both content and place: the bits that are at hand.
pub(super) const MAX_MIXED: usize = 64;

/// Whether a match stands at this place; see [`Rules::settle`].
pub(in crate::rules) fn settle(
    rules: &Rules,
    rule: &Rule,
    bits: u64,
    path: &[u8],
    commit: Option<&str>,
) -> bool {
    if !applies(rule, path) {
        return false;
    }
    let commit = commit.unwrap_or_default();
    let mut bit = 0;
    for list in lists(rules, rule) {
        let is_mixed = list.is_and && list.asks_place();
        // A rule of paths alone has no content that could agree.
        let agrees = if matches!(rule.body, Body::Path) {
            list.regexes.is_none() && list.stopwords.is_none()
        } else {
            !is_mixed || bits.checked_shr(bit).unwrap_or(0) & 1 == 1
        };
        if list.allows_place(path, commit, agrees) {
            return false;
        }
        bit += u32::from(is_mixed);
    }
    // gitleaks asks a rule of paths alone for no other.
    matches!(rule.body, Body::Path) || super::required::settle(rules, rule, path, commit)
}

/// Whether a match of the rule may be dropped for its place by what the rule itself says.
pub(in crate::rules) fn asks_place(rule: &Rule) -> bool {
    let criteria = &rule.criteria;
    criteria.path.is_some()
        || !criteria.required.is_empty()
        || criteria.allowlists.iter().any(|list| list.asks_place())
}

/// Whether the rule holds for files of this path.
pub(super) fn applies(rule: &Rule, path: &[u8]) -> bool {
    rule.criteria.path.as_ref().is_none_or(|regex: &Arc<Regex>| regex.is_match(path))
}

/// Whether a list that asks for nothing but the place lets everything there go.
pub(super) fn lets_go(rule: &Rule, path: &[u8], commit: &str) -> bool {
    let is_free =
        |list: &&Arc<Allowlist>| !list.is_and || list.regexes.is_none() && list.stopwords.is_none();
    let mut lists = rule.criteria.allowlists.iter().filter(is_free);
    lists.any(|list| list.allows_place(path, commit, true))
}
