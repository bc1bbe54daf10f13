//! The baseline: findings that somebody looked at and accepted, in one text file.
//!
//! ```text
//! # patrol baseline v1
//! # 5e
//! v1:5e88…d8 github-pat by="Ada" expires=2027-01-01 reason="test data" seen="tests/a.txt"
//! ```
//!
//! A line goes by rule and content, never by path or line number: a secret that moves stays
//! accepted, another one in its place does not. The key is a digest and the file holds no secret.
//! The lines are sorted, and a fixed comment stands before each of their 256 groups: two branches
//! that add lines rarely add them at the same spot, and then `git merge` needs no help. The order
//! does not matter to the reader, so that a union of both sides is right as well.
//!
//! The form is frozen as version 1; see `docs/findings.md`.

mod line;
mod write;

use std::collections::BTreeMap;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::{Finding, Secret, redact_lossy};

/// The first line of every such file.
pub(crate) const HEADER: &str = "# patrol baseline v1";

/// What a baseline accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, Entry>,
    /// Comments that somebody wrote.
    notes: Vec<String>,
}

/// Names a secret that was found by a rule, and gives nothing of it away.
///
/// SHA-256 of `"patrol baseline v1" 00`, the rule's id, `00` and the SHA-256 of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a secret.
    pub fn of(secret: &Secret) -> Self {
        let mut sum = Sha256::new();
        sum.update(b"patrol baseline v1\0");
        sum.update(secret.rule());
        sum.update([0]);
        sum.update(secret.digest());
        Self(sum.finalize().into())
    }
}

/// One line: what somebody says of an accepted secret. All texts are redacted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The rule that found it.
    pub rule: String,
    /// Who answers for it.
    pub by: Option<String>,
    /// The first day, in UTC, on which it no longer holds.
    expires: Option<Date>,
    /// Why it is accepted.
    pub reason: Option<String>,
    /// Where it was first seen: a help for readers.
    pub seen: Option<String>,
}

impl Entry {
    /// The first day on which it no longer holds, as `2027-01-01`.
    pub fn expires(&self) -> Option<String> {
        self.expires.map(|date| date.to_string())
    }

    /// Whether it still holds at an instant.
    pub fn holds(&self, at: SystemTime) -> bool {
        let today = Timestamp::try_from(at).map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
        match (self.expires, today) {
            (None, _) => true,
            (Some(expires), Ok(today)) => today < expires,
            // A clock beyond all calendars is after every expiry.
            (Some(_), Err(_)) => false,
        }
    }
}

impl Baseline {
    /// Reads a file's text. One key on two lines, as a merge may leave it, holds no longer than
    /// the stricter of them.
    ///
    /// # Errors
    /// The first place that is not of the form. Nothing of the text is quoted.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut baseline = Self::default();
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line.trim_end()) != Some(HEADER) {
            return Err(BaselineError { line: 1, column: 1, what: "the header is not there" });
        }
        for (n, line) in lines {
            let line = line.trim_end();
            if line.starts_with('#') {
                baseline.note(line);
            } else if !line.is_empty() {
                let (key, entry) = line::parse(line).map_err(|(column, what)| BaselineError {
                    line: n + 1,
                    column,
                    what,
                })?;
                baseline.insert(key, entry);
            }
        }
        Ok(baseline)
    }

    /// The line for a secret, whether it still holds or not.
    pub fn find(&self, secret: &Secret) -> Option<&Entry> {
        self.entries.get(&Key::of(secret))
    }

    /// Adds a finding; `false` if a line for it is there, which is kept as it is.
    pub fn add(&mut self, finding: &Finding, reason: &str, by: &str) -> bool {
        let key = Key::of(&finding.secret);
        if self.entries.contains_key(&key) {
            return false;
        }
        let text = |text: &str| Some(redact_lossy(text.as_bytes())).filter(|it| !it.is_empty());
        let path = finding.location.path.as_ref().map(|path| path.to_string());
        let entry = Entry {
            rule: finding.secret.rule().to_owned(),
            by: text(by),
            expires: None,
            reason: text(reason),
            seen: path.as_deref().and_then(text),
        };
        self.entries.insert(key, entry);
        true
    }

    /// How many secrets it accepts, expired lines counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it accepts nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many lines no longer hold at an instant.
    pub fn expired(&self, at: SystemTime) -> usize {
        self.entries.values().filter(|entry| !entry.holds(at)).count()
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        write::text(&self.entries, &self.notes)
    }

    fn insert(&mut self, key: Key, entry: Entry) {
        let held = self.entries.entry(key).or_insert_with(|| entry.clone());
        let ends_sooner = match (entry.expires, held.expires) {
            (Some(new), Some(old)) => new < old,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if ends_sooner {
            *held = entry;
        }
    }

    fn note(&mut self, line: &str) {
        if !write::is_ours(line) && !self.notes.iter().any(|note| note == line) {
            self.notes.push(redact_lossy(line.as_bytes()));
        }
    }
}

/// Where a text is not a baseline. What stands there is not told: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {what}")]
pub struct BaselineError {
    /// The line, from 1.
    pub line: usize,
    /// The byte in the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: &'static str,
}

#[cfg(test)]
mod tests;
