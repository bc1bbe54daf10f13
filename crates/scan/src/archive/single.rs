//! gzip, zlib, bzip2, xz, lzma and zstd: one content, compressed in one stream or in several that are joined.
//! A secret may lie across two of them, so they are one member.

use std::io::{self, Read};

use flate2::GzHeader;

use super::Inside;
use super::decode::Decoder;
use super::job::{Fault, Job, Path};
use super::kind::{BLOCK, Kind};
use super::member;
use super::tap::{Part, Tap};

/// Opens the streams of one kind at which the content stands.
pub(super) fn open(
    job: &Job<'_>,
    path: &Path<'_>,
    kind: Kind,
    tap: &mut Tap<'_>,
) -> Result<(), Fault> {
    let mut inside = Inside::default();
    let first = State::begin(job, kind, &mut *tap, &mut inside)?;
    let header = first.header().cloned().unwrap_or_default();
    let inner = match header.filename() {
        Some(name) if !name.is_empty() => path.named(job, name, &mut inside),
        _ => path.unnamed(job, path.stem()),
    };
    for text in [header.comment(), header.extra()].into_iter().flatten() {
        job.text(&inner, text, &mut inside);
    }
    let mut found = Inside::default();
    let mut streams = Streams { job, path: &inner, kind, state: first, inside: &mut inside };
    member::search(job, &inner, &mut streams, &mut found);
    drop(streams);
    tap.inside.add(inside, 0);
    tap.inside.add_digests(&found);
    Ok(())
}

/// The streams, as one content.
struct Streams<'s, 'a> {
    job: &'s Job<'s>,
    path: &'s Path<'s>,
    kind: Kind,
    state: State<'s, 'a>,
    inside: &'s mut Inside,
}

enum State<'s, 'a> {
    In(Decoder<'s, &'s mut Tap<'a>>),
    Over,
}

impl<'s, 'a> State<'s, 'a> {
    /// Begins the stream at which the content stands.
    fn begin(
        job: &'s Job<'_>,
        kind: Kind,
        tap: &'s mut Tap<'a>,
        inside: &mut Inside,
    ) -> Result<Self, Fault> {
        // Frames of zstd that hold no content; their bytes were searched as raw ones.
        while kind == Kind::Zstd
            && let [_, 0x2a, 0x4d, 0x18, a, b, c, d, ..] = *tap.head()
        {
            Part::new(tap, 8 + u64::from(u32::from_le_bytes([a, b, c, d]))).skip()?;
        }
        let start = tap.position();
        let head = tap.head();
        if Kind::of(head) != Some(kind) {
            return Ok(Self::Over);
        }
        let head = head[..head.len().min(BLOCK)].to_vec();
        let decoder = Decoder::begin(&job.bounds, kind, &head, tap)?;
        if let Some((_, tap)) = decoder.gzip() {
            inside.cover(start, tap.position());
        }
        Ok(Self::In(decoder))
    }

    /// What a gzip stream says about itself.
    fn header(&self) -> Option<&GzHeader> {
        match self {
            Self::In(decoder) => decoder.gzip().and_then(|(header, _)| header),
            Self::Over => None,
        }
    }
}

impl Read for Streams<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let State::In(decoder) = &mut self.state else { return Ok(0) };
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let State::In(decoder) = std::mem::replace(&mut self.state, State::Over) else {
                return Ok(0);
            };
            let tap = decoder.into_inner();
            // Streams may be filled up with zeros, to whole blocks of a tape.
            tap.take_zeros()?;
            self.state =
                State::begin(self.job, self.kind, tap, self.inside).map_err(Fault::into_io)?;
            if let Some(header) = self.state.header().cloned() {
                for text in [header.filename(), header.comment(), header.extra()] {
                    self.job.text(self.path, text.unwrap_or_default(), self.inside);
                }
            }
        }
    }
}
