//! Another key for the log, endorsed by the one before.
//!
//! Crash story: the new key is durable beside the old one before the log names it; once the log
//! does, it takes the old one's name. A crash between leaves both, and the next who signs finishes.

use std::path::{Path, PathBuf};

use super::lock::lock;
use super::record::{Record, read, record_path, write};
use super::{By, SignError};
use crate::command::Command;
use crate::event::KeyRotated;
use crate::files;
use crate::key::{LedgerKey, endorsement};
use crate::ledger::{Ledger, key_path};
use crate::project::StoreError;
use crate::tlog::checkpoint::Signed;

/// Where a new key waits until the log names it.
pub(super) fn next_path(key: &Path) -> PathBuf {
    files::sibling(key, ".next")
}

/// Gives the new key the old one's name. The old one is gone then: nothing is signed with it again.
pub(super) fn take_over(next: &Path, key: &Path) -> Result<(), SignError> {
    let failed = |error: std::io::Error| SignError::UnreadableKey {
        path: next.to_owned(),
        why: error.to_string(),
    };
    std::fs::rename(next, key).map_err(failed)?;
    files::sync_folder(key);
    Ok(())
}

impl Ledger {
    /// Makes another signing key, has the present one endorse it, and records that. Returns its
    /// verifier half, for those who verify.
    ///
    /// # Errors
    /// The present key is missing or cannot be used, the log does not continue what was signed, or
    /// why it cannot be recorded. The present key stays then.
    pub fn rotate_key(&self, by: &By) -> Result<String, SignError> {
        let path = key_path(self.path());
        // From here on nobody else makes a next key, or signs with the one that is about to go.
        let _signing = lock(self.path())?;
        // An endorsement is a signature too. On an older copy it would cost the true log its key.
        self.unforked()?;
        let present = self.signing_key(by)?;
        let row = self.reader()?.ledger()?;
        let new = LedgerKey::generate(&row.origin, self.entropy()).map_err(StoreError::from)?;
        let verifier_key = new.verifier_text();
        let text = endorsement(&row.origin, &verifier_key);
        let rotated = KeyRotated {
            endorsement: present.sign(&text).bytes,
            verifier_key: verifier_key.clone(),
        };
        let next = next_path(&path);
        files::replace_private(&next, new.signer_text().as_bytes()).map_err(|error| {
            SignError::UnreadableKey { path: next.clone(), why: error.to_string() }
        })?;
        self.submit(by.request(Command::RotateKey(rotated)))?;
        take_over(&next, &path)?;
        self.endorse_record()?;
        Ok(verifier_key)
    }

    /// Adds the endorsement to the signer's record: a copy of the ledger from before the rotation can
    /// be signed by it. A crash before leaves that to the next checkpoint.
    fn endorse_record(&self) -> Result<(), SignError> {
        let path = record_path(self.path());
        let Record::Says(Signed { note, .. }) = read(&path)? else { return Ok(()) };
        // Only what endorses is made anew: with each rotation's lines it would outgrow its bound.
        let mut note = note.by_its_first();
        let reader = self.reader()?;
        reader.add_endorsements(&mut note, reader.head()?.tree.size())?;
        write(&path, &note)
    }
}
