//! One search for all rules of a set.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::builtin::is_published;
use super::inline::is_allowed_inline;
use super::rule::Seen;
use super::set::{Body, Rules};
use super::wide::Stretches;
use super::{gitleaks, imported, utf16};
use crate::{Checksum, Encoding, Foreign, Match, Secret};

/// A match in the text that was searched, before it is known where that text stands.
pub(super) struct Hit {
    /// The rule's place in the set.
    pub(super) rule: usize,
    /// What is reported as the place of the finding.
    pub(super) span: Range<usize>,
    /// The secret.
    pub(super) secret: Range<usize>,
    /// The literal that may be shown.
    pub(super) literal: Range<usize>,
    pub(super) checksum: Checksum,
    /// See [`Foreign::settle`].
    pub(super) settle: u64,
    /// Gives way to a rule that knows more.
    pub(super) is_general: bool,
}

pub(super) fn search(rules: &Rules, haystack: &[u8], found: &mut dyn FnMut(Match)) {
    let mut all = Vec::new();
    search_text(rules, haystack, &mut |found| all.push(found));
    utf16::runs(haystack, &mut |run| {
        search_text(rules, run.text(), &mut |mut found| {
            found.end = run.place(found.end - 1).end.min(haystack.len());
            found.start = run.place(found.start).start;
            let wide = if run.is_big { Encoding::Utf16Be } else { Encoding::Utf16Le };
            found.encoding.insert(0, wide);
            all.push(found);
        });
    });
    all.sort_by_key(|found| found.start);
    all.into_iter().for_each(found);
}

/// The same in text of eight bits a character, and in what is encoded in it.
fn search_text(rules: &Rules, text: &[u8], found: &mut dyn FnMut(Match)) {
    pass(rules, text, &mut |hit, digest| {
        let is_allowed = is_allowed_inline(text, hit.span.clone());
        found(matched(rules, text, hit, digest, is_allowed));
    });
    if !rules.inner.decodes || !gitleaks::may_hold(text) {
        return;
    }
    let mut layer = gitleaks::Layer::plain(text);
    for _ in 0..gitleaks::DEPTH {
        let Some(next) = layer.next() else { return };
        layer = next;
        pass(rules, &layer.text, &mut |hit, digest| {
            if !rules.rules()[hit.rule].criteria.decodes {
                return;
            }
            let Some((place, encoding)) = layer.told(&hit.span) else { return };
            let is_allowed = is_allowed_inline(text, place.clone());
            let told = matched(rules, &layer.text, hit, digest, is_allowed);
            found(Match { start: place.start, end: place.end, encoding, ..told });
        });
    }
}

/// One search of one text: the hits that stay, by their place, with the digests of the secrets.
fn pass(rules: &Rules, text: &[u8], found: &mut dyn FnMut(&Hit, [u8; 32])) {
    let mut hits = Vec::new();
    shapes(rules, text, &mut hits);
    gitleaks::search(rules, text, &mut hits);
    if hits.is_empty() {
        return;
    }
    // First, as nothing may give way to a sample, which nobody reports.
    hits.retain(|hit| !is_published(&digest(text, hit)));
    give_way(rules, &mut hits);
    gitleaks::drop_generic(rules, text, &mut hits);
    hits.sort_by_key(|hit| (hit.span.start, hit.rule));
    for hit in hits {
        found(&hit, digest(text, &hit));
    }
}

fn digest(text: &[u8], hit: &Hit) -> [u8; 32] {
    Sha256::digest(&text[hit.secret.clone()]).into()
}

fn matched(
    rules: &Rules,
    text: &[u8],
    hit: &Hit,
    digest: [u8; 32],
    is_allowed_inline: bool,
) -> Match {
    let literal = String::from_utf8_lossy(&text[hit.literal.clone()]);
    Match {
        start: hit.span.start,
        end: hit.span.end,
        secret: Secret::Foreign(Foreign {
            rule: Arc::clone(&rules.rules()[hit.rule].info),
            digest,
            redacted: format!("{literal}…{}", hex::encode(&digest[..4])),
            checksum: hit.checksum,
            settle: hit.settle,
        }),
        encoding: Vec::new(),
        is_allowed_inline,
    }
}

/// The rules of the quick kind: one pass for all their literals.
fn shapes(rules: &Rules, text: &[u8], hits: &mut Vec<Hit>) {
    let index = rules.index();
    // Where the last match of each rule that has one ends, so that a second literal in it is not
    // taken for a second secret.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut wide = Stretches::default();
    let _never_stops = index.literals.each(text, &mut |start, which| {
        let literal = start..start + index.all_literals()[which].len();
        for rule in &index.owners[which] {
            let Body::Shape(shape) = &rules.rules()[*rule].body else { continue };
            if shape.is_wide {
                wide.add(*rule, shape, start);
                continue;
            }
            if ends.iter().any(|(of, end)| of == rule && *end > literal.start) {
                continue;
            }
            let Some((seen, checksum)) = shape.probe(text, literal.clone()) else { continue };
            ends.retain(|(of, _)| of != rule);
            ends.push((*rule, seen.whole.end));
            hits.extend(hit(rules, *rule, &seen, checksum));
        }
        ControlFlow::Continue(())
    });
    wide.search(rules, text, &mut |rule, seen, checksum| {
        hits.extend(hit(rules, rule, seen, checksum));
    });
    // Literals are not told in strict order, so a second one may have come before the first.
    hits.sort_by_key(|hit| (hit.rule, hit.secret.start));
    hits.dedup_by(|next, kept| next.rule == kept.rule && next.secret.start < kept.secret.end);
}

/// The matches of one quick rule, which need not be one that is looked for: another requires it.
pub(super) fn shape(rules: &Rules, rule: usize, text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let Body::Shape(shape) = &rules.rules()[rule].body else { return hits };
    let mut wide = Stretches::default();
    for literal in &shape.literals {
        for start in memchr::memmem::find_iter(text, literal.as_ref()) {
            if shape.is_wide {
                wide.add(rule, shape, start);
            } else if let Some((seen, checksum)) = shape.probe(text, start..start + literal.len()) {
                hits.extend(hit(rules, rule, &seen, checksum));
            }
        }
    }
    wide.search(rules, text, &mut |rule, seen, checksum| {
        hits.extend(hit(rules, rule, seen, checksum));
    });
    hits
}

/// The match of a quick rule, unless a user's file lets it go.
fn hit(rules: &Rules, rule: usize, seen: &Seen<'_>, checksum: Checksum) -> Option<Hit> {
    let Body::Shape(shape) = &rules.rules()[rule].body else { return None };
    let settle = content(rules, rule, seen)?;
    Some(Hit {
        rule,
        span: seen.secret.clone(),
        secret: seen.secret.clone(),
        literal: if seen.prefix().is_empty() { 0..0 } else { seen.literal.clone() },
        checksum,
        settle,
        is_general: shape.is_general,
    })
}

/// The allowlists and the entropy that a user's file has added to a quick rule. `None`: let go.
fn content(rules: &Rules, rule: usize, seen: &Seen<'_>) -> Option<u64> {
    let criteria = &rules.rules()[rule].criteria;
    if criteria.is_silent {
        return None;
    }
    let secret = seen.secret();
    if criteria.entropy.is_some_and(|least| super::entropy::shannon(secret) <= least) {
        return None;
    }
    gitleaks::content(rules, rule, seen.haystack, &seen.whole, &seen.secret)
}

/// A general rule's match goes where another rule's overlaps it: that one knows whose it is. One
/// that may yet be dropped does not count: better twice than never.
pub(super) fn give_way(rules: &Rules, hits: &mut Vec<Hit>) {
    if !hits.iter().any(|hit| hit.is_general) {
        return;
    }
    let is_known = |hit: &&Hit| !hit.is_general && is_certain(rules, hit);
    let mut known: Vec<Range<usize>> =
        hits.iter().filter(is_known).map(|hit| hit.secret.clone()).collect();
    known.sort_by_key(|secret| secret.start);
    // How far the secrets up to each one reach: of those that begin before a hit ends, does any?
    let reach: Vec<usize> = known
        .iter()
        .scan(0, |reach, secret| {
            *reach = secret.end.max(*reach);
            Some(*reach)
        })
        .collect();
    let overlaps = |hit: &Hit| {
        let before = known.partition_point(|secret| secret.start < hit.secret.end);
        before > 0 && reach[before - 1] > hit.secret.start
    };
    hits.retain(|hit| !hit.is_general || !overlaps(hit));
}

/// Whether the hit stands wherever its text does: neither the place nor the ledger, which are known
/// later, can let it go.
pub(super) fn is_certain(rules: &Rules, hit: &Hit) -> bool {
    let rule = &rules.rules()[hit.rule];
    !imported::is(&rule.info) && !gitleaks::asks_place(rule) && hit.settle == 0
}
