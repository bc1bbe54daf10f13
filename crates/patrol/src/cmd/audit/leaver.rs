//! `patrol audit leaver`: all that somebody held.

use patrol_ledger::Timestamp;

use super::answer::{self, To};
use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// Tell all that an owner held, and when it ended
///
/// With --left, the lag from leaving to the end of each token is told, too. --revoke ends whatever
/// still lives, all in one transaction, with the reason leaver. Exit code 1: something still lives.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit leaver alice@example.com --left 2026-03-03
  patrol audit leaver alice@example.com --revoke")]
pub(crate) struct Args {
    /// Whose tokens
    #[arg(value_name = "OWNER")]
    owner: String,
    /// When they left
    #[arg(long, value_name = "INSTANT")]
    left: Option<Timestamp>,
    /// End what still lives
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    to: To,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open_to_tell()?;
    let by = args.revoke.then(|| cx.cli());
    let leaver = app.leaver(&args.owner, args.left, by.as_ref())?;
    answer::give(&leaver, &leaver.document(), &args.to, cx)?;
    Ok(if leaver.living == 0 { Exit::Yes } else { Exit::No })
}
