//! Large files kept beside git: the blob is a pointer, the content lies under `lfs/objects` or
//! elsewhere. Content that is here is searched; content that is not makes the scan incomplete.

use std::fs::File;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

/// Pointers are small by definition.
pub(crate) const MAX_POINTER: usize = 1024;

/// Where the content of a pointer would lie; `None` for a blob that is no pointer.
pub(crate) fn payload(common_dir: &Path, blob: &[u8]) -> Option<PathBuf> {
    if blob.len() > MAX_POINTER || !may_be_pointer(blob) {
        return None;
    }
    let named = blob.lines().find_map(|line| line.strip_prefix(b"oid sha256:"))?;
    let name = named.to_str().ok()?;
    // The name comes from the repository and becomes a path: nothing but hexadecimal.
    if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some(common_dir.join("lfs/objects").join(&name[..2]).join(&name[2..4]).join(name))
}

/// Whether a blob begins like a pointer.
pub(crate) fn may_be_pointer(head: &[u8]) -> bool {
    head.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// Opens a payload, if it is a regular file.
pub(crate) fn open(path: &Path) -> std::io::Result<(File, u64)> {
    let meta = std::fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok((File::open(path)?, meta.len()))
}
