//! cpio: the archives of kernels' first file systems, and what is in an rpm. The forms `newc`, with
//! a checksum or without, and `odc`.

use std::io::Read as _;

use super::Inside;
use super::job::{Fault, Job, Path};
use super::member;
use super::tap::{Part, Tap};

/// The name of the last member, which is none.
const END: &[u8] = b"TRAILER!!!";

/// Bytes of a member's name: no system takes longer ones.
const NAME: u64 = 64 * 1024;

/// What a header says.
pub(super) struct Header {
    /// Bytes of the header itself.
    length: usize,
    /// Bytes of the name, with the NUL behind it.
    name: u64,
    size: u64,
    /// Name and content are filled up to a multiple of this.
    step: u64,
}

impl Header {
    /// Reads the header that `head` begins with.
    pub(super) fn read(head: &[u8]) -> Option<Self> {
        let number = |from: usize, to: usize, radix: u32| {
            let digits = head.get(from..to).filter(|it| it.iter().all(u8::is_ascii_hexdigit))?;
            u64::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
        };
        let it = match head.get(..6)? {
            b"070701" | b"070702" => {
                let is_number = |at: usize| number(at, at + 8, 16).is_some();
                (6..110).step_by(8).all(is_number).then_some(())?;
                Self { length: 110, name: number(94, 102, 16)?, size: number(54, 62, 16)?, step: 4 }
            }
            b"070707" => {
                head.get(..76)?.iter().all(|byte| (b'0'..=b'7').contains(byte)).then_some(())?;
                Self { length: 76, name: number(59, 65, 8)?, size: number(65, 76, 8)?, step: 1 }
            }
            _ => return None,
        };
        (it.name > 0).then_some(it)
    }

    /// What fills up so many bytes.
    fn pad(&self, bytes: u64) -> u64 {
        bytes.next_multiple_of(self.step) - bytes
    }
}

/// Opens the archive at which the content stands.
pub(super) fn open(job: &Job<'_>, path: &Path<'_>, tap: &mut Tap<'_>) -> Result<(), Fault> {
    while !job.has_stopped() {
        let head = tap.head();
        let Some(header) = Header::read(head) else {
            let is_over = head.is_empty();
            let why = if is_over { "it ends without its end mark" } else { "a header is none" };
            return Err(Fault::damaged(why));
        };
        if header.name > NAME {
            return Err(Fault::damaged("a name is too long"));
        }
        let at = tap.position();
        tap.take(header.length);
        let mut name = Vec::new();
        Part::new(tap, header.name).read_to_end(&mut name)?;
        Part::new(tap, header.pad(header.length as u64 + header.name)).skip()?;
        tap.inside.cover(at, tap.position());
        let name = &name[..name.iter().position(|byte| *byte == 0).unwrap_or(name.len())];
        if name == END {
            // Filled up to whole blocks; another archive may follow.
            return Ok(tap.take_zeros()?);
        }
        let mut inside = Inside::default();
        let inner = path.named(job, name, &mut inside);
        let start = tap.position();
        let searched = member::search(job, &inner, &mut Part::new(tap, header.size), &mut inside);
        tap.inside.cover(start, start + searched.bytes);
        tap.inside.add(inside, 0);
        if !searched.is_whole {
            return Ok(());
        }
        Part::new(tap, header.pad(header.size)).skip()?;
    }
    Ok(())
}
