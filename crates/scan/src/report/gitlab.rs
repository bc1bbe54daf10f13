//! GitLab's secret detection report, schema 15.2: what `artifacts:reports:secret_detection` takes.
//!
//! It holds no `raw_source_code_extract`: that member is the secret itself.

use std::io;

use serde_json::{Value, json};
use uuid::Uuid;

use super::words::{self, Severity, count};
use super::{Run, inert};
use crate::{Class, Finding, Reason, escape_for_terminal};

/// The version of the schema that this follows.
const SCHEMA: &str = "15.2.5";

/// Where GitLab keeps the schema.
const SCHEMA_URL: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.5/dist/secret-detection-report-format.json";

/// The commit of what is in no commit, as GitLab's own analyzer writes it.
const NO_COMMIT: &str = "0000000";

/// The longest name that the schema takes, in characters.
const MAX_NAME: usize = 255;

/// The longest solution that the schema takes, in characters.
const MAX_SOLUTION: usize = 7_000;

/// The most messages about what was not read.
const MAX_MESSAGES: usize = 1_000;

/// Names what ids are made of: a fingerprint of ours.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d0c_5b0e_54a1_5b6f_9a53_7061_7472_6f6c);

/// Writes one document.
///
/// # Errors
/// When the output refuses to be written to.
pub fn gitlab(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let scanner = json!({
        "id": "patrol",
        "name": "patrol",
        "version": env!("CARGO_PKG_VERSION"),
        "vendor": { "name": "patrol" },
    });
    let document = json!({
        "version": SCHEMA,
        "schema": SCHEMA_URL,
        "scan": {
            "analyzer": scanner,
            "scanner": scanner,
            "type": "secret_detection",
            "start_time": Run::instant(run.begun),
            "end_time": Run::instant(run.ended),
            "status": if run.coverage.is_complete() { "success" } else { "failure" },
            "messages": messages(run),
        },
        "vulnerabilities":
            run.findings.iter().map(|finding| vulnerability(finding, run)).collect::<Vec<_>>(),
    });
    inert::json(&document, true, out)?;
    writeln!(out)
}

fn vulnerability(finding: &Finding, run: &Run<'_>) -> Value {
    let at = &finding.location;
    let rule = finding.secret.rule();
    let path = run.root.below(at);
    let path = path.map_or_else(|| words::place(at), |path| path.to_string());
    let place = format!("{}:{}:{}", words::place(at), at.line, at.column);
    let description = format!("{} at {}", code(&words::sentence(finding)), code(&place));
    let mut commit = json!({ "sha": at.commit.as_deref().unwrap_or(NO_COMMIT) });
    if let Some(date) = &at.date {
        commit["date"] = date.as_str().into();
    }
    json!({
        "id": id(finding).to_string(),
        "name": clip(&escape_for_terminal(&words::title(finding)), MAX_NAME),
        "description": description,
        "severity": match Severity::of(finding) {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Info",
        },
        "solution": clip(&escape_for_terminal(&words::advice(finding)), MAX_SOLUTION),
        "identifiers": [{
            "type": "patrol_rule_id",
            "name": format!("patrol rule {}", escape_for_terminal(rule)),
            "value": rule,
        }],
        "location": {
            "file": escape_for_terminal(&path),
            "start_line": at.line,
            "end_line": at.end_line,
            "commit": commit,
        },
    })
}

/// The same for every run that finds the same: version 5 (RFC 9562) over the fingerprint, and
/// where several places of one content share it (a blob at two paths), over these, too.
fn id(finding: &Finding) -> Uuid {
    let at = &finding.location;
    let mut name = finding.fingerprint().into_bytes();
    for part in [at.path.as_ref(), at.archive.as_ref()].into_iter().flatten() {
        name.push(0);
        name.extend_from_slice(part);
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

fn messages(run: &Run<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    let skipped = run.coverage.skipped();
    for entry in
        skipped.iter().filter(|entry| !matches!(entry.reason, Reason::Baseline | Reason::Accepted))
    {
        let level = match entry.reason.class() {
            Class::Nature => continue,
            Class::Choice => "info",
            Class::NotRead => "warn",
        };
        if all.len() == MAX_MESSAGES {
            let text = "more was not read: the JSON report has all of it";
            all.push(json!({ "level": "warn", "value": text }));
            break;
        }
        let text = format!("not read: {}", escape_for_terminal(&words::unread(entry)));
        all.push(json!({ "level": level, "value": text }));
    }
    if !run.accepted.is_empty() {
        let places = count(run.accepted.len() as u64, "place", "places");
        all.push(json!({ "level": "info", "value": format!("accepted in {places}") }));
    }
    all
}

/// Foreign text for a page of Markdown: inside a code span nothing is a link, a mention or HTML.
/// The span's fence is longer than any run of backticks in it, and apart from one at an end. A space
/// at both ends of a span is taken away by who shows it, and so is one that was part of the text.
fn code(text: &str) -> String {
    let text = escape_for_terminal(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let apart = if text.starts_with([' ', '`']) || text.ends_with([' ', '`']) { " " } else { "" };
    format!("{fence}{apart}{text}{apart}{fence}")
}

fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{clip, code};

    #[test]
    fn markdown_has_nothing_to_obey() {
        assert_eq!(code("@all [x](//y) <b>"), "`@all [x](//y) <b>`");
        assert_eq!(code("a``b`\n"), "```a``b`\\n```");
        assert_eq!(code("`a` "), "`` `a`  ``");
        assert_eq!(clip("größe", 3), "grö");
    }
}
