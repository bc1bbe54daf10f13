//! `patrol audit prove`: that one event is in the log, and that the log continues an older one.

use std::path::Path;

use patrol_app::App;
use patrol_ledger::counted;
use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::hash_text;
use patrol_ledger::tlog::note::Note;
use patrol_ledger::tlog::proof::verify_inclusion;
use patrol_ledger::tlog::tlog_proof::TlogProof;
use patrol_ledger::tlog::witness::AddCheckpoint;
use patrol_token::TokenId;
use serde::Serialize;

use super::log::{CheckpointView, SMALL, newest, read};
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};

/// Prove that an event is in the log
///
/// Prints a proof file (C2SP tlog-proof) under the newest checkpoint, with the event's own bytes as
/// its extra data. With --since, the proof that the log continues an older checkpoint follows, in
/// the form that witnesses take: `old SIZE`, the hashes, the checkpoint.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit prove 17 > 17.tlog-proof && patrol audit verify 17.tlog-proof --key log.vkey
  patrol audit prove 17 --since checkpoint.2026-03-31")]
pub(crate) struct Args {
    /// The event's position in the log, as `patrol history` shows it
    #[arg(value_name = "POSITION", value_parser = position)]
    position: u64,
    /// An older checkpoint (a file), or its size
    #[arg(long, value_name = "OLD")]
    since: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    position: u64,
    leaf: String,
    envelope: String,
    proof: Vec<String>,
    tlog_proof: String,
    consistency: Option<Consistency>,
    checkpoint: CheckpointView,
}

#[derive(Serialize)]
struct Consistency {
    size: u64,
    proof: Vec<String>,
    add_checkpoint: String,
}

/// Reads a position. A token's id is what is most often given in its place.
fn position(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| match text.parse::<TokenId>() {
        Ok(id) => format!(
            "this is a token; one event of it is proven by its position (`patrol history {id}`), all \
             of them by `patrol audit bundle {id}`"
        ),
        Err(_) => "a position is a whole number; `patrol history` shows them".to_owned(),
    })
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    // Before anything is signed for a question that has no answer.
    let now = app.ledger().reader()?.head()?.tree.size();
    if args.position >= now {
        return Err(beyond(args.position, now));
    }
    let signed = newest(&app, cx)?;
    let reader = app.ledger().reader()?;
    let size = signed.checkpoint.size;
    let hashes = reader.inclusion(args.position, size)?;
    let hashes = hashes.ok_or_else(|| beyond(args.position, size))?;
    let envelope = reader.envelope_at(args.position)?;
    let (leaf, root) = (leaf_hash(&envelope), &signed.checkpoint.root);
    if let Err(why) = verify_inclusion(args.position, size, &leaf, &hashes, root) {
        // Nobody is given what does not verify.
        let message = format!("event {} is not what was signed: {why}", args.position);
        return Err(CliError::new(Kind::Store, message).hint("`patrol check` tells more"));
    }
    let tlog_proof = TlogProof {
        extra: Some(envelope.clone()),
        index: args.position,
        hashes,
        checkpoint: signed.note.clone(),
    };
    let consistency = match &args.since {
        Some(old) => {
            let old = older(&app, old, &signed.checkpoint)?;
            let proof = reader.consistency(old, size)?.unwrap_or_default();
            Some(AddCheckpoint { old, proof, checkpoint: signed.note.clone() })
        }
        None => None,
    };
    if !cx.ui.is_json() {
        cx.ui.print(&tlog_proof.to_string())?;
        if let Some(consistency) = consistency {
            cx.ui.print(&format!("\n{consistency}"))?;
        }
        return Ok(Exit::Yes);
    }
    cx.ui.json(&Answer {
        position: args.position,
        leaf: hash_text(&leaf),
        envelope: String::from_utf8_lossy(&envelope).into_owned(),
        proof: tlog_proof.hashes.iter().map(hash_text).collect(),
        tlog_proof: tlog_proof.to_string(),
        consistency: consistency.map(|it| Consistency {
            size: it.old,
            proof: it.proof.iter().map(hash_text).collect(),
            add_checkpoint: it.to_string(),
        }),
        checkpoint: CheckpointView::new(&signed),
    })?;
    Ok(Exit::Yes)
}

fn beyond(position: u64, size: u64) -> CliError {
    let message = format!(
        "position {position} is not in the log: its last event is at {}",
        size.saturating_sub(1)
    );
    CliError::new(Kind::Unknown, message).hint("`patrol history` shows positions")
}

/// The size of an older checkpoint of this log, which this log continues.
///
/// # Errors
/// One of another log, one that this log does not continue, or a size that it does not have.
pub(super) fn older(app: &App, argument: &str, new: &Checkpoint) -> Result<u64, CliError> {
    let refused = |message: String| CliError::new(Kind::Refused, message);
    if let Ok(size) = argument.parse::<u64>() {
        return match (1..=new.size).contains(&size) {
            true => Ok(size),
            false => Err(refused(format!(
                "there is no older log of {}; this one has {}",
                counted(size, "event"),
                new.size
            ))
            .hint("give a size from 1 on, or a file that holds a checkpoint")),
        };
    }
    let path = Path::new(argument);
    if path != Path::new("-") && !path.exists() {
        let why = format!("{argument} is neither a size nor a file that is there");
        return Err(CliError::new(Kind::Io, why).hint(
            "give a number of events, or a file with what `patrol audit checkpoint` printed",
        ));
    }
    let bytes = read(path, SMALL)?;
    let old = Note::parse(&bytes).map_err(|why| why.to_string());
    let old = old.and_then(|note| Checkpoint::parse(note.text()).map_err(|why| why.to_string()));
    let old = old.map_err(|why| CliError::usage(format!("the older checkpoint: {why}")))?;
    if old.origin != new.origin {
        return Err(refused(format!(
            "the older checkpoint is of the log {}, not of {}",
            old.origin, new.origin
        )));
    }
    if old.size == 0 {
        return Err(refused("the older checkpoint is of an empty log: that proves nothing".into()));
    }
    if old.size > new.size {
        return Err(refused(format!(
            "the older checkpoint has {}, this log {}: this is an older copy",
            counted(old.size, "event"),
            new.size
        )));
    }
    match app.ledger().reader()?.root_at(old.size)? == old.root {
        true => Ok(old.size),
        false => Err(refused(format!(
            "this log does not continue the older checkpoint of {}: what it covers was rewritten",
            counted(old.size, "event")
        ))),
    }
}
