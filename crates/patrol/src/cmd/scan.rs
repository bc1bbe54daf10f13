//! `patrol scan`: looks for tokens where they must not be.
//!
//! `sources` decides what is read, `collect` judges what is found, `answer` tells it.

pub(super) mod accept;
mod answer;
mod collect;
mod gitleaks;
mod next;
pub(super) mod redact;
pub(super) mod rules;
mod sources;
mod texts;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use patrol_app::{App, SystemClock};
use patrol_ledger::{Clock as _, Via};
use patrol_scan::{Detector, Options};
use patrol_token::Prefix;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::settings::repository::Additions;

use accept::{Acceptance, Growing, Voice};
use answer::{Frame, Output};
use collect::{Collector, Judge};
use sources::Source;

/// The most threads: far more than reading has use for.
const THREADS_MAX: i64 = 256;

/// The deepest nesting that may be asked for: no more than is opened.
const ARCHIVE_DEPTH_MAX: i64 = Options::ARCHIVE_DEPTH_MAX as i64;

/// Look for tokens where they must not be
///
/// Reads files under the paths (the current directory unless said otherwise), ignored and hidden
/// ones too, `.git` apart; or, with one of the source flags, from the git repository that PATH is
/// in. Tokens are found by prefix and checksum, and the ledger tells whose they are and whether
/// they work; secrets of other providers are found by rules. Archives are opened and encodings
/// undone. What is not read is named, never passed over.
///
/// Formats: human, json, jsonl (a line for each finding, of standard input as it is found; then the
/// coverage), sarif (code scanning), junit (test reports), gitlab (secret detection), github
/// (annotations), csv.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol scan
  patrol scan --history --revoke
  patrol scan --staged
  patrol scan --range origin/main..HEAD --format json
  kubectl logs deploy/api | patrol scan --stdin
  patrol scan --no-ledger --prefix acme_pat src
  patrol scan --format sarif --output patrol.sarif
  patrol scan --write-baseline accepted.baseline
  patrol scan --baseline accepted.baseline
  patrol scan --rules .gitleaks.toml

Exit codes:
  0  nothing at or above --fail-on, and everything was read
  1  findings
  3  nothing to look for, or a file of rules or a baseline that is none
  4  the named ledger is absent, or an action of --revoke failed
  5  nothing was found, but something was not read")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the contract")]
pub(crate) struct Args {
    /// Files and directories; with a git source, repositories
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What is staged: the index against HEAD
    #[arg(long, group = "source", help_heading = "Source")]
    staged: bool,
    /// What these commits add
    #[arg(long, group = "source", value_name = "A..B", help_heading = "Source")]
    range: Option<String>,
    /// Every object, reachable or not, with messages, names, refs and reflogs
    #[arg(long, group = "source", help_heading = "Source")]
    history: bool,
    /// Standard input
    #[arg(long, group = "source", conflicts_with = "paths", help_heading = "Source")]
    stdin: bool,
    /// What a push brings in: git's lines `<old> <new> <ref>` on standard input, in its hook
    #[arg(long, group = "source", help_heading = "Source")]
    pre_receive: bool,
    /// Look for this prefix, too; the checksum decides. May be given more than once
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<Prefix>,
    /// Ask no ledger: tokens of yours are looked for by --prefix alone, and each that is found is
    /// unknown
    #[arg(long, conflicts_with = "revoke")]
    no_ledger: bool,
    /// Record live tokens that are found as leaked, and revoke or suspend them by policy
    #[arg(long)]
    revoke: bool,
    /// What fails the scan: live (your tokens that work, or would if resumed), unknown (also those that
    /// no ledger knows, and secrets of other providers) or any (also those that have ended)
    #[arg(long, value_name = "LEVEL", default_value = "unknown", hide_possible_values = true)]
    fail_on: FailOn,
    /// What else to look for: builtin (tokens of well-known providers), none, or a file with rules: a
    /// configuration of gitleaks, or patrol's own form (docs/rules.md)
    #[arg(long, value_name = "builtin|none|FILE", default_value = "builtin")]
    rules: rules::Choice,
    /// Open archives in archives down to this depth; 0 opens none
    #[arg(long, value_name = "N", default_value_t = rules::archive_depth(), value_parser = clap::value_parser!(u8).range(..=ARCHIVE_DEPTH_MAX))]
    max_archive_depth: u8,
    /// Write the report to this file, in the format that --format says; what stands in it is replaced
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Accept what this file lists, but never a live token of the ledger. May be given more than once
    #[arg(long = "baseline", value_name = "FILE", help_heading = "Accepting")]
    baselines: Vec<PathBuf>,
    /// Add what is found to this file; what it says already stays. The exit code is still that of
    /// what was found
    #[arg(long, value_name = "FILE", help_heading = "Accepting")]
    write_baseline: Option<PathBuf>,
    /// Read with this many threads; one for each processor unless said otherwise
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=THREADS_MAX))]
    threads: u16,
    /// Read all of a history, and remember nothing for the next time
    #[arg(long)]
    no_cache: bool,
    /// Show no secret (none is ever shown)
    #[arg(long, hide = true)]
    redact: bool,
}

/// From where on a finding fails the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Tokens that work, or would if resumed.
    Live,
    /// Those, and tokens that no ledger knows.
    Unknown,
    /// Those, and tokens that have ended.
    Any,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    check_range(args.range.as_deref())?;
    let begun = now();
    let source = Source::choose(&args, cx)?;
    let growing = args.write_baseline.as_deref().map(Growing::open).transpose()?;
    let mut output = Output::open(args.output.as_deref(), cx)?;
    let app = ledger(&args, cx)?;
    let additions = Additions::read(source.directories().iter().map(PathBuf::as_path))?;
    let rules = rules::read(&args.rules, &[&cx.additions.rules, &additions.rules], cx)?;
    let prefixes = prefixes(&args, cx, &additions, app.as_ref(), !rules.is_empty())?;
    match (&app, args.no_ledger) {
        (None, false) => tell_without_ledger(&prefixes, !rules.is_empty(), cx),
        (None, true) if prefixes.is_empty() => cx.ui.warn(
            "--no-ledger without --prefix: tokens of yours are not looked for, other providers' \
             secrets only",
        ),
        _ => {}
    }
    let rules = rules.and(&rules::imported(app.as_ref(), cx)?);
    let detector = Detector::new(&prefixes).with_rules(rules);
    let excludes = [additions.excludes.clone(), cx.additions.excludes.clone()].concat();
    let judge = Judge {
        detector: &detector,
        app: app.as_ref(),
        responder: args.revoke.then(|| cx.caller(Via::Cli)),
        fail_on: args.fail_on,
        hidden: source.hidden(&excludes)?,
        added_rules: match args.rules {
            rules::Choice::None => Vec::new(),
            rules::Choice::Builtin | rules::Choice::File(_) => {
                [cx.additions.rules.clone(), additions.rules.clone()].concat()
            }
        },
        acceptance: acceptance(&args, cx, &additions, app.is_some(), begun)?,
    };
    let stream = output.stream(matches!(source, Source::Stdin), cx);
    let was_streamed = stream.is_some();
    let collector = Collector::new(judge, stream);
    let coverage = {
        let _progress = cx.ui.progress("searching");
        source.search(&args, cx, &detector, &|finding| collector.take(finding))?
    };
    let found = collector.finish(coverage, &mut |text| cx.ui.warn(text));
    let frame = Frame { begun, ended: now(), root: source.root() };
    output.write(&found, &frame, was_streamed, cx)?;
    if let Some(growing) = growing {
        growing.write(found.failing(), &cx.settings.actor, begun)?.tell(&cx.ui);
    }
    answer::exit(&found, cx)
}

/// The time of day, for reports and for days in baselines.
pub(super) fn now() -> SystemTime {
    let micros = SystemClock.now().as_micros().unsigned_abs();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

/// What is accepted: by the caller's baselines, and by those that the repositories name.
fn acceptance(
    args: &Args,
    cx: &Context,
    additions: &Additions,
    has_ledger: bool,
    now: SystemTime,
) -> Result<Acceptance, CliError> {
    let named = args.baselines.iter().map(|path| (path.clone(), Voice::Caller));
    let added = [&cx.additions.baselines, &additions.baselines].into_iter().flatten();
    let added = added.map(|path| (path.clone(), Voice::Repository));
    let has_file = matches!(args.rules, rules::Choice::File(_));
    Acceptance::read(named.chain(added), has_file, has_ledger, now, &mut |text| cx.ui.warn(text))
}

/// A range names both its sides. An empty one is most often an empty variable of a script, and what
/// it would silently mean (HEAD, or nothing) is not what was asked.
fn check_range(range: Option<&str>) -> Result<(), CliError> {
    let Some(range) = range else { return Ok(()) };
    let sides = range.split_once("...").or_else(|| range.split_once(".."));
    match sides {
        Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() => Ok(()),
        _ => Err(CliError::usage("--range takes A..B, with both sides named").hint(
            "for the last commit: --range HEAD~1..HEAD, where it is not the first one that is \
                 there; for everything: --history",
        )),
    }
}

/// The ledger, if there is one to ask. One that somebody named must be there.
fn ledger(args: &Args, cx: &Context) -> Result<Option<App>, CliError> {
    if args.no_ledger {
        return Ok(None);
    }
    match cx.open_to_tell() {
        Err(error)
            if error.kind == Kind::NoLedger && !cx.settings.ledger.is_named && !args.revoke =>
        {
            Ok(None)
        }
        opened => opened.map(Some),
    }
}

/// Everything to look for: what the ledger ever used, and what flags, settings and the scanned
/// repository add.
fn prefixes(
    args: &Args,
    cx: &Context,
    additions: &Additions,
    app: Option<&App>,
    has_rules: bool,
) -> Result<Vec<Prefix>, CliError> {
    let mut prefixes = args.prefixes.clone();
    prefixes.extend_from_slice(&cx.settings.prefixes);
    prefixes.extend_from_slice(&cx.additions.prefixes);
    prefixes.extend_from_slice(&additions.prefixes);
    if let Some(app) = app {
        prefixes.extend(app.prefixes()?);
    }
    prefixes.sort();
    prefixes.dedup();
    if prefixes.is_empty() && !has_rules {
        return Err(CliError::config(
            "there is nothing to look for: no ledger, no prefix and no rules",
        )
        .hint("name a ledger with --ledger, a prefix with --prefix, or rules with --rules"));
    }
    Ok(prefixes)
}

fn tell_without_ledger(prefixes: &[Prefix], has_rules: bool, cx: &Context) {
    let names = prefixes.iter().map(Prefix::as_str).collect::<Vec<_>>().join(", ");
    let what = match (names.is_empty(), has_rules) {
        (true, _) => "looking for other providers' secrets only".to_owned(),
        (false, false) => format!("looking for {names} only, and calling what is found unknown"),
        (false, true) => format!(
            "looking for {names} and other providers' secrets, and calling tokens of ours unknown"
        ),
    };
    let place = cx.settings.ledger.path().map(|path| path.display().to_string());
    let place = place.unwrap_or_else(|_| "its default place".into());
    cx.ui.warn(&format!("there is no ledger at {place}: {what}"));
}
