//! `.gitleaksignore`: fingerprints of findings that are to be passed over.

use std::collections::BTreeSet;

use super::Facts;

/// An ignore file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// `commit:file:rule:line` or `file:rule:line`, with `/` in the file.
    entries: BTreeSet<String>,
    malformed: Vec<usize>,
}

impl Ignore {
    /// Reads the file's text: one fingerprint a line, `#` begins a comment line.
    pub fn parse(text: &str) -> Self {
        let mut ignore = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts: Vec<String> = line.split(':').map(str::to_owned).collect();
            let Some(file) = parts.len().checked_sub(3).filter(|at| *at <= 1) else {
                ignore.malformed.push(number + 1);
                continue;
            };
            parts[file] = parts[file].replace('\\', "/");
            ignore.entries.insert(parts.join(":"));
        }
        ignore
    }

    /// Lines, from 1, that are no fingerprint: neither three nor four parts. They suppress nothing,
    /// and the user should be told.
    pub fn malformed(&self) -> &[usize] {
        &self.malformed
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the finding is listed, with its commit or without.
    pub fn suppresses(&self, finding: &Facts<'_>) -> bool {
        let lists = |line: usize| {
            let short = format!("{}:{}:{line}", finding.path, finding.rule);
            let long = || finding.commit.map(|commit| format!("{commit}:{short}"));
            self.entries.contains(&short) || long().is_some_and(|it| self.entries.contains(&it))
        };
        // Line 0 is that of a rule of paths alone, which has no other; here it is the first.
        lists(finding.start_line) || finding.start_line == 1 && lists(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::Ignore;

    #[test]
    fn three_parts_hold_for_every_commit_and_four_for_one() {
        let text = "# comment\n\n cd5226711335c68be1e720b318b7bc3135a30eb2:a/b.js:rule:4 \r\nc\\d.js:rule:9\nnonsense\nC:\\x\\y:rule:1:2\ne.p12:rule:0\n";
        let ignore = Ignore::parse(text);
        assert_eq!(ignore.malformed(), [5, 6]);
        let facts = |path, commit, start_line| {
            ignore.suppresses(&Facts {
                rule: "rule",
                path,
                commit,
                start_line,
                end_line: 0,
                digest: &[0; 32],
            })
        };
        let commit = Some("cd5226711335c68be1e720b318b7bc3135a30eb2");
        assert!(facts("a/b.js", commit, 4));
        assert!(!facts("a/b.js", None, 4));
        assert!(!facts("a/b.js", commit, 5));
        assert!(facts("c/d.js", commit, 9));
        assert!(facts("c/d.js", None, 9));
        assert!(facts("e.p12", None, 1), "what gitleaks says of a file is on line 0");
        assert!(!facts("e.p12", None, 2));
    }
}
