//! What a hook makes of its findings: whether git goes on, and the words for whoever called git.
//! No word ever shows the secret.

use std::collections::BTreeSet;

use patrol_scan::{Class, Coverage, Finding, Skipped, report};

use super::Kind;
use super::search::Search;
use super::weigh::{self, Weight};
use crate::cmd::Context;
use crate::error::{self, CliError, Exit};

/// Places named on the terminal.
const NAMED: usize = 20;

/// What was found, sorted by what follows from it.
pub(super) struct Verdict {
    kind: Kind,
    findings: Vec<Finding>,
    coverage: Coverage,
    /// What the repository did not want to hear about, in words.
    hidden: Vec<String>,
    has_ledger: bool,
}

impl Verdict {
    /// Leaves out what the repository does not want to hear about, unless it is a token of ours that
    /// may still open a door: without a ledger nobody can say of any that it does not. What is left
    /// out is told.
    ///
    /// # Errors
    /// A baseline that the repository names and that cannot be read.
    pub(super) fn new(
        kind: Kind,
        findings: Vec<Finding>,
        mut coverage: Coverage,
        search: &Search,
        cx: &Context,
    ) -> Result<Self, CliError> {
        let acceptance = search.acceptance(cx)?;
        acceptance.note(&mut coverage, &mut |text| cx.ui.warn(text));
        let (listed, findings): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| Weight::of(finding).stops() && acceptance.lists(finding));
        let has_ledger = search.has_ledger();
        let (left_out, findings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| {
            let path = finding.location.path.as_deref();
            (has_ledger || finding.own().is_none())
                && Weight::of(finding) != Weight::Live
                && path.is_some_and(|path| search.hidden.fits(path))
        });
        search.note_hidden(&mut coverage);
        let mut hidden = Vec::new();
        if !listed.is_empty() {
            let count = weigh::count(&listed);
            hidden.push(format!("{count} in the repository's baseline does not stop git"));
        }
        if !left_out.is_empty() {
            let count = weigh::count(&left_out);
            hidden.push(format!("{count} in a path that patrol.toml excludes does not stop git"));
        }
        Ok(Self { kind, findings, coverage, hidden, has_ledger })
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
        let of = |weighed: fn(Weight) -> bool| -> Vec<_> {
            self.findings.iter().filter(|it| weighed(Weight::of(it))).collect()
        };
        let stops = of(Weight::stops);
        let (allowed, ended) = (of(|it| it == Weight::Allowed), of(|it| it == Weight::Ended));
        self.show(&stops, cx)?;
        self.show(&allowed, cx)?;
        if !allowed.is_empty() {
            cx.ui.warn("what a comment on its line allows does not stop git");
        }
        self.show(&ended, cx)?;
        if !ended.is_empty() {
            cx.ui.warn("what is revoked or expired opens nothing, and does not stop git");
        }
        for words in &self.hidden {
            cx.ui.warn(words);
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
            cx.ui.print(&weigh::line(finding, self.has_ledger, self.kind == Kind::PrePush))?;
        }
        if findings.len() > NAMED {
            cx.ui.print(&format!("  and {} more places\n", findings.len() - NAMED))?;
        }
        Ok(())
    }

    fn stopped(&self, stops: &[&Finding]) -> CliError {
        let count = weigh::count(stops.iter().copied());
        let live: BTreeSet<_> = stops
            .iter()
            .filter(|it| Weight::of(it) == Weight::Live)
            .filter_map(|it| it.own())
            .map(|it| it.id.to_string())
            .collect();
        let (what, next, when) = match self.kind {
            Kind::PreCommit => (
                format!("this would commit {count}; nothing was committed"),
                "take it out of the files, `git add` them again, and commit",
                "if anybody else may have seen it",
            ),
            Kind::PrePush | Kind::PreReceive => (
                format!("this would publish {count}; nothing was pushed"),
                "take it out of the commits (`git commit --amend`, `git rebase -i`), and push again",
                "as it stands in history",
            ),
        };
        let ids: Vec<_> = live.into_iter().collect();
        let mut hints = vec![next.to_owned()];
        if let Some(first) = ids.first() {
            hints.push(format!(
                "Replace it {when}: `patrol rotate {first}`, or end it: `patrol revoke {}`",
                ids.join(" ")
            ));
        }
        if stops.iter().any(|it| weigh::may_be_allowed(it, self.has_ledger)) {
            hints.push(format!(
                "{}, or with a line in the baseline that patrol.toml names",
                weigh::ALLOW
            ));
        }
        CliError::new(error::Kind::Refused, what).hint(hints.join(". "))
    }

    fn incomplete(&self) -> CliError {
        let skipped = self.coverage.skipped();
        let unread = |it: &&Skipped| it.reason.class() == Class::NotRead;
        let words = |it: &Skipped| format!("{} ({})", it.what, it.reason.as_str());
        let named: Vec<_> = skipped.iter().filter(unread).take(5).map(words).collect();
        let what = match self.kind {
            Kind::PreCommit => "nothing was committed",
            Kind::PrePush | Kind::PreReceive => "nothing was pushed",
        };
        CliError::new(
            error::Kind::Incomplete,
            format!("not everything could be read, so {what}: {}", named.join(", ")),
        )
        .hint("`git fsck` tells what is wrong with the repository")
    }
}
