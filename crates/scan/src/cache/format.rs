//! The bytes of what is remembered of a repository's history, version 1. Pure.
//!
//! ```text
//! patrol history v1\n   key (32 bytes)   width of ids (1 byte)
//! clean objects: u64   length of the ids' file: u64   its CRC-32: u32
//! packs:     count: u32, then checksums
//! loose:     count: u32, then ids
//! dirty:     count: u32, then of each: id, 0 (not looked up) | 1 (unknown) | 2 commit, path
//! absent:    count: u32, then ids
//! gitlinks:  count: u32, then of each: id, name
//! CRC-32 of all before
//! ```
//!
//! Numbers are little-endian; paths and names are their length (u32) and their bytes. The ids'
//! file holds the ids of the objects in the packs, one after the other. The checksums find torn
//! writes; against people the file's owner and mode are what protects.

use bstr::BString;
use gix::ObjectId;

use super::{Dirty, Origin};

const MAGIC: &[u8] = b"patrol history v1\n";

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) clean: u64,
    pub(super) ids_length: u64,
    pub(super) ids_sum: u32,
    pub(super) packs: Vec<ObjectId>,
    pub(super) loose: Vec<ObjectId>,
    pub(super) dirty: Vec<Dirty>,
    pub(super) absent: Vec<ObjectId>,
    pub(super) gitlinks: Vec<(ObjectId, BString)>,
}

/// Writes a whole file.
pub(super) fn write(key: &[u8; 32], width: usize, said: &Said) -> Vec<u8> {
    let mut out = [MAGIC, key, &[width as u8]].concat();
    out.extend(said.clean.to_le_bytes());
    out.extend(said.ids_length.to_le_bytes());
    out.extend(said.ids_sum.to_le_bytes());
    let number = |out: &mut Vec<u8>, count: usize| out.extend((count as u32).to_le_bytes());
    let text = |out: &mut Vec<u8>, text: &[u8]| {
        number(out, text.len());
        out.extend_from_slice(text);
    };
    for ids in [&said.packs, &said.loose] {
        number(&mut out, ids.len());
        ids.iter().for_each(|id| out.extend_from_slice(id.as_slice()));
    }
    number(&mut out, said.dirty.len());
    for Dirty { id, is_asked, origin } in &said.dirty {
        out.extend_from_slice(id.as_slice());
        out.push(u8::from(*is_asked) + u8::from(origin.is_some()));
        if let Some(Origin { commit, path }) = origin {
            out.extend_from_slice(commit.as_slice());
            text(&mut out, path);
        }
    }
    number(&mut out, said.absent.len());
    said.absent.iter().for_each(|id| out.extend_from_slice(id.as_slice()));
    number(&mut out, said.gitlinks.len());
    for (id, name) in &said.gitlinks {
        out.extend_from_slice(id.as_slice());
        text(&mut out, name);
    }
    let sum = crc32fast::hash(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// Reads a whole file. `None`: torn, foreign, of another version or for another key.
pub(super) fn read(bytes: &[u8], key: &[u8; 32], width: usize) -> Option<Said> {
    let (bytes, sum) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(bytes) != u32::from_le_bytes(*sum) {
        return None;
    }
    let mut from = Bytes { left: bytes, width };
    let head = from.take(MAGIC.len() + 33)?;
    if head != [MAGIC, key, &[width as u8]].concat() {
        return None;
    }
    let clean = u64::from_le_bytes(from.take(8)?.try_into().ok()?);
    let ids_length = u64::from_le_bytes(from.take(8)?.try_into().ok()?);
    let ids_sum = from.number()?;
    let packs = from.list(Bytes::id)?;
    let loose = from.list(Bytes::id)?;
    let dirty = from.list(|from| {
        let id = from.id()?;
        let (is_asked, origin) = match from.take(1)? {
            [0] => (false, None),
            [1] => (true, None),
            _ => (true, Some(Origin { commit: from.id()?, path: from.text()? })),
        };
        Some(Dirty { id, is_asked, origin })
    })?;
    let absent = from.list(Bytes::id)?;
    let gitlinks = from.list(|from| Some((from.id()?, from.text()?)))?;
    let said = Said { clean, ids_length, ids_sum, packs, loose, dirty, absent, gitlinks };
    from.left.is_empty().then_some(said)
}

struct Bytes<'b> {
    left: &'b [u8],
    width: usize,
}

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn id(&mut self) -> Option<ObjectId> {
        ObjectId::try_from(self.take(self.width)?).ok()
    }

    fn text(&mut self) -> Option<BString> {
        let length = usize::try_from(self.number()?).ok()?;
        Some(self.take(length)?.into())
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        // No room is made on the word of a number.
        (0..self.number()?).map(|_| item(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let id = |n: u8| ObjectId::from_bytes_or_panic(&[n; 20]);
        let origin = Some(Origin { commit: id(5), path: "a/b".into() });
        let said = Said {
            clean: 11,
            ids_length: 60,
            ids_sum: 7,
            packs: vec![id(1)],
            loose: vec![id(2), id(3)],
            dirty: vec![
                Dirty { id: id(4), is_asked: true, origin },
                Dirty { id: id(6), is_asked: true, origin: None },
                Dirty { id: id(9), is_asked: false, origin: None },
            ],
            absent: vec![id(7)],
            gitlinks: vec![(id(8), "sub".into())],
        };
        let bytes = write(&[9; 32], 20, &said);
        assert_eq!(read(&bytes, &[9; 32], 20), Some(said));
        assert_eq!(read(&bytes, &[8; 32], 20), None);
        assert_eq!(read(&bytes, &[9; 32], 32), None);
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], &[9; 32], 20), None, "cut at {end}");
            let mut changed = bytes.clone();
            changed[end] ^= 0x40;
            assert_eq!(read(&changed, &[9; 32], 20), None, "changed at {end}");
        }
    }
}
