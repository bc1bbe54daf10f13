//! `patrol rotate`: a successor for a token.

use patrol_ledger::{Expiry, Lifetime};

use super::Context;
use super::token::{EXPIRY_HELP, expiry, hand_over};
use crate::error::{CliError, Exit};
use crate::input::Which;

/// Mint a successor for a token
///
/// It has the same owner, name and scopes. The old token ends now, or with --overlap goes on for
/// that long, so that its users have time to change over; never longer than its own end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol rotate 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol rotate 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --overlap 24h --expires 30d")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// How long the old token goes on; without it, it ends now
    #[arg(long, value_name = "DURATION")]
    overlap: Option<Lifetime>,
    /// When the successor ends: a duration from now, an instant, or never; as for a new token unless
    /// said otherwise
    #[arg(long, value_name = EXPIRY_HELP, value_parser = expiry)]
    expires: Option<Expiry>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    cx.ui.assure_heard()?;
    let which = Which::parse(&args.token)?;
    let app = cx.open_to_tell()?;
    let old = which.selector(&app, &cx.ui)?;
    let overlap = args.overlap.unwrap_or(Lifetime::ZERO);
    let minted = app.rotate(&cx.cli(), old, overlap, args.expires.unwrap_or(Expiry::Default))?;
    hand_over(&minted, "issued as successor", &app, cx)
}
