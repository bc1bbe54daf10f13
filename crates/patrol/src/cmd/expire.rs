//! `patrol expire`: another end for a token.

use patrol_ledger::{Command, Expiry};

use super::Context;
use super::token::{EXPIRY_HELP, expiry};
use crate::error::{CliError, Exit};

/// Move a token's end
///
/// Earlier or later, within what the policy allows. An end that has passed stays.
#[derive(Debug, clap::Args)]
#[command(override_usage = "patrol expire [OPTIONS] --at <DURATION|INSTANT|never> <TOKEN>")]
#[command(after_help = "\
Examples:
  patrol expire 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --at 7d
  patrol expire 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --at 2026-12-31")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// When it ends: a duration from now, an instant, or never
    #[arg(long, value_name = EXPIRY_HELP, value_parser = expiry, required_unless_present = "end")]
    at: Option<Expiry>,
    /// An end without its flag, which is told how to be written
    #[arg(hide = true)]
    end: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let Some(at) = args.at.filter(|_| args.end.is_none()) else {
        return Err(CliError::usage("the end is given with --at")
            .hint("such as: patrol expire TOKEN --at 30d"));
    };
    super::token::change(cx, &args.token, "expiry changed", |token| Command::Expire { token, at })
}
