//! Composite rules: a match counts only if other rules have matched near by.

use std::ops::Range;

use super::allowlist::{applies, lets_go};
use super::detect::matches;
use crate::rules::search::{self, Hit};
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

/// Of the hits from `first` on, all of them the rule's, keeps those whose required rules have
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
    let lines = Lines::of(text);
    let others: Vec<(&Required, Others)> = required
        .iter()
        .map(|other| (other, places(rules, &other.id, text, is_utf8, &lines)))
        .collect();
    let mut at = 0;
    hits.retain(|hit| {
        at += 1;
        if at <= first {
            return true;
        }
        let place = lines.place(&hit.span);
        others.iter().all(|(required, others)| match others {
            Others::At(places) => place.is_near_any(places, required),
            Others::File => place.is_near_the_beginning(required),
        })
    });
}

/// What a required rule has found.
enum Others {
    /// Sorted.
    At(Vec<Place>),
    /// It goes by the path alone; whether that is so is known when the match is settled.
    File,
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        Self(std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect())
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let line = self.0.partition_point(|begins| *begins <= span.start) - 1;
        Place { line: line as u64, column: (span.start - self.0[line]) as u64 }
    }
}

/// Line and column of a match, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: u64,
    column: u64,
}

impl Place {
    /// Of the places, which are sorted, only those are asked that are near enough by their lines.
    fn is_near_any(self, places: &[Self], required: &Required) -> bool {
        let lines = required.lines.unwrap_or(u64::MAX);
        let from = places.partition_point(|it| it.line < self.line.saturating_sub(lines));
        let near =
            places[from..].iter().take_while(|it| it.line <= self.line.saturating_add(lines));
        let columns = required.columns.unwrap_or(u64::MAX);
        near.into_iter().any(|it| self.column.abs_diff(it.column) <= columns)
    }

    /// gitleaks gives a file line and column 0, where those of a match count from 1.
    fn is_near_the_beginning(self, required: &Required) -> bool {
        required.lines.is_none_or(|lines| self.line < lines)
            && required.columns.is_none_or(|columns| self.column < columns)
    }
}

/// Where the rule of this name matches. Its keywords are not asked, nor what it requires itself.
fn places(rules: &Rules, id: &str, text: &[u8], is_utf8: bool, lines: &Lines) -> Others {
    let Some(rule) = rules.rules().iter().position(|rule| rule.info.id == id) else {
        return Others::At(Vec::new());
    };
    let hits = match &rules.rules()[rule].body {
        Body::Path => return Others::File,
        Body::Shape(_) => search::shape(rules, rule, text),
        Body::Fragment(_) => {
            let mut hits = Vec::new();
            matches(rules, rule, text, is_utf8, &mut hits);
            hits
        }
    };
    let mut places: Vec<Place> = hits.iter().map(|hit| lines.place(&hit.span)).collect();
    places.sort_unstable();
    Others::At(places)
}

/// Whether the required rules hold for the place. Their lists that join content and place are not
/// asked again: a finding too many is the safe side.
pub(super) fn settle(rules: &Rules, rule: &Rule, path: &[u8], commit: &str) -> bool {
    rule.criteria.required.iter().all(|required| {
        let other = rules.rules().iter().find(|rule| rule.info.id == required.id);
        other.is_some_and(|other| applies(other, path) && !lets_go(other, path, commit))
    })
}
