//! Tells what a scan found: in the chosen format, to standard output or a file, and by the exit
//! code.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use patrol_scan::report::{self, Detail, FindingV1, Paint, Root, Run, Tone};
use patrol_scan::{Class, Finding};
use patrol_token::redact_text;

use super::collect::{Found, Stream};
use super::next;
use super::texts::Texts;
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::settings::Format;
use crate::ui::{Look, paint};

/// Things not read that are named on standard error; the report has them all.
const NAMED: usize = 10;

/// Where the report goes.
pub(super) struct Output(Option<(PathBuf, File)>);

/// What a report needs beside what was found.
pub(super) struct Frame {
    /// When the scan began.
    pub(super) begun: SystemTime,
    /// When it ended.
    pub(super) ended: SystemTime,
    /// What paths for other programs are relative to.
    pub(super) root: Root,
}

impl Output {
    /// Opens the file before anything is searched: a long scan must not fail at its end for a
    /// mistyped name. What stands in the file stays until the report is written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(path: Option<&Path>, cx: &Context) -> Result<Self, CliError> {
        let path = path.filter(|path| *path != Path::new("-"));
        if let Some(path) = path {
            warn_of_extension(path, cx);
        }
        let open = |path: &Path| {
            let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
            let refused =
                |error| CliError::io(format!("{} cannot be written", path.display()), &error);
            opened.map(|file| (path.to_owned(), file)).map_err(refused)
        };
        path.map(open).transpose().map(Self)
    }

    /// Where findings go as they are found: JSON lines on standard output, of a stream that may never
    /// end. Of all else they come in the order of every other format, which several threads do not
    /// find them in.
    pub(super) fn stream<'a>(&self, is_endless: bool, cx: &'a Context) -> Option<Stream<'a>> {
        if self.0.is_some() || !is_endless || cx.ui.format() != Format::Jsonl {
            return None;
        }
        Some(Box::new(|finding: &Finding| {
            // A report that cannot be written fails when it is finished; acting goes on.
            if let Err(error) = cx.ui.json_line(&FindingV1::from(finding)) {
                tracing::debug!(message = error.message, "a finding was not shown");
            }
        }))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(
        &mut self,
        found: &Found,
        frame: &Frame,
        was_streamed: bool,
        cx: &Context,
    ) -> Result<(), CliError> {
        let text = text(found, frame, cx, was_streamed)
            .map_err(|error| CliError::new(Kind::Bug, format!("the report failed: {error}")))?;
        let Some((path, file)) = &mut self.0 else {
            return match cx.ui.format() {
                Format::Json | Format::Jsonl | Format::Sarif | Format::Gitlab => {
                    cx.ui.json_text(text)
                }
                Format::Human => {
                    cx.ui.print(&text)?;
                    next::tell(found, cx);
                    Ok(())
                }
                _ => cx.ui.print(&text),
            };
        };
        let text = anstream::adapter::strip_str(&text).to_string();
        write_file(file, &redact_text(&text)).map_err(|error| {
            CliError::io(format!("{} cannot be written", path.display()), &error)
        })?;
        let summary = report::summary(&run(found, frame), &report::Plain);
        cx.ui.note(&format!("{summary}; the report is in {}", path.display()));
        next::tell(found, cx);
        Ok(())
    }
}

/// The format is what `--format` says, whatever the file is called; a name that promises another
/// one is most often a forgotten flag.
fn warn_of_extension(path: &Path, cx: &Context) {
    let promised: &[Format] = match path.extension().and_then(|it| it.to_str()) {
        Some("sarif") => &[Format::Sarif],
        Some("json") => &[Format::Json, Format::Sarif, Format::Gitlab],
        Some("jsonl" | "ndjson") => &[Format::Jsonl],
        Some("xml") => &[Format::Junit],
        Some("csv") => &[Format::Csv],
        _ => return,
    };
    let format = cx.ui.format();
    if !promised.contains(&format) {
        let (wanted, format) = (promised[0].as_str(), format.as_str());
        let path = path.display();
        cx.ui.warn(&format!(
            "{path} gets a report in the format {format}; for {wanted}, add --format {wanted}"
        ));
    }
}

/// Puts the text in place of what stands in the file. A pipe or a device has nothing to replace.
fn write_file(file: &mut File, text: &str) -> std::io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
        file.rewind()?;
    }
    file.write_all(text.as_bytes())
}

fn run<'a>(found: &'a Found, frame: &'a Frame) -> Run<'a> {
    let Found { findings, accepted, coverage, .. } = found;
    let Frame { begun, ended, root } = frame;
    Run { findings, accepted, coverage, begun: *begun, ended: *ended, root }
}

fn text(found: &Found, frame: &Frame, cx: &Context, was_streamed: bool) -> std::io::Result<String> {
    let Found { findings, coverage, .. } = found;
    let run = run(found, frame);
    let mut out = Vec::new();
    match cx.ui.format() {
        Format::Json => report::json_v1(findings, coverage, &mut out)?,
        Format::Jsonl => {
            if !was_streamed {
                for finding in findings {
                    report::jsonl_finding(finding, &mut out)?;
                }
            }
            report::jsonl_coverage(coverage, &mut out)?;
        }
        Format::Sarif => {
            let texts = Texts::default();
            report::sarif(&run, &|finding| texts.line(finding), &mut out)?;
        }
        Format::Junit => report::junit(&run, &mut out)?,
        Format::Gitlab => report::gitlab(&run, &mut out)?,
        Format::Github => report::github(&run, &mut out)?,
        Format::Csv => report::csv(findings, &mut out)?,
        // The others are refused before: they are none of a scan's.
        Format::Human | Format::Html | Format::Ocsf | Format::Cloudevents | Format::Cef => {
            let detail = if cx.ui.is_verbose() { Detail::Full } else { Detail::Brief };
            report::human(&run, detail, &Colours, &mut out)?;
        }
    }
    String::from_utf8(out).map_err(std::io::Error::other)
}

struct Colours;

impl Paint for Colours {
    fn paint(&self, tone: Tone, text: &str) -> String {
        let look = match tone {
            Tone::Token => Look::Strong,
            Tone::Alarm => Look::Error,
            Tone::Calm => Look::Good,
            Tone::Path => Look::Hint,
            Tone::Faint => Look::Faint,
        };
        paint(look, text)
    }
}

/// How the scan ends: 4 if an action failed, 1 if something was found, 5 if something was not
/// read, else 0.
pub(super) fn exit(found: &Found, cx: &Context) -> Result<Exit, CliError> {
    for (token, error) in &found.failed {
        cx.ui.warn(&format!("{token}: {}", error.message));
    }
    if let Some((token, error)) = found.failed.first() {
        let count = found.failed.len();
        let message = format!(
            "{count} finding{} could not be dealt with, the first of them {token}: {}",
            if count == 1 { "" } else { "s" },
            error.message
        );
        return Err(CliError::new(Kind::Store, message)
            .hint("these tokens may still work: scan again, or revoke them by their ids"));
    }
    if found.coverage.is_complete() {
        return Ok(if found.fails() { Exit::No } else { Exit::Yes });
    }
    let error =
        CliError::new(Kind::Incomplete, format!("not everything was read: {}", unread(found)))
            .hint("what was not read may hold tokens; the report names all of it");
    if found.fails() {
        cx.ui.warn(&error.message);
        return Ok(Exit::No);
    }
    Err(error)
}

/// The first few things that were not read.
fn unread(found: &Found) -> String {
    let skipped = found.coverage.skipped();
    let unread: Vec<_> = skipped
        .iter()
        .filter(|skipped| skipped.reason.class() == Class::NotRead)
        .map(|skipped| format!("{} ({})", skipped.what, skipped.reason.as_str()))
        .collect();
    let named = unread.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match unread.len() {
        0..=NAMED => named,
        more => format!("{named} and {} more", more - NAMED),
    }
}
