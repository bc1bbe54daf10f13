//! One regular file, read in pieces of bounded size: a 5 GB file and a line of 50 MB cost one
//! window. Only a file with a match is read a second time, for its digest and lines.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use bstr::BString;
use sha2::{Digest as _, Sha256};

use super::stream::{CHUNK, Ended, Interruptible, Watcher, Window};
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Match, Options, Origin, Place, Position,
    SourceKind, Tally,
};

/// How far a file may grow while it is read before it is given up as *still growing*: a log that
/// is being written is read to its end, a file that grows for ever does not hold the scan.
const MAX_GROWTH: u64 = 64 * 1024 * 1024;

/// A file that is being searched, by its names.
#[cfg_attr(not(feature = "archive"), expect(dead_code, reason = "only the inside is named by it"))]
pub(crate) struct Named<'n> {
    /// What the coverage calls it, made where that is needed.
    pub(crate) shown: &'n dyn Fn() -> BString,
    /// The last part of its path.
    pub(crate) name: &'n [u8],
    /// What reports call it.
    pub(crate) source: SourceKind,
    /// Its path from the root of the scan; empty if it is not known.
    pub(crate) path: &'n [u8],
}

/// Searches an open file whose length was `length` when it was opened, and what is inside if it is
/// an archive. The findings know their position and place; the caller adds the path. What could
/// not be read inside is in the coverage.
pub(crate) fn search_deep(
    file: &mut File,
    length: u64,
    named: &Named<'_>,
    window: &mut Window,
    (detector, options): (&Detector, &Options),
    coverage: &mut Coverage,
) -> (Vec<Finding>, Ended) {
    let (found, mut ended) = search_raw(file, length, named.source, window, detector, options);
    if found.tally.is_full() {
        found.tally.note(&(named.shown)(), coverage);
    }
    let (mut findings, spans) = (found.found, found.spans);
    #[cfg(feature = "archive")]
    if ended.error.is_none()
        && window.whole().is_some_and(|all| !crate::archive::may_be_packed(all))
    {
        return (findings, ended);
    }
    if let Err(error) =
        inside((file, ended.bytes, named), (&mut findings, &spans), (detector, options), coverage)
    {
        ended.error.get_or_insert(error);
    }
    (findings, ended)
}

#[cfg(feature = "archive")]
fn inside(
    (file, length, named): (&File, u64, &Named<'_>),
    (findings, spans): (&mut Vec<Finding>, &[(u64, u64)]),
    (detector, options): (&Detector, &Options),
    coverage: &mut Coverage,
) -> io::Result<()> {
    use crate::archive::{self, Outer};

    let shown = (named.shown)();
    let Named { name, source, path, .. } = *named;
    let outer = Outer { name: &shown, inner_name: name, source, path };
    let mut more = Vec::new();
    let mut report = |found| more.push(found);
    let mut inside =
        archive::search_file(file, length, &outer, (detector, options), coverage, &mut report)?;
    // What a member holds as it is, it is told of with the member's name.
    let mut spans = spans.iter();
    findings.retain(|finding| {
        spans
            .next()
            .is_none_or(|(start, end)| !inside.repeats(*start, *end, finding.secret.digest()))
    });
    findings.append(&mut more);
    Ok(())
}

#[cfg(not(feature = "archive"))]
fn inside(
    _: (&File, u64, &Named<'_>),
    _: (&mut Vec<Finding>, &[(u64, u64)]),
    _: (&Detector, &Options),
    _: &mut Coverage,
) -> io::Result<()> {
    Ok(())
}

fn search_raw(
    file: &mut File,
    length: u64,
    source: SourceKind,
    window: &mut Window,
    detector: &Detector,
    options: &Options,
) -> (First, Ended) {
    let (found, spans, tally) = (Vec::new(), Vec::new(), Tally::of_content());
    let mut first = First { found, spans, tally };
    let limit = length.saturating_add(MAX_GROWTH);
    let mut input = Interruptible { input: file, options };
    let mut ended = window.search(&mut input, limit, Some(length), detector, &mut first);
    if !first.found.is_empty()
        && let Err(error) = locate(file, ended.bytes, source, &mut first.found, &first.spans)
    {
        ended.error.get_or_insert(error);
    }
    (first, ended)
}

/// The first reading: which secrets, from where to where.
struct First {
    found: Vec<Finding>,
    spans: Vec<(u64, u64)>,
    tally: Tally,
}

impl Watcher for First {
    fn found(&mut self, start: u64, before: &[u8], text: &[u8], found: Match) {
        if !self.tally.has_room(found.secret.own().is_some()) {
            return;
        }
        let span = LineCounter::default().span(before, text);
        self.spans.push((start, start + text.len() as u64));
        let location = Location::new(SourceKind::Worktree, span, start);
        self.found.push(Finding::new(found, Place::from_bytes([0; 32]), location));
    }

    fn passed(&mut self, _: &[u8]) {}
}

/// The second reading: lines up to each finding, and the digest of all that was searched. If the
/// file was changed between the two, position and digest are those of the second reading; the
/// secret was there in the first, and is reported in any case.
fn locate(
    file: &mut File,
    bytes: u64,
    source: SourceKind,
    found: &mut [Finding],
    spans: &[(u64, u64)],
) -> io::Result<()> {
    file.rewind()?;
    // All beginnings and ends, in the order in which the reading comes by them.
    let mut offsets: Vec<u64> = spans.iter().flat_map(|(start, end)| [*start, *end]).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let mut positions: Vec<Position> = Vec::with_capacity(offsets.len());
    let mut lines = LineCounter::default();
    let mut sum = Sha256::new();
    let mut at = 0u64;
    let mut buffer = vec![0; CHUNK.min(usize::try_from(bytes).unwrap_or(CHUNK)).max(1)];
    let mut input = file.take(bytes);
    loop {
        let read = match input.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let piece = &buffer[..read];
        // An empty piece is the end: what is left stood beyond it.
        while let Some(offset) = offsets.get(positions.len()) {
            if *offset >= at + read as u64 && read > 0 {
                break;
            }
            let ahead = usize::try_from(*offset - at).unwrap_or(read).min(read);
            positions.push(lines.position_after(&piece[..ahead]));
        }
        if read == 0 {
            break;
        }
        lines.feed(piece);
        sum.update(piece);
        at += read as u64;
    }
    let digest: [u8; 32] = sum.finalize().into();
    let position = |offset| offsets.binary_search(offset).ok().map(|index| positions[index]);
    for (finding, (start, end)) in found.iter_mut().zip(spans) {
        if let (Some(from), Some(to)) = (position(start), position(end)) {
            finding.location = Location::new(source, (from, to), *start);
        }
        finding.place = Place::new(Origin::Content(digest), *start);
    }
    Ok(())
}
