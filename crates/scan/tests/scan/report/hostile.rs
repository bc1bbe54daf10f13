//! Every format over names that anybody may have written: of a rule, a path, an author, a ref.

use std::sync::Arc;

use patrol_scan::report::{self, Detail, Plain, Run};
use patrol_scan::{Checksum, Finding, Reason, RuleInfo, Secret, SourceKind};
use proptest::prelude::*;

use super::findings::{Set, foreign};

type Write = fn(&Run<'_>, &mut dyn std::io::Write) -> std::io::Result<()>;

/// All formats; which of them are JSON, and which have commands of their own.
const FORMATS: [(&str, Write); 9] = [
    ("human", |run, out| report::human(run, Detail::Brief, &Plain, out)),
    ("full", |run, out| report::human(run, Detail::Full, &Plain, out)),
    ("json", |run, out| report::json_v1(run.findings, run.coverage, out)),
    ("jsonl", |run, out| {
        run.findings.iter().try_for_each(|finding| report::jsonl_finding(finding, out))?;
        report::jsonl_coverage(run.coverage, out)
    }),
    ("sarif", |run, out| report::sarif(run, &|_: &Finding| None, out)),
    ("gitlab", |run, out| report::gitlab(run, out)),
    ("junit", |run, out| report::junit(run, out)),
    ("csv", |run, out| report::csv(run.findings, out)),
    ("github", |run, out| report::github(run, out)),
];

/// Parts of names that somebody obeys, and any character at all.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "[ :#\\[\\]%,;=+@'\"<>&-]{1,3}",
        Just("::".to_owned()),
        Just("##[".to_owned()),
        Just("##vso[task.setvariable variable=a]".to_owned()),
        Just("::stop-commands::x".to_owned()),
        Just("]]></failure><!--".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{ff1d}1".to_owned()),
        "\\PC{0,4}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(parts, 0..5).prop_map(|parts| parts.concat())
}

fn set(words: &[String]) -> Set {
    let word = |at: usize| words[at % words.len()].clone();
    let mut set = Set::new();
    let mut strange = foreign("github-pat", Checksum::Verified, word(0).as_bytes());
    if let Secret::Foreign(secret) = &mut strange.secret {
        secret.rule = Arc::new(RuleInfo {
            id: word(1),
            description: word(2),
            provider: Some(word(3)),
            tags: vec![word(4)],
            help: Some(word(5)),
            index: 0,
        });
        secret.redacted = format!("{}…0badcafe", word(6));
    }
    strange.owner = Some(word(0));
    let at = &mut strange.location;
    (at.author, at.archive) = (Some(word(1)), Some(word(2).into()));
    (at.repository, at.commit) = (Some(word(3)), Some("ab".repeat(20)));
    let mut named = strange.clone();
    named.location.path = None;
    named.location.archive = None;
    (named.location.source, named.location.reference) = (SourceKind::Ref, Some(word(4)));
    set.findings.extend([strange, named]);
    set.coverage.skip_because(word(5).as_bytes(), Reason::Damaged, Some(&word(6)));
    set
}

/// The commands that the format for GitHub is made of.
const OWN: [&str; 3] = ["::error ", "::warning ", "::notice "];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_obeys_a_name(words in prop::collection::vec(hostile(), 7)) {
        let set = set(&words);
        for (name, write) in FORMATS {
            let mut out = Vec::new();
            write(&set.run(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            prop_assert!(!text.contains("##"), "{name}: {text}");
            for line in text.lines().map(str::trim_start).filter(|line| line.starts_with("::")) {
                prop_assert!(name == "github" && OWN.iter().any(|own| line.starts_with(own)), "{line}");
            }
            let is_json = ["json", "jsonl", "sarif", "gitlab"].contains(&name);
            let obeyed = |c: char| c.is_control() && c != '\n' && !(c == '\r' && name == "csv");
            // JSON writes the lower ones as escapes, and a terminal is looked after by the program.
            prop_assert!(is_json || !text.contains(obeyed), "{name}: {text:?}");
            let forbidden = |c: char| c == '\u{fffe}' || c == '\u{ffff}';
            prop_assert!(name != "junit" || !text.contains(forbidden));
            match name {
                "jsonl" => for line in text.lines() {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                },
                _ if is_json => { serde_json::from_str::<serde_json::Value>(&text).unwrap(); }
                "csv" => cells(&text)?,
                "github" => prop_assert_eq!(text.lines().count(), set.findings.len() + 3),
                _ => {}
            }
        }
    }
}

/// No cell begins as a formula does.
fn cells(text: &str) -> Result<(), TestCaseError> {
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        for cell in &row.unwrap() {
            let begins = |c: char| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}\t\r\n".contains(c);
            prop_assert!(!cell.starts_with(begins), "{cell:?}");
        }
    }
    Ok(())
}
