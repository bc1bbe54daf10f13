//! The search against a naive one: every rule at every byte.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Rules;
use super::builtin::PACK;
use super::fixture::{Random, fill};
use super::search::{Hit, give_way};
use super::set::Body;

type Found = BTreeSet<(String, usize, usize)>;

fn found(rules: &Rules, text: &[u8]) -> Found {
    let mut all = Found::new();
    rules.search(text, &mut |found| {
        if found.encoding.is_empty() {
            all.insert((found.secret.rule().to_owned(), found.start, found.end));
        }
    });
    all
}

/// No search for literals, no order: at every byte, every literal of every rule.
fn naive(rules: &Rules, text: &[u8]) -> Found {
    let mut hits: Vec<Hit> = Vec::new();
    for start in 0..text.len() {
        for (index, rule) in rules.rules().iter().enumerate() {
            let Body::Shape(shape) = &rule.body else { continue };
            for literal in &shape.literals {
                if !text[start..].starts_with(literal) {
                    continue;
                }
                let Some((seen, checksum)) = shape.probe(text, start..start + literal.len()) else {
                    continue;
                };
                hits.push(Hit {
                    rule: index,
                    span: seen.secret.clone(),
                    secret: seen.secret,
                    literal: 0..0,
                    checksum,
                    settle: 0,
                    is_general: shape.is_general,
                });
            }
        }
    }
    hits.sort_by_key(|hit| (hit.rule, hit.secret.start));
    hits.dedup_by(|next, kept| next.rule == kept.rule && next.secret.start < kept.secret.end);
    give_way(rules, &mut hits);
    let id = |hit: &Hit| rules.rules()[hit.rule].info.id.clone();
    hits.iter().map(|hit| (id(hit), hit.span.start, hit.span.end)).collect()
}

fn example(which: usize, seed: u64) -> String {
    let specs: Vec<_> = PACK.iter().flat_map(|(_, specs)| specs.iter()).collect();
    let spec = specs[which % specs.len()];
    let templates: Vec<_> = spec.examples.iter().chain(spec.near_misses).collect();
    fill(templates[seed as usize % templates.len()], &mut Random::new(seed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_search_finds_what_a_naive_one_finds(
        parts in prop::collection::vec((0usize..400, 0u64..9, "[ \n\"a-z=_.:/-]{0,6}"), 0..6),
    ) {
        let mut text = String::new();
        for (which, seed, junk) in parts {
            text.push_str(&junk);
            text.push_str(&example(which, seed));
        }
        let rules = Rules::builtin();
        let all = found(&rules, text.as_bytes());
        prop_assert_eq!(&all, &naive(&rules, text.as_bytes()));
        prop_assert!(all.is_empty() || rules.is_hot(text.as_bytes()));
    }

    /// The absence of all literals is the absence of all matches, in UTF-16 too.
    #[test]
    fn cold_text_holds_nothing(text in "[ -~]{0,60}", which in 0usize..400, seed in 0u64..9) {
        let rules = Rules::builtin();
        let wide: Vec<u8> =
            format!("{text} {}", example(which, seed)).encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut any = false;
        rules.search(&wide, &mut |_| any = true);
        prop_assert!(!any || rules.is_hot(&wide));
        if !rules.is_hot(text.as_bytes()) {
            prop_assert!(found(&rules, text.as_bytes()).is_empty());
        }
    }
}

/// Windows that overlap by `reach` on both sides find what the whole has.
#[test]
fn windows_find_what_the_whole_has() {
    let mut random = Random::new(11);
    let mut text = String::new();
    for which in 0..400 {
        text.push_str(&example(which, which as u64 % 9));
        text.push('\n');
        text.push_str(&random.text("abcdefghij \n", 300));
        text.push('\n');
    }
    let rules = Rules::builtin();
    let whole = found(&rules, text.as_bytes());
    assert!(whole.len() > 200, "{}", whole.len());
    let reach = rules.reach();
    assert!(reach <= 64 * 1024);
    for step in [10_000, 33_331] {
        let mut pieces = Found::new();
        for middle in (0..text.len()).step_by(step) {
            let from = middle.saturating_sub(reach);
            let to = text.len().min(middle + step + reach);
            for (rule, start, end) in found(&rules, &text.as_bytes()[from..to]) {
                if (middle..middle + step).contains(&(from + start)) {
                    pieces.insert((rule, from + start, from + end));
                }
            }
        }
        assert_eq!(pieces, whole);
    }
}

/// The same text in UTF-16 has the same secrets, at twice the distance.
#[test]
fn utf_16_is_searched_too() {
    let rules = Rules::builtin();
    for which in 0..191 {
        let text = format!("key = {}\n", example(which, 0));
        let plain = found(&rules, text.as_bytes());
        for is_big in [false, true] {
            let unit = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect();
            let mut all = Found::new();
            rules.search(&wide, &mut |found| {
                let name = found.encoding[0].as_str();
                assert_eq!(name, if is_big { "utf-16be" } else { "utf-16le" });
                let rule = found.secret.rule().to_owned();
                all.insert((rule, found.start / 2 - 1, found.end / 2 - 1));
            });
            assert_eq!(all, plain, "{text}");
        }
    }
}
