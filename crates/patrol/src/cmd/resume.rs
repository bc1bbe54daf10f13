//! `patrol resume`: a suspended token comes back to use.

use patrol_ledger::Command;

use super::Context;
use crate::error::{CliError, Exit};

/// Bring a suspended token back to use
///
/// A token that leaked is resumed only if somebody accepts the risk in words; they stand in the
/// record. Should it be found in a new place later, they no longer count.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol resume 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol resume 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --accept-leak 'private repository, access reviewed'")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// Why the risk of its known leak is accepted
    #[arg(long, value_name = "REASON")]
    accept_leak: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let Args { token, accept_leak } = args;
    super::token::change(cx, &token, "resumed", |token| Command::Resume { token, accept_leak })
}
