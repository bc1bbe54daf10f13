//! Rules of users, whose matches may be long and begin before their literal: one search for all
//! literals that stand near one another, not one for each.
//!
//! A content that is nothing but a literal over and over would otherwise be searched as many times
//! over as a match may be long.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::bytes::{Captures, Regex};

use super::rule::{Seen, Shape};
use super::set::{Body, Rules};
use crate::Checksum;

/// Where literals of such rules stand: for each rule and each stretch of the text as long as a
/// match may be, the first and the last.
#[derive(Default)]
pub(super) struct Stretches(BTreeMap<(usize, usize), (usize, usize)>);

/// What the searches took.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// How often an expression was held against the text.
    searches: usize,
    /// How many bytes they went through, all together.
    bytes: usize,
}

/// Told of a rule's match.
type Found<'f> = &'f mut dyn FnMut(usize, &Seen<'_>, Checksum);

impl Stretches {
    /// Notes a literal of a rule.
    pub(super) fn add(&mut self, rule: usize, shape: &Shape, literal: usize) {
        let stretch = (rule, literal / shape.span.max(1));
        let (first, last) = self.0.entry(stretch).or_insert((literal, literal));
        *first = literal.min(*first);
        *last = literal.max(*last);
    }

    /// Tells every match around them that stands.
    pub(super) fn search(&self, rules: &Rules, text: &[u8], found: Found<'_>) -> Work {
        let mut work = Work::default();
        // Where the last match of the rule ends: the next one begins behind it.
        let mut reached = (usize::MAX, 0);
        for ((rule, _), literals) in &self.0 {
            let Body::Shape(shape) = &rules.rules()[*rule].body else { continue };
            let from = if reached.0 == *rule { reached.1 } else { 0 };
            let mut told = |seen: &Seen<'_>, checksum| found(*rule, seen, checksum);
            reached = (*rule, stretch(shape, text, from, *literals, &mut work, &mut told));
        }
        work
    }
}

/// Searches around the literals from the first to the last, but not before `from`. Answers where
/// the last match ends.
fn stretch(
    shape: &Shape,
    text: &[u8],
    from: usize,
    (first, last): (usize, usize),
    work: &mut Work,
    found: &mut dyn FnMut(&Seen<'_>, Checksum),
) -> usize {
    let Some(regex) = shape.regex() else { return from };
    let end = text.len().min(last + shape.span);
    let mut at = from.max(first.saturating_sub(shape.before));
    while at <= last {
        let Some(groups) = work.search(regex, &text[..end], at) else { break };
        let whole = range(&groups, 0).unwrap_or(at..at);
        if whole.start > last {
            break;
        }
        let Some(literal) = first_literal(shape, text, &whole) else {
            at = whole.end.max(at + 1);
            continue;
        };
        // It begins too far before its literal; another one may begin nearer.
        if literal.start - whole.start > shape.before {
            at = literal.start - shape.before;
            continue;
        }
        let furthest = literal.start + shape.span;
        if whole.end <= furthest {
            tell(shape, text, &groups, literal, found);
            at = whole.end.max(at + 1);
            continue;
        }
        // Too long, as this search goes on for the literals behind; by itself it may end sooner.
        let groups = work.search(regex, &text[..furthest], whole.start);
        let shorter = groups.as_ref().and_then(|groups| range(groups, 0));
        let holds = |it: &Range<usize>| it.start <= literal.start && it.end >= literal.end;
        match (groups, shorter.filter(holds)) {
            (Some(groups), Some(shorter)) => {
                tell(shape, text, &groups, literal, found);
                at = shorter.end;
            }
            // Nothing that ends there is short enough unless it begins so far behind.
            _ => at = literal.end.max(whole.end - shape.span),
        }
    }
    at
}

impl Work {
    fn search<'t>(&mut self, regex: &Regex, text: &'t [u8], at: usize) -> Option<Captures<'t>> {
        let groups = regex.captures_at(text, at);
        let end = groups.as_ref().and_then(|it| range(it, 0)).map_or(text.len(), |it| it.end);
        self.searches += 1;
        self.bytes += end - at;
        groups
    }
}

fn range(groups: &Captures<'_>, group: usize) -> Option<Range<usize>> {
    groups.get(group).map(|group| group.range())
}

/// The first literal of the rule that lies in the match.
fn first_literal(shape: &Shape, text: &[u8], whole: &Range<usize>) -> Option<Range<usize>> {
    let places = shape.literals.iter().filter_map(|literal| {
        let start = whole.start + memchr::memmem::find(&text[whole.clone()], literal)?;
        Some(start..start + literal.len())
    });
    places.min_by_key(|place| place.start)
}

/// Tells of a match if its content stands.
fn tell(
    shape: &Shape,
    text: &[u8],
    groups: &Captures<'_>,
    literal: Range<usize>,
    found: &mut dyn FnMut(&Seen<'_>, Checksum),
) {
    let (Some(whole), Some(secret)) = (range(groups, 0), range(groups, shape.group)) else {
        return;
    };
    let seen = Seen { haystack: text, whole, secret, literal };
    if let Some(checksum) = shape.judge(&seen) {
        found(&seen, checksum);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::rule::{USER_BEFORE, USER_SPAN, compile};

    fn shape(literal: &str, pattern: &str, before: usize, span: usize) -> Shape {
        let regex = compile(pattern, false).unwrap();
        let shape = Shape::of_user(vec![literal.as_bytes().to_vec()], regex, 0);
        Shape { before, span, ..shape }
    }

    fn search(shape: &Shape, text: &str) -> (Vec<Range<usize>>, Work) {
        let mut stretches = Stretches::default();
        let literal = &shape.literals[0];
        let places = memchr::memmem::find_iter(text.as_bytes(), literal);
        places.for_each(|place| stretches.add(0, shape, place));
        let (mut all, mut work, mut from) = (Vec::new(), Work::default(), 0);
        for literals in stretches.0.values() {
            let mut told = |seen: &Seen<'_>, _| all.push(seen.whole.clone());
            from = stretch(shape, text.as_bytes(), from, *literals, &mut work, &mut told);
        }
        (all, work)
    }

    /// A megabyte of nothing but literals, for expressions that match nowhere, far too long, or
    /// everywhere.
    #[test]
    fn a_content_full_of_literals_is_gone_through_a_few_times_and_no_more() {
        let text = "acme_".repeat(200_000);
        let marked: String = text
            .as_bytes()
            .chunks(20_000)
            .map(|part| String::from_utf8_lossy(part).into_owned() + "!")
            .collect();
        for (text, pattern) in [
            (&text, "acme_[a-z_]{20,}[0-9]"),
            (&text, "(?s).{0,200}acme_.*[0-9]"),
            (&text, "acme_[0-9]+"),
            (&text, "acme_[a-z_]+"),
            (&text, "[a-z_]{300,}=acme_"),
            (&marked, "acme_[^!]*!"),
            (&marked, "(?s)acme_.*!"),
        ] {
            let (_, work) = search(&shape("acme_", pattern, USER_BEFORE, USER_SPAN), text);
            let stretches = text.len() / USER_SPAN + 1;
            assert!(work.searches <= 8 * stretches, "{pattern}: {work:?}");
            assert!(work.bytes <= 8 * text.len(), "{pattern}: {work:?}");
        }
    }

    #[test]
    fn a_match_begins_near_its_literal_and_is_not_too_long() {
        let spans = |pattern, text| {
            let all = search(&shape("abc", pattern, 4, 16), text).0;
            all.into_iter().map(|it| (it.start, it.end)).collect::<Vec<_>>()
        };
        assert_eq!(spans("[xy]*abc[0-9]", "xxxxxxabc1 yabc2"), [(2, 10), (11, 16)]);
        assert_eq!(spans("abc[0-9]+", "abc00000000000000000000"), [(0, 16)]);
        assert_eq!(spans("abc[0-9]+!", "abc00000000000000000000!abc1!"), [(24, 29)]);
        assert_eq!(spans(r"\babc1", "xabc1 abc1"), [(6, 10)]);
        assert_eq!(spans("^abc1", "abc1\nabc1"), [(0, 4)]);
    }

    proptest! {
        #[test]
        fn every_match_once_wherever_stretches_begin(
            text in "(x|abc|[0-9]{1,3}|x?abc[0-9]{1,20}|[ x]{0,20}){0,30}",
        ) {
            let shape = shape("abc", "x?abc[0-9]+", 4, 16);
            let regex = compile("x?abc[0-9]+", false).unwrap();
            let expected: Vec<_> = regex
                .find_iter(text.as_bytes())
                .map(|it| {
                    let literal = it.start() + usize::from(it.as_bytes()[0] == b'x');
                    it.start()..it.end().min(literal + 16)
                })
                .collect();
            prop_assert_eq!(search(&shape, &text).0, expected);
        }
    }
}
