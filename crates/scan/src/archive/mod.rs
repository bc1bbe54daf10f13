//! Archives and containers: what is inside of zip, tar, cpio, ar, rpm, gzip, zlib, bzip2, xz, lzma,
//! zstd, and the compressed parts of PDF and PNG, nested in one another.
//!
//! ```text
//! outer ─► Tap ─► Kind ─► unpacker ─► member ─► Tap ─► Kind ─► …
//!          reads  asks    gz, tar, …  counts    searches what is read through it
//! ```
//!
//! A member is a stream that is searched while the next unpacker reads it, so nesting costs a
//! window for each level and nothing is held twice; only formats that are read from their end
//! (zip, PDF) are held in memory when they are nested. Nothing is written to a disk.
//!
//! What cannot be read is an entry `outer!inner` of the coverage; what came before it was searched.
//! The bounds are in `bounds.rs`.

mod ar;
mod behind;
mod bounds;
mod bytes;
mod cpio;
mod decode;
mod extents;
mod job;
mod kind;
mod member;
mod pdf;
mod png;
mod rpm;
mod single;
mod tap;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, Read};

pub use kind::looks_packed;

use crate::{Coverage, Detector, Finding, Options, Reason, SourceKind};
use bytes::{Bytes, Opened, Span};
pub use extents::Inside;
use job::{Fault, Job, Path, with_job};
use kind::Kind;
use tap::Tap;

/// The content in which an archive was met.
#[derive(Clone, Copy, Debug)]
pub struct Outer<'a> {
    /// What entries of the coverage begin with.
    pub name: &'a [u8],
    /// The last part of its path, by which the inside of a stream without names is named: `x.tar`
    /// for `x.tar.gz`. Empty if there is none.
    pub inner_name: &'a [u8],
    /// What reports call it.
    pub source: SourceKind,
    /// Its whole path, as rules for paths are held against it; empty if it is not known.
    pub path: &'a [u8],
}

/// Whether a whole content is an archive: by its beginning, or as a zip behind something else (a
/// program that unpacks itself, a picture with more to it), by its very end.
pub fn is_packed(body: &[u8]) -> bool {
    looks_packed(body) || zip::ends_content(body)
}

/// Searches what is inside of `body`, for which [`is_packed`] holds. Its raw bytes are left to the
/// caller.
pub fn search(
    body: &[u8],
    outer: &Outer<'_>,
    detector: &Detector,
    options: &Options,
    coverage: &mut Coverage,
    report: &mut dyn FnMut(Finding),
) -> Inside {
    let length = body.len() as u64;
    with_job((outer, length), (detector, options), coverage, report, |job| search_bytes(job, &body))
}

/// Whether a whole content may be an archive, so that [`search_file`] would look into it.
pub fn may_be_packed(content: &[u8]) -> bool {
    looks_packed(content) || zip::ends_content(content)
}

/// Searches what is inside of a file of `length` bytes, whatever it is; answers at once if it is no
/// archive. Its raw bytes are left to the caller.
///
/// # Errors
/// The file could not be looked into.
pub fn search_file(
    file: &File,
    length: u64,
    outer: &Outer<'_>,
    (detector, options): (&Detector, &Options),
    coverage: &mut Coverage,
    report: &mut dyn FnMut(Finding),
) -> io::Result<Inside> {
    let bytes = Opened { file, length };
    let head = bytes::some(&bytes, 0, kind::HEAD)?;
    if !looks_packed(&head) && !zip::ends_bytes(&bytes)? {
        return Ok(Inside::default());
    }
    Ok(with_job((outer, length), (detector, options), coverage, report, |job| {
        search_bytes(job, &bytes)
    }))
}

/// Searches a stream, its raw bytes and what is inside of them, to its end. Answers how many bytes
/// it had, and the error at which it ended.
pub fn search_stream(
    input: &mut dyn Read,
    outer: &Outer<'_>,
    detector: &Detector,
    options: &Options,
    coverage: &mut Coverage,
    report: &mut dyn FnMut(Finding),
) -> (u64, Option<io::Error>) {
    with_job((outer, 0), (detector, options), coverage, report, |job| {
        let path = Path::outer(outer);
        let mut tap = Tap::outermost(job, &path, input);
        if let Err(fault) = contents(job, &path, &mut tap, None) {
            job.fault(&path, &fault);
        }
        // A bound stops the unpacking, not the reading of what lies open.
        tap.drain();
        let done = tap.finish();
        (done.bytes, done.error)
    })
}

fn search_bytes(job: &Job<'_>, bytes: &dyn Bytes) -> Inside {
    let path = Path::outer(job.outer);
    let mut input = Span::new(bytes, 0, bytes.len());
    let mut tap = Tap::searched_before(job, &path, &mut input);
    if let Err(fault) = contents(job, &path, &mut tap, Some(bytes))
        && !tap.has_failed()
    {
        job.fault(&path, &fault);
    }
    let done = tap.finish();
    // Between members nobody but the tap meets it.
    if let Some(error) = done.error {
        job.fault(&path, &Fault::from(error));
    }
    done.inside
}

/// Opens whatever a content begins with, and what follows behind it. `whole` is the content, where
/// it can be read at any place.
fn contents(
    job: &Job<'_>,
    path: &Path<'_>,
    tap: &mut Tap<'_>,
    whole: Option<&dyn Bytes>,
) -> Result<(), Fault> {
    let mut is_behind = false;
    loop {
        let begins = if is_behind { Kind::of(tap.head()) } else { Kind::begins(tap.beginning()) };
        let kind = match (begins, whole) {
            (Some(kind), _) => kind,
            (None, Some(whole)) if !is_behind && zip::ends_bytes(whole)? => Kind::Zip,
            // Between two archives may be anything.
            (None, _) if is_behind && behind::seek(tap) => continue,
            (None, _) => return Ok(()),
        };
        let limit = job.options.max_archive_depth.min(usize::from(Options::ARCHIVE_DEPTH_MAX));
        if path.depth >= limit {
            let (reason, detail) = match limit {
                0 => (Reason::Excluded, "archives are not opened".to_owned()),
                _ => (Reason::ArchiveBound, format!("nested more than {limit} deep")),
            };
            job.note(path, reason, &format!("{}: {detail}", kind.as_str()));
            return Ok(());
        }
        let from = tap.position();
        match kind {
            Kind::Zip | Kind::Pdf => return on_the_whole(job, path, kind, tap, whole),
            Kind::Tar => tar::open(job, path, tap)?,
            Kind::Ar => ar::open(job, path, tap)?,
            Kind::Cpio => cpio::open(job, path, tap)?,
            Kind::Rpm => rpm::open(tap)?,
            Kind::Png => png::open(job, path, tap)?,
            Kind::Gzip | Kind::Zlib | Kind::Bzip2 | Kind::Xz | Kind::Lzma | Kind::Zstd => {
                single::open(job, path, kind, tap)?;
            }
            Kind::Foreign(name) => {
                let detail = format!("{name} archives cannot be read");
                return Err(Fault::new(Reason::Unsupported, detail));
            }
        }
        if job.has_stopped() || tap.position() == from {
            return Ok(());
        }
        is_behind = true;
    }
}

/// A PDF, and the zip that may stand behind it.
fn document(
    job: &Job<'_>,
    path: &Path<'_>,
    whole: &dyn Bytes,
    inside: &mut Inside,
) -> Result<(), Fault> {
    let outcome = pdf::open(job, path, whole, inside);
    match zip::ends_bytes(whole)? {
        true => zip::open(job, path, whole, inside).and(outcome),
        false => outcome,
    }
}

/// Formats that are read from their end: at once if that can be reached, else in memory.
fn on_the_whole(
    job: &Job<'_>,
    path: &Path<'_>,
    kind: Kind,
    tap: &mut Tap<'_>,
    whole: Option<&dyn Bytes>,
) -> Result<(), Fault> {
    let open = match kind {
        Kind::Pdf => document,
        _ => zip::open,
    };
    let from = tap.position();
    if let Some(whole) = whole
        && from == 0
    {
        return open(job, path, whole, &mut tap.inside);
    }
    let Some(mut reserved) = job.bounds.reserve(0) else { return Ok(()) };
    let mut body = Vec::new();
    let is_cut = loop {
        // What came before an error is opened; the error itself is told of by whoever reads on.
        let piece = tap.piece().unwrap_or_default();
        let n = piece.len();
        if n == 0 {
            break false;
        }
        if (body.len() + n) as u64 > bounds::IN_MEMORY || !reserved.more(n as u64) {
            break true;
        }
        body.extend_from_slice(piece);
        tap.take(n);
    };
    let mut inside = Inside::default();
    let outcome = open(job, path, &body.as_slice(), &mut inside);
    tap.inside.add(inside, from);
    if is_cut {
        let detail =
            format!("a nested {} of more than 32 MiB; its beginning was read", kind.as_str());
        return Err(Fault::new(Reason::ArchiveBound, detail));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use kind::BLOCK;

    /// A disk that fails at the last byte of a tar's first member.
    struct Failing(Vec<u8>);

    impl Bytes for Failing {
        fn len(&self) -> u64 {
            2 * self.0.len() as u64
        }

        fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.as_slice().read_at(at, buffer)?;
            if n == 0 { Err(io::Error::other("the disk failed")) } else { Ok(n) }
        }
    }

    #[test]
    fn an_error_between_members_is_named() {
        let mut tar = vec![0; 2 * BLOCK];
        tar[0] = b'x';
        tar[124..135].copy_from_slice(b"00000001000");
        tar[148..156].fill(b' ');
        let sum: u32 = tar.iter().map(|byte| u32::from(*byte)).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let source = SourceKind::Worktree;
        let outer = Outer { name: b"a.tar", inner_name: b"a.tar", source, path: b"" };
        let detector = Detector::new(&["acme_pat".parse().unwrap()]);
        let (options, mut coverage) = (Options::default(), Coverage::default());
        with_job((&outer, 0), (&detector, &options), &mut coverage, &mut |_| {}, |job| {
            search_bytes(job, &Failing(tar))
        });
        let told = coverage.skipped();
        let [it] = &told[..] else { panic!("{told:?}") };
        assert_eq!((it.what.as_str(), it.reason), ("a.tar", Reason::Damaged));
        assert!(it.detail.as_deref().is_some_and(|why| why.contains("the disk failed")), "{it:?}");
    }
}
