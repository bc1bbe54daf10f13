//! A pack and its index, mapped: where each entry lies, and whether its bytes are those that were
//! indexed.
//!
//! Format: git's `gitformat-pack`. Sizes, counts and checksums are compared before anything is
//! believed; an entry has to fill the room up to the next one, so nothing lies between two.

use std::path::Path;
use std::sync::OnceLock;

use gix::objs::Kind;
use gix::odb::pack::cache::Never;
use gix::odb::pack::data::decode::entry::ResolvedBase;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};
use gix::{ObjectId, oid};

use super::super::unread::{MAX_OBJECT, Unread};
use super::fan::Fan;
use super::inflate::{Inflate, MAX_RATIO};
use crate::Reason;
use crate::cache::{SeenFile, SeenPack, Stamp};
use crate::error::reason;

/// A pack whose index fits to it.
pub(crate) struct Pack {
    data: data::File,
    index: index::File,
    /// Of the index and of the pack, from before they were opened.
    stamps: (Stamp, Stamp),
    fan: OnceLock<Fan>,
}

/// The beginning of an entry, and its deflated bytes.
pub(crate) struct Entry<'p> {
    pub(crate) header: Header,
    /// Bytes when inflated: of the object, or of the delta.
    pub(crate) size: usize,
    deflated: &'p [u8],
}

impl Pack {
    /// Maps a pack by the path of its index.
    ///
    /// # Errors
    /// Why the two cannot be used.
    pub(crate) fn open(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let packed = path.with_extension("pack");
        let stamps = (Stamp::of(path), Stamp::of(&packed));
        let index = index::File::at(path, hash).map_err(|error| reason(&error))?;
        let data = data::File::at(packed, hash)
            .map_err(|error| reason(&error))?
            .with_alloc_limit_bytes(Some(MAX_OBJECT));
        if data.num_objects() != index.num_objects() {
            return Err("its index lists another number of objects".to_owned());
        }
        if data.checksum() != index.pack_checksum() {
            return Err("its index is that of another pack".to_owned());
        }
        Ok(Self { data, index, stamps, fan: OnceLock::new() })
    }

    /// How many objects it holds.
    pub(crate) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The id at a place of the index, which is sorted by ids.
    pub(crate) fn id(&self, place: u32) -> &oid {
        self.index.oid_at_index(place)
    }

    /// Where the entry at a place of the index begins.
    pub(crate) fn offset(&self, place: u32) -> u64 {
        self.index.pack_offset_at_index(place)
    }

    /// The place of an id in the index.
    pub(crate) fn find(&self, id: &oid) -> Option<u32> {
        match self.fan.get() {
            Some(fan) => fan.find(id, |place| self.id(place)),
            None => self.index.lookup(id),
        }
    }

    /// Prepares for a great many look-ups.
    pub(crate) fn prepare(&self) {
        self.fan.get_or_init(|| Fan::new(self.len(), |place| self.id(place)));
    }

    /// Where the entries end.
    pub(crate) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// The checksum of all its bytes, by which it is known.
    pub(crate) fn checksum(&self) -> ObjectId {
        self.data.checksum()
    }

    /// Whether its files are those that are remembered.
    pub(crate) fn is_same(&self, seen: &SeenPack) -> bool {
        let (index, data) = self.stamps;
        seen.index.is(self.index.path(), index) && seen.data.is(self.data.path(), data)
    }

    /// What is to be remembered of it, given what is remembered already.
    pub(crate) fn seen(&self, before: Option<&SeenPack>) -> SeenPack {
        let (index, data) = self.stamps;
        SeenPack {
            checksum: self.checksum(),
            index: SeenFile::of(self.index.path(), index, before.map(|it| it.index)),
            data: SeenFile::of(self.data.path(), data, before.map(|it| it.data)),
        }
    }

    /// Reads one object by itself, wherever what it is made of lies in this pack.
    pub(crate) fn read(&self, id: &oid, body: &mut Vec<u8>) -> Option<Kind> {
        let at = |offset| {
            let bytes = self.data.entry_slice(offset..self.end())?;
            data::Entry::from_bytes(bytes, offset, self.data.object_hash()).ok()
        };
        let entry = at(self.offset(self.find(id)?))?;
        let resolve = |base: &oid, _: &mut Vec<u8>| {
            let found = self.find(base).and_then(|place| at(self.offset(place)));
            Ok(found.map(ResolvedBase::InPack))
        };
        let mut inflate = gix::zlib::Inflate::default();
        let made = self.data.decode_entry(entry, body, &mut inflate, &resolve, &mut Never);
        let made = made.ok()?;
        body.truncate(usize::try_from(made.object_size).ok()?);
        Some(made.kind)
    }

    /// What base an entry names, without a look at its content. `None`: its header is damaged.
    pub(crate) fn header(&self, start: u64) -> Option<Header> {
        // A header has at most 10 bytes of size and 10 of distance, or an id.
        let end = start.saturating_add(64).min(self.end());
        let bytes = self.data.entry_slice(start..end)?;
        Some(data::Entry::from_bytes(bytes, start, self.data.object_hash()).ok()?.header)
    }

    /// The entry between two offsets, its bytes checked against the index.
    pub(crate) fn entry(&self, place: u32, start: u64, end: u64) -> Result<Entry<'_>, Unread> {
        let bytes = self.data.entry_slice(start..end).filter(|_| start >= 12 && end <= self.end());
        let bytes = bytes.ok_or_else(|| Unread::damaged("it lies outside its pack"))?;
        if self.index.crc32_at_index(place).is_some_and(|sum| sum != crc32fast::hash(bytes)) {
            return Err(Unread::damaged("its bytes are not those that were indexed"));
        }
        let entry = data::Entry::from_bytes(bytes, start, self.data.object_hash())
            .map_err(|error| Unread::damaged(&reason(&error)))?;
        let deflated = &bytes[entry.header_size()..];
        if entry.decompressed_size > MAX_OBJECT as u64 {
            return Err(Unread { reason: Reason::TooLarge, detail: None });
        }
        let size = entry.decompressed_size as usize;
        // No deflated stream holds more, so no memory is asked for on the word of a header.
        if size > deflated.len().saturating_mul(MAX_RATIO) {
            return Err(Unread::damaged("it says to be larger than it can be"));
        }
        Ok(Entry { header: entry.header, size, deflated })
    }
}

impl Entry<'_> {
    /// Inflates the entry into the beginning of `out`, which grows as needed and keeps its length.
    pub(crate) fn inflate<'o>(
        &self,
        inflate: &mut Inflate,
        out: &'o mut Vec<u8>,
    ) -> Result<&'o [u8], Unread> {
        if out.len() < self.size {
            out.resize(self.size, 0);
        }
        inflate.whole(self.deflated, &mut out[..self.size]).map_err(Unread::damaged)?;
        Ok(&out[..self.size])
    }
}
