//! From the paths somebody named to the repositories to follow. Each path is a repository or a
//! folder of repositories; several ways to one common directory are one repository, and the
//! submodules that a repository holds are repositories of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use patrol_scan::source::git::{self, RepositoryPaths};

use crate::event::shown;

/// Levels of folders below a named folder in which repositories are looked for: enough for
/// `host/group/subgroup/project` and for servers that spread repositories by hash.
pub(crate) const DEPTH_MAX: usize = 5;

/// Folders looked into in one search; beyond it the rest is named as not followed.
pub(crate) const FOLDERS_MAX: usize = 10_000;

/// What the named paths lead to at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Repositories by their common directory.
    pub(crate) repositories: BTreeMap<PathBuf, Repository>,
    /// Folders in which a repository may yet appear, canonical.
    pub(crate) folders: BTreeSet<PathBuf>,
    /// Named paths that lead to nothing now.
    pub(crate) missing: BTreeSet<PathBuf>,
    /// There were more than [`FOLDERS_MAX`] folders; the rest was not looked into.
    pub(crate) cut: bool,
}

/// A repository and how it was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// Its name in events and findings: the top of its own work tree, or its git directory.
    pub(crate) name: String,
    /// The work trees through which it was named.
    pub(crate) work_trees: BTreeSet<PathBuf>,
}

/// Looks at the named paths and below them.
pub(crate) fn discover(roots: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for root in roots {
        match git::at(root) {
            Some(paths) => found.add(paths),
            None => match fs::canonicalize(root) {
                Ok(folder) if folder.is_dir() => {
                    // A repository named by a path inside it, such as `.git/refs`, is no folder
                    // of repositories, and nothing will be found below.
                    found.folder(&folder, DEPTH_MAX);
                }
                _ => {
                    found.missing.insert(root.clone());
                }
            },
        }
    }
    found
}

impl Found {
    fn add(&mut self, paths: RepositoryPaths) {
        let is_new = !self.repositories.contains_key(&paths.common_dir);
        let repository = self
            .repositories
            .entry(paths.common_dir.clone())
            .or_insert_with(|| Repository { name: name(&paths), work_trees: BTreeSet::new() });
        repository.work_trees.extend(paths.work_tree);
        if is_new {
            self.submodules(&paths.common_dir.join("modules"), DEPTH_MAX);
        }
    }

    /// Looks into a folder. Links to repositories are followed, links to folders are not: they
    /// may lead round in circles.
    fn folder(&mut self, folder: &Path, depth: usize) {
        if self.folders.contains(folder) {
            return;
        }
        if self.folders.len() >= FOLDERS_MAX {
            self.cut = true;
            return;
        }
        self.folders.insert(folder.to_owned());
        for (path, is_link) in directories(folder) {
            match git::at(&path) {
                Some(paths) => self.add(paths),
                None if depth > 0 && !is_link => self.folder(&path, depth - 1),
                None => {}
            }
        }
    }

    /// Git directories of submodules: `modules/<name>`, where a name may have slashes in it.
    fn submodules(&mut self, folder: &Path, depth: usize) {
        for (path, is_link) in directories(folder) {
            match git::at(&path) {
                Some(paths) => self.add(paths),
                None if depth > 0 && !is_link => self.submodules(&path, depth - 1),
                None => {}
            }
        }
    }
}

/// A linked work tree, too, goes by the name of the repository it belongs to, as that is where
/// its commits are.
fn name(paths: &RepositoryPaths) -> String {
    let own = git::at(&paths.common_dir);
    let own = own.as_ref().unwrap_or(paths);
    shown(own.work_tree.as_deref().unwrap_or(&own.common_dir))
}

/// The directories in a folder, links to directories included, by name.
fn directories(folder: &Path) -> Vec<(PathBuf, bool)> {
    let Ok(listed) = fs::read_dir(folder) else { return Vec::new() };
    let mut directories: Vec<(PathBuf, bool)> = listed
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let path = entry.path();
            let kind = entry.file_type().ok()?;
            let is_directory = kind.is_dir() || (kind.is_symlink() && path.is_dir());
            is_directory.then_some((path, kind.is_symlink()))
        })
        .collect();
    directories.sort();
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(at: &Path) {
        fs::create_dir_all(at.join("objects")).unwrap();
        fs::create_dir_all(at.join("refs")).unwrap();
        fs::write(at.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    fn names(found: &Found, root: &Path) -> Vec<String> {
        let relative = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
        found.repositories.keys().map(relative).collect()
    }

    #[test]
    fn every_way_in_leads_to_one_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let (main, side) = (root.join("main"), root.join("side"));
        bare(&main.join(".git"));
        let private = main.join(".git/worktrees/side");
        fs::create_dir_all(&private).unwrap();
        fs::write(private.join("HEAD"), "ref: refs/heads/side\n").unwrap();
        fs::write(private.join("commondir"), "../..\n").unwrap();
        fs::create_dir(&side).unwrap();
        fs::write(side.join(".git"), format!("gitdir: {}\n", private.display())).unwrap();
        let found = discover(&[side.clone(), main.clone(), main.join(".git"), root.clone()]);
        assert_eq!(names(&found, &root), ["main/.git"]);
        let repository = &found.repositories[&main.join(".git")];
        assert_eq!(repository.name, main.display().to_string());
        assert_eq!(repository.work_trees, [main, side].into());
    }

    #[test]
    fn folders_hold_repositories_at_several_depths() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        bare(&root.join("a/.git"));
        bare(&root.join("a/.git/modules/lib/inner"));
        bare(&root.join("a/nested/.git"));
        bare(&root.join("group/b.git"));
        fs::create_dir_all(root.join("empty")).unwrap();
        std::os::unix::fs::symlink(&root, root.join("loop")).unwrap();
        std::os::unix::fs::symlink(root.join("group/b.git"), root.join("z")).unwrap();
        let found = discover(&[root.clone(), root.join("a"), root.join("gone")]);
        assert_eq!(names(&found, &root), ["a/.git", "a/.git/modules/lib/inner", "group/b.git"]);
        let named = |path: &str| root.join(path).display().to_string();
        assert_eq!(found.repositories[&root.join("a/.git")].name, named("a"));
        assert_eq!(found.repositories[&root.join("group/b.git")].name, named("group/b.git"));
        let folders: Vec<_> = found.folders.iter().cloned().collect();
        assert_eq!(folders, [root.clone(), root.join("empty"), root.join("group")]);
        assert_eq!(found.missing.iter().collect::<Vec<_>>(), [&root.join("gone")]);
    }
}
