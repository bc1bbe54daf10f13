//! One git object's body: its tokens as findings, and the ids it names.

use std::cell::OnceCell;

use bstr::ByteSlice as _;
use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter};

use super::commit::Facts;
use super::text::object_id;
use super::text::{self, Parts};
use crate::lines::Positions;
use crate::source::stream::{Watcher, Window};
use crate::{
    Coverage, Detector, Finding, Location, Match, Origin, Place, Reason, SourceKind, Tally,
    redact_bytes,
};

/// A finding, and where it begins and ends in the body.
pub(crate) type Spanned = (Finding, (u64, u64));

/// Bytes of an object that is searched in one go.
const IN_ONE_GO: usize = 16 * 1024 * 1024;

/// The findings in an object's body. Blobs are `source`; other objects know the source of each
/// part, and commits and tags who and when. Paths are left to the caller, but for a tree's entry,
/// whose name is its path so far.
pub(crate) fn findings(
    detector: &Detector,
    repository: &str,
    object: (Kind, &ObjectId, &[u8]),
    source: SourceKind,
    coverage: &mut Coverage,
) -> Vec<Finding> {
    let found = findings_and_spans(detector, repository, object, source, coverage);
    found.0.into_iter().map(|it| it.0).collect()
}

/// As [`findings`], each with where it begins and ends in the body; and whether that is all of them.
pub(crate) fn findings_and_spans(
    detector: &Detector,
    repository: &str,
    (kind, id, body): (Kind, &ObjectId, &[u8]),
    source: SourceKind,
    coverage: &mut Coverage,
) -> (Vec<Spanned>, bool) {
    // Matches come in order, so nothing is counted or parsed for each of them anew.
    let mut names = Names::new(body, id);
    let mut parts = Parts::new(kind, body);
    let (mut part, mut positions) = (0, Positions::new(body));
    let facts = OnceCell::new();
    let finding = |found: Match| {
        let (source, start) = match kind {
            Kind::Blob => (source, 0),
            Kind::Tree => (SourceKind::TreeEntry, names.start(found.start)),
            Kind::Commit | Kind::Tag => parts.part(found.start),
        };
        if start != part {
            (part, positions) = (start, Positions::new(&body[start..]));
        }
        let span = positions.span(found.start - part, found.end - part);
        let mut location = Location::new(source, span, found.start as u64);
        location.repository = Some(repository.to_owned());
        location.object = Some(id.to_string());
        match kind {
            Kind::Commit | Kind::Tag => {
                facts.get_or_init(|| Facts::of(kind, *id, body)).add_to(&mut location);
            }
            Kind::Tree => {
                location.path = Some(redact_bytes(name_at(body, part)));
            }
            Kind::Blob => {}
        }
        let place = Place::new(Origin::Object(id.as_bytes()), found.start as u64);
        let span = (found.start as u64, found.end as u64);
        (Finding::new(found, place, location), span)
    };
    let (found, is_whole) = matches(detector, body, &id.to_string(), coverage);
    (found.into_iter().map(finding).collect(), is_whole)
}

/// The matches in a body, as many as are kept, and whether these are all.
fn matches(
    detector: &Detector,
    body: &[u8],
    what: &str,
    coverage: &mut Coverage,
) -> (Vec<Match>, bool) {
    let mut first = First { found: Vec::new(), tally: Tally::of_content() };
    let mut cut = false;
    if body.len() <= IN_ONE_GO {
        first.found = detector.matches_or(body, &mut || cut = true);
        let tally = &first.tally;
        first.found.retain(|found| tally.has_room(found.secret.own().is_some()));
    } else {
        // In pieces, so that what is not kept is not in memory either.
        let ended = Window::new().search(&mut &*body, u64::MAX, None, detector, &mut first);
        cut = ended.search_cut;
        first.found.sort_by_key(|found| (found.start, found.end));
    }
    if cut {
        coverage.skip(what.as_bytes(), Reason::SearchBound);
    }
    first.tally.note(what.as_bytes(), coverage);
    let is_whole = !cut && !first.tally.is_full();
    (first.found, is_whole)
}

/// The first matches in a body that is searched in pieces.
struct First {
    found: Vec<Match>,
    tally: Tally,
}

impl Watcher for First {
    fn found(&mut self, start: u64, _: &[u8], text: &[u8], found: Match) {
        if self.tally.has_room(found.secret.own().is_some()) {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let end = start.saturating_add(text.len());
            self.found.push(Match { start, end, ..found });
        }
    }

    fn passed(&mut self, _: &[u8]) {}
}

/// The names in a raw tree that hold offsets, which come in order. An entry is `mode name NUL id`,
/// and the bytes of an id may look like anything, so the entries are walked from the front. A
/// token cannot lie in an id: it is longer, and after an id comes a mode with a space.
pub(crate) struct Names<'b> {
    body: &'b [u8],
    id_length: usize,
    /// Where the entry begins that holds the last offset, and the one after it.
    entry: usize,
    next: usize,
}

impl<'b> Names<'b> {
    pub(crate) fn new(body: &'b [u8], id: &ObjectId) -> Self {
        let mut it = Self { body, id_length: id.kind().len_in_bytes(), entry: 0, next: 0 };
        it.next = it.end(0);
        it
    }

    /// Where the entry ends that begins at `start`.
    fn end(&self, start: usize) -> usize {
        let name = self.body.get(start..).and_then(|rest| rest.find_byte(0));
        name.map_or(usize::MAX, |end| start + end + 1 + self.id_length)
    }

    /// Where the name begins that holds `offset`.
    fn start(&mut self, offset: usize) -> usize {
        while self.next <= offset {
            self.entry = self.next;
            self.next = self.end(self.entry);
        }
        let mode = self.body[self.entry..offset].find_byte(b' ');
        mode.map_or(offset, |at| self.entry + at + 1)
    }

    /// The name that holds `offset`.
    pub(crate) fn with(&mut self, offset: u64) -> Option<&'b [u8]> {
        let offset = usize::try_from(offset).ok().filter(|offset| *offset < self.body.len())?;
        Some(name_at(self.body, self.start(offset)))
    }
}

fn name_at(body: &[u8], start: usize) -> &[u8] {
    let name = &body[start..];
    &name[..name.find_byte(0).unwrap_or(name.len())]
}

/// An entry of a tree that leads on.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) id: ObjectId,
    pub(crate) kind: EntryKind,
}

/// What a tree's entry leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Tree,
    /// A file, or the text of a link.
    Blob,
    /// A commit of another repository.
    Gitlink,
}

/// The entries of a tree's body; `Err` for the first one that cannot be decoded.
pub(crate) fn entries(
    body: &[u8],
    hash: gix::hash::Kind,
) -> impl Iterator<Item = Result<Entry<'_>, String>> {
    TreeRefIter::from_bytes(body, hash).map(|entry| {
        let entry = entry.map_err(|error| crate::error::reason(&error))?;
        let kind = match entry.mode.kind() {
            gix::objs::tree::EntryKind::Tree => EntryKind::Tree,
            gix::objs::tree::EntryKind::Commit => EntryKind::Gitlink,
            gix::objs::tree::EntryKind::Blob
            | gix::objs::tree::EntryKind::BlobExecutable
            | gix::objs::tree::EntryKind::Link => EntryKind::Blob,
        };
        Ok(Entry { name: entry.filename, id: entry.oid.to_owned(), kind })
    })
}

/// What a tag points to.
pub(crate) fn tag_target(body: &[u8], hash: gix::hash::Kind) -> Option<ObjectId> {
    object_id(text::header(body, "object")?, hash)
}
