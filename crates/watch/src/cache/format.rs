//! The bytes of a seen-cache, version 1. Pure.
//!
//! ```text
//! patrol seen v1\n   key (32 bytes)   width (1 byte)   CRC-32 of all before
//! then records:      clean: u32   again: u32   clean ids   again ids   CRC-32 of the record
//! ```
//!
//! Numbers are little-endian. `again` of the last record is the one that counts: a record holds
//! what a walk found clean together with what it leaves to be asked again, so that neither is ever
//! on disk without the other. The checksums find torn writes; against people the file's owner and
//! mode are what protects.

use patrol_scan::source::git::ObjectId;

const MAGIC: &[u8] = b"patrol seen v1\n";

/// Bytes of the header.
pub(super) const HEADER_LEN: usize = MAGIC.len() + 32 + 1 + 4;

/// What a cache remembers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Read and found clean.
    pub(super) clean: Vec<ObjectId>,
    /// To be asked again.
    pub(super) again: Vec<ObjectId>,
}

/// The beginning of a file for ids of `width` bytes.
pub(super) fn header(key: &[u8; 32], width: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_LEN);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(key);
    bytes.push(width);
    close(bytes, 0)
}

/// One record. The slices hold ids of the header's width, one after the other.
pub(super) fn record<'i>(
    width: u8,
    clean: impl Iterator<Item = &'i [u8]>,
    again: impl Iterator<Item = &'i [u8]>,
) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    let mut put = |ids: &mut dyn Iterator<Item = &'i [u8]>| {
        let mut count: u32 = 0;
        for id in ids.filter(|id| id.len() == usize::from(width)) {
            bytes.extend_from_slice(id);
            count += 1;
        }
        count
    };
    let mut clean = clean;
    let mut again = again;
    let counts = [put(&mut clean), put(&mut again)];
    bytes[..4].copy_from_slice(&counts[0].to_le_bytes());
    bytes[4..8].copy_from_slice(&counts[1].to_le_bytes());
    close(bytes, 0)
}

/// Reads a whole file. `None`: torn, foreign, of another version or for another key.
pub(super) fn read(bytes: &[u8], key: &[u8; 32]) -> Option<Memory> {
    let (head, mut rest) = bytes.split_at_checked(HEADER_LEN)?;
    let head = open(head)?;
    let (start, width) = head.split_at_checked(MAGIC.len() + 32)?;
    if start != [MAGIC, key].concat() {
        return None;
    }
    let width = usize::from(width[0]);
    let mut memory = Memory::default();
    while !rest.is_empty() {
        let number = |at: usize| {
            let bytes: [u8; 4] = rest.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_le_bytes(bytes)).ok()
        };
        let (clean, again) = (number(0)?, number(4)?);
        let length = clean.checked_add(again)?.checked_mul(width)?.checked_add(12)?;
        let (record, after) = rest.split_at_checked(length)?;
        let mut ids = open(record)?[8..].chunks_exact(width).map(ObjectId::try_from);
        for id in ids.by_ref().take(clean) {
            memory.clean.push(id.ok()?);
        }
        memory.again = ids.collect::<Result<_, _>>().ok()?;
        rest = after;
    }
    Some(memory)
}

/// Puts the checksum of everything from `start` behind it.
fn close(mut bytes: Vec<u8>, start: usize) -> Vec<u8> {
    let sum = crc32fast::hash(&bytes[start..]);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// The content before a checksum that fits.
fn open(bytes: &[u8]) -> Option<&[u8]> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    (crc32fast::hash(content).to_le_bytes() == sum).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[n; 20])
    }

    fn slices(ids: &[ObjectId]) -> impl Iterator<Item = &[u8]> {
        ids.iter().map(ObjectId::as_slice)
    }

    fn file() -> (Vec<u8>, Memory) {
        let mut bytes = header(&[7; 32], 20);
        bytes.extend(record(20, slices(&[id(1), id(2)]), slices(&[id(3)])));
        bytes.extend(record(20, slices(&[id(4)]), slices(&[id(5), id(6)])));
        (bytes, Memory { clean: vec![id(1), id(2), id(4)], again: vec![id(5), id(6)] })
    }

    #[test]
    fn what_was_written_is_read_and_the_last_again_counts() {
        let (bytes, memory) = file();
        assert_eq!(read(&bytes, &[7; 32]), Some(memory));
        assert_eq!(read(&header(&[7; 32], 32), &[7; 32]), Some(Memory::default()));
        assert_eq!(read(&bytes, &[8; 32]), None);
    }

    #[test]
    fn torn_and_changed_files_are_refused_wherever_it_happened() {
        let (bytes, _) = file();
        let whole_records = [HEADER_LEN, HEADER_LEN + 12 + 3 * 20, bytes.len()];
        for end in 0..bytes.len() {
            let cut = read(&bytes[..end], &[7; 32]);
            assert_eq!(cut.is_some(), whole_records.contains(&end), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            assert_eq!(read(&changed, &[7; 32]), None, "changed at {at}");
        }
    }
}
