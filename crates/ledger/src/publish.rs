//! Publishing: the log as plain files that tlog-tiles clients read from any web server.
//!
//! Crash story: tiles and bundles are written under temporary names, synced and renamed, the
//! checkpoint last. A crash leaves the old checkpoint and some files more, which the next run finds
//! to be right. A file that is there is never written over: it must have the same bytes.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::files::sibling;
use crate::project::StoreError;
use crate::store::sqlite::Reader;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::note::Note;
use crate::tlog::tile::{Tile, TileKind};

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
}

/// Brings a folder up to a checkpoint of this ledger.
///
/// # Errors
/// A folder that holds another log, a file with other bytes, or what cannot be written.
pub fn publish(reader: &Reader, signed: &Signed, folder: &Path) -> Result<Published, StoreError> {
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let place = folder.join("checkpoint");
    let before = published(reader, signed, &place)?;
    let size = signed.checkpoint.size;
    let mut done = Published { size, before, ..Published::default() };
    let mut filled = Vec::new();
    // One snapshot a file: a slow disk holds up no writer.
    for kind in Tile::levels(size).chain([TileKind::Entries]) {
        for tile in Tile::beyond(kind, before, size) {
            let path = folder.join(tile.to_string());
            match put_new(&path, &reader.tile(tile)?)? {
                true => done.written += 1,
                false => done.kept += 1,
            }
            if tile.is_full() {
                filled.push(sibling(&path, ".p"));
            }
        }
    }
    let note = signed.note.to_string();
    if std::fs::read(&place).ok().as_deref() != Some(note.as_bytes()) {
        replace(&place, note.as_bytes())?;
        done.written += 1;
    }
    // Nobody who reads the new checkpoint asks for the parts of a tile that is whole.
    for parts in filled {
        match std::fs::remove_dir_all(&parts) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(unwritable(&parts, &error));
            }
            _ => {}
        }
    }
    Ok(done)
}

/// How far the folder was published, if it is this log that it holds.
fn published(reader: &Reader, signed: &Signed, place: &Path) -> Result<u64, StoreError> {
    let other = |why: &str| {
        let shown = place.display();
        StoreError::Unusable(format!("{shown} is there and {why}; publish to another folder"))
    };
    let bytes = match std::fs::read(place) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unwritable(place, &error)),
    };
    let old = Note::parse(&bytes).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
    let old = old.ok_or_else(|| other("is no checkpoint"))?;
    let new = &signed.checkpoint;
    if old.origin != new.origin {
        return Err(other(&format!("is of another log, {}", old.origin)));
    }
    if old.size > new.size {
        return Err(other(&format!(
            "has {} events, more than the {} to publish",
            old.size, new.size
        )));
    }
    match old.size == 0 || reader.root_at(old.size)? == old.root {
        true => Ok(old.size),
        false => Err(other("is not what this ledger continues")),
    }
}

/// Writes a file that is not there; `false` if it is there with these bytes.
fn put_new(path: &Path, bytes: &[u8]) -> Result<bool, StoreError> {
    match std::fs::read(path) {
        Ok(found) if found == bytes => return Ok(false),
        Ok(_) => {
            return Err(StoreError::Unusable(format!(
                "{} is there with other bytes; a published file never changes",
                path.display()
            )));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(path, &error)),
    }
    replace(path, bytes)?;
    Ok(true)
}

/// Writes a file so that readers see all of it or nothing, and so that it stays.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let part: PathBuf = sibling(path, ".part");
    let write = || {
        std::fs::create_dir_all(folder)?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unusable(format!("{}: {error}", path.display()))
}
