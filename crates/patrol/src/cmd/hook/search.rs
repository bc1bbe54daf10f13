//! What a hook searches and with what: prefixes of the ledger and of the settings, the index or
//! the commits of a push, and the ledger's word on what is found.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use patrol_app::{App, intake};
use patrol_scan::source::git::{GitEnvironment, Received, Updates, pre_receive, range, staged};
use patrol_scan::source::stdin;
use patrol_scan::{
    Coverage, Detector, Excludes, Finding, Options, Reason, ScanError, Sink, SourceKind, Status,
    Tally, redact_lossy,
};
use patrol_token::Prefix;

use super::push::Push;
use crate::cmd::Context;
use crate::cmd::scan::accept::Acceptance;
use crate::cmd::scan::rules::{self, imported};
use crate::cmd::scan::{now, redact};
use crate::error::{CliError, Kind};
use crate::settings::repository::{Additions, directory_of};

/// What a hook searches with.
pub(super) struct Search {
    app: Option<App>,
    /// That nobody knows what tokens of one's own look like, in words, if so.
    misses_own: Option<String>,
    detector: Detector,
    options: Options,
    /// Paths that the repository would rather not hear about. They hide no live token.
    pub(super) hidden: Excludes,
    /// As they were written.
    patterns: Vec<String>,
    /// Baselines that the repository names.
    baselines: Vec<PathBuf>,
    /// Files of rules that the repository adds: what they allow does not stop git.
    added_rules: Vec<PathBuf>,
}

impl Search {
    /// Opens the ledger, if there is one, and gathers prefixes and rules. Where nobody ever made a
    /// ledger, the rules are enough; one that was named and is gone is missed.
    ///
    /// # Errors
    /// A ledger that was named and is not there, or settings that do not make sense.
    pub(super) fn new(cx: &Context) -> Result<Self, CliError> {
        let app = match cx.open() {
            Err(error) if error.kind == Kind::NoLedger && !cx.settings.ledger.is_named => None,
            opened => Some(opened?),
        };
        let mut additions = cx.additions.clone();
        let top = directory_of(Path::new("."));
        if std::path::absolute(".").ok().as_ref() != Some(&top) {
            additions.extend(Additions::read([top.as_path()])?);
        }
        let mut prefixes: Vec<Prefix> = cx.settings.prefixes.clone();
        prefixes.extend(additions.prefixes);
        if let Some(app) = &app {
            prefixes.extend(app.prefixes()?);
        }
        let misses_own = match &app {
            None if prefixes.is_empty() => Some(format!(
                "there is no ledger at {} and no prefix is set, so tokens of your own are not \
                 looked for, only secrets that the rules know",
                cx.settings.ledger.path()?.display()
            )),
            _ => None,
        };
        let rules = rules::read(&rules::Choice::Builtin, &[&additions.rules], cx)?;
        let rules = rules.and(&imported(app.as_ref(), cx)?);
        let excludes = |patterns: &[String], place: &str| {
            Excludes::new(patterns).map_err(|error| {
                CliError::config(error.to_string()).hint(format!("mend `excludes` in {place}"))
            })
        };
        Ok(Self {
            app,
            misses_own,
            detector: Detector::new(&prefixes).with_rules(rules),
            options: Options {
                excludes: excludes(&cx.settings.excludes, "your settings")?,
                ..Options::default()
            },
            hidden: excludes(&additions.excludes, "patrol.toml")?,
            patterns: additions.excludes,
            baselines: additions.baselines,
            added_rules: additions.rules,
        })
    }

    /// Whether a ledger was asked.
    pub(super) fn has_ledger(&self) -> bool {
        self.app.is_some()
    }

    /// That tokens of one's own are not looked for, in words, if so.
    pub(super) fn misses_own(&self) -> Option<&str> {
        self.misses_own.as_deref()
    }

    /// Searches the index that git is about to commit.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn staged(&self, cx: &Context) -> Result<(Vec<Finding>, Coverage), CliError> {
        self.collect(|sink| {
            staged(Path::new("."), &cx.settings.git, &self.detector, &self.options, sink)
        })
    }

    /// Searches what git is about to push: commits that what is published does not reach, and the
    /// names that refs will have there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn pushed(
        &self,
        push: &Push,
        published: Vec<String>,
        cx: &Context,
    ) -> Result<(Vec<Finding>, Coverage), CliError> {
        if push.is_empty() {
            return Ok((Vec::new(), Coverage::default()));
        }
        let revisions = push.revisions(published);
        let (mut findings, mut coverage) = self.collect(|sink| {
            let git = &cx.settings.git;
            range(Path::new("."), git, &revisions, &self.detector, &self.options, sink)
        })?;
        for name in &push.names {
            let (found, of_name) = self.collect(|sink| {
                Ok(stdin(&mut name.as_slice(), &self.detector, &self.options, sink))
            })?;
            if !of_name.is_complete() {
                coverage.skip(name, Reason::SearchBound);
            }
            findings.extend(found.into_iter().map(|mut finding| {
                finding.location.source = SourceKind::Ref;
                finding.location.reference = Some(redact_lossy(name));
                finding
            }));
        }
        Ok((findings, coverage))
    }

    /// Searches what a push brings into this repository, until somebody sets `stop`. May run on
    /// any thread.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn received(
        &self,
        received: &Received,
        git: &GitEnvironment,
        stop: Arc<AtomicBool>,
        sink: Sink<'_>,
    ) -> Result<Coverage, CliError> {
        let options = Options { interrupt: Some(stop), ..self.options.clone() };
        Ok(pre_receive(Path::new("."), git, received, &self.detector, &options, sink)?)
    }

    /// The names that refs would have, fit to be shown and recorded.
    pub(super) fn names(&self, updates: &Updates) -> Vec<String> {
        // The search of what was pushed tells if a name is too much to be searched to the end.
        let shown = |name: &[u8]| match redact::bytes(name, &self.detector, &mut false) {
            Some(hushed) => redact_lossy(&hushed),
            None => redact_lossy(name),
        };
        updates.iter().map(|update| shown(&update.name)).collect()
    }

    /// Makes sure that words which are about to be recorded hold no secret.
    ///
    /// # Errors
    /// They do.
    pub(super) fn refuse_secrets(&self, words: &str) -> Result<(), CliError> {
        let (found, work) = self.detector.matches_with_work(words.as_bytes());
        match found.is_empty() && !work.is_cut() {
            true => Ok(()),
            false => Err(CliError::usage("the reason holds a secret, and reasons are recorded")
                .hint("say why in other words")),
        }
    }

    /// The ledger, if there is one.
    pub(super) fn app(&self) -> Option<&App> {
        self.app.as_ref()
    }

    /// Leaves out what rules do not hold for where it stands, makes the texts of the others fit to be
    /// shown, and asks the ledger. Without one, every token of our format is unknown, and no comment
    /// says that it may stand there: it may live.
    ///
    /// # Errors
    /// When it does not answer: then nobody knows whether the tokens live.
    pub(super) fn judge(
        &self,
        findings: &mut Vec<Finding>,
        coverage: &mut Coverage,
    ) -> Result<(), CliError> {
        findings.retain(|finding| rules::settles(finding, &self.detector, |path| path));
        let mut is_cut = false;
        for finding in findings.iter_mut() {
            is_cut |= redact::finding(finding, &self.detector);
        }
        if is_cut {
            redact::note_cut(coverage);
        }
        redact::coverage(coverage, &self.detector);
        match &self.app {
            Some(app) => {
                intake::judge(app, findings)?;
                findings.retain(|finding| !finding.is_nobodys());
                Ok(())
            }
            None => {
                for finding in findings.iter_mut().filter(|it| it.own().is_some()) {
                    finding.status = Some(Status::Unknown);
                    finding.is_allowed_inline = false;
                }
                Ok(())
            }
        }
    }

    /// What the baselines of the repository accept.
    ///
    /// # Errors
    /// One that is not there, or is none.
    pub(super) fn acceptance(&self, cx: &Context) -> Result<Acceptance, CliError> {
        let mut warn = |text: &str| cx.ui.warn(text);
        Acceptance::of_repository(&self.baselines, self.has_ledger(), now(), &mut warn)
    }

    /// Names in the coverage the paths that the repository leaves out.
    pub(super) fn note_hidden(&self, coverage: &mut Coverage) {
        let why = match self.has_ledger() {
            true => "by patrol.toml; live tokens of the ledger stop git nevertheless",
            false => "by patrol.toml; tokens of ours stop git nevertheless",
        };
        for pattern in &self.patterns {
            coverage.skip_because(pattern.as_bytes(), Reason::Excluded, Some(why));
        }
        for path in &self.added_rules {
            let why = "what these rules allow, by patrol.toml";
            coverage.skip_because(path.as_os_str().as_bytes(), Reason::Excluded, Some(why));
        }
        redact::coverage(coverage, &self.detector);
    }

    fn collect(
        &self,
        search: impl FnOnce(&(dyn Fn(Finding) + Sync)) -> Result<Coverage, ScanError>,
    ) -> Result<(Vec<Finding>, Coverage), CliError> {
        let found = Mutex::new(Vec::new());
        let tally = Tally::of_run();
        let mut coverage = search(&|finding| {
            if tally.has_room(finding.own().is_some()) {
                found.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
            }
        })?;
        tally.note("the findings".as_bytes(), &mut coverage);
        Ok((found.into_inner().unwrap_or_else(PoisonError::into_inner), coverage))
    }
}
