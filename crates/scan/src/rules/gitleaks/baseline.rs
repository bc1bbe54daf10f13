//! The baseline of gitleaks: an earlier report in JSON, whose findings are known.
//!
//! gitleaks compares every member but fingerprint and tags. Here no secret is kept, so `Secret` is
//! compared by its digest, and `Match`, which holds it, not at all; author, date and message follow
//! from the commit, and description and entropy from rule and secret. Columns are not compared:
//! those of gitleaks are one too large after the first line.

use std::collections::HashMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Facts;

/// A baseline.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    entries: HashMap<(String, String), Vec<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    commit: String,
    lines: (usize, usize),
    /// `None`: the report was redacted.
    digest: Option<[u8; 32]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    #[serde(rename = "RuleID")]
    rule_id: String,
    start_line: usize,
    end_line: usize,
    secret: String,
    file: String,
    #[serde(default)]
    commit: String,
}

/// Why a baseline cannot be used. It repeats nothing of the file, which holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: not a JSON report of gitleaks")]
pub struct BaselineError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Baseline {
    /// Reads the report.
    ///
    /// # Errors
    ///
    /// [`BaselineError`] if it is not an array of findings.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let records: Vec<Record> = serde_json::from_slice(bytes)
            .map_err(|error| BaselineError { line: error.line(), column: error.column() })?;
        let mut entries = HashMap::<_, Vec<_>>::new();
        for record in records {
            let is_redacted = record.secret == "REDACTED" || record.secret.ends_with("...");
            // What a rule of paths alone has found has no secret, and line 0; here it is the first.
            let is_file = record.secret.is_empty() && record.start_line == 0;
            let lines = if is_file { (1, 1) } else { (record.start_line, record.end_line) };
            entries.entry((record.rule_id, record.file)).or_default().push(Entry {
                commit: record.commit,
                lines,
                digest: (!is_redacted && !is_file)
                    .then(|| Sha256::digest(record.secret.as_bytes()).into()),
            });
        }
        Ok(Self { entries })
    }

    /// How many findings it has.
    pub fn len(&self) -> usize {
        self.entries.values().map(Vec::len).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the finding was there before.
    pub fn suppresses(&self, finding: &Facts<'_>) -> bool {
        let key = (finding.rule.to_owned(), finding.path.to_owned());
        let entries = self.entries.get(&key).map_or(&[][..], Vec::as_slice);
        entries.iter().any(|entry| {
            entry.commit == finding.commit.unwrap_or_default()
                && entry.lines == (finding.start_line, finding.end_line)
                && entry.digest.is_none_or(|digest| digest == *finding.digest)
        })
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::super::Facts;
    use super::{Baseline, BaselineError};

    const REPORT: &str = r#"[
 {"RuleID": "rule", "Description": "d", "StartLine": 3, "EndLine": 3, "StartColumn": 2,
  "EndColumn": 9, "Match": "x = hush", "Secret": "hush", "File": "a.py", "SymlinkFile": "",
  "Commit": "", "Entropy": 1.5, "Author": "", "Email": "", "Date": "", "Message": "",
  "Tags": [], "Fingerprint": "a.py:rule:3"},
 {"RuleID": "rule", "StartLine": 7, "EndLine": 7, "Secret": "REDACTED", "File": "a.py"},
 {"RuleID": "rule", "StartLine": 0, "EndLine": 0, "Secret": "", "File": "a.p12"}
]"#;

    #[test]
    fn what_was_there_is_known_by_rule_file_commit_lines_and_secret() {
        let baseline = Baseline::parse(REPORT.as_bytes()).unwrap();
        assert_eq!(baseline.len(), 3);
        let known = |secret: &str, path, line, commit| {
            let digest = Sha256::digest(secret.as_bytes()).into();
            baseline.suppresses(&Facts {
                rule: "rule",
                path,
                commit,
                start_line: line,
                end_line: line,
                digest: &digest,
            })
        };
        assert!(known("hush", "a.py", 3, None));
        assert!(!known("other", "a.py", 3, None), "a new secret on a known line is new");
        assert!(!known("hush", "b.py", 3, None));
        assert!(!known("hush", "a.py", 4, None));
        assert!(!known("hush", "a.py", 3, Some("c0ffee")));
        assert!(known("a.p12", "a.p12", 1, None), "a file, reported for its path");
        assert!(known("whatever", "a.py", 7, None), "redacted: the secret cannot be compared");
    }

    #[test]
    fn what_is_no_report_is_refused_without_repeating_it() {
        let error = Baseline::parse(b"[{\"Secret\": 1}]").unwrap_err();
        assert_eq!(error, BaselineError { line: 1, column: 13 });
        assert_eq!(error.to_string(), "line 1, column 13: not a JSON report of gitleaks");
        assert!(Baseline::parse(b"[]").unwrap().is_empty());
    }
}
