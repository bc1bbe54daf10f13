//! `patrol show`: one token.

use patrol_ledger::Timestamp;

use super::Context;
use crate::error::{CliError, Exit};
use crate::input::Which;

/// Show one token
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol show 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol show - < found-token.txt
  patrol show 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --at 2026-03-03T12:00:00Z")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// As it was at this instant
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let which = Which::parse(&args.token)?;
    let app = cx.open_to_tell()?;
    let selector = which.selector(&app, &cx.ui)?;
    let token = app.token(&selector, args.at)?;
    super::token::show(&app, cx, &token, None, args.at)
}
