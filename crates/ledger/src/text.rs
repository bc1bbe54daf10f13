//! Free text in commands: names, descriptions, comments, owners. Bounded, and never a secret.

use unicode_normalization::UnicodeNormalization as _;

use patrol_token::redact_text;

/// The longest token name, in bytes.
pub const NAME_MAX: usize = 255;
/// The longest owner, actor or author, in bytes.
pub const PERSON_MAX: usize = 1024;
/// The longest literal prefix or pattern of a legacy shape, in bytes.
const SHAPE_MAX: usize = 1024;
/// The longest description or comment, in bytes.
pub const COMMENT_MAX: usize = 4096;

/// A text that a command may not carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// Over its bound.
    #[error("the {what} has {len} bytes; at most {max} are kept")]
    TooLong {
        /// What the text is.
        what: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The bound in bytes.
        max: usize,
    },
    /// Holds a whole token, which would then stand in the log.
    #[error("the {0} contains a whole token; a token's secret is never stored")]
    Secret(&'static str),
}

/// A name: not empty, at most [`NAME_MAX`] bytes. Control characters are kept as they are and
/// shown escaped.
///
/// # Errors
/// The rule broken.
pub fn name(text: &str) -> Result<String, TextError> {
    bounded("name", text, NAME_MAX)
}

/// A description or comment: at most [`COMMENT_MAX`] bytes.
///
/// # Errors
/// The rule broken.
pub fn comment(what: &'static str, text: &str) -> Result<String, TextError> {
    bounded(what, text, COMMENT_MAX)
}

/// An owner, actor or author in the form in which they are compared: NFC, trimmed.
///
/// # Errors
/// The rule broken.
pub fn person(what: &'static str, text: &str) -> Result<String, TextError> {
    if text.len() > PERSON_MAX {
        return Err(TextError::TooLong { what, len: text.len(), max: PERSON_MAX });
    }
    let normal: String = text.nfc().collect();
    bounded(what, normal.trim(), PERSON_MAX)
}

/// Whether two names may be one person's: what stands before the @ of their addresses is the same,
/// whatever the case, as in `alice@example.com`, `Alice <alice@example.org>` and `alice@laptop`.
pub fn may_be_one_person(one: &str, other: &str) -> bool {
    let local = |name: &str| {
        let address = name.split(['<', '>', ' ']).find(|word| word.contains('@'));
        let address = address.unwrap_or(name).to_lowercase();
        address.split('@').next().unwrap_or_default().to_owned()
    };
    let (one, other) = (local(one), local(other));
    !one.is_empty() && one == other
}

/// A part of a legacy shape: it stands in the log in plain, so it must not be a token itself.
///
/// # Errors
/// The rule broken.
pub fn shape(what: &'static str, text: &str) -> Result<(), TextError> {
    bounded(what, text, SHAPE_MAX).map(drop)
}

fn bounded(what: &'static str, text: &str, max: usize) -> Result<String, TextError> {
    if text.len() > max {
        return Err(TextError::TooLong { what, len: text.len(), max });
    }
    if text.trim().is_empty() {
        return Err(TextError::Empty(what));
    }
    if matches!(redact_text(text), std::borrow::Cow::Owned(_)) {
        return Err(TextError::Secret(what));
    }
    Ok(text.into())
}

/// Text from a finding: redacted, and cut to `max` bytes as JSON writes it, as a finding is never
/// refused for the length of a path, nor for what it is made of: a control character takes six.
pub fn clip(text: &str, max: usize) -> String {
    let text = redact_text(text);
    let written = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        c if c.is_control() => 6,
        c => c.len_utf8(),
    };
    let mut room = max.saturating_sub('…'.len_utf8());
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match room.checked_sub(written(c)) {
            Some(left) => room = left,
            None => {
                end = at;
                break;
            }
        }
    }
    if end == text.len() { text.into_owned() } else { format!("{}…", &text[..end]) }
}

#[cfg(test)]
mod tests {
    use super::may_be_one_person;

    #[test]
    fn names_that_may_be_one_persons() {
        for (one, other) in [
            ("alice@example.com", "alice@laptop"),
            ("Alice Doe <Alice@example.com>", "alice@example.org"),
            ("alice", "ALICE@laptop"),
        ] {
            assert!(
                may_be_one_person(one, other) && may_be_one_person(other, one),
                "{one} {other}"
            );
        }
        for (one, other) in [
            ("alice@example.com", "malice@example.com"),
            ("@bot", "@other"),
            ("alice", "bob"),
            ("alice.b@example.com", "alice@example.com"),
        ] {
            assert!(!may_be_one_person(one, other), "{one} {other}");
        }
    }
}
