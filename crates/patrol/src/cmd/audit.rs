//! `patrol audit`: what auditors ask, and what proves it. One file each under `audit/`.

mod accept_rollback;
mod answer;
mod bundle;
mod checkpoint;
mod export;
mod exposure;
mod key;
mod leaver;
mod log;
mod prove;
mod publish;
mod report;
mod review;
mod rotate_key;
mod verify;
mod witness;

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
  patrol audit report --from 2026-01-01 --to 2026-04-01
  patrol audit exposure 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol audit leaver alice@example.com --left 2026-03-03
  patrol audit export --format ocsf --after 1041"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Report(report::Args),
    Exposure(exposure::Args),
    Leaver(leaver::Args),
    Review(review::Args),
    Export(export::Args),
    Key(key::Args),
    Checkpoint(checkpoint::Args),
    Prove(prove::Args),
    Bundle(bundle::Args),
    Verify(verify::Args),
    Publish(publish::Args),
    Witness(witness::Args),
    RotateKey(rotate_key::Args),
    AcceptRollback(accept_rollback::Args),
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    match args.what {
        What::Report(args) => report::run(args, cx),
        What::Exposure(args) => exposure::run(args, cx),
        What::Leaver(args) => leaver::run(args, cx),
        What::Review(args) => review::run(args, cx),
        What::Export(args) => export::run(args, cx),
        What::Key(args) => key::run(args, cx),
        What::Checkpoint(args) => checkpoint::run(args, cx),
        What::Prove(args) => prove::run(args, cx),
        What::Bundle(args) => bundle::run(args, cx),
        What::Verify(args) => verify::run(args, cx),
        What::Publish(args) => publish::run(args, cx),
        What::Witness(args) => witness::run(args, cx),
        What::RotateKey(args) => rotate_key::run(args, cx),
        What::AcceptRollback(args) => accept_rollback::run(args, cx),
    }
}

impl Args {
    /// The name of the sub-verb.
    pub(super) fn name(&self) -> &'static str {
        match self.what {
            What::Report(_) => "report",
            What::Exposure(_) => "exposure",
            What::Leaver(_) => "leaver",
            What::Review(_) => "review",
            What::Export(_) => "export",
            What::Key(_) => "key",
            What::Checkpoint(_) => "checkpoint",
            What::Prove(_) => "prove",
            What::Bundle(_) => "bundle",
            What::Verify(_) => "verify",
            What::Publish(_) => "publish",
            What::Witness(_) => "witness",
            What::RotateKey(_) => "rotate-key",
            What::AcceptRollback(_) => "accept-rollback",
        }
    }

    /// Whether the sub-verb writes this format, besides those that every verb has.
    pub(super) fn writes(&self, format: Format) -> bool {
        match self.what {
            What::Export(_) => export::format(format).is_some(),
            What::Report(_) | What::Exposure(_) | What::Leaver(_) | What::Review(_) => {
                answer::has(format)
            }
            What::Key(_)
            | What::Checkpoint(_)
            | What::Prove(_)
            | What::Bundle(_)
            | What::Verify(_)
            | What::Publish(_)
            | What::Witness(_)
            | What::RotateKey(_)
            | What::AcceptRollback(_) => false,
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
            "the time from {} to {} is {}",
            from.in_words(),
            to.in_words(),
            if to == from { "empty" } else { "backwards" }
        ))
        .hint("the first instant is included, the second is not; give the earlier one first")),
        _ => Ok(()),
    }
}
