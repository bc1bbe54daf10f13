//! `patrol rebuild`: projections anew from the log.

use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};

/// Build the projections anew from the log
///
/// The log is the only truth; tables made from it can be thrown away. Others may go on reading and
/// writing meanwhile.
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
        cx.ui.print(&format!("rebuilt from {events} events\n"))?;
    }
    Ok(Exit::Yes)
}
