//! `patrol check`: is the ledger what it was?

use patrol_ledger::counted;
use serde::Serialize;

use super::Context;
use crate::error::ledger::DAMAGED;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};

/// Check the ledger's integrity
///
/// Reads everything: the database's own structure, gapless positions, versions, the hash tree, the
/// persons' keys, and whether the tables equal what the log makes of them. Exit code 0: sound; 1: not,
/// naming the first bad position.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol check --format json | jq .root")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Answer {
    sound: bool,
    events: u64,
    root: String,
    first_bad_position: Option<u64>,
    problems: Vec<String>,
}

pub(super) fn run(_: Args, cx: &Context) -> Result<Exit, CliError> {
    let checked = cx.open_to_tell().and_then(|app| Ok(app.check()?)).map_err(unreadable)?;
    let answer = Answer {
        sound: checked.is_sound(),
        events: checked.events,
        root: hex(&checked.root),
        first_bad_position: checked.first_bad_position,
        problems: checked.problems,
    };
    if cx.ui.is_json() {
        cx.ui.json(&answer)?;
    } else {
        cx.ui.print(&lines(&answer))?;
    }
    Ok(if answer.sound { Exit::Yes } else { Exit::No })
}

/// A ledger too damaged to be checked: the check itself is no way on.
fn unreadable(error: CliError) -> CliError {
    match error.hint.as_deref() == Some(DAMAGED) {
        true => error.hint(
            "do not write to it; it is too damaged to be checked. `patrol restore BACKUP` puts a \
             backup in its place and keeps what is there",
        ),
        false => error,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn lines(answer: &Answer) -> String {
    let verdict = match answer.sound {
        true => paint(Look::Good, "sound"),
        false => paint(Look::Error, "not sound"),
    };
    let first = answer.first_bad_position;
    let first = first.map(|position| format!("first bad position  {position}\n"));
    let root = paint(Look::Faint, &format!("root  {}", answer.root));
    let problems: String =
        answer.problems.iter().map(|problem| format!("- {}\n", shown(problem))).collect();
    let first = first.unwrap_or_default();
    format!("{verdict}  {}\n{first}{root}\n{problems}", counted(answer.events, "event"))
}
