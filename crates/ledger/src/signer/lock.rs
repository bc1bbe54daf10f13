//! One signer at a time, of all processes together.
//!
//! The lock lies on a file of its own that is never renamed or removed: the key's and the record's
//! are, and a lock on them would be a lock on what they were.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::SignError;
use crate::files::sibling;

/// Held while something is signed or the key is replaced; let go when dropped.
pub(crate) struct Signing {
    _file: File,
}

/// Waits until nobody else signs for the ledger at `path`.
///
/// # Errors
/// When the lock file `<ledger>-signer` cannot be made or locked.
pub(crate) fn lock(path: &Path) -> Result<Signing, SignError> {
    let lock = sibling(path, "-signer");
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&lock);
    match opened.and_then(|file| file.lock().map(|()| file)) {
        Ok(file) => Ok(Signing { _file: file }),
        Err(error) => Err(SignError::NoLock { path: lock, why: error.to_string() }),
    }
}
