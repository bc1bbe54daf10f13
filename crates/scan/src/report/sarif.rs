//! SARIF 2.1.0 (OASIS), as code hosts read it: one run, one result for each finding.
//!
//! It holds no snippet, no secret, no author and no mail address. What was not read stands among
//! the invocation's notifications, and makes it one that was not successful.
//!
//! GitHub refuses a file beyond its limits; what is left out to keep them is the least severe,
//! and a notification says how much it is.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::root::percent_encoded;
use super::words::{self, Severity};
use super::{Accepted, AcceptedBy, Line, Run, inert};
use crate::{Class, Finding, Reason, Secret, SourceKind, escape_for_terminal};

/// The most results in one run that GitHub takes.
const MAX_RESULTS: usize = 25_000;

/// A bound for what does not compress: GitHub takes 10 MB (gzip). See [`weight`].
const MAX_WEIGHT: usize = 9_000_000;

/// What one result costs beside the texts in it: its digests, once in hexadecimal, and the
/// differences in what else is the same from result to result.
const RESULT_WEIGHT: usize = 200;

/// The longest foreign text in a result or notification, in bytes.
const MAX_TEXT: usize = 1_000;

/// The most notifications.
const MAX_NOTIFICATIONS: usize = 1_000;

/// The tags of a rule that GitHub keeps.
const MAX_TAGS: usize = 10;

/// Writes one document. `line` gives a finding's line ([`super::Text`]) where the content is at
/// hand; without it there are no columns, and a host takes a hash of its own.
///
/// # Errors
/// When the output refuses to be written to.
pub fn sarif(
    run: &Run<'_>,
    line: &dyn Fn(&Finding) -> Option<Line>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (chosen, left_out) = choose(run);
    let mut rules = Rules::default();
    let results: Vec<Value> =
        chosen.into_iter().map(|it| result(it, run, &mut rules, line)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "patrol",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.list,
            }},
            "automationDetails": { "id": "patrol/secrets/" },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { "%SRCROOT%": {
                "description": { "text": "The root of what was scanned." },
            }},
            "invocations": [{
                "executionSuccessful": run.coverage.is_complete(),
                "startTimeUtc": format!("{}Z", Run::instant(run.begun)),
                "endTimeUtc": format!("{}Z", Run::instant(run.ended)),
                "toolExecutionNotifications": notifications(run, left_out),
            }],
            "results": results,
        }],
    });
    inert::json(&document, false, out)?;
    writeln!(out)
}

/// A finding, and what accepts it.
type Chosen<'a> = (&'a Finding, Option<&'a AcceptedBy>);

/// The findings that fit, in the order of reports, and how many do not.
fn choose<'a>(run: &Run<'a>) -> (Vec<Chosen<'a>>, usize) {
    let accepted = run.accepted.iter().map(|Accepted { finding, by }| (finding, Some(by)));
    let all: Vec<Chosen<'a>> =
        run.findings.iter().map(|finding| (finding, None)).chain(accepted).collect();
    // The most severe are the last to be left out.
    let mut by_severity: Vec<usize> = (0..all.len()).collect();
    by_severity.sort_by_key(|n| (all[*n].1.is_some(), Severity::of(all[*n].0), *n));
    let mut room = MAX_WEIGHT;
    let fits = |n: &usize| {
        let taken = room.checked_sub(weight(all[*n].0));
        taken.map(|left| room = left).is_some()
    };
    let mut kept: Vec<usize> = by_severity.into_iter().take(MAX_RESULTS).take_while(fits).collect();
    kept.sort_unstable();
    let left_out = all.len() - kept.len();
    (kept.into_iter().map(|n| all[n]).collect(), left_out)
}

/// At most what a result adds to the compressed file: the texts that somebody else chose count
/// whole, and three times where they are percent-encoded.
fn weight(finding: &Finding) -> usize {
    let at = &finding.location;
    let path = at.path.as_ref().map_or(0, |path| path.len().min(MAX_TEXT));
    let texts = [&at.repository, &at.reference].into_iter().flatten().map(|text| text.len());
    let texts = texts.map(|length| length.min(MAX_TEXT)).sum::<usize>();
    let member = at.archive.as_ref().map_or(0, |path| path.len().min(MAX_TEXT));
    RESULT_WEIGHT + 2 * path + texts + member
}

/// The rules that occur, each once.
#[derive(Default)]
struct Rules {
    list: Vec<Value>,
    known: BTreeMap<String, usize>,
}

impl Rules {
    fn index(&mut self, secret: &Secret) -> usize {
        if let Some(index) = self.known.get(secret.rule()) {
            return *index;
        }
        let index = self.list.len();
        self.known.insert(secret.rule().to_owned(), index);
        self.list.push(rule(secret));
        index
    }
}

fn rule(secret: &Secret) -> Value {
    let (short, full, help, precision, severity, more) = match secret {
        Secret::Own(_) => (
            "Access token of this company".to_owned(),
            "A text with one of the company's token prefixes and a valid checksum. Whether it works \
             is told by the ledger."
                .to_owned(),
            words::OWN_HELP.to_owned(),
            "very-high",
            "9.5",
            Vec::new(),
        ),
        Secret::Foreign(foreign) => {
            let rule = &foreign.rule;
            let short = match rule.description.trim() {
                "" => format!("Secret found by the rule {}", rule.id),
                words => words.to_owned(),
            };
            let full = match &rule.provider {
                Some(provider) => format!("{short} ({provider})"),
                None => short.clone(),
            };
            (short, full, words::help(rule), "high", "8.5", rule.tags.clone())
        }
    };
    let mut tags = vec!["security".to_owned(), "external/cwe/cwe-798".to_owned()];
    tags.extend(more.into_iter().filter(|tag| !tag.trim().is_empty()));
    tags.iter_mut().for_each(|tag| *tag = safe(tag));
    let mut seen = std::collections::BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags.truncate(MAX_TAGS);
    json!({
        "id": secret.rule(),
        "name": secret.rule(),
        "shortDescription": { "text": safe(&short) },
        "fullDescription": { "text": safe(&full) },
        "help": { "text": safe(&help) },
        "defaultConfiguration": { "level": "error" },
        "properties": {
            "tags": tags,
            "precision": precision,
            "security-severity": severity,
            "problem.severity": "error",
        },
    })
}

fn result(
    (finding, accepted): Chosen<'_>,
    run: &Run<'_>,
    rules: &mut Rules,
    line: &dyn Fn(&Finding) -> Option<Line>,
) -> Value {
    let at = &finding.location;
    let mut fingerprints = json!({ "patrolFingerprint/v1": finding.fingerprint() });
    let line = line(finding);
    if let Some(line) = &line {
        fingerprints["primaryLocationLineHash"] = line.hash.clone().into();
    }
    let mut properties = json!({
        "source": at.source.as_str(),
        "action": finding.action.as_str(),
    });
    let facts = [
        ("tokenId", finding.token_id.map(|id| id.to_string())),
        ("status", finding.status.map(|status| status.as_str().to_owned())),
        ("object", at.object.clone()),
        ("commit", at.commit.clone()),
        ("ref", at.reference.as_deref().map(safe)),
        ("repository", at.repository.as_deref().map(safe)),
        ("archive", at.archive.as_ref().map(|path| safe(&path.to_string()))),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            properties[name] = fact.into();
        }
    }
    let mut result = json!({
        "ruleId": finding.secret.rule(),
        "ruleIndex": rules.index(&finding.secret),
        "level": match Severity::of(finding) {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "note",
        },
        "message": { "text": safe(&words::sentence(finding)) },
        "partialFingerprints": fingerprints,
        "properties": properties,
        "locations": [location(finding, line.as_ref(), run)],
    });
    if let Some(by) = accepted {
        result["suppressions"] = json!([suppression(by)]);
    }
    result
}

fn location(finding: &Finding, line: Option<&Line>, run: &Run<'_>) -> Value {
    let at = &finding.location;
    let Some(path) = run.root.below(at) else {
        // A message, a ref name, a stream: nothing that a host could open.
        let name = safe(&format!("{}:{}:{}", words::place(at), at.line, at.column));
        return json!({ "logicalLocations": [{ "fullyQualifiedName": name, "kind": "resource" }] });
    };
    let artifact = match path.strip_prefix(b"/") {
        Some(_) => json!({ "uri": format!("file://{}", percent_encoded(&path)) }),
        None => json!({ "uri": percent_encoded(&path), "uriBaseId": "%SRCROOT%" }),
    };
    let mut physical = json!({ "artifactLocation": artifact });
    // Positions inside an archive, or within the name itself, are none within the file.
    if at.archive.is_none() && at.source != SourceKind::TreeEntry {
        let mut region = json!({ "startLine": at.line, "endLine": at.end_line });
        // Ours count bytes, which are no units that SARIF knows.
        if let Some(line) = line {
            region["startColumn"] = line.column.into();
            region["endColumn"] = line.end_column.into();
        }
        physical["region"] = region;
    }
    json!({ "physicalLocation": physical })
}

fn suppression(by: &AcceptedBy) -> Value {
    let mut value = json!({ "kind": "external", "status": "accepted" });
    match by {
        AcceptedBy::Comment => value["kind"] = "inSource".into(),
        AcceptedBy::Gitleaks => value["justification"] = "accepted for gitleaks".into(),
        AcceptedBy::Baseline { reason, .. } => {
            if let Some(reason) = reason.as_deref().filter(|text| !text.is_empty()) {
                value["justification"] = safe(reason).into();
            }
        }
    }
    value
}

/// What was not read, what was left out by choice, and what did not fit into this file.
fn notifications(run: &Run<'_>, left_out: usize) -> Vec<Value> {
    let mut all = Vec::new();
    if left_out > 0 {
        all.push(notification(
            "error",
            "truncated",
            &format!(
                "{left_out} results are not in this file, which holds at most {MAX_RESULTS} and \
                 10 MB: the JSON report has all of them"
            ),
        ));
    }
    let skipped = run.coverage.skipped();
    let told = |class: Class| skipped.iter().filter(move |it| it.reason.class() == class);
    let mut entries: Vec<_> = told(Class::NotRead).map(|entry| ("error", entry)).collect();
    let by_choice = told(Class::Choice)
        .filter(|entry| !matches!(entry.reason, Reason::Baseline | Reason::Accepted));
    entries.extend(by_choice.map(|entry| ("note", entry)));
    let more = entries.len().saturating_sub(MAX_NOTIFICATIONS);
    for (level, entry) in entries.into_iter().take(MAX_NOTIFICATIONS) {
        all.push(notification(level, entry.reason.class().as_str(), &words::unread(entry)));
    }
    if more > 0 {
        let text = format!("{more} more such entries are in the JSON report");
        all.push(notification("error", "truncated", &text));
    }
    all
}

fn notification(level: &str, id: &str, text: &str) -> Value {
    json!({ "level": level, "descriptor": { "id": id }, "message": { "text": safe(text) } })
}

/// Foreign text: shown, not obeyed, of bounded length, and never empty.
fn safe(text: &str) -> String {
    let text = escape_for_terminal(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "-".to_owned(),
        None => text.into_owned(),
    }
}
