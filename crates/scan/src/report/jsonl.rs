//! JSON lines: one finding a line as it is found, and the coverage as the last line. A stream
//! without that last line was cut off.

use std::io;

use serde::Serialize;

use super::inert;
use super::json_v1::{CoverageV1, FindingV1, SCHEMA};
use crate::{Coverage, Finding};

/// Writes one finding as one line.
///
/// # Errors
/// When the output refuses to be written to.
pub fn jsonl_finding(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    line(&FindingV1::from(finding), out)
}

/// Writes the last line: `{"coverage":{…},"schema":"patrol.scan/v1"}`.
///
/// # Errors
/// When the output refuses to be written to.
pub fn jsonl_coverage(coverage: &Coverage, out: &mut dyn io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Last {
        coverage: CoverageV1,
        schema: &'static str,
    }
    line(&Last { coverage: coverage.into(), schema: SCHEMA }, out)
}

/// One write for each line, so that lines of several threads do not mix behind a lock.
fn line(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = Vec::new();
    inert::json(value, false, &mut text)?;
    text.push(b'\n');
    out.write_all(&text)
}
