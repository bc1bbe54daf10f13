//! Judges findings as they come: asks the ledger, acts where that is wanted, and keeps what the
//! report will show.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use patrol_app::{App, AppError, Caller, intake};
use patrol_scan::report::Accepted;
use patrol_scan::{Action, Coverage, Detector, Excludes, Finding, Reason, Status, Tally, report};
use patrol_token::TokenId;

use super::FailOn;
use super::accept::{self, Acceptance};
use super::{redact, rules};
use crate::error::CliError;

/// What came of a scan.
pub(super) struct Found {
    /// Findings in the order of reports.
    pub(super) findings: Vec<Finding>,
    /// Which of them fail the scan.
    fails: Vec<bool>,
    /// One that is not among them fails it, too.
    more_fail: bool,
    /// What was found and is accepted.
    pub(super) accepted: Vec<Accepted>,
    /// What was read and what was not.
    pub(super) coverage: Coverage,
    /// What could not be done about a finding, or not be asked, with the token's public form.
    pub(super) failed: Vec<(String, CliError)>,
    /// Tokens whose leak was recorded, and that by policy were not ended.
    pub(super) left: BTreeSet<TokenId>,
}

impl Found {
    /// The findings that fail the scan.
    pub(super) fn failing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().zip(&self.fails).filter(|(_, fails)| **fails).map(|(it, _)| it)
    }

    /// Whether any finding fails the scan.
    pub(super) fn fails(&self) -> bool {
        self.more_fail || self.fails.contains(&true)
    }
}

/// Takes findings from any thread.
pub(super) struct Collector<'a> {
    judge: Judge<'a>,
    stream: Option<Stream<'a>>,
    kept: Mutex<Kept>,
}

/// What findings are judged by.
pub(super) struct Judge<'a> {
    /// What finds; it also finds what must not be shown in names.
    pub(super) detector: &'a Detector,
    /// The ledger, if there is one.
    pub(super) app: Option<&'a App>,
    /// In whose name is acted, if anything is to be done.
    pub(super) responder: Option<Caller>,
    /// What fails the scan.
    pub(super) fail_on: FailOn,
    /// Paths that a repository would rather not hear about.
    pub(super) hidden: Hidden,
    /// Files of rules that repositories add: what they allow is left out by choice.
    pub(super) added_rules: Vec<PathBuf>,
    /// What is known.
    pub(super) acceptance: Acceptance,
}

/// Where findings go as they are found.
pub(super) type Stream<'a> = Box<dyn Fn(&Finding) + Sync + 'a>;

struct Kept {
    findings: Vec<(Finding, bool)>,
    tally: Tally,
    /// One of those that are not kept fails the scan.
    more_fail: bool,
    accepted: Vec<Accepted>,
    failed: Vec<(String, CliError)>,
    left: BTreeSet<TokenId>,
    /// A name of one was not searched in every disguise.
    is_cut: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(judge: Judge<'a>, stream: Option<Stream<'a>>) -> Self {
        let (findings, accepted, failed) = Default::default();
        let kept = Kept {
            findings,
            tally: Tally::of_run(),
            more_fail: false,
            accepted,
            failed,
            left: BTreeSet::new(),
            is_cut: false,
        };
        Self { judge, stream, kept: Mutex::new(kept) }
    }

    /// Judges one finding. The lock is held meanwhile: what is found twice at once is acted on
    /// once, and lines of a stream do not mix.
    pub(super) fn take(&self, mut finding: Finding) {
        let judge = &self.judge;
        if !rules::settles(&finding, judge.detector, |path| judge.hidden.relative(path)) {
            return;
        }
        // By its own name, before that is made fit to be shown.
        let is_hidden = judge.hidden.fits(&finding);
        let is_ignored = judge.acceptance.ignores(&finding, &|path| judge.hidden.relative(path));
        let is_cut = redact::finding(&mut finding, judge.detector);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.is_cut |= is_cut;
        if let Err(error) = judge.ask(&mut finding) {
            kept.failed.push((finding.secret.redacted().to_owned(), error.into()));
        }
        // What only has the shape of imported tokens and is none of the ledger's is nobody's.
        else if finding.is_nobodys() {
            return;
        }
        // How it was found decides, not what was made of it: a leak that was stopped was a leak.
        let fails = judge.fails(&finding);
        if is_hidden && judge.may_hide(&finding) {
            return;
        }
        if let Some(by) = judge.acceptance.of(&finding, is_ignored) {
            if kept.tally.has_room(is_ours(&finding)) {
                kept.accepted.push(Accepted { finding, by });
            }
            return;
        }
        match judge.respond(&mut finding) {
            Ok(left) => kept.left.extend(left),
            Err(error) => {
                kept.failed.push((finding.secret.redacted().to_owned(), error.into()));
            }
        }
        if let Some(stream) = &self.stream {
            stream(&finding);
        }
        if kept.tally.has_room(is_ours(&finding)) {
            kept.findings.push((finding, fails));
        } else {
            kept.more_fail |= fails;
        }
    }

    /// All that was found, with what was read. What in a baseline no longer holds is warned of.
    pub(super) fn finish(self, mut coverage: Coverage, warn: &mut dyn FnMut(&str)) -> Found {
        let Kept { mut findings, tally, more_fail, mut accepted, failed, left, is_cut } =
            self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        findings.sort_by(|a, b| a.0.order_key().cmp(&b.0.order_key()));
        let (findings, fails) = findings.into_iter().unzip();
        accepted.sort_by(|a, b| a.finding.order_key().cmp(&b.finding.order_key()));
        if self.judge.acceptance.has_ledger() || !self.judge.detector.rules().is_empty() {
            self.judge.hidden.note(&mut coverage);
        }
        for path in &self.judge.added_rules {
            let why = "what these rules allow, by patrol.toml";
            coverage.skip_because(path.as_os_str().as_bytes(), Reason::Excluded, Some(why));
        }
        self.judge.acceptance.note(&mut coverage, warn);
        for Accepted { finding, by } in &accepted {
            let at = &finding.location;
            let name = report::place(at);
            let what = format!("{} at {name}:{}", finding.secret.redacted(), at.line);
            let why = accept::why(by, finding);
            coverage.skip_because(what.as_bytes(), accept::reason(by), Some(&why));
        }
        tally.note("the findings of this scan".as_bytes(), &mut coverage);
        redact::coverage(&mut coverage, self.judge.detector);
        if is_cut {
            redact::note_cut(&mut coverage);
        }
        Found { findings, fails, more_fail, accepted, coverage, failed, left }
    }
}

impl Judge<'_> {
    /// Without a ledger every token of our format is unknown, and of others nothing is to be said.
    fn ask(&self, finding: &mut Finding) -> Result<(), AppError> {
        match self.app {
            Some(app) => intake::judge(app, std::slice::from_mut(finding)),
            None => {
                finding.status = finding.own().map(|_| Status::Unknown);
                Ok(())
            }
        }
    }

    /// Acts on a finding. Gives the token if the policy left it to work although it leaked.
    fn respond(&self, finding: &mut Finding) -> Result<Option<TokenId>, AppError> {
        let (Some(app), Some(caller)) = (self.app, &self.responder) else { return Ok(None) };
        let did = intake::respond(app, caller, finding)?;
        let works = did.action == Action::None && is_live(finding.status);
        Ok(did.token.filter(|token| works && token.has_open_leak()).map(|token| token.id))
    }

    /// A token that nobody could judge fails as a live one does.
    fn fails(&self, finding: &Finding) -> bool {
        match finding.status {
            None if !is_ours(finding) => self.fail_on != FailOn::Live,
            None | Some(Status::Active | Status::Suspended) => true,
            Some(Status::Unknown) => self.fail_on != FailOn::Live,
            Some(Status::Revoked | Status::Expired) => self.fail_on == FailOn::Any,
        }
    }

    /// Whether a repository may leave this out, if it wants to.
    fn may_hide(&self, finding: &Finding) -> bool {
        !is_ours(finding) || (self.app.is_some() && !is_live(finding.status))
    }
}

/// Whether it is a token of our own, by its format or as an imported one that the ledger knows.
pub(super) fn is_ours(finding: &Finding) -> bool {
    finding.own().is_some() || finding.status.is_some()
}

/// Whether a token of our own lives, or may, as nobody could say.
pub(super) fn is_live(status: Option<Status>) -> bool {
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
