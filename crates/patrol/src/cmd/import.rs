//! `patrol import`: tokens that were made elsewhere.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use patrol_ledger::counted;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};

/// Take in tokens that were made elsewhere
///
/// The file has one JSON object a line: digest (SHA-256 of the whole token, in hexadecimal), owner,
/// name, scopes, `expires_at` (null: never), format, and, if known, `created_at`, description and id.
/// format is "v1" for tokens that patrol made, else {"prefix":"…","pattern":"…"}: the literal that
/// every such token begins with, and a regular expression for the rest. All lines are imported or
/// none; duplicates are named.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol import old-tokens.jsonl
  patrol import - < old-tokens.jsonl")]
pub(crate) struct Args {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    imported: usize,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open_to_tell()?;
    let lines: Box<dyn BufRead> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(&args.file)
            .map_err(|error| CliError::io(args.file.display().to_string(), &error))?;
        Box::new(BufReader::new(file))
    };
    let imported = app.import(&cx.cli(), lines)?;
    if cx.ui.is_json() {
        cx.ui.json(&Answer { imported })?;
    } else {
        cx.ui.print(&format!("imported {}\n", counted(imported as u64, "token")))?;
    }
    Ok(Exit::Yes)
}
