//! `patrol rename`: another name for a token.

use patrol_ledger::Command;

use super::Context;
use crate::error::{CliError, Exit};

/// Give a token another name
///
/// The name it has already is no change, and nothing is recorded.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol rename 01JD3KQ8Z5V7W2N9X4C6B8M0T1 'old laptop'")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// The new name
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let Args { token, name } = args;
    super::token::change(cx, &token, "renamed", |token| Command::Rename { token, name })
}
