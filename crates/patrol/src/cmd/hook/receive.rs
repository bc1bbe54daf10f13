//! `patrol hook run --kind pre-receive`: what a server's hook calls when a push has come in whole
//! and nothing has been taken over yet. Refused here, nothing of it stays.
//!
//! `limit` searches in bounded time, `bypass` knows who may go past it, `words` tells the pusher.
//! Whatever goes wrong refuses the push: a hook that fails open guards nothing.

mod bypass;
mod limit;
mod watchdog;
mod words;

use std::io::{IsTerminal as _, Read as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use patrol_app::intake;
use patrol_ledger::{Bypass, Via};
use patrol_scan::source::git::{Received, Updates};
use patrol_scan::{Coverage, Finding, Reason, report};

use super::search::Search;
use super::weigh::Weight;
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use bypass::Request;
use watchdog::Watchdog;
use words::Voice;

/// The most bytes of lines that are read: half a million refs.
const LINES_MAX: u64 = 64 << 20;

/// How a server's hook goes about it.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Manner {
    /// Search a push for at most this long, such as 4s, 500ms or 2m; or none (for pre-receive; 30s
    /// unless said otherwise; GitHub Enterprise Server gives all hooks together 5s)
    #[arg(long, value_name = "DUR", value_parser = limit::parse)]
    pub(super) time_limit: Option<limit::Limit>,
    /// What becomes of a push that takes longer: refuse, or allow, which is told and recorded (for
    /// pre-receive; refuse unless said otherwise)
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    pub(super) on_timeout: Option<OnTimeout>,
    /// Record a live token that is pushed as leaked, and revoke or suspend it by policy (for
    /// pre-receive)
    #[arg(long)]
    pub(super) revoke: bool,
}

/// What becomes of a push that could not be searched in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum OnTimeout {
    /// It is refused.
    #[default]
    Refuse,
    /// It is let through, told and recorded.
    Allow,
}

impl Manner {
    /// Makes sure that these are said of a server's hook only.
    ///
    /// # Errors
    /// They are said of another one.
    pub(super) fn check(&self, kind: super::Kind) -> Result<(), CliError> {
        let is_given = self.time_limit.is_some() || self.on_timeout.is_some() || self.revoke;
        if is_given && kind != super::Kind::PreReceive {
            return Err(CliError::usage(format!(
                "--time-limit, --on-timeout and --revoke are for pre-receive, not for {}",
                kind.as_str()
            ))
            .hint("say --kind pre-receive"));
        }
        Ok(())
    }

    /// As arguments for the hook, each fit for `sh`.
    pub(super) fn arguments(&self) -> String {
        let limit = self.time_limit.map(|limit| format!(" --time-limit {limit}"));
        let mut text = limit.unwrap_or_default();
        match self.on_timeout {
            Some(OnTimeout::Allow) => text.push_str(" --on-timeout allow"),
            Some(OnTimeout::Refuse) => text.push_str(" --on-timeout refuse"),
            None => {}
        }
        if self.revoke {
            text.push_str(" --revoke");
        }
        text
    }
}

/// Judges a push. Every error is told in words that reach the pusher, and refuses it.
pub(super) fn run(manner: &Manner, cx: &Context) -> Exit {
    let voice = Voice::new(cx);
    let begun = Instant::now();
    let limit = manner.time_limit.unwrap_or_default();
    // It goes last: the words of an error may be what keeps this waiting.
    let watchdog = Watchdog::new(limit, cx);
    let judged = match &watchdog {
        Ok(_) => judged(manner, (begun, limit), cx, &voice),
        Err(error) => return voice.error(error),
    };
    judged.unwrap_or_else(|error| voice.error(&error))
}

fn judged(
    manner: &Manner,
    (begun, limit): (Instant, limit::Limit),
    cx: &Context,
    voice: &Voice<'_>,
) -> Result<Exit, CliError> {
    let received = received(cx)?;
    let search = Arc::new(Search::new(cx)?);
    if let Some(words) = search.misses_own() {
        voice.misses_own(words);
    }
    let names = search.names(&received.updates);
    if received.quarantine.is_none() {
        tracing::info!("there is no quarantine: objects that no ref reaches are not searched");
    }
    let mut scan =
        limit::search(&search, received, cx.settings.git.clone(), limit.after(begun.elapsed()))?;
    search.judge(&mut scan.findings, &mut scan.coverage)?;
    report::sort(&mut scan.findings);
    if cx.ui.is_json() {
        let mut text = Vec::new();
        report::json_v1(&scan.findings, &scan.coverage, &mut text)
            .map_err(|error| CliError::io("the report", &error))?;
        cx.ui.json_text(String::from_utf8_lossy(&text).into_owned())?;
    }
    let push = Push { findings: scan.findings, coverage: scan.coverage, names, limit: limit.0 };
    push.decide(manner, &search, cx, voice)
}

/// What git says of the push: its lines on standard input, and where its objects are.
///
/// # Errors
/// Lines that are not git's: called in any other way nothing would be searched, which must not look
/// like nothing found.
pub(in crate::cmd) fn received(cx: &Context) -> Result<Received, CliError> {
    let wrong = |what: &str| {
        CliError::usage(format!("standard input: {what}")).hint(
            "git calls this from its pre-receive hook, with a line for each ref: <old id> <new id> <ref>",
        )
    };
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(wrong("git's lines are expected, not a terminal"));
    }
    let mut lines = Vec::new();
    stdin
        .take(LINES_MAX + 1)
        .read_to_end(&mut lines)
        .map_err(|error| CliError::io("standard input cannot be read", &error))?;
    if lines.len() as u64 > LINES_MAX {
        return Err(wrong("there are more lines than a push has refs"));
    }
    let updates = Updates::parse(&lines).map_err(|error| wrong(&error.to_string()))?;
    Ok(Received { updates, quarantine: cx.settings.push.quarantine.clone() })
}

/// A push that was searched.
struct Push {
    findings: Vec<Finding>,
    coverage: Coverage,
    /// Its refs, fit to show.
    names: Vec<String>,
    limit: Option<Duration>,
}

impl Push {
    /// Tells what was found, and whether the push may go on.
    fn decide(
        mut self,
        manner: &Manner,
        search: &Search,
        cx: &Context,
        voice: &Voice<'_>,
    ) -> Result<Exit, CliError> {
        let has = |weight: Weight| self.findings.iter().any(|it| Weight::of(it) == weight);
        let (is_live, stops) = (has(Weight::Live), has(Weight::Live) || has(Weight::Stops));
        let is_complete = self.coverage.is_complete();
        if !stops && is_complete {
            voice.passed(&self.findings, search);
            return Ok(Exit::Yes);
        }
        let request = Request::read(&cx.settings.push.options);
        // Only the clock is to blame, and the server's setting says to let such pushes pass.
        if !stops && self.is_out_of_time() && manner.on_timeout == Some(OnTimeout::Allow) {
            bypass::record(
                Bypass::TimeLimit,
                None,
                &self.findings,
                &self.names,
                false,
                search,
                cx,
            )?;
            voice.out_of_time(self.limit);
            return Ok(Exit::Yes);
        }
        if let Request::Skip(reason) = &request
            && !is_live
            && search.has_ledger()
        {
            let let_through = self.let_through(reason, is_complete, search, cx);
            return match let_through {
                Ok(()) => {
                    voice.bypassed(&self.findings, &self.coverage, search, self.limit);
                    Ok(Exit::Yes)
                }
                Err(error) => {
                    voice.refused(&self.findings, &self.coverage, search, self.limit);
                    Err(error)
                }
            };
        }
        voice.refused(&self.findings, &self.coverage, search, self.limit);
        if is_live && manner.revoke {
            // It has been sent over a wire and lay on this server: it has leaked, whatever becomes
            // of the push.
            self.respond(search, cx, voice)?;
        }
        match request {
            Request::None => voice.way_on(&self.findings, is_live, search),
            Request::Skip(_) if is_live => voice.live_stays(),
            Request::NoReason => voice.no_reason(),
            Request::Skip(_) => voice.no_ledger(),
        }
        Ok(if stops { Exit::No } else { Exit::Incomplete })
    }

    /// Records that it is let through, and why, before anybody is told so.
    fn let_through(
        &self,
        reason: &str,
        is_complete: bool,
        search: &Search,
        cx: &Context,
    ) -> Result<(), CliError> {
        search.refuse_secrets(reason)?;
        let (by, reason) = (Bypass::PushOption, Some(reason.to_owned()));
        bypass::record(by, reason, &self.findings, &self.names, is_complete, search, cx)
    }

    fn is_out_of_time(&self) -> bool {
        let unread = self.coverage.skipped();
        let mut unread =
            unread.iter().filter(|it| it.reason.class() == patrol_scan::Class::NotRead);
        unread.all(|it| it.reason == Reason::Stopped)
    }

    /// Records live tokens as leaked, and does what the policy says.
    fn respond(
        &mut self,
        search: &Search,
        cx: &Context,
        voice: &Voice<'_>,
    ) -> Result<(), CliError> {
        let Some(app) = search.app() else { return Ok(()) };
        let caller = cx.caller(Via::Hook);
        let live = self.findings.iter_mut().filter(|it| Weight::of(it) == Weight::Live);
        for finding in live {
            let before = finding.status;
            let response = intake::respond(app, &caller, finding)?;
            voice.responded(finding, response.action);
            // How it was found decides: a live token that was just revoked was live.
            finding.status = before;
        }
        Ok(())
    }
}
