//! What a hook makes of its findings: whether git goes on, and the words for whoever called git.
//! No word ever shows the secret.

use std::collections::BTreeSet;

use patrol_scan::{Class, Coverage, Finding, Skipped, Status, report};

use super::Kind;
use super::search::Search;
use crate::cmd::Context;
use crate::error::{self, CliError, Exit};
use crate::ui::{Look, paint, shown};

/// Places named on the terminal.
const NAMED: usize = 20;

/// What was found, sorted by what follows from it.
pub(super) struct Verdict {
    kind: Kind,
    findings: Vec<Finding>,
    coverage: Coverage,
    has_ledger: bool,
}

impl Verdict {
    /// Leaves out what the repository does not want to hear about, unless it may still open a door.
    /// Without a ledger nobody can say of any token that it does not.
    pub(super) fn new(
        kind: Kind,
        mut findings: Vec<Finding>,
        coverage: Coverage,
        search: &Search,
    ) -> Self {
        findings.retain(|finding| {
            let path = finding.location.path.as_deref();
            !search.has_ledger()
                || is_live(finding)
                || !path.is_some_and(|path| search.hidden.fits(path))
        });
        Self { kind, findings, coverage, has_ledger: search.has_ledger() }
    }

    /// Tells it, and lets git go on or not.
    ///
    /// # Errors
    /// What stops git.
    pub(super) fn tell(&self, cx: &Context) -> Result<Exit, CliError> {
        if cx.ui.is_json() {
            let mut text = Vec::new();
            report::json_v1(&self.findings, &self.coverage, &mut text)
                .map_err(|error| CliError::io("the report", &error))?;
            cx.ui.json_text(String::from_utf8_lossy(&text).into_owned())?;
        }
        let (stops, ended): (Vec<_>, Vec<_>) = self.findings.iter().partition(|it| stops(it));
        self.show(&stops, cx)?;
        self.show(&ended, cx)?;
        if !ended.is_empty() {
            cx.ui.warn("what is revoked or expired opens nothing, and does not stop git");
        }
        if !stops.is_empty() {
            return Err(self.stopped(&stops));
        }
        if !self.coverage.is_complete() {
            return Err(self.incomplete());
        }
        Ok(Exit::Yes)
    }

    /// One line for each place.
    fn show(&self, findings: &[&Finding], cx: &Context) -> Result<(), CliError> {
        if cx.ui.is_json() {
            return Ok(());
        }
        for finding in findings.iter().take(NAMED) {
            cx.ui.print(&self.line(finding))?;
        }
        if findings.len() > NAMED {
            cx.ui.print(&format!("  and {} more places\n", findings.len() - NAMED))?;
        }
        Ok(())
    }

    fn line(&self, finding: &Finding) -> String {
        let at = &finding.location;
        let path = at.path.as_ref().map(ToString::to_string).or_else(|| at.reference.clone());
        let mut place = match path {
            Some(path) => format!("{}:{}:{}", shown(&path), at.line, at.column),
            None => format!("{}:{}:{}", at.source.as_str(), at.line, at.column),
        };
        if let (Kind::PrePush, Some(commit)) = (self.kind, &at.commit) {
            place.push_str(" in commit ");
            place.push_str(commit.get(..10).unwrap_or(commit));
        }
        let (look, status) = match finding.status {
            Some(Status::Active) => (Look::Error, "live"),
            Some(Status::Unknown) if self.has_ledger => (Look::Warning, "not of this ledger"),
            Some(Status::Unknown) | None => (Look::Warning, "unknown"),
            Some(status @ (Status::Suspended | Status::Revoked | Status::Expired)) => {
                (Look::Warning, status.as_str())
            }
        };
        let owner = finding.owner.as_deref().map(|owner| format!(", of {}", shown(owner)));
        format!(
            "  {}  {}  {}{}\n",
            paint(Look::Strong, &place),
            finding.secret.redacted(),
            paint(look, status),
            owner.unwrap_or_default(),
        )
    }

    fn stopped(&self, stops: &[&Finding]) -> CliError {
        let tokens: BTreeSet<_> = stops.iter().map(|finding| *finding.secret.digest()).collect();
        let count = count(tokens.len(), "token");
        let live: BTreeSet<_> = stops
            .iter()
            .filter(|it| is_live(it))
            .filter_map(|it| it.own())
            .map(|it| it.id.to_string())
            .collect();
        let (what, next, when) = match self.kind {
            Kind::PreCommit => (
                format!("this would commit {count}; nothing was committed"),
                "take it out of the files, `git add` them again, and commit",
                "if anybody else may have seen it",
            ),
            Kind::PrePush => (
                format!("this would publish {count}; nothing was pushed"),
                "take it out of the commits (`git commit --amend`, `git rebase -i`), and push again",
                "as it stands in history",
            ),
        };
        let ids: Vec<_> = live.into_iter().collect();
        let error = CliError::new(error::Kind::Refused, what);
        match ids.first() {
            Some(first) => error.hint(format!(
                "{next}. Replace it {when}: `patrol rotate {first}`, or end it: `patrol revoke {}`",
                ids.join(" ")
            )),
            None => error.hint(next),
        }
    }

    fn incomplete(&self) -> CliError {
        let skipped = self.coverage.skipped();
        let unread = |it: &&Skipped| it.reason.class() == Class::NotRead;
        let words = |it: &Skipped| format!("{} ({})", it.what, it.reason.as_str());
        let named: Vec<_> = skipped.iter().filter(unread).take(5).map(words).collect();
        let what = match self.kind {
            Kind::PreCommit => "nothing was committed",
            Kind::PrePush => "nothing was pushed",
        };
        CliError::new(
            error::Kind::Incomplete,
            format!("not everything could be read, so {what}: {}", named.join(", ")),
        )
        .hint("`git fsck` tells what is wrong with the repository")
    }
}

/// Whether it may open a door now, or once resumed, or nobody could say.
fn is_live(finding: &Finding) -> bool {
    matches!(finding.status, None | Some(Status::Active | Status::Suspended))
}

/// A stranger stops git, too: it may live in another ledger.
fn stops(finding: &Finding) -> bool {
    is_live(finding) || finding.status == Some(Status::Unknown)
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("a {what}") } else { format!("{number} {what}s") }
}
