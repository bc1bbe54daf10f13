//! Whether a file is still the one that was read.
//!
//! Git gives a file a new time when somebody writes again what is in it, and writes packs anew that
//! become the same. So where the stamp is another one the bytes decide.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// Size, time of the last change and inode of a file. All 0: it could not be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: i64,
    pub(super) inode: u64,
}

/// A file that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenFile {
    pub(super) stamp: Stamp,
    /// CRC-32 of its bytes.
    pub(super) sum: u32,
}

impl Stamp {
    /// Asks before the file is read: what is changed afterwards has another stamp next time.
    pub(crate) fn of(path: &Path) -> Self {
        let Ok(meta) = std::fs::metadata(path) else { return Self::default() };
        let modified = meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec());
        Self { size: meta.size(), modified, inode: meta.ino() }
    }
}

impl SeenFile {
    /// What is to be remembered of a file that was read when it had this stamp. One that has changed
    /// since, or cannot be read, is not known again.
    pub(crate) fn of(path: &Path, stamp: Stamp, before: Option<Self>) -> Self {
        if let Some(before) = before.filter(|before| before.stamp == stamp) {
            return before;
        }
        match sum(path) {
            Ok(sum) if Stamp::of(path) == stamp => Self { stamp, sum },
            _ => Self::default(),
        }
    }

    /// Whether it is the same file, or one with the same bytes.
    pub(crate) fn is(&self, path: &Path, now: Stamp) -> bool {
        let is_known = *self != Self::default();
        is_known && (self.stamp == now || sum(path).is_ok_and(|sum| sum == self.sum))
    }
}

/// The CRC-32 of a regular file's bytes.
fn sum(path: &Path) -> io::Result<u32> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
    let mut file = File::options().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let (mut sum, mut piece) = (crc32fast::Hasher::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(sum.finalize()),
            Ok(n) => sum.update(&piece[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
