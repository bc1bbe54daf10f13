//! `patrol audit`: what auditors ask, and what proves it. One file each under `audit/`.

mod export;

use patrol_ledger::Timestamp;

use super::Context;
use crate::error::{CliError, Exit};
use crate::settings::Format;

/// Answer an auditor's questions, and prove the answers
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  patrol audit export --format ocsf --after 1041"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Export(export::Args),
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    match args.what {
        What::Export(args) => export::run(args, cx),
    }
}

impl Args {
    /// Whether the sub-verb writes this format, besides those that every verb has.
    pub(super) fn writes(&self, format: Format) -> bool {
        match self.what {
            What::Export(_) => export::format(format).is_some(),
        }
    }
}

/// Refuses a span of time that ends before it begins.
///
/// # Errors
/// A usage error.
pub(super) fn span(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), CliError> {
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(CliError::usage(format!(
            "the time from {from} to {to} is {}",
            if to == from { "empty" } else { "backwards" }
        ))
        .hint("the first instant is included, the second is not; give the earlier one first")),
        _ => Ok(()),
    }
}
