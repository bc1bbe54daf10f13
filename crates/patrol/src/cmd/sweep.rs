//! `patrol sweep`: records what the clock has ended.

use patrol_ledger::Via;
use patrol_token::TokenId;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint};

/// Record the ends that have passed: expired tokens, overlaps of rotations
///
/// Verification goes by the clock and does not wait for this: a token ends at its time. `sweep`
/// writes the ends into the log. It is safe to run at any time, as often as you like.
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
    // They ended when their time was over; this only writes it down.
    let line = |what, id: &TokenId| {
        let at = swept.ended.get(id).map(|at| format!(" at {}", at.in_words()));
        format!("recorded: {id} {} {}\n", paint(Look::Warning, what), at.unwrap_or_default().trim())
    };
    let expired = swept.expired.iter().map(|id| line("expired", id));
    let superseded = swept.revoked.iter().map(|id| line("was superseded", id));
    let lines: String = expired.chain(superseded).collect();
    cx.ui.print(&lines)?;
    if lines.is_empty() {
        cx.ui.note("there is no end that is not recorded already");
    }
    Ok(Exit::Yes)
}
