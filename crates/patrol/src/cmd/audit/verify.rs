//! `patrol audit verify`: what a bundle, a proof or a checkpoint proves, offline.

use std::path::PathBuf;

use patrol_ledger::bundle::{MAX_LEN, Trust, verify, verify_text};
use patrol_ledger::merkle;
use patrol_ledger::tlog::note::{Algorithm, VerifierKey};
use patrol_ledger::tlog::policy::Policy;
use patrol_ledger::{Event, counted};
use serde::Serialize;

use super::log::{SMALL, key, read};
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::{Look, paint, shown};

/// Verify a bundle, a proof or a checkpoint, without any ledger
///
/// Says in plain words what was proven and what was not. Whom to believe is said with --key (the
/// log's verifier key, which whoever has the ledger prints with `patrol audit key`; an older one
/// will do) or with --policy (a tlog-policy file: logs, witnesses, and how many of them). Without
/// either it is the key of the ledger at hand, where there is one. Exit code 0: all that the file
/// claims is proven; 1: it is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit verify token.bundle --key log.acme.example/tokens+1a2b3c4d+AW4i…
  patrol audit verify token.bundle --key log.vkey --checkpoint checkpoint.2026-03-31
  patrol audit verify 17.tlog-proof --key log.vkey
  patrol audit verify checkpoint --policy acme.policy")]
pub(crate) struct Args {
    /// The file; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The log's verifier key, or a file that holds it
    #[arg(long, value_name = "KEY", conflicts_with = "policy")]
    key: Option<String>,
    /// A tlog-policy file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// An older checkpoint, which the log must continue
    #[arg(long, value_name = "OLD")]
    checkpoint: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer {
    verified: bool,
    origin: Option<String>,
    size: Option<u64>,
    root: Option<String>,
    events: u64,
    proven: Vec<String>,
    not_proven: Vec<String>,
    failed: Vec<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let trust = match (&args.key, &args.policy) {
        (Some(text), _) => Trust::Key(of_a_log(key(text)?)?),
        (None, Some(path)) => {
            let text = String::from_utf8_lossy(&read(path, SMALL)?).into_owned();
            let policy = Policy::parse(&text);
            Trust::Policy(policy.map_err(|why| CliError::usage(format!("the policy: {why}")))?)
        }
        (None, None) => Trust::Key(own_key(cx)?),
    };
    let old = args.checkpoint.as_ref().map(|path| read(path, SMALL)).transpose()?;
    let bytes = read(&args.file, MAX_LEN)?;
    let report = match bytes.first() {
        Some(b'{') => verify(&bytes, &trust, old.as_deref()),
        _ => verify_text(&bytes, &trust, old.as_deref()),
    };
    let report = report.map_err(|why| {
        CliError::new(Kind::Refused, format!("{}: {why}", shown(&args.file.to_string_lossy())))
            .hint("it was cut on its way, or is another file; ask for it again")
    })?;
    let verified = report.failed.is_empty();
    let checkpoint = report.checkpoint.as_ref();
    let answer = Answer {
        verified,
        origin: checkpoint.map(|it| it.origin.clone()),
        size: checkpoint.map(|it| it.size),
        root: checkpoint.map(|it| merkle::hex(&it.root)),
        events: report.events,
        proven: report.proven,
        not_proven: report.not_proven,
        failed: report.failed,
    };
    match cx.ui.is_json() {
        true => cx.ui.json(&answer)?,
        false => cx.ui.print(&lines(&answer))?,
    }
    Ok(if verified { Exit::Yes } else { Exit::No })
}

/// The key that the ledger at hand began with: what it signed since leads from that to its present
/// one.
fn own_key(cx: &Context) -> Result<VerifierKey, CliError> {
    let ledger = &cx.settings.ledger;
    let there = ledger.path().ok().filter(|path| ledger.is_named || path.exists());
    let Some(path) = there else {
        return Err(CliError::usage(
            "whose log is it? There is no ledger here to take the key from",
        )
        .hint("name it with --key KEY, as `patrol audit key` prints it, or with --policy FILE"));
    };
    match cx.open()?.ledger().reader()?.event_at(0)?.event {
        Event::LedgerOpened(opened) => {
            cx.ui.note(&format!("by the key of the ledger {}", path.display()));
            of_a_log(key(&opened.verifier_key)?)
        }
        _ => Err(CliError::new(Kind::Store, "the ledger's first event does not open it")
            .hint("`patrol check` says what is wrong with it")),
    }
}

/// A witness's key signs for no log.
fn of_a_log(key: VerifierKey) -> Result<VerifierKey, CliError> {
    match key.algorithm() {
        Algorithm::Ed25519 => Ok(key),
        Algorithm::Cosignature => Err(CliError::usage(
            "this key is a witness's; --key takes the log's, which signs without a time (algorithm 0x01)",
        )
        .hint("witnesses stand in a policy, with the log: --policy FILE")),
    }
}

fn lines(answer: &Answer) -> String {
    let verdict = match answer.verified {
        true => paint(Look::Good, "proven"),
        false => paint(Look::Error, "NOT proven"),
    };
    let root = answer.root.as_ref().zip(answer.size).map(|(root, size)| {
        paint(Look::Faint, &format!("checkpoint of {}, root {root}", counted(size, "event"))) + "\n"
    });
    let list = |lines: &[String]| -> String {
        lines.iter().map(|line| format!("- {}\n", shown(line))).collect()
    };
    // The verdict is the heading of the one list that there is.
    let said = list(if answer.verified { &answer.proven } else { &answer.failed });
    let open = match answer.not_proven.is_empty() {
        true => String::new(),
        false => format!("not proven by this file\n{}", list(&answer.not_proven)),
    };
    format!("{verdict}\n{}{said}{open}", root.unwrap_or_default())
}
