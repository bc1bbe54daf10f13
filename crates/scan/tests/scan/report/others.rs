//! The reports for people, CI servers, spreadsheets and code hosts, over hostile names.

use insta::assert_snapshot;
use patrol_scan::report::{self, Detail, Plain, Run};

use super::findings::{Set, foreign};
use crate::world::assert_no_secret;

type Write = fn(&Run<'_>, &mut dyn std::io::Write) -> std::io::Result<()>;

fn written(set: &Set, write: Write) -> String {
    let mut out = Vec::new();
    write(&set.run(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_no_secret(&text);
    let obeyed = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
    assert!(!text.contains(obeyed), "{text}");
    text
}

#[test]
fn for_people() {
    let brief: Write = |run, out| report::human(run, Detail::Brief, &Plain, out);
    assert_snapshot!(written(&Set::new(), brief));
}

#[test]
fn for_people_who_want_to_know() {
    let full: Write = |run, out| report::human(run, Detail::Full, &Plain, out);
    let mut set = Set::new();
    set.findings.drain(5..);
    set.findings[3].location.repository = Some("/srv/a".to_owned());
    set.findings[4].location.repository = Some("/srv/b".to_owned());
    assert_snapshot!(written(&set, full));
}

#[test]
fn for_test_readers() {
    let text = written(&Set::new(), |run, out| report::junit(run, out));
    assert_snapshot!(text);
    // A clean scan has one passing case.
    let mut clean = Set::new();
    (clean.findings, clean.accepted, clean.coverage) = Default::default();
    let text = written(&clean, |run, out| report::junit(run, out));
    assert!(text.contains(r#"tests="1" failures="0" errors="0""#), "{text}");
}

#[test]
fn for_workflows() {
    let text = written(&Set::new(), |run, out| report::github(run, out));
    assert_snapshot!(text);
    // Every line is a command of ours: one for each finding, one for what was not read, the sum.
    assert_eq!(text.lines().count(), Set::new().findings.len() + 2);
    for line in text.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|it| line.starts_with(it)));
    }
}

#[test]
fn for_spreadsheets() {
    let text = written(&Set::new(), |run, out| report::csv(run.findings, out));
    assert_snapshot!(text);
}

#[test]
fn for_gitlab() {
    let text = written(&Set::new(), |run, out| report::gitlab(run, out));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema = include_str!("../../data/gitlab-secret-detection-15.2.5.condensed.schema.json");
    super::valid(&document, schema);
    assert_eq!(document["scan"]["status"], "failure");
    assert_snapshot!(text);
}

/// The same content at two paths has two ids, and each is the same in every run.
#[test]
fn ids_at_gitlab_are_unique() {
    let mut set = Set::new();
    let ids = |set: &Set| -> Vec<String> {
        let text = written(set, |run, out| report::gitlab(run, out));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let all = document["vulnerabilities"].as_array().unwrap();
        all.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = foreign("vendor-key", patrol_scan::Checksum::None, b"one");
    let mut second = first.clone();
    second.location.path = Some("two".into());
    set.findings = vec![first, second];
    assert_ne!(ids(&set)[0], ids(&set)[1]);
    assert_eq!(ids(&set), ids(&set));
}
