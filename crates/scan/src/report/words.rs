//! What reports say about a finding, in words that are the same everywhere.

use bstr::ByteSlice as _;

use crate::{
    Action, Checksum, Encoding, Finding, Location, RuleInfo, Secret, Skipped, SourceKind, Status,
};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// A token of ours that works, or of which nobody could say.
    Critical,
    /// Somebody else's secret, or a token that worked until this run.
    High,
    /// A well-formed token that nobody is known to have issued.
    Medium,
    /// A token that has ended.
    Low,
}

impl Severity {
    pub(crate) fn of(finding: &Finding) -> Self {
        if !is_ours(finding) || matches!(finding.action, Action::Revoked | Action::Suspended) {
            return Self::High;
        }
        match finding.status {
            None | Some(Status::Active | Status::Suspended) => Self::Critical,
            Some(Status::Unknown) => Self::Medium,
            Some(Status::Revoked | Status::Expired) => Self::Low,
        }
    }
}

/// Whether it is a token of our own: by its format, or because the ledger knows it as an imported
/// one.
pub(crate) fn is_ours(finding: &Finding) -> bool {
    finding.own().is_some() || finding.status.is_some()
}

/// What a finding is, in a few words: `Live token`, `GitHub personal access token`.
pub(crate) fn title(finding: &Finding) -> String {
    match &finding.secret {
        Secret::Foreign(foreign) if !is_ours(finding) => match foreign.rule.description.trim() {
            "" => format!("Secret found by the rule {}", foreign.rule.id),
            words => words.to_owned(),
        },
        Secret::Own(_) | Secret::Foreign(_) => match (finding.status, finding.action) {
            (_, Action::Revoked) => "Leaked token, revoked now",
            (_, Action::Suspended) => "Leaked token, suspended now",
            (Some(Status::Active), _) => "Live token",
            (Some(Status::Suspended), _) => "Suspended token",
            (Some(Status::Expired), _) => "Expired token",
            (Some(Status::Revoked), _) => "Revoked token",
            (Some(Status::Unknown), _) => "Token that is not in the ledger",
            (None, _) => "Token that could not be looked up",
        }
        .to_owned(),
    }
}

/// One line about a finding, without its place: what it is, its public form, how it is disguised.
pub(crate) fn sentence(finding: &Finding) -> String {
    let mut text = format!("{}: {}", title(finding), finding.secret.redacted());
    if let Some(how) = disguise(&finding.encoding) {
        text.push_str(", ");
        text.push_str(&how);
    }
    if checksum(finding) == Checksum::Verified {
        text.push_str(", checksum verified");
    }
    text
}

/// `in base64 of hex`: the layers around a secret, outermost first; none for a plain one.
pub(crate) fn disguise(layers: &[Encoding]) -> Option<String> {
    let names: Vec<_> = layers.iter().map(|layer| layer.as_str()).collect();
    (!names.is_empty()).then(|| format!("in {}", names.join(" of ")))
}

/// What the checksum in somebody else's secret says. That of our own always holds.
pub(crate) fn checksum(finding: &Finding) -> Checksum {
    match &finding.secret {
        Secret::Own(_) => Checksum::None,
        Secret::Foreign(foreign) => foreign.checksum,
    }
}

/// What to do about it.
pub(crate) fn advice(finding: &Finding) -> String {
    match (&finding.secret, finding.status, finding.action) {
        (Secret::Foreign(foreign), None, _) => help(&foreign.rule),
        (_, _, Action::Revoked | Action::Suspended) => {
            "It works no more. If its owner still needs one, issue another, and take this one out \
             of the file."
                .to_owned()
        }
        (_, Some(Status::Unknown), _) => {
            "No ledger that was asked knows it. If another one issued it, revoke it there; then \
             take it out of the file."
                .to_owned()
        }
        (_, Some(Status::Revoked | Status::Expired), _) => {
            "It has ended and opens nothing. Take it out of the file, so that nobody wonders."
                .to_owned()
        }
        (_, None | Some(Status::Active | Status::Suspended), _) => match finding.token_id {
            Some(id) => format!(
                "End it (patrol revoke {id}), or have a new one in its place (patrol rotate {id}); \
                 then take it out of the file. What was committed stays readable in the history."
            ),
            None => OWN_HELP.to_owned(),
        },
    }
}

/// What to do about a token of our own.
pub(crate) const OWN_HELP: &str = "Revoke the token, issue a new one, and take it out of the \
     file. What was committed stays readable in the history.";

/// What to do about somebody else's secret.
pub(crate) fn help(rule: &RuleInfo) -> String {
    let own = rule.help.clone().filter(|help| !help.trim().is_empty());
    own.unwrap_or_else(|| {
        "Revoke it where it was issued, then take it out of the file. What was committed stays \
         readable in the history."
            .to_owned()
    })
}

/// The name of a place: its path, with the one inside an archive; else the ref, the object, the
/// kind of source.
pub fn place(at: &Location) -> String {
    let path = at.path.as_ref().map(|path| path.to_str_lossy().into_owned());
    let mut name = match (path, &at.reference, &at.object) {
        (Some(path), _, _) => path,
        (None, Some(reference), _) => reference.clone(),
        (None, None, Some(object)) => short_id(object).to_owned(),
        (None, None, None) if at.source == SourceKind::Stdin => "standard input".to_owned(),
        (None, None, None) => at.source.as_str().to_owned(),
    };
    if let Some(member) = &at.archive {
        name.push('!');
        name.push_str(&member.to_str_lossy());
    }
    name
}

/// An object's or a commit's id as people are shown it: the same length everywhere.
pub fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A commit's date as people read it: `2026-03-03 12:00:00 UTC`, `2026-03-03 12:00:00 +0100`.
pub(crate) fn date(text: &str) -> String {
    let is_rfc3339 = text.is_ascii() && text.len() >= 20 && text.as_bytes()[10] == b'T';
    match is_rfc3339 {
        true if &text[19..] == "Z" => format!("{} {} UTC", &text[..10], &text[11..19]),
        true => format!("{} {} {}", &text[..10], &text[11..19], &text[19..]),
        false => text.to_owned(),
    }
}

/// One thing that was not read, with the reason.
pub(crate) fn unread(entry: &Skipped) -> String {
    let mut line = format!("{}: {}", entry.what, entry.reason.as_str());
    if let Some(detail) = &entry.detail {
        line.push_str(": ");
        line.push_str(detail);
    }
    line
}

pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
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

pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return count(bytes, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}
