//! PNG: the chunks that hold compressed text (PNG third edition, 11.3.3). Pixels are not text and
//! are left as they are.

use std::io::{self, BufRead as _, Read as _};

use flate2::bufread::ZlibDecoder;

use super::Inside;
use super::job::{Fault, Job, Path};
use super::member;
use super::tap::{Part, Tap};

const MAGIC: usize = 8;

/// Bytes of a keyword or a language in a chunk; the format allows 79.
const FIELD: u64 = 1024;

/// Opens the picture at which the content stands.
pub(super) fn open(job: &Job<'_>, path: &Path<'_>, tap: &mut Tap<'_>) -> Result<(), Fault> {
    tap.take(MAGIC);
    while !job.has_stopped() {
        let mut head = [0; 8];
        Part::new(tap, 8).read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let mut inside = Inside::default();
        let mut part = Part::new(tap, u64::from(u32::from_be_bytes([a, b, c, d])));
        if matches!(&kind, b"zTXt" | b"iTXt" | b"iCCP") {
            text(job, path, &kind, &mut part, &mut inside)?;
        }
        part.skip()?;
        Part::new(tap, 4).skip()?; // the checksum
        tap.inside.add(inside, 0);
        if kind == *b"IEND" {
            break;
        }
    }
    Ok(())
}

fn text(
    job: &Job<'_>,
    path: &Path<'_>,
    kind: &[u8],
    part: &mut Part<'_, '_>,
    inside: &mut Inside,
) -> Result<(), Fault> {
    let mut name = [kind, b" "].concat();
    name.extend_from_slice(&field(part)?);
    let mut flags = [0; 2];
    let is_compressed = if kind == b"iTXt" {
        part.read_exact(&mut flags)?;
        field(part)?; // the language
        field(part)?; // the keyword in it
        flags[0] == 1
    } else {
        part.read_exact(&mut flags[1..])?;
        true
    };
    let inner = path.unnamed(job, &name);
    if flags[1] != 0 {
        job.fault(&inner, &Fault::new(crate::Reason::Unsupported, "its compression is unknown"));
    } else if is_compressed {
        member::search(job, &inner, &mut ZlibDecoder::new(part), inside);
    }
    Ok(())
}

/// The bytes up to the next NUL, which is taken too.
fn field(part: &mut Part<'_, '_>) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    part.by_ref().take(FIELD).read_until(0, &mut content)?;
    if content.pop_if(|last| *last == 0).is_none() {
        return Err(super::decode::damaged("a keyword does not end"));
    }
    Ok(content)
}
