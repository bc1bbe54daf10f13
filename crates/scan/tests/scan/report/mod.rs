//! Reports, as they look.

mod findings;
mod hostile;
mod others;
mod sarif;

use std::time::SystemTime;

use insta::assert_snapshot;
use patrol_scan::report::{Detail, Root, Run};
use patrol_scan::{Action, Coverage, Finding, Status, report};

use crate::world::{World, assert_no_secret, token};

fn found() -> (World, Coverage, Vec<Finding>) {
    let world = World::new();
    world.commit("src/config.rs", &format!("let t = \"{}\";\n", token(1)), "adds");
    world.commit("evil\u{1b}[31m\u{202e}name", &format!("\n {}", token(1)), "adds more");
    world.commit("x", &token(2), "another");
    let (mut coverage, mut found) = world.history();
    coverage.skip(b"pa\x1bth", patrol_scan::Reason::Permission);
    coverage.skip(b"sub", patrol_scan::Reason::Gitlink);
    for finding in &mut found {
        finding.location.repository = Some("[REPO]".to_owned());
    }
    let first = found.iter_mut().filter(|it| crate::world::number(it) == 1);
    first.for_each(|it| {
        it.status = Some(Status::Active);
        it.owner = Some("ada\u{7}@example.org".to_owned());
        it.action = Action::Revoked;
    });
    (world, coverage, found)
}

#[test]
fn for_people() {
    let (_world, coverage, found) = found();
    let mut out = Vec::new();
    let run = Run {
        findings: &found,
        accepted: &[],
        coverage: &coverage,
        begun: SystemTime::UNIX_EPOCH,
        ended: SystemTime::UNIX_EPOCH,
        root: &Root::default(),
    };
    report::human(&run, Detail::Brief, &report::Plain, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_no_secret(&text);
    assert_snapshot!(text, @r#"
    acme_pat_01HF7YAT01040G2081040G2081_…  revoked now  ada\u{7}@example.org
      evil\u{1b}[31m\u{202e}name:2:2  blob  commit f5990f9730b9  Ada <ada@example.org>  2023-11-14 22:13:26 UTC
      src/config.rs:1:10  blob  commit 4749ba252de7  Ada <ada@example.org>  2023-11-14 22:13:23 UTC

    acme_pat_01HF7YAT02081040G2081040G2_…
      x:1:1  blob  commit cf5aaa065196  Ada <ada@example.org>  2023-11-14 22:13:29 UTC

    not read: pa\u{1b}th: permission
    passed over: gitlink (1)
    2 tokens in 3 places; 10 objects, 1.8 KiB read
    "#);
}

#[test]
fn for_scripts() {
    let (_world, coverage, found) = found();
    let mut out = Vec::new();
    report::json_v1(&found[1..2], &coverage, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_no_secret(&text);
    assert_snapshot!(text, @r#"
    {
      "findings": [
        {
          "rule": "patrol-token",
          "token_id": "01HF7YAT01040G2081040G2081",
          "status": "active",
          "owner": "ada\u0007@example.org",
          "redacted": "acme_pat_01HF7YAT01040G2081040G2081_…",
          "digest": "7a586d5fbedae3bcc26e6a3c7be01df6c32aba4cc693a52ab6659e9856f93b88",
          "fingerprint": "9d9659a1725fcb6d848ff40fffb25246d3dd3d6e7f8bc2ed933bd08311df52e4",
          "source": "blob",
          "repository": "[REPO]",
          "object": "084cb67e21625b98fbcd52623b21eed7bf1c06ab",
          "ref": null,
          "path": "src/config.rs",
          "path_bytes": null,
          "line": 1,
          "column": 10,
          "end_line": 1,
          "end_column": 82,
          "offset": 10,
          "commit": "4749ba252de7f4abc22c2caf0c607dd4d0075691",
          "author": "Ada <ada@example.org>",
          "date": "2023-11-14T22:13:23Z",
          "encoding": [],
          "archive": null,
          "action": "revoked",
          "title": "Leaked token, revoked now",
          "checksum": "verified"
        }
      ],
      "coverage": {
        "files": 0,
        "bytes": 1877,
        "objects": 10,
        "skipped": [
          {
            "what": "sub",
            "why": "gitlink",
            "kind": "nature"
          },
          {
            "what": "pa\u001bth",
            "why": "permission",
            "kind": "not-read"
          }
        ],
        "complete": false,
        "limited": false
      },
      "schema": "patrol.scan/v1"
    }
    "#);
}

#[test]
fn for_streams() {
    let (_world, coverage, found) = found();
    let mut out = Vec::new();
    report::jsonl_finding(&found[0], &mut out).unwrap();
    report::jsonl_coverage(&coverage, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["schema"], "patrol.scan/v1");
    assert_eq!(lines[1]["coverage"]["complete"], false);
}

/// Holds a document against a schema.
pub(crate) fn valid(document: &serde_json::Value, schema: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(document).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
