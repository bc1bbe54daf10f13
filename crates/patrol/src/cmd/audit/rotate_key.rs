//! `patrol audit rotate-key`: another key for checkpoints.

use serde::Serialize;

use super::log::by;
use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// Sign checkpoints with a new key from now on
///
/// The new key is endorsed by the present one, which is then gone; the change is an event. Bundles
/// made from now on verify with the old verifier key too, by way of the endorsement. Tell the new
/// one to those who verify and to witnesses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol audit rotate-key")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Answer {
    verifier_key: String,
}

pub(super) fn run(_: Args, cx: &Context) -> Result<Exit, CliError> {
    let verifier_key = cx.open()?.ledger().rotate_key(&by(cx))?;
    match cx.ui.is_json() {
        true => cx.ui.json(&Answer { verifier_key })?,
        false => cx.ui.print(&format!("{verifier_key}\n"))?,
    }
    Ok(Exit::Yes)
}
