//! The slow poll's question: did any ref or log move? Answered without opening a file: names,
//! sizes, inodes and times of refs, logs and pseudo-refs, folded into one number.
//!
//! Git replaces refs by renaming (a new inode) and appends to logs (a new size), so a change that
//! events did not tell shows here. The number is compared within one process and kept nowhere.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, Metadata};
use std::hash::{Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::relevant::{Relevance, WATCHED_BELOW, relevance};

/// Levels below the git directory that are looked at: a ref name has fewer parts.
const DEPTH_MAX: usize = 64;

/// The number for the repository with this common directory, or `None` when it is gone.
pub(crate) fn fingerprint(common_dir: &Path) -> Option<u64> {
    fs::symlink_metadata(common_dir.join("HEAD")).ok()?;
    let mut hasher = DefaultHasher::new();
    for entry in entries(common_dir)? {
        if relevance(Path::new(&entry.0)) == Relevance::Refs {
            note(&mut hasher, &entry);
        }
    }
    for name in WATCHED_BELOW {
        below(&mut hasher, common_dir, Path::new(name), DEPTH_MAX);
    }
    Some(hasher.finish())
}

type Entry = (std::ffi::OsString, Metadata);

/// The entries of a directory by name; one that vanishes while it is listed is left out.
fn entries(directory: &Path) -> Option<Vec<Entry>> {
    let listed = fs::read_dir(directory).ok()?;
    let mut entries: Vec<Entry> = listed
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name(), entry.metadata().ok()?))
        })
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Some(entries)
}

fn below(hasher: &mut DefaultHasher, common_dir: &Path, relative: &Path, depth: usize) {
    let Some(entries) = entries(&common_dir.join(relative)) else { return };
    for entry in entries {
        let path = relative.join(&entry.0);
        if entry.1.is_dir() {
            path.hash(hasher);
            if depth > 0 {
                below(hasher, common_dir, &path, depth - 1);
            }
        } else if relevance(&path) != Relevance::Nothing {
            path.hash(hasher);
            note(hasher, &entry);
        }
    }
}

fn note(hasher: &mut DefaultHasher, (name, meta): &Entry) {
    (name, meta.ino(), meta.size()).hash(hasher);
    (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()).hash(hasher);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_with_refs_and_logs_and_not_with_the_index() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        assert_eq!(fingerprint(path), None);
        fs::create_dir_all(path.join("refs/heads")).unwrap();
        fs::create_dir_all(path.join("logs")).unwrap();
        fs::write(path.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let mut seen = vec![fingerprint(path)];
        for (file, moves) in [
            ("refs/heads/main", true),
            ("refs/heads/main.lock", false),
            ("index", false),
            ("logs/HEAD", true),
            ("packed-refs", true),
            ("COMMIT_EDITMSG", false),
            ("ORIG_HEAD", true),
        ] {
            fs::write(path.join(file), "x").unwrap();
            let now = fingerprint(path);
            assert_eq!(now != *seen.last().unwrap(), moves, "{file}");
            seen.push(now);
        }
        fs::write(path.join("refs/new"), "y").unwrap();
        fs::rename(path.join("refs/new"), path.join("refs/heads/main")).unwrap();
        assert!(!seen.contains(&fingerprint(path)));
    }
}
