//! SARIF: what the standard demands, what GitHub takes, and how much of it.

use insta::assert_snapshot;
use patrol_scan::report::{self, Line};
use patrol_scan::{Checksum, Finding};
use serde_json::Value;

use super::findings::{HOSTILE, Set, foreign, own};
use crate::world::assert_no_secret;

fn sarif(set: &Set) -> Value {
    // Of the files of the set, as if they had been read again.
    let line = |finding: &Finding| {
        finding.location.path.as_ref().filter(|_| finding.location.archive.is_none())?;
        Some(Line { hash: "c129715d7a2bc9a3:1".to_owned(), column: 7, end_column: 79 })
    };
    let mut out = Vec::new();
    report::sarif(&set.run(), &line, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_no_secret(&text);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_document() {
    let document = sarif(&Set::new());
    super::valid(&document, include_str!("../../data/sarif-schema-2.1.0.json"));
    assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());
}

/// Every path is one relative reference, whatever its bytes.
#[test]
fn hostile_names_make_plain_references() {
    let document = sarif(&Set::new());
    let results = document["runs"][0]["results"].as_array().unwrap();
    let uris: Vec<&str> = results
        .iter()
        .filter_map(|it| it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str())
        .collect();
    assert!(uris.len() > HOSTILE.len());
    for uri in uris {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        assert!(uri.chars().all(plain), "{uri}");
    }
}

#[test]
fn an_empty_scan_is_valid_too() {
    let mut set = Set::new();
    (set.findings, set.accepted, set.coverage) = Default::default();
    let document = sarif(&set);
    super::valid(&document, include_str!("../../data/sarif-schema-2.1.0.json"));
    assert_eq!(document["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(document["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

/// Beyond 25,000 results the least severe are left out, and it is told.
#[test]
fn the_limits_of_the_host_are_kept_and_told() {
    let mut set = Set::new();
    let one = foreign("vendor-key", Checksum::None, b"x");
    set.findings = vec![one; 26_000];
    set.findings.push(own(1, "live"));
    let document = sarif(&set);
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.last().unwrap()["ruleId"], "patrol-token");
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("1003 results are not in this file"), "{told}");
    // Long names count for what they take.
    let mut long = foreign("vendor-key", Checksum::None, b"x");
    long.location.path = Some("a/".repeat(400).into());
    set.findings = vec![long; 20_000];
    let count = sarif(&set)["runs"][0]["results"].as_array().unwrap().len();
    assert!((1_000..10_000).contains(&count), "{count}");
}
