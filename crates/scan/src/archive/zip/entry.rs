//! One member of a zip: its own header, and its content by the method that it is compressed with.

use std::io::{self, BufRead as _, Read};

use bzip2::bufread::BzDecoder;
use deflate64::Deflate64Decoder;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use lzma_rust2::LzmaReader;

use super::super::Inside;
use super::super::bytes::{Bytes, Finder, Span, exactly, some};
use super::super::decode::{Decoder, TABLES, reserve};
use super::super::job::{Fault, Job, Path};
use super::super::kind::Kind;
use super::super::member;
use super::directory::{enlarge, u16_at, u32_at};
use crate::Reason;

/// What a header says about a content.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

const ENCRYPTED: u16 = 1;
const SIZES_BEHIND: u16 = 8;
const STORED: u16 = 0;
const AES: u16 = 99;

impl Meta {
    /// Whether two headers of one member give it different contents.
    pub(super) fn disagrees(&self, other: &Self) -> bool {
        self.method != other.method
            || (self.flags ^ other.flags) & ENCRYPTED != 0
            || (self.method == STORED
                && self.flags & SIZES_BEHIND == 0
                && self.packed != other.packed)
    }
}

/// The header that stands before a member's content.
pub(super) struct Local {
    pub(super) meta: Meta,
    pub(super) name: Vec<u8>,
    pub(super) at: u64,
    /// Where the content begins.
    pub(super) data: u64,
    version: u16,
}

impl Local {
    /// The header at `at`; `None` if there is none.
    pub(super) fn read(bytes: &dyn Bytes, at: u64) -> io::Result<Option<Self>> {
        let Some(fixed) = exactly::<30>(bytes, at)?.filter(|it| it.starts_with(super::LOCAL))
        else {
            return Ok(None);
        };
        let [name, extra] = [26, 28].map(|field| usize::from(u16_at(&fixed, field)));
        let rest = some(bytes, at + 30, name + extra)?;
        if rest.len() < name + extra {
            return Ok(None);
        }
        let mut meta = Meta {
            flags: u16_at(&fixed, 6),
            method: u16_at(&fixed, 8),
            crc: u32_at(&fixed, 14),
            packed: u64::from(u32_at(&fixed, 18)),
            size: u64::from(u32_at(&fixed, 22)),
        };
        enlarge(&rest[name..], &mut [&mut meta.size, &mut meta.packed]);
        let data = at + 30 + (name + extra) as u64;
        let version = u16_at(&fixed, 4);
        Ok(Some(Self { meta, name: rest[..name].to_vec(), at, data, version }))
    }

    /// Whether four bytes that begin as a header does are one, in a stretch where nothing says so.
    pub(super) fn is_plausible(&self) -> bool {
        // The upper byte is a system, the lower one a version up to 6.3.
        self.version & 0xff <= 63 && self.meta.method <= AES && !self.name.is_empty()
    }
}

/// Searches the content of the member at `path`. Answers where its bytes end.
pub(super) fn open(
    job: &Job<'_>,
    path: &Path<'_>,
    whole: &dyn Bytes,
    meta: &Meta,
    local: &Local,
    inside: &mut Inside,
) -> u64 {
    inside.cover(local.at, local.data);
    let mut span = Span::new(whole, local.data, whole.len());
    match content(job, path, whole, meta, &mut span, inside) {
        Ok(()) => span.position(),
        Err(fault) => {
            job.fault(path, &fault);
            // Looked on for members right behind the header: its sizes are not to be trusted.
            if fault.reason == Reason::Damaged { local.data } else { skipped(local.data, meta) }
        }
    }
}

fn skipped(data: u64, meta: &Meta) -> u64 {
    data.saturating_add(meta.packed)
}

fn content<'b>(
    job: &Job<'_>,
    path: &Path<'_>,
    whole: &'b dyn Bytes,
    meta: &Meta,
    span: &mut Span<'b>,
    inside: &mut Inside,
) -> Result<(), Fault> {
    if meta.flags & ENCRYPTED != 0 || meta.method == AES {
        return Err(Fault::new(Reason::Encrypted, "it needs a password"));
    }
    let data = span.position();
    let has_sizes = meta.flags & SIZES_BEHIND == 0 || meta.packed > 0;
    if meta.method == STORED {
        let packed = if has_sizes { meta.packed } else { up_to_next(whole, data)? - data };
        let end = data.saturating_add(packed);
        let mut stored = Span::new(whole, data, end);
        let read = Content::new(&mut stored);
        let bytes = checked(job, path, read, meta, has_sizes, inside)?;
        inside.cover(data, data + bytes);
        *span = Span::new(whole, data + bytes, whole.len());
        return Ok(());
    }
    let head = span.fill_buf()?.to_vec();
    let mut decode = |read: &mut dyn Read| {
        checked(job, path, Content::new(read), meta, has_sizes, inside).map(drop)
    };
    match meta.method {
        8 => decode(&mut DeflateDecoder::new(span)),
        9 => decode(&mut Deflate64Decoder::with_buffer(span)),
        12 => decode(&mut BzDecoder::new(span)),
        14 => {
            let [_, _, size, high, props, dictionary @ ..] = lzma_header(span)?;
            let size = u16::from_le_bytes([size, high]);
            if size != 5 {
                return Err(Fault::damaged("its LZMA header is none"));
            }
            let known = if has_sizes { meta.size } else { u64::MAX };
            // Four kilobytes is the least a decoder takes; more than the content is never used.
            let dictionary = u64::from(u32::from_le_bytes(dictionary)).min(known).max(4096);
            let _memory = reserve(&job.bounds, dictionary + TABLES)?;
            let dictionary = u32::try_from(dictionary).unwrap_or(u32::MAX);
            let end_mark = meta.flags & 2 != 0;
            let size = if end_mark || !has_sizes { u64::MAX } else { meta.size };
            decode(&mut LzmaReader::new_with_props(span, size, props, dictionary, None)?)
        }
        93 => decode(&mut Decoder::begin(&job.bounds, Kind::Zstd, &head, span)?),
        95 => decode(&mut Decoder::begin(&job.bounds, Kind::Xz, &head, span)?),
        other => {
            let detail = format!("compression method {other} cannot be read");
            Err(Fault::new(Reason::Unsupported, detail))
        }
    }
}

fn lzma_header(span: &mut Span<'_>) -> io::Result<[u8; 9]> {
    let mut header = [0; 9];
    span.read_exact(&mut header)?;
    Ok(header)
}

/// Where a stored content ends whose size stands behind it: at the next thing that a zip has.
fn up_to_next(whole: &dyn Bytes, from: u64) -> io::Result<u64> {
    let mut finder = Finder::new(whole);
    let mut end = whole.len();
    for magic in [b"PK\x07\x08", b"PK\x03\x04", b"PK\x01\x02"] {
        end = finder.find(magic, from, end)?.unwrap_or(end);
    }
    Ok(end)
}

/// Searches a content, and compares it with what its header says of it.
fn checked(
    job: &Job<'_>,
    path: &Path<'_>,
    mut content: Content<'_>,
    meta: &Meta,
    has_sizes: bool,
    inside: &mut Inside,
) -> Result<u64, Fault> {
    if path.is_directory() && meta.size == 0 && meta.packed == 0 {
        return Ok(0);
    }
    let searched = member::search(job, path, &mut content, inside);
    if !searched.is_whole {
        // It is in the coverage.
        return Ok(searched.bytes);
    }
    let fault = if has_sizes && searched.bytes != meta.size {
        Some(format!("it has {} bytes instead of {}", searched.bytes, meta.size))
    } else if has_sizes && content.crc.sum() != meta.crc {
        Some("its checksum is wrong".to_owned())
    } else {
        None
    };
    if let Some(detail) = fault {
        job.fault(path, &Fault::damaged(detail));
    }
    Ok(searched.bytes)
}

/// A content with its checksum.
struct Content<'c> {
    input: &'c mut dyn Read,
    crc: Crc,
}

impl<'c> Content<'c> {
    fn new(input: &'c mut dyn Read) -> Self {
        Self { input, crc: Crc::new() }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.crc.update(&buffer[..n]);
        Ok(n)
    }
}
