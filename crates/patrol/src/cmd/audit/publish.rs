//! `patrol audit publish`: the log as plain files for any web server.

use std::path::PathBuf;

use patrol_ledger::{Extent, Published};
use serde::Serialize;

use super::log::newest;
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::ui::shown;

/// Write the log as plain files that others can read and verify
///
/// The files are those of a tlog-tiles log (c2sp.org/tlog-tiles): `checkpoint`, `tile/…` with the
/// tree's hashes and `tile/entries/…` with the events. Each run writes what is new; an interrupted
/// one is finished by the next, and one at a time works in a folder. A file that is there is never
/// written over with other bytes, except `checkpoint`, which is replaced last. What events say of
/// persons is sealed in them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol audit publish /srv/www/log
  patrol audit publish /srv/www/log --all   # also compares what is there")]
pub(crate) struct Args {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Look at what was published before, too: compare each file, and put back what is gone
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Answer {
    size: u64,
    before: u64,
    written: u64,
    kept: u64,
    locked: bool,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let signed = newest(&app, cx)?;
    let extent = if args.all { Extent::All } else { Extent::New };
    let done = patrol_ledger::publish(&app.ledger().reader()?, &signed, &args.folder, extent)?;
    if !done.locked {
        cx.ui.warn(
            "the folder's file system has no locks: see to it that one run at a time works there",
        );
    }
    if cx.ui.is_json() {
        let Published { size, before, written, kept, locked } = done;
        cx.ui.json(&Answer { size, before, written, kept, locked })?;
    } else {
        let folder = args.folder.to_string_lossy();
        cx.ui.print(&format!(
            "published {} to {}: {}\n",
            patrol_ledger::counted(done.size, "event"),
            shown(&folder),
            came_of_it(&done, extent)
        ))?;
        cx.ui.note(
            "whoever verifies it needs the log's verifier key, which `patrol audit key` prints",
        );
    }
    Ok(Exit::Yes)
}

/// What was done with files. Those of before are counted only where they were looked at.
fn came_of_it(done: &Published, extent: Extent) -> String {
    let files = |count| patrol_ledger::counted(count, "file");
    match (extent, done.written) {
        (Extent::New, 0) => "nothing is new (--all compares what is there)".into(),
        (Extent::New, written) => format!("{} written", files(written)),
        (Extent::All, written) => {
            format!("{} written, {} there already", files(written), files(done.kept))
        }
    }
}
