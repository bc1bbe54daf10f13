//! One git object's body: its tokens as findings, and the ids it names.

use bstr::ByteSlice as _;
use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter};

use super::commit::Commit;
use super::open::object_id;
use super::text;
use crate::{
    Detector, Finding, LineCounter, Location, Match, Origin, Place, SourceKind, redact_bytes,
};

/// The findings in an object's body. Blobs are `source`; other objects know the source of each
/// part, and commits and tags who and when. Paths are left to the caller, but for a tree's entry,
/// whose name is its path so far.
pub(crate) fn findings(
    detector: &Detector,
    repository: &str,
    (kind, id, body): (Kind, &ObjectId, &[u8]),
    source: SourceKind,
) -> Vec<Finding> {
    let finding = |found: Match<'_>| {
        let (source, part) = match kind {
            Kind::Blob => (source, 0),
            Kind::Tree => {
                let id_length = id.kind().len_in_bytes();
                (SourceKind::TreeEntry, name_before(body, found.start, id_length))
            }
            Kind::Commit | Kind::Tag => text::part(kind, body, found.start),
        };
        let at = LineCounter::default().position_after(&body[part..found.start]);
        let mut location = Location::new(source, at, found.start as u64, found.len());
        location.repository = Some(repository.to_owned());
        location.object = Some(id.to_string());
        match kind {
            Kind::Commit => Commit::parse(*id, body).facts.add_to(&mut location),
            Kind::Tag => {
                let tagger = text::header(body, "tagger").map(text::signature);
                (location.author, location.date) = tagger.unwrap_or_default();
            }
            Kind::Tree => {
                location.path = Some(redact_bytes(name_at(body, part)));
            }
            Kind::Blob => {}
        }
        let place = Place::new(Origin::Object(id.as_bytes()), found.start as u64);
        Finding::new(&found, place, location)
    };
    detector.matches(body).map(finding).collect()
}

/// Where the name begins that holds `offset` of a raw tree. An entry is `mode name NUL id`, and
/// the bytes of an id may look like anything, so the entries are walked from the front. A token
/// cannot lie in an id: it is longer, and after an id comes a mode with a space.
fn name_before(body: &[u8], offset: usize, id_length: usize) -> usize {
    let mut start = 0;
    while let Some(end) = body[start..].find_byte(0).map(|at| start + at) {
        let next = end + 1 + id_length;
        if next > offset {
            break;
        }
        start = next;
    }
    body[start..offset].find_byte(b' ').map_or(offset, |at| start + at + 1)
}

/// The name in a raw tree that holds `offset`.
pub(crate) fn name_with<'b>(body: &'b [u8], offset: u64, id: &ObjectId) -> Option<&'b [u8]> {
    let offset = usize::try_from(offset).ok().filter(|offset| *offset < body.len())?;
    Some(name_at(body, name_before(body, offset, id.kind().len_in_bytes())))
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
