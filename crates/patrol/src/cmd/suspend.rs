//! `patrol suspend`: no use until resumed.

use patrol_ledger::Command;

use super::Context;
use crate::error::{CliError, Exit};

/// Keep a token from being used until it is resumed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol suspend 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --reason 'owner on leave until May'")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// Why, in words, for the record
    #[arg(long, value_name = "REASON")]
    reason: String,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let Args { token, reason } = args;
    super::token::change(cx, &token, "suspended", |token| Command::Suspend { token, reason })
}
