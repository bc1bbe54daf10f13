//! Workflow commands of GitHub Actions: an annotation for each finding, the most severe first.
//!
//! GitHub shows ten annotations of each level for a step and drops the rest, so the last line,
//! which is a notice of its own, says how many there are.

use std::io;

use bstr::ByteSlice as _;

use super::Run;
use super::words::{self, Severity, count};
use crate::{Class, Finding, escape_for_terminal};

/// How many annotations of one level GitHub shows for a step.
const SHOWN: usize = 10;

/// Writes one command for each finding and for each thing that was not read, then a summary.
///
/// # Errors
/// When the output refuses to be written to.
pub fn github(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut findings: Vec<&Finding> = run.findings.iter().collect();
    findings.sort_by_key(|finding| Severity::of(finding));
    for finding in &findings {
        writeln!(out, "{}", annotation(finding, run))?;
    }
    let skipped = run.coverage.skipped();
    let unread = skipped.iter().filter(|entry| entry.reason.class() == Class::NotRead);
    for entry in unread.take(SHOWN) {
        let text = format!("not read: {}", words::unread(entry));
        writeln!(out, "::warning title=patrol::{}", message(&text))?;
    }
    let mut text = match findings.len() as u64 {
        0 => "no token found".to_owned(),
        n => count(n, "finding", "findings"),
    };
    if !run.coverage.is_complete() {
        text.push_str("; not everything was read");
    }
    if !run.accepted.is_empty() {
        let places = count(run.accepted.len() as u64, "place", "places");
        text.extend(["; accepted in ", &places]);
    }
    if findings.len() > SHOWN {
        let more =
            format!("; GitHub shows {SHOWN} annotations of a level, the log has all of them");
        text.push_str(&more);
    }
    writeln!(out, "::notice title=patrol::{}", message(&text))
}

fn annotation(finding: &Finding, run: &Run<'_>) -> String {
    let at = &finding.location;
    let level = match Severity::of(finding) {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let mut text = words::sentence(finding);
    let title = property(&words::title(finding));
    // A name with control characters is shown, not used.
    let path = run.root.below(at).filter(|path| path.to_str().is_ok_and(is_plain));
    let Some(path) = path.filter(|_| at.archive.is_none()) else {
        text.extend([format!(" at {}:{}:{}", words::place(at), at.line, at.column)]);
        return format!("::{level} title={title}::{}", message(&text));
    };
    format!(
        "::{level} file={},line={},endLine={},title={title}::{}",
        property(&path.to_str_lossy()),
        at.line,
        at.end_line,
        message(&text)
    )
}

fn is_plain(path: &str) -> bool {
    !path.contains('\\') && matches!(escape_for_terminal(path), std::borrow::Cow::Borrowed(_))
}

/// Text after the `::`. A line end would begin a command of its own.
fn message(text: &str) -> String {
    escape_for_terminal(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: colons and commas would end it.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{message, property};

    #[test]
    fn nothing_begins_a_command() {
        assert_eq!(message("50%\n::error::x"), "50%25\\n::error::x");
        assert_eq!(property("a:b,c%\r"), "a%3Ab%2Cc%25\\r");
    }
}
