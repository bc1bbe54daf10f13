//! The report for people: one block for each secret, and its places below it.
//!
//! ```text
//! acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_…  revoked now  ada@example.org
//!   src/config.rs:12:9  blob  commit 3f2a9c1b77d0  Ada <ada@example.org>  2026-11-22 02:24:13 +0100
//!
//! 1 token in 1 place; 1,204 objects, 3.1 MiB read
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use super::words::{self, count, size};
use super::{AcceptedBy, Run};
use crate::{
    Action, Checksum, Class, Coverage, Finding, Location, Reason, Secret, SourceKind, Status,
    escape_for_terminal,
};

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

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What was found, and what was not read.
    #[default]
    Brief,
    /// Also by which rule, what to do about it, and each thing that was passed over.
    Full,
}

/// Writes the report. All foreign text in it is escaped for a terminal.
///
/// # Errors
/// When the output refuses to be written to.
pub fn human(
    run: &Run<'_>,
    detail: Detail,
    paint: &dyn Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut findings: Vec<_> = run.findings.iter().collect();
    findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    // Secrets in the order of their first places, as in every other format.
    let mut secrets: Vec<Vec<&Finding>> = Vec::new();
    let mut known = HashMap::new();
    for finding in findings {
        // By digest: two secrets with one id are two tokens, one of them a forgery.
        let secret = &finding.secret;
        let key = (secret.redacted(), secret.rule(), *secret.digest());
        let at = *known.entry(key).or_insert(secrets.len());
        match secrets.get_mut(at) {
            Some(places) => places.push(finding),
            None => secrets.push(vec![finding]),
        }
    }
    let repositories: BTreeSet<_> =
        run.findings.iter().filter_map(|it| it.location.repository.as_deref()).collect();
    for places in &secrets {
        if let Some(first) = places.first() {
            // What was done about the first place found ended the token for the others, too.
            let actions = places.iter().map(|finding| finding.action);
            let action = actions.filter(|action| *action != Action::None).min();
            writeln!(out, "{}", heading(first, action, paint))?;
            if detail == Detail::Full {
                about(first, paint, out)?;
            }
        }
        for finding in places {
            writeln!(out, "  {}", place(finding, repositories.len() > 1, paint))?;
        }
        writeln!(out)?;
    }
    unread(run.coverage, detail, paint, out)?;
    accepted(run, paint, out)?;
    writeln!(out, "{}", summary(run, paint))
}

fn heading(finding: &Finding, action: Option<Action>, paint: &dyn Paint) -> String {
    let mut parts = vec![paint.paint(Tone::Token, &escape_for_terminal(finding.secret.redacted()))];
    if !words::is_ours(finding) {
        parts.push(escape_for_terminal(&words::title(finding)).into_owned());
    }
    match words::checksum(finding) {
        Checksum::None => {}
        Checksum::Verified => parts.push(paint.paint(Tone::Alarm, "checksum verified")),
        Checksum::Unverified => parts.push(paint.paint(Tone::Faint, "checksum does not fit")),
    }
    let acted = matches!(action, Some(Action::Revoked | Action::Suspended));
    if let Some(status) = finding.status.filter(|_| !acted) {
        let tone = match status {
            Status::Active => Tone::Alarm,
            Status::Revoked | Status::Expired => Tone::Calm,
            Status::Suspended | Status::Unknown => Tone::Faint,
        };
        parts.push(paint.paint(tone, status.as_str()));
    }
    match action {
        None | Some(Action::None) => {}
        Some(Action::Revoked) => parts.push(paint.paint(Tone::Calm, "revoked now")),
        Some(Action::Suspended) => parts.push(paint.paint(Tone::Calm, "suspended now")),
        Some(Action::Already) => parts.push(paint.paint(Tone::Faint, "acted on before")),
    }
    if let Some(owner) = &finding.owner {
        parts.push(escape_for_terminal(owner).into_owned());
    }
    parts.join("  ")
}

/// By which rule it was found, and what to do about it.
fn about(finding: &Finding, paint: &dyn Paint, out: &mut dyn io::Write) -> io::Result<()> {
    let mut line = format!("rule {}", finding.secret.rule());
    match &finding.secret {
        Secret::Foreign(foreign) => {
            if let Some(provider) = &foreign.rule.provider {
                line.extend([", issued by ", provider]);
            }
        }
        Secret::Own(_) => line.push_str(", checksum verified"),
    }
    for line in [line, words::advice(finding)] {
        writeln!(out, "  {}", paint.paint(Tone::Faint, &escape_for_terminal(&line)))?;
    }
    Ok(())
}

fn place(finding: &Finding, several_repositories: bool, paint: &dyn Paint) -> String {
    let at: &Location = &finding.location;
    // `path:line:column` without a space: terminals and editors make a link of it.
    let name = format!("{}:{}:{}", escape_for_terminal(&words::place(at)), at.line, at.column);
    let mut parts = vec![paint.paint(Tone::Path, &name)];
    if !matches!(at.source, SourceKind::Worktree | SourceKind::Stdin) {
        parts.push(paint.paint(Tone::Faint, at.source.as_str()));
    }
    parts.extend(words::disguise(&finding.encoding));
    let commit = at.commit.as_ref().map(|id| format!("commit {}", words::short_id(id)));
    let date = at.date.as_ref().map(|date| words::date(date));
    let repository = at.repository.as_ref().filter(|_| several_repositories);
    let details = [commit.as_ref(), at.author.as_ref(), date.as_ref(), repository];
    for detail in details.into_iter().flatten() {
        parts.push(paint.paint(Tone::Faint, &escape_for_terminal(detail)));
    }
    parts.join("  ")
}

/// What was not read; and, for who wants to know, what has nothing to read by its nature.
fn unread(
    coverage: &Coverage,
    detail: Detail,
    paint: &dyn Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut by_nature = BTreeMap::<Reason, u64>::new();
    for entry in coverage.skipped() {
        let tone = match entry.reason.class() {
            Class::Nature if detail == Detail::Brief => {
                *by_nature.entry(entry.reason).or_default() += entry.times;
                continue;
            }
            // What is accepted is counted in a line of its own.
            Class::Choice
                if detail == Detail::Brief
                    && matches!(entry.reason, Reason::Baseline | Reason::Accepted) =>
            {
                continue;
            }
            Class::Nature | Class::Choice => Tone::Faint,
            Class::NotRead => Tone::Alarm,
        };
        let (what, said) = match (entry.reason, &entry.detail) {
            (Reason::Accepted, Some(detail)) => ("accepted", format!("{}: {detail}", entry.what)),
            (Reason::Baseline | Reason::Accepted, _) => ("accepted", words::unread(&entry)),
            (reason, _) if reason.class() == Class::Nature && entry.what == reason.as_str() => {
                ("passed over", entry.what.clone())
            }
            (reason, _) if reason.class() == Class::Nature => {
                ("passed over", words::unread(&entry))
            }
            _ => ("not read", words::unread(&entry)),
        };
        let line = format!("{what}: {}", escape_for_terminal(&said));
        writeln!(out, "{}", paint.paint(tone, &line))?;
    }
    if !by_nature.is_empty() {
        let kinds = by_nature.iter();
        let kinds = kinds.map(|(reason, times)| format!("{} ({times})", reason.as_str()));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let line = format!("passed over: {kinds}");
        writeln!(out, "{}", paint.paint(Tone::Faint, &line))?;
    }
    Ok(())
}

fn accepted(run: &Run<'_>, paint: &dyn Paint, out: &mut dyn io::Write) -> io::Result<()> {
    if run.accepted.is_empty() {
        return Ok(());
    }
    let of = |is: fn(&AcceptedBy) -> bool| run.accepted.iter().filter(|it| is(&it.by)).count();
    let ways = [
        (of(|by| matches!(by, AcceptedBy::Baseline { .. })), "by the baseline"),
        (of(|by| matches!(by, AcceptedBy::Gitleaks)), "as for gitleaks"),
        (of(|by| matches!(by, AcceptedBy::Comment)), "by a comment on the line"),
    ];
    let ways = ways.iter().filter(|(n, _)| *n > 0).map(|(n, way)| format!("{n} {way}"));
    let ways = ways.collect::<Vec<_>>().join(", ");
    let places = count(run.accepted.len() as u64, "place", "places");
    writeln!(out, "{}", paint.paint(Tone::Faint, &format!("accepted in {places}: {ways}")))
}

/// What was found and how much was read, in one line.
pub fn summary(run: &Run<'_>, paint: &dyn Paint) -> String {
    let of = |ours: bool| {
        let found = run.findings.iter().filter(|it| words::is_ours(it) == ours);
        let secrets: BTreeSet<_> = found
            .clone()
            .map(|it| (it.secret.rule(), it.secret.redacted(), it.secret.digest()))
            .collect();
        (secrets.len() as u64, found.count() as u64)
    };
    let words =
        [(of(true), "token", "tokens"), (of(false), "secret of others", "secrets of others")];
    let words = words.iter().filter(|((secrets, _), ..)| *secrets > 0);
    let words = words.map(|((secrets, places), one, many)| {
        format!("{} in {}", count(*secrets, one, many), count(*places, "place", "places"))
    });
    let words = words.collect::<Vec<_>>().join(", ");
    let coverage = run.coverage;
    let read_nothing = coverage.files + coverage.objects + coverage.remembered == 0;
    let found = match words.is_empty() {
        true if coverage.is_complete() && run.accepted.is_empty() && read_nothing => {
            return paint.paint(Tone::Calm, "there was nothing to search");
        }
        true if run.coverage.is_complete() && run.accepted.is_empty() => {
            paint.paint(Tone::Calm, "no token found")
        }
        true if run.coverage.is_complete() => paint.paint(Tone::Calm, "no other token found"),
        true => paint.paint(Tone::Alarm, "no token found in what could be read"),
        false => paint.paint(Tone::Alarm, &words),
    };
    let mut read = Vec::new();
    if run.coverage.files > 0 {
        read.push(count(run.coverage.files, "file", "files"));
    }
    if run.coverage.objects > 0 {
        read.push(count(run.coverage.objects, "object", "objects"));
    }
    read.push(size(run.coverage.bytes));
    format!("{found}; {} read", read.join(", "))
}
