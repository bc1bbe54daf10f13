//! One run at a time in a folder, and what a run that was stopped left to be done.
//!
//! The lock lies on a file in the folder, `.publishing`, which is opened for writing: on NFS a folder
//! cannot be locked, and what is open for reading neither. The file also holds the size from which an
//! unfinished run went on, so that the next one takes away the parts of tiles that are whole by then.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::tlog::decimal;

/// The file's name.
const NAME: &str = ".publishing";

/// How long another run is waited for: the largest folder takes minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// The turn of one run; it ends when this is dropped.
pub(super) struct Turn {
    file: File,
    /// Whether nobody else works in the folder: not every file system can promise that.
    pub(super) is_alone: bool,
}

impl Turn {
    /// Waits for the turn in a folder.
    ///
    /// # Errors
    /// When the lock file cannot be made, or is something else than a file.
    pub(super) fn wait(folder: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // A link or a pipe that somebody laid there is not followed, nor waited for.
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
            .open(folder.join(NAME))?;
        if !file.metadata()?.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, "the lock file is not a file"));
        }
        let deadline = Instant::now() + PATIENCE;
        let is_alone = loop {
            match file.try_lock() {
                Ok(()) => break true,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    let why = format!("another run has held {NAME} for {} s", PATIENCE.as_secs());
                    return Err(Error::new(ErrorKind::TimedOut, why));
                }
                Err(TryLockError::Error(error)) if cannot_lock(&error) => break false,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        };
        Ok(Self { file, is_alone })
    }

    /// From where a run that was not finished went on, if there was one.
    pub(super) fn unfinished(&mut self) -> std::io::Result<Option<u64>> {
        let mut text = String::new();
        self.file.rewind()?;
        // Anybody may have written there: what is no size says nothing.
        let read = (&self.file).take(32).read_to_string(&mut text);
        Ok(read.ok().and_then(|_| decimal(text.trim_end())))
    }

    /// Notes from where this run goes on.
    pub(super) fn begin(&mut self, from: u64) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{from}")?;
        self.file.sync_data()
    }

    /// Notes that nothing is left to be done.
    pub(super) fn finish(self) -> std::io::Result<()> {
        self.file.set_len(0)
    }
}

/// Whether an error says that the file system has no locks.
fn cannot_lock(error: &Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::BADF | Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_without_locks_are_told_from_trouble() {
        let is = |errno: Errno| cannot_lock(&errno.into());
        assert!([Errno::BADF, Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS].into_iter().all(is));
        assert!(![Errno::IO, Errno::INTR, Errno::ACCESS].into_iter().any(is));
    }

    #[test]
    fn what_is_unfinished_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut turn = Turn::wait(folder.path()).unwrap();
        assert!(turn.is_alone);
        assert_eq!(turn.unfinished().unwrap(), None);
        turn.begin(1_000_000).unwrap();
        turn.begin(70).unwrap();
        drop(turn);
        let mut turn = Turn::wait(folder.path()).unwrap();
        assert_eq!(turn.unfinished().unwrap(), Some(70));
        turn.finish().unwrap();
        assert_eq!(Turn::wait(folder.path()).unwrap().unfinished().unwrap(), None);
        std::fs::write(folder.path().join(NAME), [0xff; 99]).unwrap();
        assert_eq!(Turn::wait(folder.path()).unwrap().unfinished().unwrap(), None);
    }

    #[test]
    fn links_and_pipes_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(NAME);
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "theirs").unwrap();
        std::os::unix::fs::symlink(&victim, &place).unwrap();
        assert!(Turn::wait(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "theirs");
        std::fs::remove_file(&place).unwrap();
        let pipe = rustix::fs::FileType::Fifo;
        let mode = rustix::fs::Mode::RWXU;
        rustix::fs::mknodat(rustix::fs::CWD, &place, pipe, mode, 0).unwrap();
        assert!(Turn::wait(folder.path()).is_err());
    }
}
