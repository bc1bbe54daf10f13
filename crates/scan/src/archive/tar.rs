//! tar: ustar, GNU and pax archives, and those of v7 unix.
//!
//! The archive is read to its very end: members behind the mark that ends it, and behind a header
//! that is damaged, are members nevertheless. Nobody's tar shows them; a thief's may.

use std::io::{self, Read as _};

use super::Inside;
use super::job::{Fault, Job, Path};
use super::kind::{BLOCK, Kind, is_tar_header, octal};
use super::member;
use super::tap::{Part, Tap};

/// Bytes of a long name, or of the extended headers of one member, that are held. What is longer
/// was searched as raw bytes.
const EXTENDED: u64 = 1024 * 1024;

/// Opens the archive at which the content stands.
pub(super) fn open(job: &Job<'_>, path: &Path<'_>, tap: &mut Tap<'_>) -> Result<(), Fault> {
    let mut ahead = Ahead::default();
    let mut zeros = 0;
    let mut is_broken = false;
    while !job.has_stopped() {
        let at = tap.position();
        let head = tap.head();
        if head.len() < BLOCK {
            // Behind the mark may be anything: what is an archive is opened by whoever called.
            return match zeros == 0 && !tap.has_failed() && !is_broken {
                true => Err(Fault::damaged("it ends without its end mark")),
                false => Ok(()),
            };
        }
        let mut block = [0; BLOCK];
        block.copy_from_slice(&head[..BLOCK]);
        if block == [0; BLOCK] {
            zeros += 1;
        } else if is_tar_header(&block) {
            tap.take(BLOCK);
            tap.inside.cover(at, tap.position());
            one(job, path, tap, &Header(block), &mut ahead)?;
            continue;
        } else if zeros > 0 && Kind::of(&block).is_some() {
            return Ok(()); // something else follows
        } else if zeros == 0 && !is_broken {
            is_broken = true;
            job.fault(path, &Fault::damaged("the checksum of a header is wrong"));
        }
        tap.take(BLOCK);
    }
    Ok(())
}

/// What the headers before a member say about it.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    texts: Vec<u8>,
}

struct Header([u8; BLOCK]);

impl Header {
    fn name(&self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        let prefix = text(&self.0[345..500]);
        // The prefix is POSIX's; GNU keeps times there.
        match self.0[257..263] == *b"ustar\0" && !prefix.is_empty() {
            true => [prefix, b"/", name].concat(),
            false => name.to_vec(),
        }
    }

    fn size(&self) -> Option<u64> {
        let field = &self.0[124..136];
        if field[0] & 0x80 == 0 {
            return octal(field).or_else(|| text(field).is_empty().then_some(0));
        }
        // GNU's form for large numbers: 95 bits, the highest first. Negative ones are no size.
        let high = field[..4] == [0x80, 0, 0, 0];
        let low = field[4..].try_into().ok().map(u64::from_be_bytes);
        low.filter(|size| high && *size < 1 << 62)
    }

    fn kind(&self) -> u8 {
        self.0[156]
    }
}

/// One header and what belongs to it.
fn one(
    job: &Job<'_>,
    path: &Path<'_>,
    tap: &mut Tap<'_>,
    header: &Header,
    ahead: &mut Ahead,
) -> Result<(), Fault> {
    let Some(size) = header.size() else {
        return Err(Fault::damaged("the size of a member is no number"));
    };
    let start = tap.position();
    match header.kind() {
        b'L' => ahead.name = Some(extended(tap, size)?),
        b'K' => ahead.link = Some(extended(tap, size)?),
        b'x' | b'X' | b'g' => {
            let records = extended(tap, size)?;
            ahead.pax(&records);
            ahead.texts.extend_from_slice(&records);
            ahead.texts.truncate(2 * EXTENDED as usize);
        }
        _ => return file(job, path, tap, header, std::mem::take(ahead), size),
    }
    tap.inside.cover(start, tap.position());
    Ok(())
}

/// A member, with content or without.
fn file(
    job: &Job<'_>,
    path: &Path<'_>,
    tap: &mut Tap<'_>,
    header: &Header,
    ahead: Ahead,
    size: u64,
) -> Result<(), Fault> {
    let size = ahead.size.unwrap_or(size);
    let name = ahead.name.unwrap_or_else(|| header.name());
    let mut inside = Inside::default();
    let inner = path.named(job, &name, &mut inside);
    let link = ahead.link.unwrap_or_else(|| text(&header.0[157..257]).to_vec());
    for text in [link, ahead.texts] {
        job.text(&inner, &text, &mut inside);
    }
    // The map of a sparse file may go on in blocks of its own.
    let mut goes_on = header.kind() == b'S' && header.0[482] != 0;
    while goes_on {
        let mut block = [0; BLOCK];
        Part::new(tap, BLOCK as u64).read_exact(&mut block)?;
        goes_on = block[504] != 0;
    }
    // Links and directories have no content, but for some that have. What stands there tells.
    let has_none = matches!(header.kind(), b'1'..=b'6') && {
        let head = tap.head();
        head.len() < BLOCK || head[..BLOCK] == [0; BLOCK] || is_tar_header(head)
    };
    let mut outcome = Ok(());
    if size > 0 && !has_none {
        let start = tap.position();
        let searched = member::search(job, &inner, &mut Part::new(tap, size), &mut inside);
        tap.inside.cover(start, start + searched.bytes);
        if searched.is_whole {
            outcome = pad(tap, size);
        }
    } else if let Err(met) = job.bounds.member() {
        job.stop(&inner, met);
    }
    tap.inside.add(inside, 0);
    Ok(outcome?)
}

impl Ahead {
    /// Records of the form `length key=value`, the length being that of the whole record.
    fn pax(&mut self, records: &[u8]) {
        let mut rest = records;
        while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse().ok());
            let Some(record) = length.filter(|n| *n > space).and_then(|n: usize| rest.get(..n))
            else {
                return;
            };
            rest = &rest[record.len()..];
            let record = record[space + 1..].strip_suffix(b"\n").unwrap_or(&record[space + 1..]);
            let Some(equals) = record.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" | b"GNU.sparse.name" => self.name = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => {
                    self.size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok());
                }
                _ => {}
            }
        }
    }
}

/// The content of a header that continues another; of one that is too long, its beginning.
fn extended(tap: &mut Tap<'_>, size: u64) -> io::Result<Vec<u8>> {
    let mut part = Part::new(tap, size);
    let mut content = Vec::new();
    part.by_ref().take(EXTENDED).read_to_end(&mut content)?;
    part.skip()?;
    pad(tap, size)?;
    content.truncate(content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
    Ok(content)
}

/// Takes what fills the last block of a content up.
fn pad(tap: &mut Tap<'_>, size: u64) -> io::Result<()> {
    let left = size.next_multiple_of(BLOCK as u64) - size;
    // Some programs leave the last block short, and nothing is missing then.
    if tap.head().is_empty() { Ok(()) } else { Part::new(tap, left).skip() }
}

/// A field up to its NUL.
fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
}
