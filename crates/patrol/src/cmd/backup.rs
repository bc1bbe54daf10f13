//! `patrol backup`: a consistent copy of the ledger.

use std::path::PathBuf;

use patrol_app::AppError;
use patrol_ledger::StoreError;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::shown;

/// Copy the ledger while others write
///
/// The copy is consistent, readable by its owner only, and never written over an existing file. The
/// signing key and the signer's record beside the ledger are not part of it: keep them elsewhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol backup /backup/ledger-2026-03-03.db")]
pub(crate) struct Args {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    position: u64,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let position = cx.open_to_tell()?.backup(&args.file).map_err(|error| match error {
        // It is the copy that cannot be written; nothing is wrong with the ledger.
        AppError::Store(StoreError::Unusable(why)) => {
            CliError::new(Kind::Store, format!("the copy cannot be written: {why}"))
                .hint("see whether its folder is there, and who may write to it")
        }
        other => other.into(),
    })?;
    if cx.ui.is_json() {
        cx.ui.json(&Answer { position })?;
    } else {
        let file = args.file.to_string_lossy();
        cx.ui.print(&format!("copied up to position {position} to {}\n", shown(&file)))?;
    }
    Ok(Exit::Yes)
}
