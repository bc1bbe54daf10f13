//! The key file: read only if nobody but its owner may. Whoever reads it holds the signer's lock.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::SignError;
use crate::key::LedgerKey;

/// The longest key file that is read, in bytes; a key has some 300.
const MAX_LEN: u64 = 4096;

/// Opens the key whose verifier half the log names.
pub(super) fn open(path: &Path, expected: &str) -> Result<LedgerKey, SignError> {
    let key = read(path)?;
    if key.verifier_text() == expected {
        return Ok(key);
    }
    // A rotation that was recorded and then stopped: its key waits beside the old one.
    let next = super::rotate::next_path(path);
    if next.exists() {
        let waiting = read(&next)?;
        if waiting.verifier_text() == expected {
            super::rotate::take_over(&next, path)?;
            return Ok(waiting);
        }
    }
    Err(SignError::OtherKey { path: path.to_owned(), expected: expected.to_owned() })
}

/// The key that a file holds, whatever the log says.
pub(super) fn read(path: &Path) -> Result<LedgerKey, SignError> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => SignError::NoKey(path.to_owned()),
        _ => SignError::UnreadableKey { path: path.to_owned(), why: error.to_string() },
    };
    // What is no file (a pipe, say) would never end, or never begin.
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() || found.len() > MAX_LEN {
        let why = "it is not a key file".into();
        return Err(SignError::UnreadableKey { path: path.to_owned(), why });
    }
    let mut file = File::open(path).map_err(unreadable)?;
    // Of the opened file: what a name leads to may change.
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SignError::LooseKey { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(512));
    file.by_ref().take(MAX_LEN).read_to_string(&mut text).map_err(unreadable)?;
    LedgerKey::parse(text.trim_end_matches('\n'))
        .map_err(|why| SignError::BadKey { path: path.to_owned(), why })
}
