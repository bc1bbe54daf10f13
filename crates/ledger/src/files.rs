//! Files beside a ledger: private, durable, and never seen half written.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The path with something added to its name.
pub(crate) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a new private file, durably.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_new(path, bytes, 0o600)
}

/// Replaces a private file, or makes it: whoever looks, before or after a power cut, sees the old
/// bytes or the new ones, whole. Callers see to it that one process at a time does.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    replace(path, bytes, 0o600)
}

/// As [`replace_private`], a file that everybody may read, as far as the umask lets them.
pub(crate) fn replace_public(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    replace(path, bytes, 0o666)
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let part = sibling(path, ".part");
    // Left by a process that was stopped here, or a link that somebody laid there: what is written
    // is a new file in any case.
    drop(std::fs::remove_file(&part));
    write_new(&part, bytes, mode)?;
    std::fs::rename(&part, path)?;
    folder_of(path)?.sync_all()
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a folder and those above it, each with a durable name.
pub(crate) fn make_folder(path: &Path) -> std::io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    match std::fs::create_dir(path) {
        // Another process was quicker.
        Err(_) if path.is_dir() => {}
        made => made?,
    }
    folder_of(path)?.sync_all()
}

/// Makes a new name durable. Some file systems cannot; then the name is as durable as they make it.
pub(crate) fn sync_folder(of: &Path) {
    if let Ok(folder) = folder_of(of) {
        drop(folder.sync_all());
    }
}

fn folder_of(path: &Path) -> std::io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
}
