//! What a set of rules is searched by: the literals of the quick rules, the keywords of the others.

use std::ops::ControlFlow;

use super::class::{ANY, Class};
use super::literals::{Literal, Literals};
use super::set::{Body, Rule};
use super::utf16;
use crate::judged::{Judged, MAX_JUDGED};

pub(super) struct Index {
    /// Exact literals of the quick rules.
    pub(super) literals: Literals,
    /// For each literal, the rules that have it.
    pub(super) owners: Vec<Vec<usize>>,
    /// For each literal, what has to stand behind it, for each rule that has it.
    tails: Vec<Vec<(Class, usize)>>,
    /// Keywords of the others, in whatever case.
    pub(super) keywords: Literals,
    /// For each keyword, the rules that have it.
    pub(super) keyword_owners: Vec<Vec<usize>>,
    /// Rules without any keyword: they are held against every text.
    pub(super) unconditional: Vec<usize>,
    /// Rules with a keyword that is not all ASCII, with all of theirs: the case of other letters
    /// cannot be told byte by byte.
    foreign: Vec<(usize, Vec<Vec<u8>>)>,
    all: Vec<Vec<u8>>,
    reach: usize,
}

/// The longest text a match of a rule that is held against everything may span: nothing longer is a
/// secret. It is also how much of a stream is kept.
const FRAGMENT_REACH: usize = 64 * 1024;

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut exact = Table::default();
        let mut folded = Table::default();
        let mut unconditional = Vec::new();
        let mut foreign = Vec::new();
        let mut tails: Vec<Vec<(Class, usize)>> = Vec::new();
        let mut reach = 0;
        for (index, rule) in rules.iter().enumerate() {
            match &rule.body {
                Body::Shape(shape) => {
                    for literal in &shape.literals {
                        let next = if shape.tail.1 > 0 { shape.tail.0 } else { ANY };
                        let place = exact.add(literal, next, index);
                        tails.resize_with(exact.literals.len(), Vec::new);
                        tails[place].push(shape.tail);
                    }
                    reach = reach.max(shape.before + shape.span);
                }
                Body::Fragment(fragment) => {
                    if fragment.keywords.iter().all(|word| word.is_ascii()) {
                        for word in &fragment.keywords {
                            folded.add(word, ANY, index);
                        }
                    } else {
                        foreign.push((index, fragment.keywords.clone()));
                    }
                    if fragment.keywords.is_empty() {
                        unconditional.push(index);
                    }
                    reach = reach.max(FRAGMENT_REACH);
                }
                Body::Path => {}
            }
        }
        let bytes = |literal: &Literal| literal.bytes.clone();
        let all = exact.literals.iter().chain(&folded.literals).map(bytes).collect();
        Self {
            literals: Literals::new(exact.literals, false),
            owners: exact.owners,
            tails,
            keywords: Literals::new(folded.literals, true),
            keyword_owners: folded.owners,
            unconditional,
            foreign,
            all,
            // A character of UTF-16 has two bytes.
            reach: (2 * reach).min(FRAGMENT_REACH),
        }
    }

    pub(super) fn all_literals(&self) -> &[Vec<u8>] {
        &self.all
    }

    pub(super) fn is_always_hot(&self) -> bool {
        !self.unconditional.is_empty() || !self.foreign.is_empty()
    }

    pub(super) fn is_hot(&self, bytes: &[u8]) -> bool {
        let is_hot = |text: &[u8]| self.may_begin(text) || self.keywords.any(text);
        self.is_always_hot()
            || is_hot(bytes)
            || utf16::has_nul(bytes) && is_hot(&utf16::narrow(bytes))
    }

    /// Whether a literal stands in `text` with what has to follow it: many are so short that they
    /// alone occur in most files.
    fn may_begin(&self, text: &[u8]) -> bool {
        let found = self.literals.each(text, &mut |start, which| {
            let rest = &text[start + self.all[which].len()..];
            let follows = |(class, least): &(Class, usize)| {
                rest.get(..*least).is_some_and(|tail| tail.iter().all(|byte| class.has(*byte)))
            };
            match self.tails[which].iter().any(follows) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        found.is_break()
    }

    /// The literals in `text`, if all that they are part of is nothing. `None`: something may be
    /// found, or it takes more than what stands around a literal to tell.
    pub(super) fn judge(&self, rules: &[Rule], text: &[u8]) -> Option<Vec<Judged>> {
        let is_hot_wide = || utf16::has_nul(text) && self.is_hot(&utf16::narrow(text));
        if self.is_always_hot() || self.keywords.any(text) || is_hot_wide() {
            return None;
        }
        let mut judged = Vec::new();
        let found = self.literals.each(text, &mut |at, which| {
            let literal = at..at + self.all[which].len();
            for rule in &self.owners[which] {
                let Body::Shape(shape) = &rules[*rule].body else { continue };
                // Without what has to follow it, it is not noticed.
                if !shape.has_tail(text, literal.end) {
                    continue;
                }
                if shape.is_wide
                    || judged.len() == MAX_JUDGED
                    || shape.probe(text, literal.clone()).is_some()
                {
                    return ControlFlow::Break(());
                }
                judged.push(shape.judged(&literal));
            }
            ControlFlow::Continue(())
        });
        judged.sort_unstable();
        found.is_continue().then_some(judged)
    }

    pub(super) fn margin(&self) -> usize {
        let tail = |which: usize| self.tails[which].iter().map(|(_, least)| *least).max();
        let literals = (0..self.tails.len()).map(|at| self.all[at].len() + tail(at).unwrap_or(0));
        (2 * literals.max().unwrap_or(0).max(self.keywords.longest())).saturating_sub(1)
    }

    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// The rules whose keyword occurs, and those that have none, by their place in the set.
    pub(super) fn fragments(&self, text: &[u8]) -> Vec<usize> {
        let mut rules = self.unconditional.clone();
        let mut left = self.keyword_owners.len();
        let mut seen = vec![false; left];
        let _all_seen = self.keywords.each(text, &mut |_, keyword| {
            if !seen[keyword] {
                seen[keyword] = true;
                rules.extend(&self.keyword_owners[keyword]);
                left -= 1;
            }
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if !self.foreign.is_empty() {
            let lower = String::from_utf8_lossy(text).to_lowercase();
            let occurs = |word: &Vec<u8>| memchr::memmem::find(lower.as_bytes(), word).is_some();
            let asked = self.foreign.iter().filter(|(_, words)| words.iter().any(occurs));
            rules.extend(asked.map(|(rule, _)| rule));
        }
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

/// Literals without repetitions, with the rules that have them.
#[derive(Default)]
struct Table {
    literals: Vec<Literal>,
    owners: Vec<Vec<usize>>,
    places: std::collections::HashMap<Vec<u8>, usize>,
}

impl Table {
    /// Adds a literal of a rule, and tells its place.
    fn add(&mut self, bytes: &[u8], next: Class, rule: usize) -> usize {
        if let Some(place) = self.places.get(bytes) {
            self.literals[*place].next = self.literals[*place].next.or(next);
            self.owners[*place].push(rule);
            return *place;
        }
        let place = self.literals.len();
        self.places.insert(bytes.to_vec(), place);
        self.literals.push(Literal { bytes: bytes.to_vec(), next });
        self.owners.push(vec![rule]);
        place
    }
}
