//! `patrol forget`: a person who shall not be known any more.

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};

/// Forget a person, for good
///
/// Destroys the key that everything the log says of them is sealed with, and blanks their name and
/// the names and descriptions of their tokens in the ledger. A person is one exact name: who is an
/// owner as alice@example.com and an author as `Alice <alice@example.com>` is forgotten as both, one
/// after the other, and is told what else is known that looks like them. The log itself stays as it is, so that
/// every hash, proof and checkpoint still holds; that they were forgotten is itself an event. What
/// remains: a random id in place of the name, the tokens' ids, digests, scopes and times, and paths,
/// repositories and commits where a token leaked. Copies that were made before (backups, exports,
/// reports, bundles) still hold what they held: see docs/audit.md.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol forget alice@example.com --reason 'request of 2026-03-03' --revoke")]
pub(crate) struct Args {
    /// Whom: an owner, an actor or a commit's author
    #[arg(value_name = "OWNER")]
    owner: String,
    /// Why, for the record; do not name them
    #[arg(long, value_name = "REASON")]
    reason: String,
    /// End what they still hold with it; else somebody who holds living tokens is not forgotten
    #[arg(long)]
    revoke: bool,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let done = app.forget(&cx.cli(), &args.owner, &args.reason, args.revoke)?;
    for name in &done.still_known {
        cx.ui.warn(&format!(
            "still known, as a person of their own: {}; `patrol forget` takes each name as it stands",
            shown(name)
        ));
    }
    if !done.wal_emptied {
        cx.ui.warn(
            "another process reads the ledger, so its write-ahead log still holds the destroyed \
             key; it is emptied when the last process closes the ledger, or by `patrol rebuild`",
        );
    }
    if cx.ui.is_json() {
        cx.ui.json(&done)?;
    } else {
        let revoked = done.revoked.iter().map(|id| format!("revoked {id}\n")).collect::<String>();
        let head = paint(Look::Good, "forgotten");
        cx.ui.print(&format!("{revoked}{head}; the log calls them {}\n", done.person))?;
        cx.ui.note("backups, exports and reports made before still name them: see docs/audit.md");
    }
    Ok(Exit::Yes)
}
