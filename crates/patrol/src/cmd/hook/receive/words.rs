//! What a pusher reads. Git shows each line with `remote: ` before it; GitLab shows only lines that
//! are marked for it. No word ever shows the secret.

use std::time::Duration;

use patrol_scan::{Action, Class, Coverage, Finding, Skipped};

use super::limit::Limit;
use crate::cmd::Context;
use crate::cmd::hook::git;
use crate::cmd::hook::search::Search;
use crate::cmd::hook::weigh::{self, Weight};
use crate::error::{CliError, Exit};
use crate::guard::hush_foreign;
use crate::ui::{Ui, shown};

/// Places that are named.
const NAMED: usize = 20;

/// By this GitLab knows the lines it shows.
const GITLAB: &str = "GL-HOOK-ERR: ";

/// Speaks to the pusher.
pub(super) struct Voice<'a> {
    cx: &'a Context,
    mark: &'static str,
}

impl<'a> Voice<'a> {
    pub(super) fn new(cx: &'a Context) -> Self {
        Self { cx, mark: Self::mark(cx) }
    }

    /// What the server wants before each line.
    pub(super) fn mark(cx: &Context) -> &'static str {
        if cx.settings.push.is_gitlab { GITLAB } else { "" }
    }

    /// Says some lines.
    fn say(&self, text: &str) {
        for line in text.trim_end().lines() {
            self.cx.ui.remote(self.mark, line);
        }
    }

    /// An error, which refuses the push.
    pub(super) fn error(&self, error: &CliError) -> Exit {
        Self::tell(&self.cx.ui, self.mark, error)
    }

    /// The same for who has no context.
    pub(super) fn tell(ui: &Ui, mark: &str, error: &CliError) -> Exit {
        if ui.is_json() {
            return ui.error(error);
        }
        // It is read by whoever pushes, and may name a path of this server's.
        let hushed = |text: &str| shown(&hush_foreign(text, text)).into_owned();
        ui.remote(mark, &format!("patrol: {}", hushed(&error.message)));
        if let Some(hint) = &error.hint {
            ui.remote(mark, &hushed(hint));
        }
        ui.remote(mark, "The push is refused, as it could not be checked or not be recorded.");
        error.kind.exit()
    }

    /// What was found and stops nothing.
    pub(super) fn passed(&self, findings: &[Finding], search: &Search) {
        if findings.is_empty() {
            return;
        }
        self.list(findings, search, |_| true);
        self.say(
            "patrol: what is revoked, expired or allowed by a comment on its line stops no push",
        );
    }

    /// What was found and what was not read.
    pub(super) fn refused(
        &self,
        findings: &[Finding],
        coverage: &Coverage,
        search: &Search,
        limit: Option<Duration>,
    ) {
        let stops = || findings.iter().filter(|it| Weight::of(it).stops());
        self.say(&match stops().next() {
            Some(_) => format!("patrol: PUSH BLOCKED: it would bring in {}", weigh::count(stops())),
            None => "patrol: PUSH BLOCKED: not everything in it was read".to_owned(),
        });
        self.list(findings, search, Weight::stops);
        self.unread(coverage, limit);
    }

    /// What was found and what was not read in a push that is let through all the same.
    pub(super) fn bypassed(
        &self,
        findings: &[Finding],
        coverage: &Coverage,
        search: &Search,
        limit: Option<Duration>,
    ) {
        let stops = || findings.iter().filter(|it| Weight::of(it).stops());
        let with = match stops().next() {
            Some(_) => format!("with {}", weigh::count(stops())),
            None => "though not everything in it was read".to_owned(),
        };
        self.say(&format!(
            "patrol: LET THROUGH {with}, as patrol.skip asks; it is recorded with your reason"
        ));
        self.list(findings, search, Weight::stops);
        self.unread(coverage, limit);
    }

    fn list(&self, findings: &[Finding], search: &Search, wanted: impl Fn(Weight) -> bool) {
        let wanted: Vec<_> = findings.iter().filter(|it| wanted(Weight::of(it))).collect();
        for finding in wanted.iter().take(NAMED) {
            self.say(&weigh::line(finding, search.has_ledger(), true));
        }
        if wanted.len() > NAMED {
            self.say(&format!("  and {} more places", wanted.len() - NAMED));
        }
    }

    fn unread(&self, coverage: &Coverage, limit: Option<Duration>) {
        let skipped = coverage.skipped();
        let unread = |it: &&Skipped| it.reason.class() == Class::NotRead;
        let mut unread: Vec<_> = skipped.iter().filter(unread).collect();
        if let (Some(at), Some(limit)) =
            (unread.iter().position(|it| it.reason == patrol_scan::Reason::Stopped), limit)
        {
            self.say(&format!(
                "  not read: the rest, as the time was over ({})",
                Limit(Some(limit))
            ));
            unread.remove(at);
        }
        for it in unread.iter().take(5) {
            self.say(&format!("  not read: {} ({})", shown(&it.what), it.reason.as_str()));
        }
        if unread.len() > 5 {
            self.say(&format!("  not read: {} more", unread.len() - 5));
        }
    }

    /// How to mend it, and how to go past.
    pub(super) fn way_on(&self, findings: &[Finding], is_live: bool, search: &Search) {
        self.say(match findings.iter().any(|it| Weight::of(it).stops()) {
            true => {
                "Take it out of the commit that brought it in, and push again: `git commit --amend` \
                 for the last one,\n`git rebase -i` for an older one. A commit on top that deletes \
                 it leaves it in the history."
            }
            false => "What was not read may hold secrets. Smaller pushes are read sooner.",
        });
        if is_live {
            self.say("A live token cannot be pushed. Replace it as well: `patrol rotate`, `patrol revoke`.");
            return;
        }
        if findings.iter().any(|it| weigh::may_be_allowed(it, search.has_ledger())) {
            self.say(&format!("{}, in the commit that brings it in.", weigh::ALLOW));
        }
        // git of the pusher's side refuses options that this side does not hear.
        let hears = || !self.cx.settings.push.options.is_empty() || git::hears_push_options();
        match search.has_ledger() {
            true if hears() => self.say(
                "If it may be pushed as it is, say why, which is recorded: \
                 git push -o patrol.skip=\"<reason>\"",
            ),
            true => self.say(
                "If it may be pushed as it is, whoever runs this server has to let it hear reasons \
                 first: git config receive.advertisePushOptions true",
            ),
            false => {}
        }
    }

    /// That tokens of this server's own are not looked for.
    pub(super) fn misses_own(&self, words: &str) {
        self.say(&format!("patrol: {}", shown(words)));
    }

    pub(super) fn live_stays(&self) {
        self.say(
            "patrol.skip does not hold: a token that works is never let through. Revoke or replace \
             it first.",
        );
    }

    pub(super) fn no_reason(&self) {
        self.say(
            "patrol.skip needs a reason, which is recorded: git push -o patrol.skip=\"<reason>\"",
        );
    }

    pub(super) fn no_ledger(&self) {
        self.say("patrol.skip does not hold: this server has no ledger to record it in.");
    }

    pub(super) fn out_of_time(&self, limit: Option<Duration>) {
        self.say(&format!(
            "patrol: LET THROUGH without being searched to the end: the time was over ({}); it is \
             recorded",
            Limit(limit)
        ));
    }

    /// What was done about a live token.
    pub(super) fn responded(&self, finding: &Finding, action: Action) {
        let done = match action {
            Action::Revoked => "has been revoked, as it is on this server now",
            Action::Suspended => "has been suspended, as it is on this server now",
            Action::Already => "had been suspended before; its leak is recorded",
            Action::None => "stays as it is, by policy; its leak is recorded",
        };
        self.say(&format!("patrol: {} {done}", finding.secret.redacted()));
    }
}
