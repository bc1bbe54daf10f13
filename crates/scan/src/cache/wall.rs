//! Files that nobody else can have written.
//!
//! Whoever could write to a cache could say of a leak that it was seen and found clean. So its
//! directory has to belong to this user and be closed to others, and a file in it has to be a
//! regular one, this user's alone, with no second name.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::redact_lossy;

/// The largest file that is read, in bytes: some 100 million objects.
const LENGTH_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Milliseconds after each try to lock a file.
const LOCK_PAUSES: [u64; 5] = [1, 4, 10, 20, 0];

/// Why there is no cache. A scan goes on without one.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Another process has it.
    #[error("another process uses it")]
    Busy,
    /// The directory cannot be trusted.
    #[error("{0} belongs to somebody else or others can write to it; make it mode 0700")]
    Directory(String),
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Makes the directory for its owner only, if it is not there.
///
/// # Errors
/// When others could put files into it.
pub fn make_private(directory: &Path) -> Result<(), CacheError> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let meta = fs::metadata(directory)?;
    if !is_mine(&meta) || meta.mode() & 0o022 != 0 {
        let shown = redact_lossy(directory.as_os_str().as_encoded_bytes());
        return Err(CacheError::Directory(shown));
    }
    Ok(())
}

fn is_mine(meta: &fs::Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw()
}

/// Opens a file that is there and can be trusted, for reading and appending, and locks it; removes
/// one that cannot be trusted.
///
/// # Errors
/// When another process has it, or the operating system refuses.
pub fn recall(path: &Path) -> Result<Option<File>, CacheError> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
    let opened = File::options().read(true).append(true).custom_flags(flags).open(path);
    let trusted = match opened {
        Ok(file) => {
            let meta = file.metadata()?;
            let alone = meta.is_file() && meta.nlink() == 1;
            (alone && is_mine(&meta) && meta.mode() & 0o077 == 0 && meta.len() <= LENGTH_MAX)
                .then_some(file)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) => None,
    };
    match &trusted {
        Some(file) => lock(file)?,
        None => fs::remove_file(path)?,
    }
    Ok(trusted)
}

/// Makes a new file in the place of whatever is there, and locks it.
///
/// # Errors
/// When the operating system refuses.
pub fn create(path: &Path) -> Result<File, CacheError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let file = File::options().read(true).append(true).create_new(true).mode(0o600).open(path)?;
    lock(&file)?;
    Ok(file)
}

/// Locks for this process. One that has just let go, or is about to start another program, may hold
/// the lock for a moment more, so it is tried again a few times.
fn lock(file: &File) -> Result<(), CacheError> {
    for pause in LOCK_PAUSES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(pause));
            }
            Err(error) => return Err(CacheError::Io(error.into())),
        }
    }
    Err(CacheError::Busy)
}

/// Reads a file that was opened and found trustworthy, not whatever has its name by now.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &File) -> Result<Vec<u8>, CacheError> {
    let mut bytes = Vec::new();
    file.take(LENGTH_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}
