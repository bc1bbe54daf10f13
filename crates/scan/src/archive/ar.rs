//! ar: static libraries, and Debian packages, whose parts are compressed.

use super::Inside;
use super::job::{Fault, Job, Path};
use super::kind::Kind;
use super::member;
use super::tap::{Part, Tap};

const MAGIC: usize = 8;
const HEADER: usize = 60;

/// Opens the archive at which the content stands. The names in the header are taken as they are;
/// longer ones stand elsewhere in plain and were searched there.
pub(super) fn open(job: &Job<'_>, path: &Path<'_>, tap: &mut Tap<'_>) -> Result<(), Fault> {
    tap.take(MAGIC);
    while !job.has_stopped() {
        let head = tap.head();
        if head.is_empty() || Kind::of(head).is_some() {
            return Ok(());
        }
        let Some(header) = head.first_chunk::<HEADER>().copied() else {
            return Err(Fault::damaged("it is cut off in a header"));
        };
        let size = std::str::from_utf8(&header[48..58]).ok().and_then(|n| n.trim().parse().ok());
        let Some(size) = size.filter(|_| header[58..] == *b"`\n") else {
            return Err(Fault::damaged("a header is none"));
        };
        let at = tap.position();
        tap.take(HEADER);
        tap.inside.cover(at, tap.position());
        let name = header[..16].trim_ascii_end();
        let name = name.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(name);
        let mut inside = Inside::default();
        let inner = path.named(job, name, &mut inside);
        let start = tap.position();
        let searched = member::search(job, &inner, &mut Part::new(tap, size), &mut inside);
        tap.inside.cover(start, start + searched.bytes);
        tap.inside.add(inside, 0);
        if !searched.is_whole {
            return Ok(());
        }
        if size % 2 == 1 && tap.head().first() == Some(&b'\n') {
            tap.take(1);
        }
    }
    Ok(())
}
