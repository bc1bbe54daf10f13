//! The bytes of what is remembered of a repository's history, version 2. Pure.
//!
//! ```text
//! patrol history v2\n   key (32 bytes)   width of ids (1 byte)
//! clean objects: u64   length of the ids' file: u64   its CRC-32: u32
//! packs:     count: u32, then of each: checksum, file of its index, its file
//! loose:     count: u32, then of each: id, file
//! dirty:     count: u32, then of each: id, 0 (not looked up) | 1 ways | 2 (there are more) ways
//! absent:    count: u32, then ids
//! gitlinks:  count: u32, then of each: id of a tree, number of an entry: u32
//! CRC-32 of all before
//! ```
//!
//! Numbers are little-endian. A file is size, nanoseconds and inode, a u64 each, and the CRC-32 of
//! its bytes (u32). Ways are their
//! count (u32) and of each the id of a commit, a count (u32) and as many numbers of entries (u32).
//! The ids' file holds the ids of the objects in the packs, one after the other. The checksums find
//! torn writes; against people the file's owner and mode are what protects.

use gix::ObjectId;

use super::{Dirty, SeenFile, SeenLoose, SeenPack, Stamp, Way};

const MAGIC: &[u8] = b"patrol history v2\n";

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) clean: u64,
    pub(super) ids_length: u64,
    pub(super) ids_sum: u32,
    pub(super) packs: Vec<SeenPack>,
    pub(super) loose: Vec<SeenLoose>,
    pub(super) dirty: Vec<Dirty>,
    pub(super) absent: Vec<ObjectId>,
    pub(super) gitlinks: Vec<(ObjectId, u32)>,
}

/// Writes a whole file.
pub(super) fn write(key: &[u8; 32], width: usize, said: &Said) -> Vec<u8> {
    let mut out = Out([MAGIC, key, &[width as u8]].concat());
    out.long(said.clean);
    out.long(said.ids_length);
    out.number(said.ids_sum);
    out.list(&said.packs, |out, SeenPack { checksum, index, data }| {
        out.id(checksum);
        out.file(*index);
        out.file(*data);
    });
    out.list(&said.loose, |out, SeenLoose { id, file }| {
        out.id(id);
        out.file(*file);
    });
    out.list(&said.dirty, |out, Dirty { id, ways, is_bounded }| {
        out.id(id);
        out.0.push(u8::from(ways.is_some()) + u8::from(ways.is_some() && *is_bounded));
        if let Some(ways) = ways {
            out.list(ways, |out, Way { commit, entries }| {
                out.id(commit);
                out.list(entries, |out, number| out.number(*number));
            });
        }
    });
    out.list(&said.absent, Out::id);
    out.list(&said.gitlinks, |out, (tree, number)| {
        out.id(tree);
        out.number(*number);
    });
    let sum = crc32fast::hash(&out.0);
    out.number(sum);
    out.0
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
    let (clean, ids_length, ids_sum) = (from.long()?, from.long()?, from.number()?);
    let packs = from.list(|from| {
        Some(SeenPack { checksum: from.id()?, index: from.file()?, data: from.file()? })
    })?;
    let loose = from.list(|from| Some(SeenLoose { id: from.id()?, file: from.file()? }))?;
    let dirty = from.list(|from| {
        let (id, known) = (from.id()?, from.take(1)?[0]);
        let way = |from: &mut Bytes<'_>| {
            Some(Way { commit: from.id()?, entries: from.list(Bytes::number)? })
        };
        let ways = if known == 0 { None } else { Some(from.list(way)?) };
        Some(Dirty { id, ways, is_bounded: known == 2 })
    })?;
    let absent = from.list(Bytes::id)?;
    let gitlinks = from.list(|from| Some((from.id()?, from.number()?)))?;
    let said = Said { clean, ids_length, ids_sum, packs, loose, dirty, absent, gitlinks };
    from.left.is_empty().then_some(said)
}

struct Out(Vec<u8>);

impl Out {
    fn id(&mut self, id: &ObjectId) {
        self.0.extend_from_slice(id.as_slice());
    }

    fn number(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn long(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn file(&mut self, SeenFile { stamp, sum }: SeenFile) {
        self.long(stamp.size);
        self.0.extend(stamp.modified.to_le_bytes());
        self.long(stamp.inode);
        self.number(sum);
    }

    fn list<T>(&mut self, all: &[T], item: impl Fn(&mut Self, &T)) {
        self.number(all.len() as u32);
        all.iter().for_each(|it| item(self, it));
    }
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

    fn long(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn file(&mut self) -> Option<SeenFile> {
        let size = self.long()?;
        let modified = i64::from_le_bytes(self.take(8)?.try_into().ok()?);
        let stamp = Stamp { size, modified, inode: self.long()? };
        Some(SeenFile { stamp, sum: self.number()? })
    }

    fn id(&mut self) -> Option<ObjectId> {
        ObjectId::try_from(self.take(self.width)?).ok()
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
        let file = |n: u8| SeenFile {
            stamp: Stamp { size: n.into(), modified: -i64::from(n), inode: 1 << 40 },
            sum: 77,
        };
        let ways = vec![
            Way { commit: id(5), entries: vec![3, 0, 70_000] },
            Way { commit: id(5), entries: Vec::new() },
        ];
        let dirty = |n, ways, is_bounded| Dirty { id: id(n), ways, is_bounded };
        let said = Said {
            clean: 11,
            ids_length: 60,
            ids_sum: 7,
            packs: vec![SeenPack { checksum: id(1), index: file(1), data: file(2) }],
            loose: vec![SeenLoose { id: id(2), file: file(3) }],
            dirty: vec![
                dirty(4, Some(ways.clone()), false),
                dirty(6, Some(Vec::new()), false),
                dirty(9, None, false),
                dirty(10, Some(ways), true),
            ],
            absent: vec![id(7)],
            gitlinks: vec![(id(8), 4)],
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
