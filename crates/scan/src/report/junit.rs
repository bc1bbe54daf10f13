//! `JUnit` XML: a test case for each finding, and one for the scan itself, so that a clean scan is
//! not an empty suite, which some readers take for a mistake. What was not read is an error of
//! the scan's own case.

use std::io;

use super::Run;
use super::words::{self, Severity, count};
use crate::{Class, Finding, escape_for_terminal};

/// Writes one document.
///
/// # Errors
/// When the output refuses to be written to.
pub fn junit(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let tests = run.findings.len() + 1;
    let failures = run.findings.iter().filter(|finding| fails(finding)).count();
    let passed_over = run.findings.len() - failures;
    let errors = usize::from(!run.coverage.is_complete());
    let numbers = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{passed_over}\" \
         time=\"{:.3}\"",
        run.seconds()
    );
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="patrol scan" {numbers}>"#)?;
    let at = Run::instant(run.begun);
    writeln!(out, r#"  <testsuite name="patrol" timestamp="{at}" {numbers}>"#)?;
    for finding in run.findings {
        case(finding, run, out)?;
    }
    whole(run, out)?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Tokens that have ended are shown as skipped tests: they are no failure.
fn fails(finding: &Finding) -> bool {
    Severity::of(finding) != Severity::Low
}

fn case(finding: &Finding, run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let at = &finding.location;
    let rule = xml(finding.secret.rule());
    let name = xml(&format!("{}:{}:{}", words::place(at), at.line, at.column));
    write!(out, r#"    <testcase classname="{rule}" name="{name}" time="0""#)?;
    if let Some(path) = run.root.below(at) {
        write!(out, r#" file="{}" line="{}""#, xml(&path.to_string()), at.line)?;
    }
    let message = xml(&words::sentence(finding));
    match fails(finding) {
        true => writeln!(
            out,
            r#"><failure type="{rule}" message="{message}">{message} at {name}</failure></testcase>"#
        ),
        false => writeln!(out, r#"><skipped message="{message}"/></testcase>"#),
    }
}

/// The scan itself.
fn whole(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let coverage = run.coverage;
    let read = format!(
        "{}, {}, {} read",
        count(coverage.files, "file", "files"),
        count(coverage.objects, "object", "objects"),
        words::size(coverage.bytes)
    );
    write!(
        out,
        r#"    <testcase classname="scan" name="everything was read" time="{:.3}">"#,
        run.seconds()
    )?;
    if !coverage.is_complete() {
        let unread =
            coverage.skipped().into_iter().filter(|it| it.reason.class() == Class::NotRead);
        writeln!(out, r#"<error type="not-read" message="not everything was read">"#)?;
        for entry in unread {
            writeln!(out, "{}", xml(&words::unread(&entry)))?;
        }
        write!(out, "</error>")?;
    }
    let accepted = match run.accepted.len() {
        0 => String::new(),
        n => format!("; accepted in {}", count(n as u64, "place", "places")),
    };
    writeln!(out, "<system-out>{read}{accepted}</system-out></testcase>")
}

/// Text for XML 1.0, in an attribute or between tags. Control characters, which XML cannot hold
/// even escaped, show as on a terminal; so do its two forbidden non-characters.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape_for_terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Also because of `]]>`.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::xml;

    #[test]
    fn nothing_ends_or_breaks_a_document() {
        assert_eq!(
            xml("]]></failure>\"&\0\u{b}\n\u{ffff}"),
            "]]&gt;&lt;/failure&gt;&quot;&amp;\\u{0}\\u{b}\\n\\u{ffff}"
        );
    }
}
