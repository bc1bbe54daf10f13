//! `patrol restore`: a backup in the ledger's place.

use std::path::PathBuf;

use patrol_app::App;
use patrol_ledger::counted;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit, log::BEHIND};
use crate::ui::{Look, paint, shown};

/// Put a backup in the ledger's place
///
/// The backup is checked first, and what was there is kept beside the ledger as `<ledger>.replaced`
/// (`.replaced-2` if that is there).
/// Processes that have the ledger open may go on: they see all of the backup at once. The signing
/// key and the signer's record beside the ledger stay as they are. So if the log was longer before,
/// nothing is accepted or signed until that loss is accepted, with `patrol audit accept-rollback`.
/// If the key was rotated since the backup, the next checkpoint records that again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol restore /backup/ledger-2026-03-03.db
  patrol --ledger /srv/patrol/ledger.db restore /backup/ledger-2026-03-03.db")]
pub(crate) struct Args {
    /// The backup, as `patrol backup` wrote it; it stays as it is
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    position: u64,
    kept: Option<String>,
    behind: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let path = cx.settings.ledger.path()?;
    let done = App::restore(path, &args.backup)?;
    let app = cx.open()?;
    let behind = app.behind()?;
    let kept = done.kept.as_ref().map(|(path, _)| path.to_string_lossy().into_owned());
    if cx.ui.is_json() {
        let position = done.events.saturating_sub(1);
        cx.ui.json(&Answer { position, kept, behind })?;
        return Ok(Exit::Yes);
    }
    let had = done.kept.as_ref().and_then(|(_, events)| *events);
    let lost = had.and_then(|had| had.checked_sub(done.events)).filter(|lost| *lost > 0);
    let kept = kept.zip(done.kept).map(|(kept, (_, events))| {
        let events =
            events.map(|events| format!(" ({})", counted(events, "event"))).unwrap_or_default();
        format!("what was there{events} is kept as {}\n", shown(&kept))
    });
    cx.ui.print(&format!(
        "{} {} from {} to {}\n{}",
        paint(Look::Good, "restored"),
        counted(done.events, "event"),
        shown(&args.backup.to_string_lossy()),
        shown(&path.to_string_lossy()),
        kept.unwrap_or_default()
    ))?;
    match (behind, lost) {
        (Some(why), _) => {
            cx.ui.warn(&why);
            cx.ui.note(BEHIND);
        }
        (None, Some(lost)) => cx.ui.warn(&format!(
            "the ledger no longer has {} that came after the backup, and it could not be signed that it had: \
             tokens that were revoked there are accepted again",
            counted(lost, "event")
        )),
        (None, None) => {}
    }
    Ok(Exit::Yes)
}
