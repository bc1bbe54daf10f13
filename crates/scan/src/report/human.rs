//! The report for people: one block for each token, and its places below it.
//!
//! ```text
//! acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_…  active  ada@example.org  revoked now
//!   src/config.rs:12:9  blob  3f2a9c1b  Ada <ada@example.org>  2026-11-22T02:24:13Z
//!
//! 1 token in 1 place; 1,204 objects, 3.1 MiB read
//! ```

use std::collections::BTreeMap;
use std::io;

use bstr::ByteSlice as _;

use crate::{Action, Class, Coverage, Finding, Location, SourceKind, Status, escape_for_terminal};

/// The tone of a piece of text, for whoever can paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A token that is found.
    Token,
    /// Something that needs attention now: a live token, something not read.
    Alarm,
    /// Something that is well.
    Calm,
    /// A path.
    Path,
    /// Details.
    Faint,
}

/// Paints text. This crate knows no colour; the command line brings some, or [`Plain`].
pub trait Paint {
    /// The text as it is to be printed.
    fn paint(&self, tone: Tone, text: &str) -> String;
}

/// No colour.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Paint for Plain {
    fn paint(&self, _: Tone, text: &str) -> String {
        text.to_owned()
    }
}

/// Writes the report. All foreign text in it is escaped for a terminal.
///
/// # Errors
/// When the output refuses to be written to.
pub fn human(
    findings: &[Finding],
    coverage: &Coverage,
    paint: &dyn Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut tokens: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        // By digest: two secrets with one id are two tokens, one of them a forgery.
        tokens
            .entry((finding.secret.redacted(), *finding.secret.digest()))
            .or_default()
            .push(finding);
    }
    for places in tokens.values_mut() {
        places.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        if let Some(first) = places.first() {
            // What was done about the first place found ended the token for the others, too.
            let actions = places.iter().map(|finding| finding.action);
            let action = actions.filter(|action| *action != Action::None).min();
            writeln!(out, "{}", heading(first, action, paint))?;
        }
        for finding in places {
            writeln!(out, "  {}", place(&finding.location, paint))?;
        }
        writeln!(out)?;
    }
    skipped(coverage, paint, out)?;
    writeln!(out, "{}", summary(tokens.len(), findings.len(), coverage, paint))
}

fn heading(finding: &Finding, action: Option<Action>, paint: &dyn Paint) -> String {
    let mut parts = vec![paint.paint(Tone::Token, finding.secret.redacted())];
    if let Some(status) = finding.status {
        let tone = match status {
            Status::Active => Tone::Alarm,
            Status::Revoked | Status::Expired => Tone::Calm,
            Status::Suspended | Status::Unknown => Tone::Faint,
        };
        parts.push(paint.paint(tone, status.as_str()));
    }
    if let Some(owner) = &finding.owner {
        parts.push(escape_for_terminal(owner).into_owned());
    }
    match action {
        None | Some(Action::None) => {}
        Some(Action::Revoked) => parts.push(paint.paint(Tone::Calm, "revoked now")),
        Some(Action::Suspended) => parts.push(paint.paint(Tone::Calm, "suspended now")),
        Some(Action::Already) => parts.push(paint.paint(Tone::Faint, "acted on before")),
    }
    parts.join("  ")
}

fn place(at: &Location, paint: &dyn Paint) -> String {
    let path = at.path.as_ref().map(|path| path.to_str_lossy());
    let short = |id: &String| id.get(..8).unwrap_or(id).to_owned();
    let name = match (path, &at.reference, &at.object) {
        (Some(path), _, _) => path.into_owned(),
        (None, Some(reference), _) => reference.clone(),
        (None, None, Some(object)) => short(object),
        (None, None, None) => at.source.as_str().to_owned(),
    };
    // `path:line:column` without a space: terminals and editors make a link of it.
    let name = format!("{}:{}:{}", escape_for_terminal(&name), at.line, at.column);
    let mut parts = vec![paint.paint(Tone::Path, &name)];
    if !matches!(at.source, SourceKind::Worktree | SourceKind::Stdin) {
        parts.push(paint.paint(Tone::Faint, at.source.as_str()));
    }
    let commit = at.commit.as_ref().map(short);
    let details = [commit.as_ref(), at.author.as_ref(), at.date.as_ref()];
    for detail in details.into_iter().flatten() {
        parts.push(paint.paint(Tone::Faint, &escape_for_terminal(detail)));
    }
    parts.join("  ")
}

fn skipped(coverage: &Coverage, paint: &dyn Paint, out: &mut dyn io::Write) -> io::Result<()> {
    for entry in coverage.skipped() {
        // What has nothing to read by nature is for the machine formats.
        let tone = match entry.reason.class() {
            Class::Nature => continue,
            Class::Choice => Tone::Faint,
            Class::NotRead => Tone::Alarm,
        };
        let what = escape_for_terminal(&entry.what);
        let mut line = format!("not read: {what}: {}", entry.reason.as_str());
        if let Some(detail) = &entry.detail {
            line.push_str(": ");
            line.push_str(&escape_for_terminal(detail));
        }
        writeln!(out, "{}", paint.paint(tone, &line))?;
    }
    Ok(())
}

fn summary(tokens: usize, places: usize, coverage: &Coverage, paint: &dyn Paint) -> String {
    let found = match (tokens, places) {
        (0, _) if coverage.is_complete() => paint.paint(Tone::Calm, "no token found"),
        (0, _) => paint.paint(Tone::Alarm, "no token found in what could be read"),
        _ => {
            let text = format!(
                "{} in {}",
                count(tokens, "token", "tokens"),
                count(places, "place", "places")
            );
            paint.paint(Tone::Alarm, &text)
        }
    };
    let mut read = Vec::new();
    if coverage.files > 0 {
        read.push(count(coverage.files as usize, "file", "files"));
    }
    if coverage.objects > 0 {
        read.push(count(coverage.objects as usize, "object", "objects"));
    }
    read.push(size(coverage.bytes));
    format!("{found}; {} read", read.join(", "))
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return count(bytes as usize, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}
