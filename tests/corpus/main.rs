//! Recall and false alarms over a corpus that `build.py` makes: a token in every place and every
//! disguise, with what is true of it. The table in `docs/recall.md` is what this test found; with
//! `PATROL_UPDATE_DOCS=1` it is written anew.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::disallowed_methods, reason = "a test is told by its environment to write")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recall.md");
const BEGIN: &str = "<!-- table -->\n";

/// What the builder planted.
struct Plant {
    group: String,
    row: String,
    id: String,
    is_miss: bool,
}

#[test]
fn every_token_is_found_and_nothing_else() {
    let corpus = tempfile::tempdir().unwrap();
    let truth = build(corpus.path());
    let tree = scan(&[], &corpus.path().join("tree"));
    let history = scan(&["--history"], &corpus.path().join("repo"));

    let planted: BTreeSet<&str> =
        truth.iter().filter(|it| !it.is_miss).map(|it| it.id.as_str()).collect();
    let false_alarms: Vec<_> =
        tree.keys().chain(history.keys()).filter(|id| !planted.contains(id.as_str())).collect();
    let table = table(&truth, &tree, &history, false_alarms.len());
    let missed: Vec<&str> = table.lines().filter(|line| line.contains("missed")).collect();
    assert!(missed.is_empty() && false_alarms.is_empty(), "{missed:#?} {false_alarms:?}");

    let doc = std::fs::read_to_string(DOC).unwrap();
    let (before, now) = doc.split_once(BEGIN).unwrap();
    if std::env::var_os("PATROL_UPDATE_DOCS").is_some() {
        std::fs::write(DOC, format!("{before}{BEGIN}{table}")).unwrap();
    } else {
        assert_eq!(now, table, "docs/recall.md: run this test with PATROL_UPDATE_DOCS=1");
    }
}

fn build(directory: &Path) -> Vec<Plant> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/build.py");
    let ran = Command::new("python3").arg(script).arg(directory).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let truth = std::fs::read(directory.join("truth.json")).unwrap();
    let truth: Vec<Value> = serde_json::from_slice(&truth).unwrap();
    let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
    let plant = |entry: &Value| Plant {
        group: text(entry, "group"),
        row: text(entry, "row"),
        id: text(entry, "id"),
        is_miss: entry["miss"].as_bool().unwrap(),
    };
    truth.iter().map(plant).collect()
}

/// What a scan found: token ids, with the encoding it tells.
fn scan(source: &[&str], path: &Path) -> BTreeMap<String, String> {
    let home = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_patrol"))
        .args(["scan", "--no-ledger", "--prefix", "acme_pat", "--format", "json"])
        .args(source)
        .arg(path)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{words}");
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let coverage = &report["coverage"];
    assert_eq!(coverage["complete"], true, "{coverage:#}");
    let own = |finding: &Value| {
        let layers = finding["encoding"].as_array().unwrap();
        let layers: Vec<&str> = layers.iter().map(|layer| layer.as_str().unwrap()).collect();
        Some((finding["token_id"].as_str()?.to_owned(), layers.join(" of ")))
    };
    report["findings"].as_array().unwrap().iter().filter_map(own).collect()
}

fn table(
    truth: &[Plant],
    tree: &BTreeMap<String, String>,
    history: &BTreeMap<String, String>,
    false_alarms: usize,
) -> String {
    let mut out = String::new();
    let groups = [
        ("disguise", "Disguises, in files and in history"),
        ("file", "Kinds of files, in a tree and in history"),
        ("git", "Places of a git repository"),
    ];
    for (group, title) in groups {
        let rows = truth.iter().filter(|it| it.group == group && !it.is_miss);
        write!(out, "\n## {title}\n\n| token in | scan | scan --history | told as |\n").unwrap();
        out.push_str("|---|---|---|---|\n");
        for plant in rows {
            let told = |found: Option<&String>| if found.is_some() { "found" } else { "missed" };
            let in_tree = if group == "git" { "" } else { told(tree.get(&plant.id)) };
            let in_history = told(history.get(&plant.id));
            let layers = history.get(&plant.id).map_or("", String::as_str);
            // A table's cell must not be ended by what stands in it.
            let row = plant.row.replace('|', "\\|");
            writeln!(out, "| {row} | {in_tree} | {in_history} | {layers} |").unwrap();
        }
    }
    let planted = truth.iter().filter(|it| !it.is_miss);
    let in_both = planted.clone().filter(|it| it.group != "git").count();
    let looks = planted.count() + in_both;
    let misses = truth.len() - (looks - in_both);
    write!(
        out,
        "\n{looks} of {looks} found. {misses} look-alikes that differ from a token in one letter, in the same\n\
         disguises and kinds of files: {false_alarms} reported.\n"
    )
    .unwrap();
    out
}
