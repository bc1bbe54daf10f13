//! A rule of gitleaks against text.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::{compile, required};
use crate::Checksum;
use crate::rules::entropy::shannon;
use crate::rules::search::{Hit, is_certain};
use crate::rules::set::{Body, Rules};

/// What a rule with an expression looks for.
pub(in crate::rules) struct Fragment {
    regex: Regex,
    /// The expression in Go's syntax, and what it is in text that is not all UTF-8.
    pattern: String,
    with_strays: OnceLock<Option<Regex>>,
    /// In lower case; one of them occurs in the text, or the rule is not asked. None: always asked.
    pub(in crate::rules) keywords: Vec<Vec<u8>>,
    /// The group that is the secret; 0: the first that is not empty.
    group: usize,
}

impl Fragment {
    pub(super) fn new(regex: Regex, pattern: String, keywords: Vec<Vec<u8>>, group: usize) -> Self {
        Self { regex, pattern, with_strays: OnceLock::new(), keywords, group }
    }

    /// The expression for this text. In text with stray bytes a character may be taken apart too:
    /// rather a finding too many.
    fn regex(&self, is_utf8: bool) -> &Regex {
        if is_utf8 {
            return &self.regex;
        }
        let with_strays = self.with_strays.get_or_init(|| compile::with_strays(&self.pattern));
        with_strays.as_ref().unwrap_or(&self.regex)
    }
}

/// All matches of all rules whose keywords occur.
pub(in crate::rules) fn search(rules: &Rules, text: &[u8], hits: &mut Vec<Hit>) {
    let asked = rules.index().fragments(text);
    let is_utf8 = asked.is_empty() || std::str::from_utf8(text).is_ok();
    for rule in &asked {
        if !rules.rules()[*rule].criteria.is_silent {
            let first = hits.len();
            matches(rules, *rule, text, is_utf8, hits);
            required::keep(rules, *rule, text, is_utf8, hits, first);
        }
    }
}

/// The matches of one rule.
pub(super) fn matches(rules: &Rules, rule: usize, text: &[u8], is_utf8: bool, hits: &mut Vec<Hit>) {
    let Body::Fragment(fragment) = &rules.rules()[rule].body else { return };
    let regex = fragment.regex(is_utf8);
    for found in regex.find_iter(text) {
        let whole = trim(text, found.range());
        // Nothing is no secret, and has no last character.
        if whole.is_empty() {
            continue;
        }
        let secret = secret(regex, fragment.group, text, &whole);
        let least = rules.rules()[rule].criteria.entropy;
        if least.is_some_and(|least| shannon_of_text(&text[secret.clone()]) <= least) {
            continue;
        }
        let content = super::content(rules, rule, text, &whole, &secret);
        let Some(settle) = content else { continue };
        hits.push(Hit {
            rule,
            span: whole,
            secret,
            literal: 0..0,
            checksum: Checksum::None,
            settle,
            is_general: false,
        });
    }
}

/// The match without the newlines around it.
fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let is_newline = |byte: &&u8| **byte == b'\n';
    let found = &text[range.clone()];
    let before = found.iter().take_while(is_newline).count();
    let behind = found[before..].iter().rev().take_while(is_newline).count();
    range.start + before..range.end - behind
}

/// The expression is held against the match again, and the secret is the group of it, or the first
/// group that holds something, or all.
fn secret(regex: &Regex, group: usize, text: &[u8], whole: &Range<usize>) -> Range<usize> {
    let Some(groups) = regex.captures(&text[whole.clone()]) else { return whole.clone() };
    let shift = |range: Range<usize>| whole.start + range.start..whole.start + range.end;
    if group > 0 {
        // A group that took no part is an empty secret there, which no entropy saves.
        return groups.get(group).map_or(whole.start..whole.start, |group| shift(group.range()));
    }
    let first = groups.iter().skip(1).flatten().find(|group| !group.is_empty());
    first.map_or(whole.clone(), |group| shift(group.range()))
}

/// Entropy as gitleaks computes it: over characters, divided by the length in bytes.
fn shannon_of_text(secret: &[u8]) -> f64 {
    if secret.is_ascii() {
        return shannon(secret);
    }
    let mut counts = std::collections::BTreeMap::new();
    for character in String::from_utf8_lossy(secret).chars() {
        *counts.entry(character).or_insert(0u32) += 1;
    }
    let share = |count: &u32| f64::from(*count) / secret.len() as f64;
    counts.values().map(share).map(|share| -share * share.log2()).sum()
}

/// A match of a rule with `generic` in its name goes if another rule has found the same, or more
/// around it, in a secret that begins on the same line. One that may yet be dropped does not count.
pub(in crate::rules) fn drop_generic(rules: &Rules, text: &[u8], hits: &mut Vec<Hit>) {
    let is_generic = |hit: &Hit| rules.rules()[hit.rule].info.id.to_lowercase().contains("generic");
    if !hits.iter().any(is_generic) {
        return;
    }
    let begins = |hit: &Hit| line(text, &(hit.span.start..hit.span.start)).start;
    let known: Vec<(usize, Range<usize>)> = hits
        .iter()
        .filter(|hit| !is_generic(hit) && is_certain(rules, hit))
        .map(|hit| (begins(hit), hit.secret.clone()))
        .collect();
    hits.retain(|hit| {
        let secret = &text[hit.secret.clone()];
        let is_known = |(line, other): &(usize, Range<usize>)| {
            *line == begins(hit) && memchr::memmem::find(&text[other.clone()], secret).is_some()
        };
        !is_generic(hit) || !known.iter().any(is_known)
    });
}

/// The lines that a match stands on.
pub(super) fn line(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[..range.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[range.end..]).map_or(text.len(), |at| range.end + at);
    start..end
}
