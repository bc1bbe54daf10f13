//! Redaction: how a token is named where it must not be shown.

use std::borrow::Cow;
use std::fmt;

use crate::{MIN_LEN, TAIL_LEN, TokenId, TokenRef};

/// The form in which a token may leave the program: `acme_pat_01JD…0T1_…`. Prefix and id are
/// public; the secret is one ellipsis, whatever its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted(String);

impl TokenRef<'_> {
    /// The form in which this token may be shown: prefix and id.
    pub fn redacted(&self) -> Redacted {
        Redacted::new(self.prefix(), self.id())
    }
}

impl Redacted {
    pub(crate) fn new(prefix: &str, id: TokenId) -> Self {
        Self(format!("{prefix}_{id}_…"))
    }

    /// The text to show.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Replaces every whole token of our format, whatever its prefix, in a text that leaves the
/// program: a path, a ref name, an author, an error. Text without one is borrowed unchanged.
///
/// Every underscore could end an id, so each is tried as the second separator; the checksum
/// decides, as it does for the scanner.
///
/// ```
/// # use patrol_token::redact_text;
/// let token = format!("acme_pat_{}_{}", "01JD3KQ8Z5V7W2N9X4C6B8M0T1", "q3XrV0dM5bYk2LwNf8TzJ1hGc7PaSe3Hn6tb");
/// assert_eq!(
///     redact_text(&format!("backup/{token}.txt")),
///     "backup/acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_….txt"
/// );
/// assert_eq!(redact_text("src/main.rs"), "src/main.rs");
/// ```
pub fn redact_text(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.len() < MIN_LEN {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut kept = 0;
    for (end, token) in whole_tokens(bytes) {
        let start = end - token.expose_bytes().len();
        if end <= kept {
            continue;
        }
        if start >= kept {
            out.push_str(&text[kept..start]);
        }
        // One that begins inside the one before it is hidden as well, whatever they share.
        out.push_str(token.redacted().as_str());
        kept = end;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// All tokens in `bytes` with the offset of their end.
fn whole_tokens(bytes: &[u8]) -> impl Iterator<Item = (usize, TokenRef<'_>)> {
    let after_id = TAIL_LEN - 1 - crate::ID_LEN - 1;
    (crate::ID_LEN + 1..bytes.len()).filter_map(move |separator| {
        let id_start = separator.checked_sub(crate::ID_LEN)?;
        let end = separator + 1 + after_id;
        if bytes[separator] != b'_' || bytes[id_start - 1] != b'_' || end > bytes.len() {
            return None;
        }
        TokenId::parse(&bytes[id_start..separator]).ok()?;
        // The prefix may begin anywhere before: the longest that satisfies the checksum wins.
        let prefix_end = id_start - 1;
        let longest = prefix_end.saturating_sub(crate::prefix::MAX_LEN);
        (longest..=prefix_end.saturating_sub(crate::prefix::MIN_LEN))
            .find_map(|start| TokenRef::parse_bytes(&bytes[start..end]).ok())
            .map(|token| (end, token))
    })
}
