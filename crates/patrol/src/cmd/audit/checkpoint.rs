//! `patrol audit checkpoint`: what the log commits to, signed.

use super::log::{CheckpointView, newest};
use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// Print the newest checkpoint, signed
///
/// A checkpoint is three lines (the log's name, its number of events, the root of its tree) in a
/// signed note. If the log has grown since the last one, a new one is signed; before that, the log
/// records a commitment to every token's latest version. Keep what this prints, or have others
/// keep it: whoever holds a checkpoint notices any later rewriting.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol audit checkpoint > checkpoint.2026-03-31")]
pub(crate) struct Args {}

pub(super) fn run(_: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let signed = newest(&app, cx)?;
    let view = CheckpointView::new(&signed);
    match cx.ui.is_json() {
        true => cx.ui.json(&view)?,
        false => {
            cx.ui.print(&signed.note.to_string())?;
            cx.ui.note("verify it with `patrol audit verify FILE --key KEY`; KEY is what `patrol audit key` prints");
        }
    }
    Ok(Exit::Yes)
}
