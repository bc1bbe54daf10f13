//! A few objects out of a large database, read without opening it whole: that goes through all
//! offsets of each pack's index, and a staged scan asks for a commit and some trees.
//!
//! Format: git's `gitformat-pack`, an index of version 2. Whatever is not as expected, or is not
//! found here, is left to the database, which knows every form and says what is wrong.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::objs::Kind;
use gix::odb::loose;
use gix::odb::pack::cache::Never;
use gix::odb::pack::data;
use gix::odb::pack::data::decode::entry::ResolvedBase;
use gix::{ObjectId, oid};

use super::unread::MAX_OBJECT;

/// Objects that are read so. Whoever asks for more is better off with the database, which keeps
/// what others are made of.
const MOST: usize = 64;

/// Bytes of ids with the same first byte that are read at a time; there are more of them in a pack
/// of seventeen million objects or so.
const IDS_MAX: usize = 2 << 20;

/// A magic number, a version and 256 counts.
const HEADER: usize = 8 + FAN;
const FAN: usize = 256 * 4;

/// The packs and loose objects of some directories. Clones share what they have left to read.
#[derive(Clone)]
pub(crate) struct Lookup(Arc<Stores>);

struct Stores {
    loose: Vec<loose::Store>,
    packs: Vec<Pack>,
    asked: AtomicUsize,
}

impl Lookup {
    pub(crate) fn new(directories: &[PathBuf], hash: gix::hash::Kind) -> Self {
        let options = loose::Options { alloc_limit_bytes: Some(MAX_OBJECT), ..Default::default() };
        let loose = directories.iter().map(|it| loose::Store::at_opts(it, hash, options)).collect();
        let entries = directories.iter().flat_map(|it| fs::read_dir(it.join("pack"))).flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let indexes = paths.filter(|path| path.extension().is_some_and(|it| it == "idx"));
        let packs = indexes.filter_map(|index| Pack::open(&index, hash)).collect();
        Self(Arc::new(Stores { loose, packs, asked: AtomicUsize::new(0) }))
    }

    /// Reads an object into `body`, if that is simple.
    pub(crate) fn read(&self, id: &oid, body: &mut Vec<u8>) -> Option<Kind> {
        let Stores { loose, packs, asked } = &*self.0;
        if asked.fetch_add(1, Ordering::Relaxed) >= MOST {
            return None;
        }
        if let Some(store) = loose.iter().find(|store| store.contains(id)) {
            let found = store.try_find(id, body).ok()??;
            let (kind, length) = (found.kind, found.data.len());
            body.truncate(length);
            return Some(kind);
        }
        packs.iter().find_map(|pack| pack.read(id, body))
    }
}

struct Pack {
    index: File,
    fan: Vec<u8>,
    /// Bytes of an id.
    width: usize,
    data: data::File,
}

impl Pack {
    fn open(path: &Path, hash: gix::hash::Kind) -> Option<Self> {
        let index = File::open(path).ok()?;
        let mut header = [0; HEADER];
        index.read_exact_at(&mut header, 0).ok()?;
        let fan = header.strip_prefix(b"\xfftOc\0\0\0\x02")?.to_vec();
        let data = data::File::at(path.with_extension("pack"), hash).ok()?;
        let data = data.with_alloc_limit_bytes(Some(MAX_OBJECT));
        let it = Self { index, fan, width: hash.len_in_bytes(), data };
        // The index of this pack, and not of one that was there before under its name.
        let end = it.index.metadata().ok()?.len().checked_sub(2 * it.width as u64)?;
        let sum = ObjectId::try_from(it.at(end, it.width)?.as_slice()).ok()?;
        let is_its = it.data.num_objects() == it.fan(255)? && it.data.checksum() == sum;
        is_its.then_some(it)
    }

    /// How many ids have this first byte or a lower one.
    fn fan(&self, byte: u8) -> Option<u32> {
        let at = usize::from(byte) * 4;
        Some(u32::from_be_bytes(self.fan.get(at..at + 4)?.try_into().ok()?))
    }

    fn at(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.index.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }

    /// Where the entry of an id begins.
    fn offset(&self, id: &oid) -> Option<u64> {
        let first = id.first_byte();
        let start = first.checked_sub(1).map_or(Some(0), |before| self.fan(before))?;
        let count = self.fan(first)?.checked_sub(start)? as usize;
        let width = self.width;
        if count * width > IDS_MAX {
            return None;
        }
        let header = HEADER as u64;
        let ids = self.at(header + u64::from(start) * width as u64, count * width)?;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = (low + high) / 2;
            match ids[middle * width..][..width].cmp(id.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => high = middle,
            }
        }
        if low == count || ids[low * width..][..width] != *id.as_bytes() {
            return None;
        }
        let (all, place) = (u64::from(self.fan(255)?), u64::from(start) + low as u64);
        // Behind the ids a checksum of each entry, then an offset of each.
        let offsets = header + all * (width as u64 + 4);
        let offset = self.at(offsets + place * 4, 4)?;
        let offset = u32::from_be_bytes(offset.try_into().ok()?);
        // In packs of more than 2 GiB it may stand in a further list.
        let Some(far) = offset.checked_sub(1 << 31) else { return Some(u64::from(offset)) };
        let far = self.at(offsets + all * 4 + u64::from(far) * 8, 8)?;
        Some(u64::from_be_bytes(far.try_into().ok()?))
    }

    fn read(&self, id: &oid, body: &mut Vec<u8>) -> Option<Kind> {
        let end = self.data.pack_end() as u64;
        let at = |offset: u64| {
            let bytes = self.data.entry_slice(offset..end)?;
            data::Entry::from_bytes(bytes, offset, self.data.object_hash()).ok()
        };
        let entry = at(self.offset(id)?)?;
        let resolve = |base: &oid, _: &mut Vec<u8>| {
            Ok(self.offset(base).and_then(at).map(ResolvedBase::InPack))
        };
        let mut inflate = gix::zlib::Inflate::default();
        let made = self.data.decode_entry(entry, body, &mut inflate, &resolve, &mut Never).ok()?;
        body.truncate(usize::try_from(made.object_size).ok()?);
        Some(made.kind)
    }
}
