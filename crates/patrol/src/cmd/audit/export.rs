//! `patrol audit export`: the log in the formats that other systems read.

use patrol_app::audit::{Export, ExportFormat};

use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::settings::Format;

/// Write the log for other systems, one event a line
///
/// --format is jsonl (patrol's own event object, the default), csv, ocsf (version 1.8), cloudevents
/// (version 1.0, structured) or cef (version 0). Each event is written once,
/// in log order, with its position: what a collector has to keep is the last position it has, and
/// --after goes on from there. The log is read in short pages, so memory is constant and no writer
/// waits. A position that the log does not have is an error: the ledger is another one, or was put
/// back to an older copy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit export > log.jsonl
  patrol audit export --format ocsf --after 1041 --limit 10000
  patrol audit export --format csv > log.csv

The position stands in `position` (jsonl, csv), `metadata.sequence` (ocsf), `sequence`
(cloudevents) and `cn1` (cef). CloudEvents have the type `patrol.` and the event's type, such as
patrol.token.revoked. The line of headings of csv comes only without --after. Cells that a
spreadsheet would take for a formula begin with an apostrophe.")]
pub(crate) struct Args {
    /// After this position
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// At most this many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let wanted = format(cx.ui.format()).unwrap_or(ExportFormat::Jsonl);
    let app = cx.open_to_tell()?;
    let export = Export { format: wanted, after: args.after, limit: args.limit };
    let done = app.export(&export, |lines| match wanted {
        ExportFormat::Csv | ExportFormat::Cef => cx.ui.print(lines),
        _ => cx.ui.json_text(lines.to_owned()),
    })?;
    if cx.ui.is_closed() {
        // What was read is known to nobody: no position is told to go on from.
        return Ok(Exit::Yes);
    }
    let count = done.events;
    let events = if count == 1 { "event" } else { "events" };
    match done.next {
        Some(next) if done.more => {
            cx.ui.note(&format!("{count} {events}; there are more: --after {next}"));
        }
        Some(next) => cx.ui.note(&format!("{count} {events}; later ones: --after {next}")),
        None => cx.ui.note("no events"),
    }
    Ok(Exit::Yes)
}

/// What the format is to an export, if it is one of its own.
pub(super) fn format(format: Format) -> Option<ExportFormat> {
    match format {
        Format::Human
        | Format::Html
        | Format::Sarif
        | Format::Junit
        | Format::Gitlab
        | Format::Github => None,
        Format::Json | Format::Jsonl => Some(ExportFormat::Jsonl),
        Format::Csv => Some(ExportFormat::Csv),
        Format::Ocsf => Some(ExportFormat::Ocsf),
        Format::Cloudevents => Some(ExportFormat::CloudEvents),
        Format::Cef => Some(ExportFormat::Cef),
    }
}
