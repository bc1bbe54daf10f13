//! What gitleaks users have accepted already: `.gitleaksignore` in the current directory, and
//! their baseline, an earlier JSON report. Both go by position and are heard only where the rules
//! come from a file, and about secrets of others only.

use std::path::Path;

use patrol_scan::rules::gitleaks::{Baseline, Facts, Ignore};
use patrol_scan::{Coverage, Finding, Reason};

use super::rules::bytes;
use crate::error::CliError;

/// The file's name.
const FILE: &str = ".gitleaksignore";

/// What is accepted by position.
#[derive(Default)]
pub(super) struct Gitleaks {
    ignore: Option<Ignore>,
    baselines: Vec<(String, Baseline)>,
}

impl Gitleaks {
    /// Reads `.gitleaksignore`, if it is there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn read(warn: &mut dyn FnMut(&str)) -> Result<Self, CliError> {
        let path = Path::new(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let bytes =
            bytes(path).map_err(|why| CliError::config(format!("{FILE} cannot be read: {why}")))?;
        let ignore = Ignore::parse(&String::from_utf8_lossy(&bytes));
        if let Some(line) = ignore.malformed().first() {
            warn(&format!("{FILE} line {line} is no fingerprint of gitleaks, and ignores nothing"));
        }
        Ok(Self { ignore: Some(ignore), baselines: Vec::new() })
    }

    /// Adds a baseline of gitleaks.
    ///
    /// # Errors
    /// In words, when it is none.
    pub(super) fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<(), String> {
        let baseline = Baseline::parse(bytes).map_err(|error| error.to_string())?;
        self.baselines.push((path.display().to_string(), baseline));
        Ok(())
    }

    /// Whether a finding is accepted. `path` is relative to the root of the scan.
    pub(super) fn suppresses(&self, finding: &Finding, path: &[u8]) -> bool {
        let at = &finding.location;
        let mut path = String::from_utf8_lossy(path).into_owned();
        if let Some(member) = &at.archive {
            path.push('!');
            path.push_str(&member.to_string());
        }
        let facts = Facts {
            rule: finding.secret.rule(),
            path: &path,
            commit: at.commit.as_deref(),
            start_line: usize::try_from(at.line).unwrap_or(usize::MAX),
            end_line: usize::try_from(at.end_line).unwrap_or(usize::MAX),
            digest: finding.secret.digest(),
        };
        self.ignore.as_ref().is_some_and(|ignore| ignore.suppresses(&facts))
            || self.baselines.iter().any(|(_, baseline)| baseline.suppresses(&facts))
    }

    /// Says in the coverage what was in force.
    pub(super) fn note(&self, coverage: &mut Coverage) {
        if self.ignore.as_ref().is_some_and(|ignore| !ignore.is_empty()) {
            coverage.skip_because(FILE.as_bytes(), Reason::Accepted, Some("what it lists"));
        }
        for (name, baseline) in &self.baselines {
            let count = baseline.len();
            let why = format!("of gitleaks, {count} finding{}", if count == 1 { "" } else { "s" });
            coverage.skip_because(name.as_bytes(), Reason::Baseline, Some(&why));
        }
    }
}
