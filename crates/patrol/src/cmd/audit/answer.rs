//! What an audit verb answers with: JSON from the values, and a document in words, as CSV or as a
//! page; on standard output or in a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use patrol_app::audit::page::{Document, Fact, Section};
use serde::Serialize;

use crate::cmd::Context;
use crate::error::CliError;
use crate::settings::Format;
use crate::ui::{Cell, Look, paint, shown};

/// Where an answer goes.
#[derive(Debug, Default, clap::Args)]
pub(super) struct To {
    /// Write it to this file, which must not exist, instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Whether answers come in this format.
pub(super) fn has(format: Format) -> bool {
    matches!(format, Format::Human | Format::Json | Format::Csv | Format::Html)
}

/// Gives the answer in the format asked for.
///
/// # Errors
/// When it cannot be written.
pub(super) fn give<T: Serialize>(
    values: &T,
    document: &Document,
    to: &To,
    cx: &Context,
) -> Result<(), CliError> {
    let Some(path) = &to.output else {
        return match cx.ui.format() {
            Format::Json => cx.ui.json(values),
            Format::Csv => cx.ui.print(&document.csv()),
            Format::Html => cx.ui.print(&document.html()),
            _ => cx.ui.print(&human(document, cx)),
        };
    };
    let text = match cx.ui.format() {
        Format::Json => serde_json::to_string_pretty(values)
            .map_err(|why| CliError::new(crate::error::Kind::Bug, why.to_string()))?,
        Format::Csv => document.csv(),
        Format::Html => document.html(),
        _ => anstream::adapter::strip_str(&human(document, cx)).to_string(),
    };
    write(path, &patrol_token::redact_text(&text))?;
    cx.ui.note(&format!("written to {}", path.display()));
    Ok(())
}

/// Writes a new file that only its owner may read: what auditors read names people.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::exists(path),
        _ => CliError::io(path.display().to_string(), &error)
            .hint("see whether its folder is there, and who may write to it"),
    })
}

/// The document in words.
fn human(document: &Document, cx: &Context) -> String {
    let mut out =
        format!("{}\n{}", paint(Look::Strong, &shown(&document.title)), facts(&document.about));
    for section in &document.sections {
        out.push_str(&part(section, cx));
    }
    if !document.closing.is_empty() {
        let head = paint(Look::Strong, "What this rests on");
        out.extend([
            "
",
            &head,
            "
",
            &facts(&document.closing),
        ]);
    }
    out
}

fn part(section: &Section, cx: &Context) -> String {
    let mut out = format!("\n{}\n", paint(Look::Strong, &shown(&section.title)));
    for said in &section.says {
        out.extend(["  ", &shown(said), "\n"]);
    }
    out.push_str(&facts(&section.facts));
    for rows in section.tables.iter().filter(|table| !table.rows.is_empty()) {
        let heads: Vec<_> = rows.head.iter().map(|head| head.to_uppercase()).collect();
        let heads: Vec<_> = heads.iter().map(String::as_str).collect();
        let mut table = cx.ui.table(&heads);
        for row in &rows.rows {
            table.row(row.iter().map(|cell| Cell::new(cell)));
        }
        table.keep_whole(0);
        out.push_str(&table.render());
        if rows.omitted > 0 {
            out.extend(["and ", &rows.omitted.to_string(), " more; --format json has them\n"]);
        }
    }
    for gap in &section.gaps {
        let gap = format!("not known: {gap}");
        out.extend(["  ", &paint(Look::Warning, &shown(&gap)), "\n"]);
    }
    let controls = section.controls.iter().map(|it| format!("{} {}", it.standard, it.numbers));
    let controls = controls.collect::<Vec<_>>().join(" · ");
    if !controls.is_empty() {
        out.extend(["  ", &paint(Look::Faint, &format!("serves {controls}")), "\n"]);
    }
    out
}

fn facts(facts: &[Fact]) -> String {
    let width = facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or_default();
    let line = |fact: &Fact| {
        let label = paint(Look::Faint, &format!("{:<width$}", shown(&fact.label)));
        format!("  {label}  {}\n", shown(&fact.value))
    };
    facts.iter().map(line).collect()
}
