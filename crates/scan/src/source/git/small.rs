//! The files of a git directory, read so that none of them can hold a scan up: a named pipe, or a
//! link to one or to a device, is refused and not waited for.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Bytes of a file that names one thing: a ref, a directory, a configuration.
pub(crate) const SMALL: u64 = 16 * 1024 * 1024;

/// Bytes of a file that has a line for each ref or commit.
pub(crate) const LIST: u64 = 1024 * 1024 * 1024;

/// Reads a regular file of at most `max` bytes.
///
/// # Errors
/// When it is something else, or larger, or cannot be read.
pub(crate) fn read_small(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    regular(&file.metadata()?)?;
    let mut content = Vec::new();
    file.take(max + 1).read_to_end(&mut content)?;
    match content.len() as u64 > max {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large")),
        false => Ok(content),
    }
}

/// Makes sure that a file others are about to open is a regular one, or is not there.
///
/// # Errors
/// When it is something else, or cannot be asked.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(meta) => regular(&meta),
        Err(error) if is_absent(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn regular(meta: &fs::Metadata) -> io::Result<()> {
    if meta.is_file() {
        Ok(())
    } else if meta.is_dir() {
        Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"))
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}

/// The first file in some directories that would hold up whoever opens it: a named pipe, a device,
/// or a link to one.
pub(crate) fn holding_up(dirs: Vec<PathBuf>, deep: bool) -> Option<PathBuf> {
    let mut waiting = dirs;
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() && deep {
                waiting.push(path);
            } else if !kind.is_file()
                && fs::metadata(&path).is_ok_and(|meta| holds_up(meta.file_type()))
            {
                return Some(path);
            }
        }
    }
    None
}

fn holds_up(kind: fs::FileType) -> bool {
    kind.is_fifo() || kind.is_char_device() || kind.is_block_device()
}
