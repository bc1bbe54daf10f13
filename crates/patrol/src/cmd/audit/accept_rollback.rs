//! `patrol audit accept-rollback`: going on after a part of the log was lost.

use serde::Serialize;

use super::log::by;
use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// Accept that the log is an older copy, and go on
///
/// When a backup is put in the ledger's place, the signer notices that the log no longer continues
/// what it signed: nothing is signed, and verification accepts nothing, as tokens that were revoked
/// since would live again. First look for the newer ledger. If it is lost, revoke what must not
/// live, and accept the loss here; that is an event, with the reason. Whoever holds a checkpoint of
/// what is lost will go on refusing this log, and so will its witnesses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol audit accept-rollback --reason 'disk of host 7 died; restored the backup of 03:00'")]
pub(crate) struct Args {
    /// Why, in words
    #[arg(long, value_name = "R")]
    reason: String,
}

#[derive(Serialize)]
struct Answer {
    position: Option<u64>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let receipt = app.ledger().accept_rollback(&by(cx), &args.reason)?;
    let position = receipt.position;
    match (cx.ui.is_json(), position) {
        (true, _) => cx.ui.json(&Answer { position })?,
        (false, position) => cx.ui.print(&format!(
            "recorded at position {}; verification answers again\n",
            position.unwrap_or_default()
        ))?,
    }
    Ok(Exit::Yes)
}
