//! `patrol audit exposure`: one token's incident.

use super::answer::{self, To};
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::input::Which;

/// Tell the incident of one token as a timeline
///
/// When it was issued, first exposed (as the commits that hold it say), found, ended, told of, and
/// whether it was used meanwhile. What the ledger does not record is said to be not known. Exit code
/// 1: it was never found where it must not be.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit exposure 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol audit exposure - --format html --output incident.html < found-token.txt")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    to: To,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let which = Which::parse(&args.token)?;
    let app = cx.open_to_tell()?;
    let exposure = app.exposure(&which.selector(&app, &cx.ui)?)?;
    answer::give(&exposure, &exposure.document(), &args.to, cx)?;
    Ok(if exposure.exposed { Exit::Yes } else { Exit::No })
}
