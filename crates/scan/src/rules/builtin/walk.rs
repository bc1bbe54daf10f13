//! The walk over all rules: what each finds, what it leaves, and that all are well made.

use std::collections::BTreeSet;

use super::PACK;
use crate::rules::Rules;
use crate::rules::checksum::Recipe;
use crate::rules::fixture::{Random, fill};
use crate::rules::rule::{Shape, Spec};
use crate::{Checksum, Match};

fn specs() -> impl Iterator<Item = &'static Spec> {
    PACK.iter().flat_map(|(_, specs)| specs.iter())
}

fn found(text: &str) -> Vec<Match> {
    let mut all = Vec::new();
    Rules::builtin().search(text.as_bytes(), &mut |found| all.push(found));
    all
}

fn ids(text: &str) -> BTreeSet<String> {
    found(text).into_iter().map(|found| found.secret.rule().to_owned()).collect()
}

/// Twenty texts of a template, each another.
fn texts(template: &'static str) -> impl Iterator<Item = String> {
    (0..20).map(move |seed| fill(template, &mut Random::new(seed * 7919 + template.len() as u64)))
}

#[test]
fn every_example_is_found_alone_and_among_other_text() {
    for spec in specs() {
        assert!(!spec.examples.is_empty(), "{}", spec.id);
        for example in spec.examples {
            let mut missed = 0;
            for text in texts(example) {
                for around in [
                    text.clone(),
                    format!("token: {text}\n"),
                    format!("\"{text}\","),
                    format!("\\n{text}\\n"),
                    format!("<a>{text}</a>"),
                ] {
                    missed += usize::from(!ids(&around).contains(spec.id));
                }
            }
            // A rule that asks for a digit or both cases refuses a few random ones.
            let allowed = if spec.accept.is_some() { 15 } else { 5 };
            assert!(missed <= allowed, "{}: {missed} of 100 of {example} missed", spec.id);
        }
    }
}

/// How people write a secret: assigned, quoted, in an address, a header, a list, a page.
#[test]
fn every_token_is_found_where_people_write_it() {
    let before = [
        "KEY=", "key = ", "key:", "k=\"", "k='", "k: `", "?key=", "&t=", "==", "Bearer ", ">", "|",
        ",", ";", "(", "[", "{", "%3D", "%22", "${K:-", "\\\"", "\\n", "\t", "\r\n", "@", "\\",
        "#", "$", "*", "!", "\u{a0}", "\u{201c}",
    ];
    let behind = [
        "\n", "\r\n", "\"", "'", "`", " ", "&x=1", "%26x", "%22", ";", ",", ")", "]", "}", "<",
        "|", ".", ":", "\\n", "\\\"", "\\", "@host", "?x", "#c", "$", "*", "!", "\u{a0}",
        "\u{201d}", "\u{2026}",
    ];
    for spec in specs() {
        let alone = |example: &&&str| {
            !example.contains(' ') && spec.literals.iter().any(|text| example.starts_with(text))
        };
        for example in spec.examples.iter().filter(alone) {
            let text = texts(example).find(|text| ids(text).contains(spec.id)).unwrap();
            for around in before.map(|before| format!("{before}{text}")) {
                assert!(ids(&around).contains(spec.id), "{}: {around}", spec.id);
            }
            for around in behind.map(|behind| format!("{text}{behind}")) {
                assert!(ids(&around).contains(spec.id), "{}: {around}", spec.id);
            }
        }
    }
}

#[test]
fn near_misses_are_left() {
    for spec in specs() {
        for near in spec.near_misses {
            for text in texts(near) {
                assert!(!ids(&text).contains(spec.id), "{}: {near}", spec.id);
            }
        }
    }
}

/// Whatever the example's random parts, the same with a placeholder in their stead is none.
#[test]
fn placeholders_are_left() {
    for spec in specs() {
        for example in spec.examples {
            for filler in ["x", "0", "a", "1234567890", "abcdef"] {
                let text = fill_with(example, filler);
                assert!(!ids(&text).contains(spec.id), "{}: {text}", spec.id);
            }
        }
    }
}

fn fill_with(template: &str, filler: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (field, after) = after.split_once('}').unwrap();
        rest = after;
        let length = field.split(':').nth(1).and_then(|length| length.parse().ok());
        text.extend(filler.chars().cycle().take(length.unwrap_or(6)));
    }
    text + rest
}

/// A token that goes on is another thing, unless a checksum says it is one.
#[test]
fn glued_tokens_are_left() {
    for spec in specs().filter(|spec| !spec.is_general && spec.group == 0) {
        if spec.checksum.is_some_and(Recipe::is_published)
            || spec.tail.0 == crate::rules::class::ANY
        {
            continue;
        }
        let (before, behind) = spec.edges;
        let begins = |example: &&&str| {
            example.starts_with('{') || spec.literals.iter().any(|text| example.starts_with(text))
        };
        for example in spec.examples.iter().filter(begins) {
            for text in texts(example).take(5) {
                if before.has(b'Q') {
                    assert!(!ids(&format!("Q{text}")).contains(spec.id), "{} before", spec.id);
                }
                if behind.has(b'Q') {
                    let glued = format!("{text}{}", "Q".repeat(spec.span));
                    assert!(!ids(&glued).contains(spec.id), "{} behind", spec.id);
                }
            }
        }
    }
}

#[test]
fn what_is_shown_holds_nothing_of_the_random_part() {
    for spec in specs() {
        for text in texts(spec.examples[0]).take(3) {
            for found in found(&text).iter().filter(|found| found.secret.rule() == spec.id) {
                let shown = found.secret.redacted();
                let (literal, hex) = shown.rsplit_once('…').unwrap();
                assert!(literal.is_empty() || spec.literals.contains(&literal), "{shown}");
                assert_eq!(hex, hex::encode(&found.secret.digest()[..4]));
                assert!(found.end <= text.len() && found.start < found.end);
            }
        }
    }
}

#[test]
fn checksums_are_told() {
    let check = |template: &'static str, expected: Checksum| {
        for text in texts(template) {
            let all = found(&text);
            let crate::Secret::Foreign(foreign) = &all[0].secret else { panic!("{template}") };
            assert_eq!(foreign.checksum, expected, "{template}");
        }
    };
    check("ghp_{b62:30}{sum:github,ghp_}", Checksum::Verified);
    check("vcp_{b62:50}{sum:crc32-base62,vcp_}", Checksum::Verified);
    check("vcp_{b62:56}", Checksum::Unverified);
    check("dop_v1_{hex:64}", Checksum::None);
    check("glpat-{b64u:20}", Checksum::None);
    check("glpat-{b64u:27}.01.0r{sum:gitlab}", Checksum::Verified);
}

#[test]
fn rules_are_well_made() {
    let mut seen = BTreeSet::new();
    for spec in specs() {
        let id = spec.id;
        assert!(seen.insert(id), "{id} twice");
        assert!(id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{id}");
        assert!(!spec.description.is_empty() && !spec.help.is_empty(), "{id}");
        assert!(spec.literals.iter().all(|literal| literal.len() >= 3), "{id}");
        assert!(spec.before + spec.span <= 64 * 1024, "{id}");
        let shape = Shape::from(spec);
        let regex = shape.regex().unwrap_or_else(|| panic!("{id} does not compile"));
        assert!(spec.group < regex.captures_len(), "{id}");
    }
}

/// The general rule about a form gives way to the rule that knows whose it is.
#[test]
fn one_secret_is_found_once() {
    let mut random = Random::new(1);
    let token = fill("ghp_{b62:30}{sum:github,ghp_}", &mut random);
    let url = format!("https://ci:{token}@git.company.internal/r");
    assert_eq!(ids(&url), BTreeSet::from(["github-pat".to_owned()]));
    let token = fill("npm_{b62:30}{sum:npm,npm_}", &mut random);
    let line = format!("//npm.company.internal/:_authToken={token}");
    assert_eq!(ids(&line), BTreeSet::from(["npm-access-token".to_owned()]));
}
