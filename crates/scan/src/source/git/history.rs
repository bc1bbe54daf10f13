//! Every object of a repository, packed and loose, reachable or not, its alternates' too; the
//! names and logs of its refs. Objects are read, not diffs: a merge, an attribute, a dropped
//! stash or a replacement ref hides nothing.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::attribution::{ancestry, introduced};
use super::blobs::{Reader, Reading};
use super::names::Refs;
use super::object::{EntryKind, entries};
use super::odb::{Odb, Present};
use super::open::{Repo, object_id};
use super::reflog::logs;
use super::small::check;
use super::{GitEnvironment, object, text};
use crate::{
    Coverage, Detector, Finding, Options, Reason, ScanError, Sink, SourceKind, redact_bytes,
};

/// Objects a thread takes at a time: neighbours in a pack, which often share delta bases.
const BATCH: usize = 2048;

/// Ids that a thread remembers to have looked up.
const CHECKED: usize = 1 << 14;

/// Searches every object, ref name and reflog.
///
/// # Errors
/// No repository, or an object database that cannot be listed.
pub fn history(
    repo: &Path,
    env: &GitEnvironment,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let repo = Repo::open(repo, env)?;
    let mut coverage = Coverage::default();
    let refs = Refs::read(&repo, &mut coverage);
    refs.search_names(&repo, detector, sink);
    for log in logs(&repo, &mut coverage) {
        if let Err(error) = log.search(&repo, detector, sink, &mut coverage) {
            let (why, detail) = (Reason::of_io(&error), error.to_string());
            coverage.skip_because(&log.name, why, Some(&detail));
        }
    }
    let (ids, present) = repo
        .odb
        .all(&mut coverage)
        .map_err(|why| ScanError::Repository { path: repo.name.clone(), why })?;
    let reading = repo.reading(detector, options, sink, &|_| {});
    let shallow: HashSet<ObjectId> = repo.shallow().into_iter().collect();
    let mut read = objects(&repo.odb, &reading, &ids, &present, &shallow);
    coverage.merge(read.coverage);
    for id in &shallow {
        coverage.skip(id.to_string().as_bytes(), Reason::Shallow);
    }
    // Logs are kept beyond the life of what they name; refs are not.
    let kept = refs.tips.iter().filter(|tip| tip.is_kept()).map(|tip| tip.id);
    read.absent.extend(kept.filter(|id| !is_present(&present, id)));
    for id in read.absent {
        coverage.skip(id.to_string().as_bytes(), Reason::Absent);
    }
    if options.interrupted() {
        coverage.skip(b"the objects not reached", Reason::Stopped);
    }
    for finding in attribute(&repo, &refs, &read.commits, read.held) {
        sink(finding);
    }
    Ok(coverage)
}

/// What the threads bring back.
#[derive(Default)]
struct Read {
    coverage: Coverage,
    commits: Vec<ObjectId>,
    /// Findings in blobs and trees, which wait for commit and path.
    held: Vec<(ObjectId, Finding)>,
    /// Ids that are named and not there.
    absent: HashSet<ObjectId>,
    gitlinks: HashSet<(ObjectId, BString)>,
}

fn objects(
    odb: &Odb,
    reading: &Reading<'_>,
    ids: &[ObjectId],
    present: &Present,
    shallow: &HashSet<ObjectId>,
) -> Read {
    let total = Mutex::new(Read::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..reading.options.thread_count() {
            let (odb, total, next) = (odb.clone(), &total, &next);
            scope.spawn(move || {
                let read = Read::default();
                let checked = vec![ObjectId::null(odb.hash()); CHECKED];
                let reader = Reader::new(odb);
                let mut part = Part { reading, present, shallow, read, reader, checked };
                while let Some(rest) = ids.get(next.fetch_add(BATCH, Ordering::Relaxed)..) {
                    if rest.is_empty() || reading.options.interrupted() {
                        break;
                    }
                    rest.iter().take(BATCH).for_each(|id| part.object(id));
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).merge(part.finish());
            });
        }
    });
    let mut read = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (id, name) in &read.gitlinks {
        read.coverage.skip(format!("{name} {id}").as_bytes(), Reason::Gitlink);
    }
    read
}

impl Read {
    fn merge(&mut self, other: Self) {
        let Self { coverage, commits, held, absent, gitlinks } = other;
        self.coverage.merge(coverage);
        self.commits.extend(commits);
        self.held.extend(held);
        self.absent.extend(absent);
        self.gitlinks.extend(gitlinks);
    }
}

/// The work of one thread.
struct Part<'a> {
    reading: &'a Reading<'a>,
    present: &'a Present,
    shallow: &'a HashSet<ObjectId>,
    read: Read,
    reader: Reader,
    /// Ids that were looked up lately, by their first bytes. Neighbouring trees are versions of
    /// one another and name mostly the same objects; this is far smaller than `present`.
    checked: Vec<ObjectId>,
}

impl Part<'_> {
    fn object(&mut self, id: &ObjectId) {
        let mut body = std::mem::take(&mut self.reader.body);
        match self.reader.odb.read(id, &mut body) {
            Ok(kind) => self.body(kind, id, &body),
            Err(unread) => {
                // It was listed a moment ago.
                let why = match unread.reason {
                    Reason::Absent => Reason::Vanished,
                    other => other,
                };
                let detail = unread.detail.as_deref();
                self.reader.coverage.skip_because(id.to_string().as_bytes(), why, detail);
            }
        }
        self.reader.body = body;
    }

    fn body(&mut self, kind: Kind, id: &ObjectId, body: &[u8]) {
        let Reading { name, detector, sink, .. } = self.reading;
        self.reader.coverage.objects += 1;
        self.reader.coverage.bytes += body.len() as u64;
        let object = (kind, id, body);
        let mut findings = object::findings(detector, name, object, SourceKind::Blob);
        match kind {
            Kind::Commit | Kind::Tag => {
                self.links(kind, id, body);
                return findings.into_iter().for_each(sink);
            }
            Kind::Tree => self.entries(id, body),
            Kind::Blob => {
                let no_path = BString::default;
                self.reader.payload(self.reading, id, body, &no_path, &mut findings);
            }
        }
        self.read.held.extend(findings.into_iter().map(|finding| (*id, finding)));
    }

    /// What a commit or tag names has to be there.
    fn links(&mut self, kind: Kind, id: &ObjectId, body: &[u8]) {
        let mut links = 0;
        for (name, value) in text::headers(body) {
            let is_link = match kind {
                Kind::Tag => name == b"object",
                _ => name == b"tree" || name == b"parent",
            };
            let Some(named) = object_id(value, id.kind()).filter(|_| is_link) else { continue };
            links += 1;
            // Beyond a shallow boundary nothing is expected; the boundary itself is reported.
            if !(name == b"parent" && self.shallow.contains(id)) {
                self.named(named);
            }
        }
        if kind == Kind::Commit {
            self.read.commits.push(*id);
        }
        if links == 0 {
            let (what, why) = (id.to_string(), Some("it names no object"));
            self.reader.coverage.skip_because(what.as_bytes(), Reason::Damaged, why);
        }
    }

    fn entries(&mut self, id: &ObjectId, body: &[u8]) {
        for entry in entries(body, id.kind()) {
            match entry {
                Ok(entry) if entry.kind == EntryKind::Gitlink => {
                    let gitlink = (entry.id, BString::from(entry.name));
                    self.read.gitlinks.insert(gitlink);
                }
                Ok(entry) => self.named(entry.id),
                Err(why) => {
                    let what = id.to_string();
                    let coverage = &mut self.reader.coverage;
                    coverage.skip_because(what.as_bytes(), Reason::Damaged, Some(&why));
                }
            }
        }
    }

    fn named(&mut self, id: ObjectId) {
        let bytes = id.as_bytes();
        let slot = usize::from(u16::from_be_bytes([bytes[0], bytes[1]])) % self.checked.len();
        if std::mem::replace(&mut self.checked[slot], id) == id {
            return;
        }
        if !is_present(self.present, &id) {
            self.read.absent.insert(id);
        }
    }

    fn finish(self) -> Read {
        let mut read = self.read;
        read.coverage.merge(self.reader.coverage);
        read
    }
}

/// Git knows the empty tree and the empty blob without having them.
fn is_present(present: &Present, id: &ObjectId) -> bool {
    present.contains(id) || id.is_empty_tree() || id.is_empty_blob()
}

/// Adds commit and path to findings in blobs and trees, and tells notes from other blobs.
fn attribute(
    repo: &Repo,
    refs: &Refs,
    commits: &[ObjectId],
    held: Vec<(ObjectId, Finding)>,
) -> Vec<Finding> {
    if held.is_empty() {
        return Vec::new();
    }
    let targets: HashSet<ObjectId> = held.iter().map(|(id, _)| *id).collect();
    let introduced = introduced(&repo.odb, commits, &targets);
    let notes = ancestry(&repo.odb, refs.notes().map(|tip| tip.id).collect());
    let staged = if introduced.len() < targets.len() { index_paths(repo) } else { Vec::new() };
    let finding = |(id, mut finding): (ObjectId, Finding)| {
        let at = &mut finding.location;
        if let Some(by) = introduced.get(&id) {
            by.facts.add_to(at);
            let mut path = by.path.clone();
            // A tree's finding knows the entry's name already.
            if let Some(name) = at.path.take() {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
            }
            at.path = Some(redact_bytes(&path));
            if at.source == SourceKind::Blob && notes.contains(&by.commit) {
                at.source = SourceKind::Note;
            }
        } else if let Some((_, path)) = staged.iter().find(|(staged, _)| *staged == id) {
            at.path = Some(redact_bytes(path));
        }
        finding
    };
    held.into_iter().map(finding).collect()
}

/// The paths in the index, for blobs that no commit holds. An index that cannot be read only
/// costs those paths: its blobs are objects and were read as such.
fn index_paths(repo: &Repo) -> Vec<(ObjectId, BString)> {
    if check(&repo.index).is_err() {
        return Vec::new();
    }
    let options = gix::index::decode::Options::default();
    match gix::index::File::at_or_default(&repo.index, repo.odb.hash(), false, options) {
        Ok(index) => {
            index.entries().iter().map(|entry| (entry.id, entry.path(&index).to_owned())).collect()
        }
        Err(_) => Vec::new(),
    }
}
