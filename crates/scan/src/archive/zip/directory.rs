//! The directory at the end of a zip (APPNOTE 4.3.12 to 4.3.16), and its entries.

use std::io;

use super::super::bytes::{Bytes, exactly, some};
use super::entry::Meta;

/// Bytes of the end record and of the longest comment behind it.
pub(super) const END_AND_COMMENT: u64 = 22 + 65_535;

/// Where the directory is.
pub(super) struct Directory {
    pub(super) start: u64,
    pub(super) end: u64,
    /// By how much everything lies behind where it says: what stands before the archive.
    pub(super) shift: u64,
    pub(super) comment: Vec<u8>,
}

/// A member as the directory has it.
pub(super) struct Listed {
    pub(super) meta: Meta,
    pub(super) name: Vec<u8>,
    pub(super) comment: Vec<u8>,
    /// Where its own header is said to be.
    pub(super) local: u64,
    /// Where the next entry begins.
    pub(super) next: u64,
}

impl Directory {
    /// Looks for the end record from the end backwards; one whose comment ends where the file
    /// does is preferred to those that are only followed by something.
    pub(super) fn find(bytes: &dyn Bytes) -> io::Result<Option<Self>> {
        let from = bytes.len().saturating_sub(END_AND_COMMENT);
        let tail = some(bytes, from, END_AND_COMMENT as usize)?;
        let mut found = None;
        for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
            let Some(record) = tail[at..].first_chunk::<22>() else { continue };
            let end = at + 22 + usize::from(u16_at(record, 20));
            if end == tail.len() {
                found = Some(at);
                break;
            }
            if end < tail.len() && found.is_none() {
                found = Some(at);
            }
        }
        let Some(at) = found else { return Ok(None) };
        let record = &tail[at..];
        let comment = record[22..22 + usize::from(u16_at(record, 20))].to_vec();
        let at = from + at as u64;
        let mut end = at;
        let (mut size, mut start) = (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
        if let Some((large, size64, start64)) = large(bytes, at)? {
            (end, size, start) = (large, size64, start64);
        }
        // Where it says, or right before its end record, or nowhere.
        let before = end.saturating_sub(size);
        let is_at = |at| {
            let magic = exactly::<4>(bytes, at);
            magic.map(|magic| magic.is_some_and(|magic| &magic == b"PK\x01\x02"))
        };
        if start > end || (start != before && !is_at(start)? && is_at(before)?) {
            let shift = before.saturating_sub(start);
            return Ok(Some(Self { start: before, end, shift, comment }));
        }
        Ok(Some(Self { start, end, shift: 0, comment }))
    }
}

/// The end record of zip64, if there is one: where it is, and the directory's size and beginning.
fn large(bytes: &dyn Bytes, end: u64) -> io::Result<Option<(u64, u64, u64)>> {
    let Some(at) = end.checked_sub(20) else { return Ok(None) };
    let Some(locator) = exactly::<20>(bytes, at)? else { return Ok(None) };
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // Where it says, or right before, if something stands in front of the archive.
    for at in [u64_at(&locator, 8), at.saturating_sub(56)] {
        if let Some(record) = exactly::<56>(bytes, at)?
            && record.starts_with(b"PK\x06\x06")
        {
            return Ok(Some((at, u64_at(&record, 40), u64_at(&record, 48))));
        }
    }
    Ok(None)
}

impl Listed {
    /// The entry at `at`; `None` if there is none before `end`.
    pub(super) fn read(bytes: &dyn Bytes, at: u64, end: u64) -> io::Result<Option<Self>> {
        let Some(fixed) = exactly::<46>(bytes, at)? else { return Ok(None) };
        if !fixed.starts_with(b"PK\x01\x02") {
            return Ok(None);
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(&fixed, field)));
        let rest = some(bytes, at + 46, name + extra + comment)?;
        let next = at + 46 + (name + extra + comment) as u64;
        if rest.len() < name + extra + comment || next > end {
            return Ok(None);
        }
        let mut local = u64::from(u32_at(&fixed, 42));
        let mut meta = Meta {
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            crc: u32_at(&fixed, 16),
            packed: u64::from(u32_at(&fixed, 20)),
            size: u64::from(u32_at(&fixed, 24)),
        };
        enlarge(&rest[name..name + extra], &mut [&mut meta.size, &mut meta.packed, &mut local]);
        let (name, comment) = (rest[..name].to_vec(), rest[name + extra..].to_vec());
        Ok(Some(Self { meta, name, comment, local, next }))
    }
}

/// Puts the numbers of the zip64 extra field (APPNOTE 4.5.3) in the place of those too large for
/// their own.
pub(super) fn enlarge(extra: &[u8], fields: &mut [&mut u64]) {
    let mut rest = extra;
    while let [a, b, c, d, tail @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let Some((mut data, tail)) = tail.split_at_checked(length) else { return };
        rest = tail;
        if [*a, *b] != [1, 0] {
            continue;
        }
        for field in fields.iter_mut().filter(|field| ***field == u64::from(u32::MAX)) {
            let Some((number, more)) = data.split_first_chunk() else { return };
            **field = u64::from_le_bytes(*number);
            data = more;
        }
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
