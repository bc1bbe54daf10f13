//! `patrol scan`: looks for tokens where they must not be.
//!
//! `sources` decides what is read, `collect` judges what is found, `answer` tells it.

mod answer;
mod collect;
mod sources;

use std::path::PathBuf;

use patrol_app::App;
use patrol_ledger::Via;
use patrol_scan::Detector;
use patrol_token::Prefix;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::settings::repository::Additions;

use answer::Output;
use collect::Collector;
use sources::Source;

/// The most threads: far more than reading has use for.
const THREADS_MAX: i64 = 256;

/// Look for tokens where they must not be
///
/// Reads files under the paths (the current directory unless said otherwise), ignored and hidden
/// ones too, `.git` apart; or, with one of the source flags, from the git repository that PATH is
/// in. Tokens are found by prefix and checksum, and the ledger tells whose they are and whether
/// they work. What is not read is named, never passed over.
///
/// Formats: human, json, jsonl (a line for each finding as it is found, then the coverage).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol scan
  patrol scan --history --revoke
  patrol scan --staged
  patrol scan --range origin/main..HEAD --format json
  kubectl logs deploy/api | patrol scan --stdin
  patrol scan --no-ledger --prefix acme_pat src

Exit codes:
  0  nothing at or above --fail-on, and everything was read
  1  findings
  3  no prefix to look for
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
    /// Ask no ledger: every token that is found is unknown
    #[arg(long, conflicts_with = "revoke")]
    no_ledger: bool,
    /// Record what is found, and revoke or suspend it by policy
    #[arg(long)]
    revoke: bool,
    /// What fails the scan: live, unknown (live or unknown) or any
    #[arg(long, value_name = "LEVEL", default_value = "unknown", hide_possible_values = true)]
    fail_on: FailOn,
    /// Rules beside the ledger's own tokens: builtin or none (this version finds own tokens only)
    #[arg(long, value_name = "RULES", default_value = "builtin", hide_possible_values = true)]
    rules: Rules,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Read with this many threads; one for each processor unless said otherwise
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=THREADS_MAX))]
    threads: u16,
    /// Read everything anew (this version remembers nothing)
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

/// Which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Rules {
    Builtin,
    None,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    check_range(args.range.as_deref())?;
    let source = Source::choose(&args, cx)?;
    let mut output = Output::open(args.output.as_deref(), cx)?;
    let app = ledger(&args, cx)?;
    let additions = Additions::read(source.directories().iter().map(PathBuf::as_path))?;
    let prefixes = prefixes(&args, cx, &additions, app.as_ref())?;
    if app.is_none() && !args.no_ledger {
        tell_without_ledger(&prefixes, cx);
    }
    if let Some(app) = &app
        && app.has_legacy_formats()?
    {
        cx.ui.warn(
            "imported tokens of other formats are verified, but not looked for by this version",
        );
    }
    let detector = Detector::new(&prefixes);
    let excludes = [additions.excludes, cx.additions.excludes.clone()].concat();
    let collector = Collector::new(
        app.as_ref(),
        args.revoke.then(|| cx.caller(Via::Cli)),
        args.fail_on,
        source.hidden(&excludes)?,
        output.stream(cx),
    );
    let coverage = {
        let _progress = cx.ui.progress("searching");
        source.search(&args, cx, &detector, &|finding| collector.take(finding))?
    };
    let found = collector.finish(coverage);
    output.write(&found, cx)?;
    answer::exit(&found, cx)
}

/// A range names both its sides. An empty one is most often an empty variable of a script, and what
/// it would silently mean (HEAD, or nothing) is not what was asked.
fn check_range(range: Option<&str>) -> Result<(), CliError> {
    let Some(range) = range else { return Ok(()) };
    let sides = range.split_once("...").or_else(|| range.split_once(".."));
    match sides {
        Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() => Ok(()),
        _ => Err(CliError::usage("--range takes A..B, with both sides named")
            .hint("for the last commit: --range HEAD~1..HEAD; for everything: --history")),
    }
}

/// The ledger, if there is one to ask. One that somebody named must be there.
fn ledger(args: &Args, cx: &Context) -> Result<Option<App>, CliError> {
    if args.no_ledger {
        return Ok(None);
    }
    match cx.open() {
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
    if prefixes.is_empty() {
        return Err(CliError::config("there is nothing to look for: no ledger and no prefix")
            .hint("name a ledger with --ledger, or a prefix with --prefix"));
    }
    Ok(prefixes)
}

fn tell_without_ledger(prefixes: &[Prefix], cx: &Context) {
    let names: Vec<_> = prefixes.iter().map(Prefix::as_str).collect();
    let place = cx.settings.ledger.path().map(|path| path.display().to_string());
    cx.ui.warn(&format!(
        "there is no ledger at {}: looking for {} only, and calling what is found unknown",
        place.unwrap_or_else(|_| "its default place".into()),
        names.join(", "),
    ));
}
