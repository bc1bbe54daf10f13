//! `patrol forget`: a person who shall not be known any more.

use patrol_app::AppError;
use patrol_ledger::Refusal;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::{Look, paint, shown};

/// Forget a person, for good
///
/// Destroys the key that everything the log says of them is sealed with, and blanks their name and
/// the names and descriptions of their tokens in the ledger. The log itself stays as it is, so that
/// every hash, proof and checkpoint still holds; that they were forgotten is itself an event.
///
/// A person is one exact name: the owner alice@example.com, the author `Alice <alice@example.com>`
/// and the actor alice@laptop are three. Names that look like the same person are told, to be
/// forgotten one by one.
///
/// What remains: a random id in place of the name; the tokens' ids, digests, scopes and times;
/// paths, repositories and commits where a token leaked. Copies that were made before (backups,
/// exports, reports, bundles) hold what they held: see docs/audit.md.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol forget alice@example.com --reason 'request of 2026-03-03' --revoke")]
pub(crate) struct Args {
    /// Whom: the exact name of an owner, an actor or a commit's author
    #[arg(value_name = "NAME")]
    owner: String,
    /// Why, for the record; do not name them
    #[arg(long, value_name = "REASON")]
    reason: String,
    /// First end the tokens that they still hold; without it, somebody who holds any is not forgotten
    #[arg(long)]
    revoke: bool,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let done = app.forget(&cx.cli(), &args.owner, &args.reason, args.revoke);
    let done = done.map_err(|error| match error {
        AppError::Refused(Refusal::HoldsLiving(count)) => holds(&args.owner, count),
        other => other.into(),
    })?;
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

/// Whoever still holds tokens is not forgotten.
fn holds(owner: &str, count: usize) -> CliError {
    let (tokens, them) = if count == 1 { ("token", "it") } else { ("tokens", "them") };
    let message = format!("{owner} still holds {count} living {tokens}");
    CliError::new(Kind::Refused, message).hint(format!(
        "end {them} first with `patrol revoke --owner {}`, or say --revoke here to end {them} with it",
        shell_word(owner)
    ))
}

/// A name as a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._-+/:".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn names_are_one_word_of_a_shell() {
        for (name, word) in [
            ("alice@example.com", "alice@example.com"),
            ("Alice <a@b>", "'Alice <a@b>'"),
            ("O'Neil", r"'O'\''Neil'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(name), word);
        }
    }
}
