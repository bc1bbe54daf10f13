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
use super::small::{LIST, SMALL, is_absent, read_small};
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Origin, Place, Reason, Sink, SourceKind,
    redact_lossy,
};

/// Files beside `HEAD` and the `_HEAD`s that name an id.
const PSEUDO: [&[u8]; 2] = [b"AUTO_MERGE", b"MERGE_AUTOSTASH"];

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
        for git_dir in git_dirs(repo, coverage) {
            it.heads(repo, &git_dir, coverage);
            it.loose(repo, &git_dir, &git_dir.join("refs"), coverage);
        }
        it.packed(repo, coverage);
        it
    }

    /// `HEAD`, `ORIG_HEAD`, `FETCH_HEAD` and the rest, of one work tree.
    fn heads(&mut self, repo: &Repo, git_dir: &Path, coverage: &mut Coverage) {
        for entry in list(git_dir, coverage) {
            let name = entry.file_name();
            let name = name.as_bytes();
            let is_head = name == b"HEAD" || name.ends_with(b"_HEAD") || PSEUDO.contains(&name);
            if is_head {
                self.head(repo, name, &entry.path(), coverage);
            }
        }
        // What a rebase put aside, until it ends.
        for name in ["rebase-merge/autostash", "rebase-apply/autostash"] {
            self.head(repo, name.as_bytes(), &git_dir.join(name), coverage);
        }
    }

    fn head(&mut self, repo: &Repo, name: &[u8], path: &Path, coverage: &mut Coverage) {
        match read_small(path, LIST) {
            // FETCH_HEAD has a line for each branch, MERGE_HEAD one for each parent.
            Ok(content) => content.lines().for_each(|line| {
                self.target(repo, name, line);
            }),
            // Old repositories have HEAD as a link, on an unborn branch to nothing.
            Err(error) if is_absent(&error) => {}
            Err(error) => unread(name, &error, coverage),
        }
    }

    fn loose(&mut self, repo: &Repo, base: &Path, dir: &Path, coverage: &mut Coverage) {
        for entry in list(dir, coverage) {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            let name = path.strip_prefix(base).unwrap_or(&path).as_os_str().as_bytes();
            if kind.is_dir() {
                // An empty directory left behind by a deleted branch still has its name.
                self.names.insert(name.into());
                self.loose(repo, base, &path, coverage);
                continue;
            }
            if name.ends_with(b".lock") {
                continue;
            }
            self.names.insert(name.into());
            match read_small(&path, SMALL) {
                Ok(content) if self.target(repo, name, content.trim_ascii_end()) => {}
                Ok(_) => coverage.skip_because(name, Reason::Damaged, Some("a ref without an id")),
                // Deleted or packed since the directory was read.
                Err(error) if is_absent(&error) => {}
                Err(error) => unread(name, &error, coverage),
            }
        }
    }

    fn packed(&mut self, repo: &Repo, coverage: &mut Coverage) {
        let content = match read_small(&repo.paths.common_dir.join("packed-refs"), LIST) {
            Ok(content) => content,
            Err(error) if is_absent(&error) => return,
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
    pub(crate) fn search_names(
        &self,
        repo: &Repo,
        detector: &Detector,
        coverage: &mut Coverage,
        sink: Sink<'_>,
    ) {
        for name in &self.names {
            search_name(name, repo, detector, coverage, sink);
        }
    }
}

/// Searches the name of a ref, which may be yet to come.
pub(crate) fn search_name(
    name: &[u8],
    repo: &Repo,
    detector: &Detector,
    coverage: &mut Coverage,
    sink: Sink<'_>,
) {
    let cut = &mut || coverage.skip(name, Reason::SearchBound);
    for found in detector.matches_or(name, cut) {
        let start = found.start as u64;
        let span = LineCounter::span_in(name, &found);
        let mut location = Location::new(SourceKind::Ref, span, start);
        location.repository = Some(repo.name.clone());
        location.reference = Some(redact_lossy(name));
        sink(Finding::new(found, Place::new(Origin::Ref(name), start), location));
    }
}

/// The git directory of the main work tree (or the bare repository) and those of linked ones.
pub(crate) fn git_dirs(repo: &Repo, coverage: &mut Coverage) -> Vec<PathBuf> {
    let common = &repo.paths.common_dir;
    let mut all = vec![common.clone()];
    for path in list(&common.join("worktrees"), coverage).map(|entry| entry.path()) {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => all.push(path),
            Ok(_) => {}
            Err(error) if is_absent(&error) => {}
            Err(error) => unread(path.as_os_str().as_bytes(), &error, coverage),
        }
    }
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
        match read_small(&dir.join(relative), SMALL) {
            Ok(content) => return Ok(Some(content)),
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound
                | std::io::ErrorKind::NotADirectory
                | std::io::ErrorKind::IsADirectory => {}
                _ => return Err(format!("{}: {error}", redact_lossy(name))),
            },
        }
    }
    let packed = match read_small(&repo.paths.common_dir.join("packed-refs"), LIST) {
        Ok(packed) => packed,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(format!("packed-refs: {error}")),
    };
    let found = packed.lines().find_map(|line| {
        let (id, packed) = line.split_once_str(" ")?;
        (packed == name.as_slice()).then(|| id.to_vec())
    });
    Ok(found)
}

/// What is in a directory. One that is not there is empty; one that cannot be read is an entry
/// of the coverage.
fn list(dir: &Path, coverage: &mut Coverage) -> impl Iterator<Item = fs::DirEntry> + use<> {
    let mut there = Vec::new();
    let entries = fs::read_dir(dir).and_then(|entries| {
        for entry in entries {
            there.push(entry?);
        }
        Ok(())
    });
    match entries {
        Err(error) if !is_absent(&error) => unread(dir.as_os_str().as_bytes(), &error, coverage),
        Ok(()) | Err(_) => {}
    }
    there.into_iter()
}

fn unread(what: &[u8], error: &std::io::Error, coverage: &mut Coverage) {
    coverage.skip_because(what, Reason::of_io(error), Some(&error.to_string()));
}
