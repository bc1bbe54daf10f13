//! The transparency formats of C2SP, so that outsiders verify this log with tools we did not write.
//!
//! Pure: texts and hashes in, verdicts out. [`note`] is the signed note and its keys;
//! [`checkpoint`] what such a note says of a log; [`cosignature`] what a witness adds to it;
//! [`proof`] inclusion and consistency; [`tile`] the tree as plain files; [`tlog_proof`] the
//! self-contained proof file; [`witness`] the exchange with a witness; [`policy`] whom a verifier
//! believes. [`map`] is ours: the commitment to every token's latest version.

pub mod checkpoint;
pub mod cosignature;
mod foreign_key;
pub mod map;
pub mod note;
pub mod policy;
pub mod proof;
pub mod tile;
pub mod tlog_proof;
pub mod witness;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::Hash;

/// A hash as the formats write it: standard base64.
pub fn hash_text(hash: &Hash) -> String {
    BASE64.encode(hash)
}

/// Reads a hash in standard base64: exactly 32 bytes, canonical.
pub fn hash_from_text(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// Reads a decimal number without sign and without leading zeros.
pub fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}
