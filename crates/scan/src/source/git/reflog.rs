//! Reflogs: their lines are searched, and what they name (amended and dropped commits, older
//! stashes) is where walks begin.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};
use gix::ObjectId;
use sha2::{Digest as _, Sha256};

use super::names::{Tip, git_dirs};
use super::open::Repo;
use super::small::{LIST, is_absent, read_small};
use super::text;
use crate::lines::Positions;
use crate::{
    Coverage, Detector, Finding, Location, Origin, Place, Reason, Sink, SourceKind, redact_lossy,
};

/// One log file.
pub(crate) struct Log {
    path: PathBuf,
    /// The ref it belongs to, which may be gone.
    pub(crate) name: BString,
    /// Changes with every line: path, inode, length and time of the file, in the form of an id so
    /// that whoever remembers ids can remember logs.
    pub(crate) mark: ObjectId,
}

/// All logs of the repository and of its work trees.
pub(crate) fn logs(repo: &Repo, coverage: &mut Coverage) -> Vec<Log> {
    let mut all = Vec::new();
    for git_dir in git_dirs(repo, coverage) {
        let base = git_dir.join("logs");
        collect(&base, &base, repo.odb.hash(), &mut all, coverage);
    }
    all
}

fn collect(
    base: &Path,
    dir: &Path,
    hash: gix::hash::Kind,
    all: &mut Vec<Log>,
    coverage: &mut Coverage,
) {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return,
        Err(error) => {
            let why = Some(error.to_string());
            let reason = Reason::of_io(&error);
            return coverage.skip_because(dir.as_os_str().as_bytes(), reason, why.as_deref());
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // Not followed: a link here is none of git's doing.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            collect(base, &path, hash, all, coverage);
        } else if meta.is_file() && path.extension().is_none_or(|end| end != "lock") {
            let name = path.strip_prefix(base).unwrap_or(&path).as_os_str().as_bytes().into();
            all.push(Log { mark: mark(&path, &meta, hash), name, path });
        }
    }
}

fn mark(path: &Path, meta: &fs::Metadata, hash: gix::hash::Kind) -> ObjectId {
    let mut sum = Sha256::new();
    sum.update(b"patrol reflog v1\0");
    sum.update(path.as_os_str().as_bytes());
    sum.update(b"\0");
    for fact in [meta.dev(), meta.ino(), meta.len()] {
        sum.update(fact.to_be_bytes());
    }
    for fact in [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()] {
        sum.update(fact.to_be_bytes());
    }
    let sum = sum.finalize();
    ObjectId::from_bytes_or_panic(&sum[..hash.len_in_bytes()])
}

impl Log {
    pub(crate) fn is_note(&self) -> bool {
        self.name.starts_with(b"refs/notes/")
    }

    /// Searches the log and returns the ids it names, and whether a token was found in it.
    ///
    /// # Errors
    /// When the file cannot be read. One that is gone by now was deleted with its branch.
    pub(crate) fn search(
        &self,
        repo: &Repo,
        detector: &Detector,
        sink: Sink<'_>,
        coverage: &mut Coverage,
    ) -> io::Result<(Vec<Tip>, bool)> {
        let content = match read_small(&self.path, LIST) {
            Err(error) if is_absent(&error) => {
                return Ok((Vec::new(), false));
            }
            other => other?,
        };
        coverage.bytes += content.len() as u64;
        let mut tips = Vec::new();
        for line in content.lines() {
            let ids = line.split(|byte| *byte == b' ').take(2).filter_map(|hex| repo.id(hex));
            let ids = ids.filter(|id| !id.is_null());
            tips.extend(ids.map(|id| Tip { name: self.name.clone(), id }));
        }
        tips.sort_by_key(|tip| tip.id);
        tips.dedup_by_key(|tip| tip.id);
        let mut any = false;
        let mut positions = Positions::new(&content);
        let cut = &mut || coverage.skip(&self.name, Reason::SearchBound);
        for found in detector.matches_or(&content, cut) {
            any = true;
            let begin = content[..found.start].rfind_byte(b'\n').map_or(0, |end| end + 1);
            let line = content[begin..].lines().next().unwrap_or_default();
            let span = positions.span(found.start, found.end);
            let start = found.start as u64;
            let mut location = Location::new(SourceKind::Reflog, span, start);
            location.repository = Some(repo.name.clone());
            location.reference = Some(redact_lossy(&self.name));
            let mut words = line.splitn(3, |byte| *byte == b' ').skip(1);
            let commit = words.next().and_then(|hex| repo.id(hex)).filter(|id| !id.is_null());
            location.commit = commit.map(|id| id.to_string());
            let who = words.next().and_then(|rest| rest.split(|byte| *byte == b'\t').next());
            (location.author, location.date) = who.map(text::signature).unwrap_or_default();
            let place = Place::new(Origin::Reflog(line), (found.start - begin) as u64);
            sink(Finding::new(found, place, location));
        }
        Ok((tips, any))
    }
}
