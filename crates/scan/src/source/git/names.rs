//! Refs: their names, which are searched, and what they point to, from which the walks begin.
//!
//! Loose refs are read before packed ones: a ref that is packed meanwhile is written there before
//! its file goes, so one of the two readings sees it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};
use gix::ObjectId;

use super::open::Repo;
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Origin, Place, Reason, Sink, SourceKind,
    redact_lossy,
};

/// Where walks begin: an id, and the ref that names it.
#[derive(Clone, Debug)]
pub(crate) struct Tip {
    pub(crate) name: BString,
    pub(crate) id: ObjectId,
}

impl Tip {
    /// Whether git keeps what this names. It does not for `ORIG_HEAD`, `FETCH_HEAD` and the rest,
    /// so what they name may have been collected.
    pub(crate) fn is_kept(&self) -> bool {
        self.name.contains(&b'/') || self.name == "HEAD"
    }

    pub(crate) fn is_note(&self) -> bool {
        self.name.starts_with(b"refs/notes/")
    }
}

/// The refs of a repository and of all its work trees.
#[derive(Debug, Default)]
pub(crate) struct Refs {
    /// Each ref and what it points to. HEAD and its like are among them.
    pub(crate) tips: Vec<Tip>,
    /// Every name, those of symbolic targets that do not exist yet included.
    pub(crate) names: BTreeSet<BString>,
}

impl Refs {
    /// Reads all refs. A ref that cannot be read is an entry of the coverage.
    pub(crate) fn read(repo: &Repo, coverage: &mut Coverage) -> Self {
        let mut it = Self::default();
        repo.note_storage(coverage);
        if !repo.refs_are_files {
            return it;
        }
        for git_dir in git_dirs(repo) {
            it.heads(repo, &git_dir, coverage);
            it.loose(repo, &git_dir, &git_dir.join("refs"), coverage);
        }
        it.packed(repo, coverage);
        it
    }

    /// `HEAD`, `ORIG_HEAD`, `FETCH_HEAD` and the rest, of one work tree.
    fn heads(&mut self, repo: &Repo, git_dir: &Path, coverage: &mut Coverage) {
        for entry in fs::read_dir(git_dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.as_bytes();
            let is_head = name == b"HEAD" || name.ends_with(b"_HEAD") || name == b"AUTO_MERGE";
            if !is_head || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            match fs::read(entry.path()) {
                // FETCH_HEAD has a line for each branch, MERGE_HEAD one for each parent.
                Ok(content) => content.lines().for_each(|line| {
                    self.target(repo, name, line);
                }),
                Err(error) => unread(name, &error, coverage),
            }
        }
    }

    fn loose(&mut self, repo: &Repo, base: &Path, dir: &Path, coverage: &mut Coverage) {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return unread(dir.as_os_str().as_bytes(), &error, coverage),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            let name = path.strip_prefix(base).unwrap_or(&path).as_os_str().as_bytes();
            if kind.is_dir() {
                // An empty directory left behind by a deleted branch still has its name.
                self.names.insert(name.into());
                self.loose(repo, base, &path, coverage);
                continue;
            }
            if name.ends_with(b".lock") || !(kind.is_file() || kind.is_symlink()) {
                continue;
            }
            self.names.insert(name.into());
            match fs::read(&path) {
                Ok(content) if self.target(repo, name, content.trim_ascii_end()) => {}
                Ok(_) => coverage.skip_because(name, Reason::Damaged, Some("a ref without an id")),
                // Deleted or packed since the directory was read.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => unread(name, &error, coverage),
            }
        }
    }

    fn packed(&mut self, repo: &Repo, coverage: &mut Coverage) {
        let content = match fs::read(repo.paths.common_dir.join("packed-refs")) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return unread(b"packed-refs", &error, coverage),
        };
        for line in content.lines().filter(|line| !line.starts_with(b"#")) {
            // `^id` is the peeled target of the tag before it, found by reading the tag.
            if line.starts_with(b"^") || line.is_empty() {
                continue;
            }
            let name = line.split_once_str(" ").map_or(&b"packed-refs"[..], |(_, name)| name);
            self.names.insert(name.into());
            if !self.target(repo, name, line) {
                coverage.skip_because(name, Reason::Damaged, Some("a ref without an id"));
            }
        }
    }

    /// Takes what a ref says: an id at its beginning, or the name of another ref.
    fn target(&mut self, repo: &Repo, name: &[u8], content: &[u8]) -> bool {
        if let Some(other) = content.strip_prefix(b"ref: ") {
            self.names.insert(other.trim_ascii().into());
            return true;
        }
        let hex = content.split(|byte| !byte.is_ascii_hexdigit()).next().unwrap_or_default();
        let id = repo.id(hex);
        // FETCH_HEAD names branches and addresses after the id; they end up in no ref.
        self.tips.extend(id.map(|id| Tip { name: name.into(), id }));
        id.is_some()
    }

    /// The refs that hold notes.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &Tip> {
        self.tips.iter().filter(|tip| tip.is_note())
    }

    /// Searches the names.
    pub(crate) fn search_names(&self, repo: &Repo, detector: &Detector, sink: Sink<'_>) {
        for name in &self.names {
            for found in detector.matches(name) {
                let start = found.start as u64;
                let at = LineCounter::default().position_after(&name[..found.start]);
                let mut location = Location::new(SourceKind::Ref, at, start, found.len());
                location.repository = Some(repo.name.clone());
                location.reference = Some(redact_lossy(name));
                sink(Finding::new(&found, Place::new(Origin::Ref(name), start), location));
            }
        }
    }
}

/// The git directory of the main work tree (or the bare repository) and those of linked ones.
pub(crate) fn git_dirs(repo: &Repo) -> Vec<PathBuf> {
    let common = &repo.paths.common_dir;
    let mut all = vec![common.clone()];
    let linked = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
    all.extend(linked.map(|entry| entry.path()).filter(|path| path.is_dir()));
    if !all.contains(&repo.paths.git_dir) {
        all.push(repo.paths.git_dir.clone());
    }
    all[1..].sort();
    all
}

/// The commit that this work tree's HEAD names; `None` on a branch without commits.
pub(crate) fn head(repo: &Repo) -> Result<Option<ObjectId>, String> {
    if !repo.refs_are_files {
        return Err("its refs are stored as reftable, which cannot be read yet".to_owned());
    }
    let mut name = BString::from("HEAD");
    // Git follows as many symbolic refs and no more.
    for _ in 0..5 {
        let Some(content) = lookup(repo, &name)? else { return Ok(None) };
        match content.strip_prefix(b"ref: ") {
            Some(other) => name = other.trim_ascii().into(),
            None => {
                let id = repo.id(content.trim_ascii_end());
                let broken = || format!("{} holds no id", redact_lossy(&name));
                return id.map(Some).ok_or_else(broken);
            }
        }
    }
    Err("its HEAD goes round in circles".to_owned())
}

/// What a ref says, loose or packed.
fn lookup(repo: &Repo, name: &BString) -> Result<Option<Vec<u8>>, String> {
    let relative = Path::new(std::ffi::OsStr::from_bytes(name));
    let plain = |part| matches!(part, std::path::Component::Normal(_));
    if !relative.components().all(plain) {
        return Err(format!("{} is no ref name", redact_lossy(name)));
    }
    // HEAD and refs/worktree, refs/bisect are the work tree's own, other refs are shared.
    for dir in [&repo.paths.git_dir, &repo.paths.common_dir] {
        match fs::read(dir.join(relative)) {
            Ok(content) => return Ok(Some(content)),
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound
                | std::io::ErrorKind::NotADirectory
                | std::io::ErrorKind::IsADirectory => {}
                _ => return Err(format!("{}: {error}", redact_lossy(name))),
            },
        }
    }
    let packed = match fs::read(repo.paths.common_dir.join("packed-refs")) {
        Ok(packed) => packed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("packed-refs: {error}")),
    };
    let found = packed.lines().find_map(|line| {
        let (id, packed) = line.split_once_str(" ")?;
        (packed == name.as_slice()).then(|| id.to_vec())
    });
    Ok(found)
}

fn unread(what: &[u8], error: &std::io::Error, coverage: &mut Coverage) {
    coverage.skip_because(what, Reason::of_io(error), Some(&error.to_string()));
}
