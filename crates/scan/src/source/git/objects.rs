//! Every object of a database searched on all threads, and everything that they name looked up:
//! packs entry by entry, then the loose objects.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bstr::BString;
use gix::objs::tree::EntryRef;
use gix::objs::{Kind, TreeRefIter};
use gix::{ObjectId, oid};

use super::blobs::{Blob, Reader, Reading};
use super::catalog::Catalog;
use super::known::Known;
use super::marks::Marks;
use super::odb::{OTHER, Odb, is_other};
use super::pack::{Forest, Pack, Visit, Walker, Work};
use super::text::object_id;
use super::unread::Unread;
use super::{lfs, object, text};
use crate::{Coverage, Finding, Reason, SourceKind, Tally};

/// Loose objects a thread takes at a time.
const BATCH: usize = 64;

/// What a search brings back.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) coverage: Coverage,
    pub(crate) commits: Vec<ObjectId>,
    /// Findings in blobs and trees, which wait for commit and path.
    pub(crate) held: Vec<(ObjectId, Finding)>,
    /// Ids that are named and not there.
    pub(crate) absent: HashSet<ObjectId>,
    /// Commits of other repositories, by their names, and where each is named: a tree, and the
    /// number of its entry.
    pub(crate) gitlinks: HashMap<(ObjectId, BString), (ObjectId, u32)>,
    /// How many objects were read and are clean.
    pub(crate) clean: u64,
    /// Objects that hold something, or were not read whole.
    pub(crate) dirty: HashSet<ObjectId>,
}

/// Searches all objects of a catalog that are not known to be clean, each once. Marks the clean
/// `blobs`.
pub(crate) fn search(
    odb: &Odb,
    reading: &Reading<'_>,
    catalog: &Catalog,
    shallow: &HashSet<ObjectId>,
    known: &Known,
    blobs: Option<&Marks>,
) -> Read {
    let (threads, hash) = (reading.options.thread_count(), odb.hash());
    let total = Mutex::new(Read::default());
    let tally = &Tally::of_run();
    let on_one = |odb: Odb, work: &(dyn Fn(&mut Part<'_>) + Sync)| {
        let (read, reader) = (Read::default(), Reader::new(odb));
        let (pack, named) = (0, Vec::new());
        let mut part = Part { reading, catalog, shallow, blobs, read, reader, pack, tally, named };
        work(&mut part);
        total.lock().unwrap_or_else(PoisonError::into_inner).merge(part.finish());
    };
    // Runs `work` on all threads: this one and its helpers.
    let on_all = |work: &(dyn Fn(&mut Part<'_>) + Sync)| {
        std::thread::scope(|scope| {
            for _ in 1..threads {
                let (odb, on_one) = (odb.clone(), &on_one);
                scope.spawn(move || on_one(odb, work));
            }
            on_one(odb.clone(), work);
        });
    };
    if known.packs() < catalog.packs.len() {
        catalog.packs.iter().for_each(Pack::prepare);
    }
    for (n, pack) in catalog.packs.iter().enumerate().skip(known.packs()) {
        if reading.options.interrupted() {
            break;
        }
        let is_new = |place| {
            let id = pack.id(place);
            !known.holds(n, place, id) && !catalog.is_before(n, id)
        };
        let forest = Forest::grow(pack, threads, is_new);
        let work = Work::new(pack, &forest);
        on_all(&|part| {
            part.pack = n;
            Walker::new(&work, reading.detector, hash, threads).run(part);
        });
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in forest.unreachable() {
            let id = pack.id(forest.place(entry));
            let why = Some("what it is made of goes round in circles");
            total.coverage.skip_because(id.to_string().as_bytes(), Reason::Damaged, why);
            total.dirty.insert(id.to_owned());
        }
    }
    let ids = known.rest(catalog);
    let next = AtomicUsize::new(0);
    on_all(&|part| {
        while let Some(rest) = ids.get(next.fetch_add(BATCH, Ordering::Relaxed)..)
            && !rest.is_empty()
            && !part.is_stopped()
        {
            rest.iter().take(BATCH).for_each(|id| part.loose(id));
        }
    });
    let mut read = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.note(reading.name.as_bytes(), &mut read.coverage);
    read
}

impl Read {
    fn merge(&mut self, other: Self) {
        let Self { coverage, commits, held, absent, gitlinks, clean, dirty } = other;
        self.clean += clean;
        self.coverage.merge(coverage);
        self.commits.extend(commits);
        self.held.extend(held);
        self.absent.extend(absent);
        self.gitlinks.extend(gitlinks);
        self.dirty.extend(dirty);
    }
}

/// The work of one thread.
struct Part<'a> {
    reading: &'a Reading<'a>,
    catalog: &'a Catalog,
    shallow: &'a HashSet<ObjectId>,
    blobs: Option<&'a Marks>,
    read: Read,
    reader: Reader,
    /// The number of the pack that is read.
    pack: usize,
    /// Of the findings that all threads hold.
    tally: &'a Tally,
    /// Gitlinks of the tree that is read.
    named: Vec<(ObjectId, BString)>,
}

impl Visit for Part<'_> {
    fn is_stopped(&self) -> bool {
        self.reading.options.interrupted()
    }

    fn opens(&self, size: usize, ends: &[u8]) -> bool {
        #[cfg(feature = "archive")]
        if crate::archive::is_packed(ends) {
            return true;
        }
        size <= lfs::MAX_POINTER && lfs::may_be_pointer(ends)
    }

    fn cold(&mut self, kind: Kind, id: &oid, size: usize) {
        self.clean(kind, id);
        self.reader.coverage.objects += 1;
        self.reader.coverage.bytes += size as u64;
    }

    fn whole(&mut self, kind: Kind, id: &oid, body: &[u8], is_hot: bool) {
        let Reading { name, detector, sink, .. } = self.reading;
        self.reader.coverage.objects += 1;
        self.reader.coverage.bytes += body.len() as u64;
        let id = id.to_owned();
        let mut findings = Vec::new();
        let mut is_whole = true;
        if kind == Kind::Blob {
            let (source, path) = (SourceKind::Blob, &BString::default);
            let blob = Blob { id: &id, body, source, path };
            is_whole = self.reader.blob(self.reading, &blob, is_hot, &mut findings);
        } else if is_hot {
            let (object, coverage) = ((kind, &id, body), &mut self.reader.coverage);
            let found;
            (found, is_whole) =
                object::findings_and_spans(detector, name, object, SourceKind::Blob, coverage);
            findings = found.into_iter().map(|(finding, _)| finding).collect();
        }
        if kind == Kind::Tree && !self.named.is_empty() {
            self.gitlinks(&id, body);
        }
        if !is_whole || !findings.is_empty() {
            self.read.dirty.insert(id);
        }
        let is_text = matches!(kind, Kind::Commit | Kind::Tag);
        if is_text {
            self.links(kind, &id, body);
        }
        // A tree that cannot be decoded, or a text without links, is among the dirty by now.
        if !self.read.dirty.contains(&id) {
            self.clean(kind, &id);
        }
        if is_text {
            return findings.into_iter().for_each(sink);
        }
        let held = findings.into_iter().map(|finding| (id, finding));
        let has_room = |it: &(ObjectId, Finding)| self.tally.has_room(it.1.own().is_some());
        self.read.held.extend(held.filter(has_room));
    }

    fn entry(&mut self, entry: &EntryRef<'_>) {
        if entry.mode.is_commit() {
            self.named.push((entry.oid.to_owned(), entry.filename.to_owned()));
        } else {
            self.named(entry.oid);
        }
    }

    fn unread(&mut self, id: &oid, why: &Unread) {
        // It was listed a moment ago.
        let reason = match why.reason {
            Reason::Absent => Reason::Vanished,
            other => other,
        };
        self.read.dirty.insert(id.to_owned());
        let detail = why.detail.as_deref();
        self.reader.coverage.skip_because(id.to_string().as_bytes(), reason, detail);
    }

    fn elsewhere(&mut self, id: &oid, body: &mut Vec<u8>) -> Option<Kind> {
        self.catalog.elsewhere(self.pack, id, body)
    }

    fn outside(&mut self, id: &oid, body: &mut Vec<u8>) -> Result<Kind, Unread> {
        self.reader.odb.read(&id.to_owned(), body)
    }
}

impl Part<'_> {
    fn clean(&mut self, kind: Kind, id: &oid) {
        self.read.clean += 1;
        if let Some(blobs) = self.blobs.filter(|_| kind == Kind::Blob) {
            blobs.set(self.catalog, id);
        }
    }

    fn loose(&mut self, id: &ObjectId) {
        let mut body = std::mem::take(&mut self.reader.body);
        match self.reader.odb.read(id, &mut body) {
            Ok(kind) => {
                // Nobody but this file says what the id stands for.
                if is_other(id, kind, &body) {
                    self.unread(id, &Unread::damaged(OTHER));
                }
                if kind == Kind::Tree {
                    self.entries(id, &body);
                }
                self.whole(kind, id, &body, true);
            }
            Err(unread) => self.unread(id, &unread),
        }
        self.reader.body = body;
    }

    fn entries(&mut self, id: &ObjectId, body: &[u8]) {
        for entry in TreeRefIter::from_bytes(body, id.kind()) {
            match entry {
                Ok(entry) => self.entry(&entry),
                Err(error) => self.unread(id, &Unread::damaged(&crate::error::reason(&error))),
            }
        }
    }

    /// Notes the gitlinks of a tree, each by where it stands.
    fn gitlinks(&mut self, id: &ObjectId, body: &[u8]) {
        let named = std::mem::take(&mut self.named);
        let known = &mut self.read.gitlinks;
        // As many as a tree has names, all of which may be gitlinks.
        let mut named: HashSet<_> =
            named.into_iter().filter(|gitlink| !known.contains_key(gitlink)).collect();
        for (number, entry) in (0..).zip(TreeRefIter::from_bytes(body, id.kind())) {
            let Ok(entry) = entry else { break };
            if named.is_empty() {
                break;
            }
            let gitlink = (entry.oid.to_owned(), entry.filename.to_owned());
            if named.remove(&gitlink) {
                known.insert(gitlink, (*id, number));
            }
        }
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
                self.named(&named);
            }
        }
        if kind == Kind::Commit {
            self.read.commits.push(*id);
        }
        if links == 0 {
            self.unread(id, &Unread::damaged("it names no object"));
        }
    }

    fn named(&mut self, id: &oid) {
        if !self.catalog.has(id) {
            self.read.absent.insert(id.to_owned());
        }
    }

    fn finish(self) -> Read {
        let mut read = self.read;
        read.coverage.merge(self.reader.coverage);
        read
    }
}
