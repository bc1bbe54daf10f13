//! CSV (RFC 4180) for spreadsheets: a header row, then a row for each finding, with the members
//! of the JSON report.
//!
//! A spreadsheet takes a cell that begins with `= + - @`, in full width, too, with a tab or a line
//! end for a formula. Such
//! a cell gets an apostrophe before it. Control characters show as on a terminal.

use std::io;

use super::json_v1::FindingV1;
use crate::{Finding, escape_for_terminal};

/// The columns.
const HEADER: [&str; 26] = [
    "rule",
    "token_id",
    "status",
    "owner",
    "redacted",
    "digest",
    "fingerprint",
    "source",
    "repository",
    "object",
    "ref",
    "path",
    "path_bytes",
    "line",
    "column",
    "end_line",
    "end_column",
    "offset",
    "commit",
    "author",
    "date",
    "encoding",
    "archive",
    "action",
    "title",
    "checksum",
];

/// Writes the findings. What was not read has no place here; the program names it elsewhere.
///
/// # Errors
/// When the output refuses to be written to.
pub fn csv(findings: &[Finding], out: &mut dyn io::Write) -> io::Result<()> {
    let mut table =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    table.write_record(HEADER)?;
    for finding in findings {
        table.write_record(row(finding))?;
    }
    table.flush()
}

fn row(finding: &Finding) -> [String; HEADER.len()] {
    let text = |text: Option<String>| text.unwrap_or_default();
    let it = FindingV1::from(finding);
    let cells = [
        it.rule,
        text(it.token_id),
        it.status.unwrap_or_default().to_owned(),
        text(it.owner),
        it.redacted,
        text(it.digest),
        it.fingerprint,
        it.source.to_owned(),
        text(it.repository),
        text(it.object),
        text(it.reference),
        text(it.path),
        text(it.path_bytes),
        it.line.to_string(),
        it.column.to_string(),
        it.end_line.to_string(),
        it.end_column.to_string(),
        it.offset.to_string(),
        text(it.commit),
        text(it.author),
        text(it.date),
        it.encoding.join(" "),
        text(it.archive),
        it.action.to_owned(),
        it.title,
        it.checksum.unwrap_or_default().to_owned(),
    ];
    cells.map(|cell| inert(&cell))
}

/// A cell that no spreadsheet computes.
fn inert(cell: &str) -> String {
    const FORMULA: [char; 11] =
        ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\t', '\r', '\n'];
    let begins_formula = cell.starts_with(FORMULA);
    let shown = escape_for_terminal(cell);
    if begins_formula { format!("'{shown}") } else { shown.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn formulas_stay_text() {
        for full_width in "\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".chars() {
            assert_eq!(inert(&format!("{full_width}1")), format!("'{full_width}1"));
        }
        let cells = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "a=b", ""];
        assert_eq!(
            cells.map(inert),
            ["'=cmd|' /C calc'!A0", "'+1", "'-1", "'@SUM(A1)", "'\\t=1", "'\\r\\n=1", "a=b", ""]
        );
    }
}
