//! The redactor for bytes of unknown encoding: paths, refs, names, messages of errors.

use std::borrow::Cow;

use bstr::{BStr, BString, ByteSlice as _};
use patrol_token::redact_text;

/// Replaces every whole token in `bytes` by its public form; all other bytes stay.
///
/// A token is ASCII, so it never spans a byte that is not UTF-8, and each valid stretch can be
/// redacted alone.
pub fn redact_bytes(bytes: &[u8]) -> BString {
    let mut out = BString::default();
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(redact_text(chunk.valid()).as_bytes());
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// As [`redact_bytes`], as text: what is not UTF-8 becomes U+FFFD.
pub fn redact_lossy(bytes: &[u8]) -> String {
    match BStr::new(bytes).to_str_lossy() {
        Cow::Borrowed(text) => redact_text(text).into_owned(),
        Cow::Owned(text) => redact_text(&text).into_owned(),
    }
}
