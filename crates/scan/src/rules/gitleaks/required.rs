//! Composite rules: a match counts only if other rules have matched near by.

use std::ops::Range;

use super::allowlist::{applies, lets_go};
use super::detect::{line, matches};
use crate::rules::search::Hit;
use crate::rules::set::{Body, Rule, Rules};

/// A rule that must have matched, and how near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Required {
    pub(super) id: String,
    /// At most so many lines away; `None`: anywhere in the text.
    pub(super) lines: Option<u64>,
    /// At most so many columns away.
    pub(super) columns: Option<u64>,
}

/// Of the hits from `first` on, which are the rule's, keeps those whose required rules have
/// matched.
pub(super) fn keep(
    rules: &Rules,
    rule: usize,
    text: &[u8],
    is_utf8: bool,
    hits: &mut Vec<Hit>,
    first: usize,
) {
    let required = &rules.rules()[rule].criteria.required;
    if required.is_empty() || hits.len() == first {
        return;
    }
    let others: Vec<(&Required, Others)> =
        required.iter().map(|other| (other, places(rules, &other.id, text, is_utf8))).collect();
    let mut at = 0;
    hits.retain(|hit| {
        at += 1;
        if at <= first || hit.rule != rule {
            return true;
        }
        let place = Place::of(text, &hit.span);
        others.iter().all(|(required, others)| match others {
            Others::At(places) => places.iter().any(|other| place.is_near(other, required)),
            Others::File => place.is_near_the_beginning(required),
        })
    });
}

/// The same for quick rules, whose hits stand among others.
pub(super) fn keep_shapes(rules: &Rules, text: &[u8], is_utf8: bool, hits: &mut Vec<Hit>) {
    let mut composite: Vec<usize> = hits.iter().map(|hit| hit.rule).collect();
    composite.sort_unstable();
    composite.dedup();
    composite.retain(|rule| matches!(rules.rules()[*rule].body, Body::Shape(_)));
    for rule in composite {
        keep(rules, rule, text, is_utf8, hits, 0);
    }
}

/// What a required rule has found.
enum Others {
    At(Vec<Place>),
    /// It goes by the path alone; whether that is so is known when the match is settled.
    File,
}

/// Line and column of a match, from 0.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    fn of(text: &[u8], span: &Range<usize>) -> Self {
        let start = line(text, &(span.start..span.start)).start;
        Self {
            line: memchr::memchr_iter(b'\n', &text[..start]).count() as u64,
            column: (span.start - start) as u64,
        }
    }

    fn is_near(self, other: &Self, required: &Required) -> bool {
        required.lines.is_none_or(|lines| self.line.abs_diff(other.line) <= lines)
            && required.columns.is_none_or(|columns| self.column.abs_diff(other.column) <= columns)
    }

    /// gitleaks gives a file line and column 0, where those of a match count from 1.
    fn is_near_the_beginning(self, required: &Required) -> bool {
        required.lines.is_none_or(|lines| self.line < lines)
            && required.columns.is_none_or(|columns| self.column < columns)
    }
}

/// Where the rule of this name matches. Its keywords are not asked, nor what it requires itself.
fn places(rules: &Rules, id: &str, text: &[u8], is_utf8: bool) -> Others {
    let Some(rule) = rules.rules().iter().position(|rule| rule.info.id == id) else {
        return Others::At(Vec::new());
    };
    if matches!(rules.rules()[rule].body, Body::Path) {
        return Others::File;
    }
    let mut hits = Vec::new();
    matches(rules, rule, text, is_utf8, &mut hits);
    Others::At(hits.iter().map(|hit| Place::of(text, &hit.span)).collect())
}

/// Whether the required rules hold for the place. Their lists that join content and place are not
/// asked again: a finding too many is the safe side.
pub(super) fn settle(rules: &Rules, rule: &Rule, path: &[u8], commit: &str) -> bool {
    rule.criteria.required.iter().all(|required| {
        let other = rules.rules().iter().find(|rule| rule.info.id == required.id);
        other.is_some_and(|other| applies(other, path) && !lets_go(other, path, commit))
    })
}
