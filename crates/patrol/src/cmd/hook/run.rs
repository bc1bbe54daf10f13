//! `patrol hook run`: what the hooks call. It stops git for what may still open a door, warns of
//! what no longer does, and stops git as well when it cannot tell.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};

use patrol_scan::report;

use super::push::Push;
use super::search::Search;
use super::verdict::Verdict;
use super::{Kind, git, receive};
use crate::cmd::Context;
use crate::error::{CliError, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What git is about to do: pre-commit, pre-push or pre-receive
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    kind: Option<Kind>,
    /// The kind, if not given by --kind; then what git hands to the hook: for pre-push the remote
    #[arg(value_name = "ARG")]
    args: Vec<OsString>,
    #[command(flatten)]
    manner: receive::Manner,
}

pub(super) fn run(args: &Args, cx: &Context) -> Result<Exit, CliError> {
    let (kind, words) = args.split()?;
    args.manner.check(kind)?;
    if kind == Kind::PreReceive {
        return Ok(receive::run(&args.manner, cx));
    }
    let verdict = judged(kind, words, cx).map_err(|error| unchecked(kind, error))?;
    verdict.tell(cx)
}

fn judged(kind: Kind, words: &[OsString], cx: &Context) -> Result<Verdict, CliError> {
    let search = Search::new(cx)?;
    if let Some(words) = search.misses_own() {
        cx.ui.warn(words);
    }
    let (mut findings, mut coverage) = match kind {
        Kind::PreCommit => search.staged(cx)?,
        Kind::PrePush | Kind::PreReceive => {
            let (push, published) = push(words)?;
            search.pushed(&push, published, cx)?
        }
    };
    search.judge(&mut findings, &mut coverage)?;
    report::sort(&mut findings);
    Verdict::new(kind, findings, coverage, &search, cx)
}

/// Whoever called git did not call patrol, and wants to know who stopped it and what became of it.
fn unchecked(kind: Kind, error: CliError) -> CliError {
    let (what, stopped) = match kind {
        Kind::PreCommit => ("commit", "committed"),
        Kind::PrePush | Kind::PreReceive => ("push", "pushed"),
    };
    let why = error.message;
    let message =
        format!("patrol's hook cannot check this {what}, so nothing was {stopped}: {why}");
    CliError { message, ..error }
}

impl Args {
    /// An error that came before anything was looked at.
    pub(super) fn not_begun(&self, error: CliError) -> CliError {
        match self.split() {
            Ok((kind, _)) => unchecked(kind, error),
            Err(_) => error,
        }
    }

    /// The kind, and what git handed over.
    fn split(&self) -> Result<(Kind, &[OsString]), CliError> {
        if let Some(kind) = self.kind {
            return Ok((kind, &self.args));
        }
        let named = self.args.split_first().and_then(|(first, rest)| {
            let kind = <Kind as clap::ValueEnum>::from_str(first.to_str()?, false).ok()?;
            Some((kind, rest))
        });
        named.ok_or_else(|| {
            CliError::usage("it is not said what git is about to do")
                .hint("say --kind pre-commit, --kind pre-push or --kind pre-receive")
        })
    }
}

/// What git says it would push, and the ids of what is at the other side already. Called in any other way nothing would be
/// searched, which must not look like nothing found.
fn push(args: &[OsString]) -> Result<(Push, Vec<String>), CliError> {
    let Some(remote) = args.first() else {
        return Err(CliError::usage("it is not said where git is about to push").hint(
            "git's own pre-push hook says it: `patrol hook install --kind pre-push` writes one. \
             Frameworks that do not hand on git's arguments and standard input cannot call this",
        ));
    };
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(CliError::usage("git's lines are expected on standard input, not a terminal")
            .hint(
                "git calls this from its pre-push hook; to look at commits, `patrol scan --range`",
            ));
    }
    let mut lines = Vec::new();
    stdin
        .read_to_end(&mut lines)
        .map_err(|error| CliError::io("standard input cannot be read", &error))?;
    let push = Push::read(&lines)?;
    let address = args.get(1).map(OsString::as_os_str);
    let published = match (push.is_empty(), remote.to_str()) {
        (false, Some(remote)) => git::published(remote, address),
        _ => Vec::new(),
    };
    Ok((push, published))
}
