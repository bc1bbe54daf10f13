//! Judges findings as they come: asks the ledger, acts where that is wanted, and keeps what the
//! report will show.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use patrol_app::{App, AppError, Caller, intake};
use patrol_scan::{Coverage, Excludes, Finding, Reason, Status, report};

use super::FailOn;
use crate::error::CliError;

/// What came of a scan.
pub(super) struct Found {
    /// Findings in the order of reports.
    pub(super) findings: Vec<Finding>,
    /// What was read and what was not.
    pub(super) coverage: Coverage,
    /// How many findings fail the scan.
    pub(super) failing: usize,
    /// What could not be done about a finding, or not be asked, with the token's public form.
    pub(super) failed: Vec<(String, CliError)>,
}

/// Takes findings from any thread.
pub(super) struct Collector<'a> {
    app: Option<&'a App>,
    responder: Option<Caller>,
    fail_on: FailOn,
    hidden: Hidden,
    stream: Option<Stream<'a>>,
    kept: Mutex<Kept>,
}

/// Where findings go as they are found.
pub(super) type Stream<'a> = Box<dyn Fn(&Finding) + Sync + 'a>;

#[derive(Default)]
struct Kept {
    findings: Vec<Finding>,
    failing: usize,
    failed: Vec<(String, CliError)>,
}

impl<'a> Collector<'a> {
    /// A collector that asks `app`, and acts in the name of `responder` if there is one.
    pub(super) fn new(
        app: Option<&'a App>,
        responder: Option<Caller>,
        fail_on: FailOn,
        hidden: Hidden,
        stream: Option<Stream<'a>>,
    ) -> Self {
        Self { app, responder, fail_on, hidden, stream, kept: Mutex::default() }
    }

    /// Judges one finding. The lock is held meanwhile: what is found twice at once is acted on
    /// once, and lines of a stream do not mix.
    pub(super) fn take(&self, mut finding: Finding) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.judge(&mut finding) {
            kept.failed.push((finding.secret.redacted().to_owned(), error.into()));
        }
        // How it was found decides, not what was made of it: a leak that was stopped was a leak.
        let fails = self.fails(finding.status);
        if self.app.is_some() && !is_live(finding.status) && self.hidden.fits(&finding) {
            return;
        }
        if let Err(error) = self.respond(&mut finding) {
            kept.failed.push((finding.secret.redacted().to_owned(), error.into()));
        }
        kept.failing += usize::from(fails);
        if let Some(stream) = &self.stream {
            stream(&finding);
        }
        kept.findings.push(finding);
    }

    /// All that was found, with what was read.
    pub(super) fn finish(self, mut coverage: Coverage) -> Found {
        if self.app.is_some() {
            self.hidden.note(&mut coverage);
        }
        let Kept { mut findings, failing, failed } =
            self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        report::sort(&mut findings);
        Found { findings, coverage, failing, failed }
    }

    fn judge(&self, finding: &mut Finding) -> Result<(), AppError> {
        match self.app {
            Some(app) => intake::judge(app, std::slice::from_mut(finding)),
            None => {
                finding.status = Some(Status::Unknown);
                Ok(())
            }
        }
    }

    fn respond(&self, finding: &mut Finding) -> Result<(), AppError> {
        match (self.app, &self.responder) {
            (Some(app), Some(caller)) => intake::respond(app, caller, finding).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// A finding that nobody could judge fails as a live one does.
    fn fails(&self, status: Option<Status>) -> bool {
        match status {
            None | Some(Status::Active | Status::Suspended) => true,
            Some(Status::Unknown) => self.fail_on != FailOn::Live,
            Some(Status::Revoked | Status::Expired) => self.fail_on == FailOn::Any,
        }
    }
}

fn is_live(status: Option<Status>) -> bool {
    matches!(status, None | Some(Status::Active | Status::Suspended))
}

/// Paths that a repository's own `patrol.toml` leaves out. They are read nevertheless, and hide
/// only what a ledger calls dead or unknown: whoever writes the repository must not hide a live token,
/// and without a ledger any may be one.
pub(super) struct Hidden {
    patterns: Vec<String>,
    excludes: Excludes,
    roots: Vec<PathBuf>,
}

impl Hidden {
    pub(super) fn new(patterns: &[String], roots: Vec<PathBuf>) -> Result<Self, CliError> {
        let excludes = Excludes::new(patterns).map_err(|error| {
            CliError::config(error.to_string()).hint("mend `excludes` in patrol.toml")
        })?;
        Ok(Self { patterns: patterns.to_vec(), excludes, roots })
    }

    fn fits(&self, finding: &Finding) -> bool {
        let Some(path) = &finding.location.path else { return false };
        self.excludes.fits(self.relative(path))
    }

    /// The path from the root of the scan that it was reached from.
    fn relative<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        let below = |root: &PathBuf| {
            let root = root.as_os_str().as_bytes();
            let root = root.strip_prefix(b"./").unwrap_or(root);
            let rest = path.strip_prefix(root.strip_suffix(b"/").unwrap_or(root))?;
            rest.strip_prefix(b"/")
        };
        self.roots.iter().filter_map(below).min_by_key(|rest| rest.len()).unwrap_or(path)
    }

    fn note(&self, coverage: &mut Coverage) {
        for pattern in &self.patterns {
            let why = "by patrol.toml; live tokens of the ledger are shown nevertheless";
            coverage.skip_because(pattern.as_bytes(), Reason::Excluded, Some(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_are_taken_from_the_root_of_the_scan() {
        let hidden =
            Hidden::new(&["docs/*.md".into()], vec!["./repo/".into(), ".".into()]).unwrap();
        for (path, relative) in [("repo/docs/a.md", "docs/a.md"), ("other/x", "other/x")] {
            assert_eq!(hidden.relative(path.as_bytes()), relative.as_bytes());
        }
    }
}
