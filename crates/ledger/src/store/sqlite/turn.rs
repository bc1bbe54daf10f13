//! Waiting in turn for the write lock.
//!
//! SQLite's lock has no queue: who polls at the right moment gets it, and a process that writes
//! batch after batch can keep a single command out for long. So every writer first takes a small
//! lock file, holds it only while it waits for the write lock, and lets it go when it has that. A
//! busy writer that comes back for its next batch then stands behind those who waited meanwhile.
//! It is courtesy, not safety: if the file cannot be had, the write lock still decides.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::open::PRIVATE;

/// How long a writer is courteous: a process that was stopped in its turn holds nobody up longer.
const COURTESY: Duration = Duration::from_secs(1);

/// How often a waiting writer looks again. A commit takes milliseconds.
pub(super) const POLL: Duration = Duration::from_micros(500);

/// The lock file beside a ledger.
pub(crate) struct Turnstile(Option<File>);

impl Turnstile {
    /// Opens the lock file beside the ledger at `path`.
    pub(crate) fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-turn");
        let name = PathBuf::from(name);
        let file = OpenOptions::new().create(true).append(true).mode(PRIVATE).open(name);
        Self(file.ok())
    }

    /// Waits for the turn, for a while; dropping the guard passes it on.
    pub(crate) fn wait(&self) -> Turn<'_> {
        let deadline = Instant::now() + COURTESY;
        let Some(file) = &self.0 else { return Turn(None) };
        loop {
            match file.try_lock() {
                Ok(()) => return Turn(Some(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(POLL);
                }
                Err(_) => return Turn(None),
            }
        }
    }
}

/// The turn, until dropped.
pub(crate) struct Turn<'t>(Option<&'t File>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.0 {
            // If it cannot be unlocked now, the end of the process unlocks it.
            drop(file.unlock());
        }
    }
}
