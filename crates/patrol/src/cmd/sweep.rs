//! `patrol sweep`: records what the clock has ended.

use patrol_ledger::Via;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint};

/// Record tokens that have expired, and end overlaps
///
/// Verification goes by the clock and does not wait for this; `sweep` writes the ends into the log.
/// It is safe to run at any time, as often as you like.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, in a crontab:
  17 * * * *  patrol sweep --quiet")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Answer {
    expired: Vec<String>,
    revoked: Vec<String>,
}

pub(super) fn run(_: Args, cx: &Context) -> Result<Exit, CliError> {
    let swept = cx.open()?.sweep(&cx.caller(Via::Sweeper))?;
    let answer = Answer {
        expired: swept.expired.iter().map(ToString::to_string).collect(),
        revoked: swept.revoked.iter().map(ToString::to_string).collect(),
    };
    if cx.ui.is_json() {
        cx.ui.json(&answer)?;
        return Ok(Exit::Yes);
    }
    let line = |what, id: &String| format!("{} {id}\n", paint(Look::Warning, what));
    let expired = answer.expired.iter().map(|id| line("expired", id));
    let lines: String =
        expired.chain(answer.revoked.iter().map(|id| line("superseded", id))).collect();
    cx.ui.print(&lines)?;
    if lines.is_empty() {
        cx.ui.note("nothing has ended since the last sweep");
    }
    Ok(Exit::Yes)
}
