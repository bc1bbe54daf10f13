//! The repositories of submodules that are kept inside a repository's own git directory. Their
//! objects are not the repository's, but they are here, and whoever has cloned one has the other.

use std::fs;
use std::path::{Path, PathBuf};

use super::discover::text;
use super::{RepositoryPaths, at};
use crate::{Coverage, Reason};

/// A name with more parts than this is no submodule's.
const DEPTH: usize = 32;

/// The git directories of all submodules of a repository, theirs included, sorted. A directory that cannot
/// be listed is an entry of the coverage. Links are not followed.
pub fn submodules(repository: &RepositoryPaths, coverage: &mut Coverage) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![(repository.common_dir.join("modules"), 0)];
    while let Some((directory, depth)) = waiting.pop() {
        for below in directories(&directory, coverage) {
            if let Some(module) = at(&below) {
                waiting.push((module.common_dir.join("modules"), 0));
                found.push(below);
            } else if depth < DEPTH {
                // A name with slashes lies as deep as it has parts.
                waiting.push((below, depth + 1));
            }
        }
    }
    found.sort();
    found
}

fn directories(directory: &Path, coverage: &mut Coverage) -> Vec<PathBuf> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let what = text(directory);
            let why = Reason::of_io(&error);
            coverage.skip_because(what.as_bytes(), why, Some(&error.to_string()));
            return Vec::new();
        }
    };
    let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.flatten().filter(is_directory).map(|entry| entry.path()).collect()
}
