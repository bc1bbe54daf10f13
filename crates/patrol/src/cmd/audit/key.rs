//! `patrol audit key`: what others verify this log with.

use patrol_ledger::{Event, Kind};
use serde::Serialize;

use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// Print the log's verifier key
///
/// One line, public: give it to auditors, who give it to `audit verify --key`. It needs no signing
/// key. Whoever holds a key from before a rotation verifies with that, too, as checkpoints, proofs
/// and bundles carry what leads from it to the present one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit key > log.vkey
  patrol audit key --all")]
pub(crate) struct Args {
    /// Every key that the log ever had, oldest first, each behind the position it came with
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Answer {
    origin: String,
    verifier_key: String,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    position: u64,
    verifier_key: String,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open_to_tell()?;
    let reader = app.ledger().reader()?;
    let row = reader.ledger()?;
    let mut keys = Vec::new();
    let rotations = reader.of_ledger(Kind::KeyRotated)?;
    for recorded in std::iter::once(reader.event_at(0)?).chain(rotations) {
        let verifier_key = match recorded.event {
            Event::LedgerOpened(opened) => opened.verifier_key,
            Event::KeyRotated(rotated) => rotated.verifier_key,
            _ => continue,
        };
        keys.push(KeyView { position: recorded.position, verifier_key });
    }
    let answer = Answer { origin: row.origin, verifier_key: row.verifier_key, keys };
    if cx.ui.is_json() {
        cx.ui.json(&answer)?;
    } else if args.all {
        let line = |it: &KeyView| format!("{}  {}\n", it.position, it.verifier_key);
        cx.ui.print(&answer.keys.iter().map(line).collect::<String>())?;
    } else {
        cx.ui.print(&format!("{}\n", answer.verifier_key))?;
    }
    Ok(Exit::Yes)
}
