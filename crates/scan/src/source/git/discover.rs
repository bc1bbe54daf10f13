//! Where a repository's parts are: work tree, its own git directory, and the directory it shares
//! with the other work trees.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::GitEnvironment;
use super::small::{SMALL, is_absent, read_small};
use crate::ScanError;
use crate::error::reason;
use crate::redact_lossy;

/// The parts of a repository, as absolute paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryPaths {
    /// The top of the work tree, where there is one.
    pub work_tree: Option<PathBuf>,
    /// HEAD and index of this work tree.
    pub git_dir: PathBuf,
    /// Objects and refs, shared by all work trees.
    pub common_dir: PathBuf,
    /// There is no work tree.
    pub is_bare: bool,
}

/// The repository that `path` is in, looking upwards.
///
/// # Errors
/// There is none, the path does not exist, or a `.git` file leads nowhere.
pub fn discover(path: &Path) -> Result<RepositoryPaths, ScanError> {
    locate(path, &GitEnvironment::default())
}

/// The repository whose top is exactly `path`: a work tree, a bare repository or a git directory.
/// Nothing is looked for above it.
pub fn at(path: &Path) -> Option<RepositoryPaths> {
    let path = fs::canonicalize(path).ok()?;
    here(&path).ok().flatten()
}

/// As [`discover`], in an environment that may name the repository.
///
/// # Errors
/// As [`discover`].
pub fn locate(path: &Path, env: &GitEnvironment) -> Result<RepositoryPaths, ScanError> {
    let start = fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ScanError::NoSuchPath { path: text(path) },
        _ => ScanError::Unreadable { path: text(path), why: reason(&error) },
    })?;
    let env = env.seen_from(&start);
    let mut paths = match &env.git_dir {
        Some(named) => {
            let git_dir = if named.is_file() { follow(named)? } else { named.clone() };
            if !is_git_dir(&git_dir) {
                return Err(ScanError::NotARepository { path: text(named) });
            }
            // Git takes the current directory for the top where only GIT_DIR is set.
            let is_bare = env.work_tree.is_none() && named.file_name() != Some(OsStr::new(".git"));
            parts(git_dir, Some(start)).map(|paths| RepositoryPaths { is_bare, ..paths })?
        }
        None => upwards(path, &start, &env)?,
    };
    if let Some(common) = env.common_dir {
        paths.common_dir = common;
    }
    if let Some(work_tree) = env.work_tree {
        paths.work_tree = Some(work_tree);
        paths.is_bare = false;
    }
    Ok(paths)
}

fn upwards(path: &Path, start: &Path, env: &GitEnvironment) -> Result<RepositoryPaths, ScanError> {
    for dir in start.ancestors() {
        if dir != start && env.ceiling_directories.iter().any(|ceiling| dir == ceiling) {
            break;
        }
        if let Some(found) = here(dir)? {
            return Ok(found);
        }
    }
    Err(ScanError::NotARepository { path: text(path) })
}

/// The repository whose top is `dir`, if it is one.
fn here(dir: &Path) -> Result<Option<RepositoryPaths>, ScanError> {
    let dot_git = dir.join(".git");
    if dot_git.is_file() {
        let git_dir = follow(&dot_git)?;
        return parts(git_dir, Some(dir.to_owned())).map(Some);
    }
    if is_git_dir(&dot_git) {
        return parts(dot_git, Some(dir.to_owned())).map(Some);
    }
    if !is_git_dir(dir) {
        return Ok(None);
    }
    // A git directory itself: bare, or the inside of a work tree's `.git`.
    let work_tree = match line(&dir.join("gitdir")).ok().flatten() {
        Some(linked) => linked.parent().map(Path::to_owned),
        None if dir.file_name() == Some(OsStr::new(".git")) => dir.parent().map(Path::to_owned),
        None => None,
    };
    parts(dir.to_owned(), work_tree).map(Some)
}

fn parts(git_dir: PathBuf, work_tree: Option<PathBuf>) -> Result<RepositoryPaths, ScanError> {
    let broken =
        |error: io::Error| ScanError::Repository { path: text(&git_dir), why: reason(&error) };
    let git_dir = fs::canonicalize(&git_dir).map_err(broken)?;
    let common_dir = match line(&git_dir.join("commondir")).map_err(broken)? {
        Some(common) => fs::canonicalize(git_dir.join(common)).map_err(broken)?,
        None => git_dir.clone(),
    };
    Ok(RepositoryPaths { is_bare: work_tree.is_none(), work_tree, git_dir, common_dir })
}

/// Where a `.git` file (linked work trees, submodules) leads.
fn follow(file: &Path) -> Result<PathBuf, ScanError> {
    let broken = |why: &str| ScanError::Repository { path: text(file), why: why.to_owned() };
    let content = read_small(file, SMALL).map_err(|error| broken(&reason(&error)))?;
    let named = content.strip_prefix(b"gitdir: ").ok_or_else(|| broken("it names no gitdir"))?;
    let named = PathBuf::from(OsStr::from_bytes(named.trim_ascii_end()));
    let git_dir = file.parent().map_or(named.clone(), |dir| dir.join(&named));
    if is_git_dir(&git_dir) { Ok(git_dir) } else { Err(broken("its gitdir is not there")) }
}

/// As git tells a git directory: HEAD, and objects and refs here or in the shared directory.
fn is_git_dir(dir: &Path) -> bool {
    if fs::symlink_metadata(dir.join("HEAD")).is_err() {
        return false;
    }
    // One that cannot be read is an error for whoever reads on.
    let common = match line(&dir.join("commondir")) {
        Ok(Some(common)) => dir.join(common),
        Ok(None) | Err(_) => dir.to_owned(),
    };
    common.join("refs").is_dir() && common.join("objects").is_dir()
}

/// A path that stands alone in a file; `None` where there is no file, or nothing in it.
fn line(file: &Path) -> io::Result<Option<PathBuf>> {
    let content = match read_small(file, SMALL) {
        Err(error) if is_absent(&error) => return Ok(None),
        other => other?,
    };
    let line = content.trim_ascii_end();
    Ok((!line.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(line))))
}

/// A path in a report or an error.
pub(crate) fn text(path: &Path) -> String {
    redact_lossy(path.as_os_str().as_bytes())
}
