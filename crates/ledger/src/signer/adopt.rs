//! The key of a log that was put back to before its key was rotated.
//!
//! The old key is gone, and the older copy knows nothing of the new one. But the signer's record
//! carries the endorsement, so the rotation can be recorded once more: the same key, endorsed by the
//! same one, as it was in what is lost.

use super::record::{Record, read, record_path};
use super::{By, SignError, key_file};
use crate::command::Command;
use crate::key::{LedgerKey, rotations_in};
use crate::ledger::{Ledger, key_path};
use crate::tlog::note::VerifierKey;

impl Ledger {
    /// The key that signs for this log. Whoever asks holds the signer's lock, and knows that the log
    /// continues what was signed of it or that its loss was accepted.
    ///
    /// # Errors
    /// No key, or one that is not the log's and that the log's key is not known to lead to.
    pub(super) fn signing_key(&self, by: &By) -> Result<LedgerKey, SignError> {
        let path = key_path(self.path());
        let expected = self.reader()?.ledger()?.verifier_key;
        let error = match key_file::open(&path, &expected) {
            Err(error @ SignError::OtherKey { .. }) => error,
            opened => return opened,
        };
        let present = key_file::read(&path)?;
        let Record::Says(last) = read(&record_path(self.path()))? else { return Err(error) };
        let Ok(first) = VerifierKey::parse(&expected) else { return Err(error) };
        let mut rotations = Vec::new();
        rotations_in(&last.note, &first, |key, rotated| rotations.push((key, rotated)));
        let Some(end) = rotations.iter().position(|(key, _)| key == present.verifier()) else {
            return Err(error);
        };
        for (_, rotated) in rotations.into_iter().take(end + 1) {
            self.submit(by.request(Command::RotateKey(rotated)))?;
        }
        key_file::open(&path, &self.reader()?.ledger()?.verifier_key)
    }
}
