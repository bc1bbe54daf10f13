//! `patrol audit verify`: what a bundle, a proof or a checkpoint proves, offline.

use std::path::PathBuf;

use patrol_ledger::bundle::{MAX_LEN, Report, Trust, verify};
use patrol_ledger::merkle::{self, leaf_hash};
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::Note;
use patrol_ledger::tlog::policy::Policy;
use patrol_ledger::tlog::proof::verify_consistency;
use patrol_ledger::tlog::tlog_proof::TlogProof;
use patrol_ledger::tlog::witness::AddCheckpoint;
use serde::Serialize;

use super::log::{SMALL, key, read};
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::{Look, paint, shown};

/// Verify a bundle, a proof or a checkpoint, without any ledger
///
/// Says in plain words what was proven and what was not. Whom to believe is said with --key (the
/// log's verifier key, which the first event and every auditor's file hold) or with --policy (a
/// tlog-policy file: logs, witnesses, and how many of them). Exit code 0: all that the file claims
/// is proven; 1: it is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit verify token.bundle --key log.acme.example/tokens+1a2b3c4d+AW4i…
  patrol audit verify token.bundle --key log.vkey --checkpoint checkpoint.2026-03-31
  patrol audit verify checkpoint --policy acme.policy")]
pub(crate) struct Args {
    /// The file; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The log's verifier key, or a file that holds it
    #[arg(long, value_name = "KEY", required_unless_present = "policy", conflicts_with = "policy")]
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
        (Some(text), _) => Trust::Key(key(text)?),
        (None, Some(path)) => {
            let text = String::from_utf8_lossy(&read(path, SMALL)?).into_owned();
            let policy = Policy::parse(&text);
            Trust::Policy(policy.map_err(|why| CliError::usage(format!("the policy: {why}")))?)
        }
        (None, None) => return Err(CliError::usage("say whose log it is: --key or --policy")),
    };
    let old = args.checkpoint.as_ref().map(|path| read(path, SMALL)).transpose()?;
    let bytes = read(&args.file, MAX_LEN)?;
    let report = match bytes.first() {
        Some(b'{') => verify(&bytes, &trust, old.as_deref()).map_err(|why| {
            CliError::new(Kind::Refused, why.to_string())
                .hint("it was cut on its way, or is another file; ask for it again")
        })?,
        _ => of_text(&bytes, &trust, old.as_deref()),
    };
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

/// A proof file, with the way from an older checkpoint behind it or not, or a checkpoint.
fn of_text(bytes: &[u8], trust: &Trust, old: Option<&[u8]>) -> Report {
    let mut report = Report::default();
    let behind = b"\n\nold ";
    let (first, way) = match bytes.windows(behind.len()).position(|window| window == behind) {
        Some(at) => (&bytes[..=at], Some(&bytes[at + 2..])),
        None => (bytes, None),
    };
    let outcome = if first.starts_with(b"c2sp.org/tlog-proof@v1\n") {
        proof(first, trust, &mut report)
    } else {
        believed(first, trust, &mut report).map(|checkpoint| report.checkpoint = Some(checkpoint))
    };
    if let Err(why) = outcome.and_then(|()| continues(way, old, &mut report)) {
        report = Report { failed: vec![why], ..Report::default() };
    }
    report
}

/// Whether the checkpoint that was believed continues an older one.
fn continues(way: Option<&[u8]>, old: Option<&[u8]>, report: &mut Report) -> Result<(), String> {
    let Some(new) = &report.checkpoint else { return Ok(()) };
    let way = way.map(AddCheckpoint::parse).transpose().map_err(|why| why.to_string())?;
    let Some(old) = old else {
        if let Some(way) = way {
            report.not_proven.push(format!(
                "that the log continues the checkpoint of {} events: give that with --checkpoint",
                way.old
            ));
        }
        return Ok(());
    };
    let old = Note::parse(old).map_err(|why| format!("the older checkpoint: {why}"))?;
    let old = Checkpoint::parse(old.text());
    let old = old.map_err(|why| format!("the older checkpoint: {why}"))?;
    if old.origin != new.origin {
        return Err(format!("the older checkpoint is of another log, {}", old.origin));
    }
    let proof = match way {
        Some(way) if way.old == old.size => {
            let end = Checkpoint::parse(way.checkpoint.text()).map_err(|why| why.to_string())?;
            if (end.size, end.root) != (new.size, new.root) {
                return Err("the two parts of this file are of different checkpoints".into());
            }
            way.proof
        }
        _ if old.size == new.size => Vec::new(),
        Some(way) => {
            return Err(format!(
                "this file has the proof from {} events on, and the older checkpoint has {}",
                way.old, old.size
            ));
        }
        None => {
            return Err(
                "this file has no proof from an older checkpoint on; `audit prove --since` \
                        and bundles have one"
                    .into(),
            );
        }
    };
    verify_consistency((old.size, &old.root), (new.size, &new.root), &proof)
        .map_err(|why| format!("the log does not continue the older checkpoint: {why}"))?;
    report.proven.push(format!(
        "the first {} events are those that the older checkpoint committed to",
        old.size
    ));
    Ok(())
}

fn proof(bytes: &[u8], trust: &Trust, report: &mut Report) -> Result<(), String> {
    let proof = TlogProof::parse(bytes).map_err(|why| why.to_string())?;
    let checkpoint = believed(proof.checkpoint.to_string().as_bytes(), trust, report)?;
    let Some(entry) = &proof.extra else {
        return Err("the proof does not bring its entry (the `extra` line), so there is nothing to hold against it".into());
    };
    patrol_ledger::tlog::proof::verify_inclusion(
        proof.index,
        checkpoint.size,
        &leaf_hash(entry),
        &proof.hashes,
        &checkpoint.root,
    )
    .map_err(|why| why.to_string())?;
    report.events = 1;
    report
        .proven
        .push(format!("the entry in this file is in the log, at position {}", proof.index));
    report.checkpoint = Some(checkpoint);
    Ok(())
}

fn believed(bytes: &[u8], trust: &Trust, report: &mut Report) -> Result<Checkpoint, String> {
    let checkpoint = match trust {
        Trust::Key(key) => {
            let signed = Checkpoint::open(bytes, key).map_err(|why| why.to_string())?;
            report
                .not_proven
                .push("that others were shown the same log: only witnesses tell (--policy)".into());
            signed.checkpoint
        }
        Trust::Policy(policy) => {
            let accepted = policy.accept(bytes).map_err(|why| why.to_string())?;
            report.proven.push(match accepted.witnesses.is_empty() {
                true => "the policy accepts the checkpoint, and asks for no witness".into(),
                false => format!("cosigned by {}", accepted.witnesses.join(", ")),
            });
            accepted.signed.checkpoint
        }
    };
    let Checkpoint { origin, size, .. } = &checkpoint;
    report.proven.push(format!("the log {origin} committed to {size} events"));
    Ok(checkpoint)
}

fn lines(answer: &Answer) -> String {
    let verdict = match answer.verified {
        true => paint(Look::Good, "proven"),
        false => paint(Look::Error, "NOT proven"),
    };
    let root = answer.root.as_ref().zip(answer.size).map(|(root, size)| {
        paint(Look::Faint, &format!("checkpoint  {size} events, root {root}")) + "\n"
    });
    let list = |head: &str, lines: &[String]| {
        let lines: String = lines.iter().map(|line| format!("- {}\n", shown(line))).collect();
        if lines.is_empty() { lines } else { format!("{head}\n{lines}") }
    };
    let (failed, proven) = (list("does not hold", &answer.failed), list("proven", &answer.proven));
    let open = list("not proven by this file", &answer.not_proven);
    format!("{verdict}\n{}{failed}{proven}{open}", root.unwrap_or_default())
}
