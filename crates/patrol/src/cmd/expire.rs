//! `patrol expire`: another end for a token.

use patrol_ledger::{Command, Expiry};

use super::Context;
use super::token::{EXPIRY_HELP, expiry};
use crate::error::{CliError, Exit};

/// Move a token's end
///
/// Sooner or later, within what the policy allows; never once it has passed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol expire 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --at 7d
  patrol expire 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --at 2026-12-31")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// When it ends: a duration from now, an instant, or never
    #[arg(long, value_name = EXPIRY_HELP, value_parser = expiry)]
    at: Expiry,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let at = args.at;
    super::token::change(cx, &args.token, "expiry changed", |token| Command::Expire { token, at })
}
