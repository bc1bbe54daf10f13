//! `patrol rebuild`: projections anew from the log.

use patrol_ledger::counted;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};

/// Make the ledger's tables anew from its log
///
/// The log is the only truth; the tables that answer questions are made from it and can be thrown
/// away. Others may go on reading and writing meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol rebuild")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Answer {
    events: u64,
}

pub(super) fn run(_: Args, cx: &Context) -> Result<Exit, CliError> {
    let events = cx.open_to_tell()?.rebuild()?;
    if cx.ui.is_json() {
        cx.ui.json(&Answer { events })?;
    } else {
        cx.ui.print(&format!("rebuilt from {}\n", counted(events, "event")))?;
    }
    Ok(Exit::Yes)
}
