//! Publishing: the log as plain files that tlog-tiles clients read from any web server.
//!
//! Crash story: tiles and bundles are written under temporary names, synced and renamed, the
//! checkpoint last. A crash leaves the old checkpoint and some files more, which the next run finds
//! to be right. A file that is there is never written over: it must have the same bytes.
//!
//! One run at a time works in a folder, as far as its file system has locks, and an older checkpoint
//! never takes the place of a newer one.

mod turn;

use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::files::{make_folder, replace_public, sibling};
use crate::project::StoreError;
use crate::store::sqlite::Reader;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::note::{self, Note};
use crate::tlog::tile::{Tile, TileKind};
use turn::Turn;

/// What publishing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Entries in the published log now.
    pub size: u64,
    /// Entries in it before.
    pub before: u64,
    /// Files written.
    pub written: u64,
    /// Files that were there, with the same bytes.
    pub kept: u64,
    /// Whether no other run could work in the folder meanwhile: its file system has locks.
    pub locked: bool,
}

/// Which files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that the published checkpoint does not cover yet.
    New,
    /// All: those of before are compared, too, and put back where they are gone.
    All,
}

/// Why nothing more was published. The checkpoint in the folder is the old one.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Something else is there.
    #[error("{} {why}", path.display())]
    Foreign {
        /// What is there.
        path: PathBuf,
        /// What it is.
        why: String,
    },
    /// The folder cannot be written or read.
    #[error("{}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings a folder up to a checkpoint of this ledger. A folder that is further already, as another
/// run was quicker, is left as it is.
///
/// # Errors
/// A folder that holds another log, a file with other bytes, what cannot be written, or an event
/// that is not what the tree commits to.
pub fn publish(
    reader: &Reader,
    signed: &Signed,
    folder: &Path,
    extent: Extent,
) -> Result<Published, PublishError> {
    let io = |path: &Path| unwritable(path.to_owned());
    make_folder(folder).map_err(io(folder))?;
    // Held until the end.
    let mut turn = Turn::wait(folder).map_err(io(folder))?;
    let locked = turn.is_alone;
    let place = folder.join("checkpoint");
    let before = published(reader, signed, &place)?;
    let size = signed.checkpoint.size;
    if before > size {
        return Ok(Published { size: before, before, locked, ..Published::default() });
    }
    let mut done = Published { size, before, locked, ..Published::default() };
    let from = match extent {
        Extent::New => before,
        Extent::All => 0,
    };
    // From where parts may lie about: another run may have been stopped before it took them away.
    let unfinished = turn.unfinished().map_err(io(folder))?;
    let parts_from = unfinished.unwrap_or(from).min(from);
    turn.begin(parts_from).map_err(io(folder))?;
    // One snapshot a file: a slow disk holds up no writer.
    for kind in Tile::levels(size).chain([TileKind::Entries]) {
        for tile in Tile::beyond(kind, from, size) {
            let path = folder.join(tile.to_string());
            match put_new(&path, &reader.tile(tile)?)? {
                true => done.written += 1,
                false => done.kept += 1,
            }
        }
    }
    let note = signed.note.to_string();
    if read(&place, note.len()).ok().as_deref() != Some(note.as_bytes()) {
        replace_public(&place, note.as_bytes()).map_err(io(&place))?;
        done.written += 1;
    }
    // Nobody who reads the new checkpoint asks for the parts of a tile that is whole.
    for kind in Tile::levels(size).chain([TileKind::Entries]) {
        for tile in Tile::beyond(kind, parts_from, size).filter(Tile::is_full) {
            remove_parts(sibling(&folder.join(tile.to_string()), ".p"))?;
        }
    }
    turn.finish().map_err(io(folder))?;
    Ok(done)
}

fn remove_parts(path: PathBuf) -> Result<(), PublishError> {
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(path)(error)),
        _ => Ok(()),
    }
}

/// Reads a file that somebody else may have put there: a file, and of it one byte more than `most`.
fn read(place: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(place)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How far the folder was published, if it is this log that it holds.
fn published(reader: &Reader, signed: &Signed, place: &Path) -> Result<u64, PublishError> {
    let other = |why: String| PublishError::Foreign { path: place.to_owned(), why };
    let bytes = match read(place, note::MAX_LEN) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unwritable(place.to_owned())(error)),
    };
    let old = Note::parse(&bytes).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
    let old = old.ok_or_else(|| other("is there and is no checkpoint".into()))?;
    if old.origin != signed.checkpoint.origin {
        return Err(other(format!("is there and is of another log, {}", old.origin)));
    }
    let events = reader.head()?.tree.size();
    if old.size > events {
        return Err(other(format!(
            "commits to {} events, and this ledger has {events}: it is an older copy",
            old.size
        )));
    }
    match old.size == 0 || reader.root_at(old.size)? == old.root {
        true => Ok(old.size),
        false => Err(other("is there and is not what this ledger continues".into())),
    }
}

/// Writes a file that is not there; `false` if it is there with these bytes.
fn put_new(path: &Path, bytes: &[u8]) -> Result<bool, PublishError> {
    match read(path, bytes.len()) {
        Ok(found) if found == bytes => return Ok(false),
        Ok(_) => {
            return Err(PublishError::Foreign {
                path: path.to_owned(),
                why: "is there with other bytes; a published file never changes".into(),
            });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(path.to_owned())(error)),
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder).map_err(unwritable(folder.to_owned()))?;
    replace_public(path, bytes).map_err(unwritable(path.to_owned()))?;
    Ok(true)
}

fn unwritable(path: PathBuf) -> impl FnOnce(std::io::Error) -> PublishError {
    |error| PublishError::Io { path, error }
}
