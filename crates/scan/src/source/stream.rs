//! Searching content that arrives in pieces, in memory of one window.
//!
//! A match reaches at most [`Detector::reach`] bytes, counted with what has to stand around it. So
//! a window tells of the matches that begin before its last `reach` bytes, and the next one begins
//! `reach` bytes before those not told yet: each match is told once, whole and in its
//! neighbourhood, whatever the pieces. Content that fits into one window is searched in one go.

#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
use crate::Options;
use crate::{Detector, Finding, LineCounter, Location, Match, Origin, Place, SourceKind};

/// Bytes read at a time: large enough that system calls do not count, small enough to stay in
/// the processor's cache while it is searched.
#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
pub(crate) const CHUNK: usize = 1024 * 1024;

/// Bytes by which the buffer of a window grows at least: most content is small.
const STEP: usize = 64 * 1024;

/// A window to read into, kept by a thread from one content to the next.
pub(crate) struct Window {
    buffer: Vec<u8>,
    chunk: usize,
    /// Bytes in the buffer.
    filled: usize,
    /// Where the bytes begin whose matches were not told yet.
    untold: usize,
    /// Where the buffer begins in the whole stream.
    start: u64,
    /// A bound of the decoding was met.
    search_cut: bool,
}

/// What a stream is told while it is read.
pub(crate) trait Watcher {
    /// A match whose text begins at `start` of the whole stream; `before` follows all that was
    /// passed, and then comes `text`.
    fn found(&mut self, start: u64, before: &[u8], text: &[u8], found: Match);

    /// These bytes lie behind the beginning of every match to come, and follow those passed before.
    fn passed(&mut self, bytes: &[u8]);
}

/// How reading ended.
#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
#[derive(Debug)]
pub(crate) struct Ended {
    /// Bytes searched.
    pub(crate) bytes: u64,
    /// Reading stopped at the limit though there was more.
    pub(crate) cut: bool,
    /// A bound of the decoding was met in some window.
    pub(crate) search_cut: bool,
    /// Reading stopped at an error.
    pub(crate) error: Option<io::Error>,
}

impl Window {
    #[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
    pub(crate) fn new() -> Self {
        Self::with_chunk(CHUNK)
    }

    pub(crate) fn with_chunk(chunk: usize) -> Self {
        Self { buffer: Vec::new(), chunk, filled: 0, untold: 0, start: 0, search_cut: false }
    }

    /// Searches `input` up to `limit` bytes. What was read before an error is searched too.
    ///
    /// `length` is what the file had when it was opened. If a reading ends just there though there
    /// was room for more, that was the end; whoever does not know the length is asked once more.
    #[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
    pub(crate) fn search(
        &mut self,
        input: &mut dyn Read,
        limit: u64,
        length: Option<u64>,
        detector: &Detector,
        watcher: &mut dyn Watcher,
    ) -> Ended {
        self.clear();
        let (cut, error) = loop {
            let at = self.start + self.filled as u64;
            let room = self.room(detector);
            if room.is_empty() {
                self.turn(usize::MAX, detector, watcher);
                continue;
            }
            let allowed = usize::try_from(limit - at).unwrap_or(usize::MAX).min(room.len());
            if allowed == 0 {
                // One byte more tells "exactly at the limit" from "cut".
                break match read(input, &mut [0]) {
                    Ok(n) => (n > 0, None),
                    Err(error) => (false, Some(error)),
                };
            }
            match read(input, &mut room[..allowed]) {
                Ok(0) => break (false, None),
                Ok(n) => {
                    self.took(n);
                    if n < allowed && length == Some(at + n as u64) {
                        break (false, None);
                    }
                }
                Err(error) => break (false, Some(error)),
            }
        };
        self.finish(detector, watcher);
        let bytes = self.start + self.filled as u64;
        Ended { bytes, cut, search_cut: self.search_cut, error }
    }

    /// Makes the window ready for another content.
    pub(crate) fn clear(&mut self) {
        (self.filled, self.untold, self.start) = (0, 0, 0);
        self.search_cut = false;
    }

    /// Where the next bytes are to be put; empty when the window is full and has to be turned.
    pub(crate) fn room(&mut self, detector: &Detector) -> &mut [u8] {
        let full = self.chunk + 2 * detector.reach();
        if self.buffer.len() == self.filled && self.filled < full {
            let more = self.filled.max(STEP);
            self.buffer.resize((self.filled + more).min(full), 0);
        }
        let end = full.min(self.buffer.len()).max(self.filled);
        &mut self.buffer[self.filled..end]
    }

    /// So many bytes were put into the room.
    pub(crate) fn took(&mut self, bytes: usize) {
        self.filled += bytes;
    }

    /// Whether a bound of the decoding was met since the window was cleared.
    #[cfg(feature = "archive")]
    pub(crate) fn is_search_cut(&self) -> bool {
        self.search_cut
    }

    /// All of the content, if it fitted into the window.
    #[cfg(feature = "archive")]
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.start == 0).then(|| self.bytes())
    }

    /// The bytes in the window.
    #[cfg(feature = "archive")]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Tells of what is in a full window, and makes room for what follows by giving up bytes at
    /// its front, at most so many. Answers how many it gave up.
    pub(crate) fn turn(
        &mut self,
        at_most: usize,
        detector: &Detector,
        watcher: &mut dyn Watcher,
    ) -> usize {
        let reach = detector.reach();
        let told = self.filled.saturating_sub(reach).max(self.untold);
        self.tell(told, detector, watcher);
        // An even number, so that a character of UTF-16 stands at an even place in the window if it
        // does in the content: where nothing else tells which end comes first, that does.
        let gone = told.saturating_sub(reach).min(at_most) & !1;
        self.buffer.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.untold = told - gone;
        self.start += gone as u64;
        gone
    }

    /// Tells of the rest: nothing follows.
    pub(crate) fn finish(&mut self, detector: &Detector, watcher: &mut dyn Watcher) {
        self.tell(self.filled, detector, watcher);
        self.untold = self.filled;
    }

    /// Gives up bytes at the front unsearched.
    #[cfg(feature = "archive")]
    pub(crate) fn discard(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
        self.start += bytes as u64;
    }

    fn tell(&mut self, end: usize, detector: &Detector, watcher: &mut dyn Watcher) {
        let (window, untold) = (&self.buffer[..self.filled], self.untold);
        let search_cut = &mut self.search_cut;
        for found in detector.matches_or(window, &mut || *search_cut = true) {
            if (untold..end).contains(&found.start) {
                let (before, text) = (&window[untold..found.start], found.start..found.end);
                watcher.found(self.start + found.start as u64, before, &window[text], found);
            }
        }
        watcher.passed(&window[untold..end]);
    }
}

/// Digest and lines of content that is read once, counted as it goes by.
pub(crate) struct Once {
    source: SourceKind,
    lines: LineCounter,
    sum: Sha256,
    findings: Vec<(Finding, u64)>,
}

impl Once {
    pub(crate) fn new(source: SourceKind) -> Self {
        Self { source, lines: LineCounter::default(), sum: Sha256::new(), findings: Vec::new() }
    }

    /// How many findings there are so far.
    #[cfg(feature = "archive")]
    pub(crate) fn count(&self) -> usize {
        self.findings.len()
    }

    /// Keeps only the first findings, so many at most; `true` if there were more.
    #[cfg(feature = "archive")]
    pub(crate) fn keep(&mut self, at_most: usize) -> bool {
        let has_more = self.findings.len() > at_most;
        self.findings.truncate(at_most);
        has_more
    }

    /// The findings, each with the offset (from 0) at which its text ends.
    pub(crate) fn finish(self) -> impl Iterator<Item = (Finding, u64)> {
        let digest: [u8; 32] = self.sum.finalize().into();
        self.findings.into_iter().map(move |(mut finding, end)| {
            finding.place = Place::new(Origin::Content(digest), finding.location.offset - 1);
            (finding, end)
        })
    }
}

impl Watcher for Once {
    fn found(&mut self, start: u64, before: &[u8], text: &[u8], found: Match) {
        let location = Location::new(self.source, self.lines.span(before, text), start);
        // The digest is not known yet; the place is put right at the end.
        let finding = Finding::new(found, Place::from_bytes([0; 32]), location);
        self.findings.push((finding, start + text.len() as u64));
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.lines.feed(bytes);
        self.sum.update(bytes);
    }
}

/// Ends a stream when the caller asks to stop. Who reads through it asks afterwards whether that was
/// why it ended.
#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
pub(crate) struct Interruptible<'a> {
    pub(crate) input: &'a mut dyn Read,
    pub(crate) options: &'a Options,
}

#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
impl Read for Interruptible<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.options.interrupted() { Ok(0) } else { self.input.read(buffer) }
    }
}

#[cfg(any(feature = "tree", feature = "git", not(feature = "archive"), test))]
fn read(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Ended, Watcher, Window};
    use crate::{Detector, Match};

    #[derive(Default)]
    struct Log {
        starts: Vec<u64>,
        passed: Vec<u8>,
    }

    impl Watcher for Log {
        fn found(&mut self, start: u64, before: &[u8], text: &[u8], found: Match) {
            assert_eq!(start, (self.passed.len() + before.len()) as u64);
            assert_eq!(text.len(), found.end - found.start);
            self.starts.push(start);
        }

        fn passed(&mut self, bytes: &[u8]) {
            self.passed.extend_from_slice(bytes);
        }
    }

    /// Gives at most `self.1` bytes for each call.
    struct Slow<'a>(&'a [u8], usize);

    impl std::io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn run(content: &[u8], chunk: usize, piece: usize, limit: u64) -> (Log, Ended) {
        // That the length is known saves a reading, and changes nothing.
        let length = (piece.is_multiple_of(2)).then_some(content.len() as u64);
        let detector = Detector::new(&["abc".parse().unwrap(), "abc_def".parse().unwrap()]);
        let mut log = Log::default();
        let mut slow = Slow(content, piece);
        let ended = Window::with_chunk(chunk).search(&mut slow, limit, length, &detector, &mut log);
        (log, ended)
    }

    fn token(prefix: &str) -> String {
        crate::source::testing::token(prefix, 7)
    }

    /// A token at every offset around every boundary is found exactly once, where it is.
    #[test]
    fn no_boundary_hides_a_token() {
        for text in [token("abc"), token("abc_def"), token("abc_def") + &token("abc")] {
            let tokens = text.matches("abc").count();
            for at in 0..400 {
                let content = format!("{}{text}{}", "a".repeat(at), "b".repeat(300));
                let (log, ended) = run(content.as_bytes(), 128, 77, u64::MAX);
                assert_eq!(log.starts.len(), tokens, "{at}");
                assert_eq!(log.starts[0], at as u64);
                assert_eq!(log.passed, content.as_bytes());
                assert_eq!(ended.bytes, content.len() as u64);
            }
        }
    }

    /// Which end of a character comes first is told by the parity of its place, where nothing
    /// else tells it: a character before and behind, and no zero missing.
    #[test]
    fn windows_keep_the_parity_of_places() {
        struct Layers(Vec<String>);
        impl Watcher for Layers {
            fn found(&mut self, start: u64, _: &[u8], _: &[u8], found: Match) {
                let layers: Vec<_> = found.encoding.iter().map(|layer| layer.as_str()).collect();
                self.0.push(format!("{start} {}", layers.join(" ")));
            }
            fn passed(&mut self, _: &[u8]) {}
        }
        let big: Vec<u8> = token("abc").bytes().flat_map(|byte| [0, byte]).collect();
        for chunk in [1001, 1002, 1003] {
            let content = [&[7; 400_000][..], &[7, 0], &big, &[0, 7], &[7; 300_000]].concat();
            let mut layers = Layers(Vec::new());
            let detector = Detector::new(&["abc".parse().unwrap()]);
            let input = &mut content.as_slice();
            Window::with_chunk(chunk).search(input, u64::MAX, None, &detector, &mut layers);
            assert_eq!(layers.0, ["400002 utf-16be"], "{chunk}");
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            gaps in prop::collection::vec(0usize..300, 0..6),
            chunk in 100usize..400, piece in 1usize..500,
        ) {
            let mut content = String::new();
            let mut wanted = Vec::new();
            for gap in gaps {
                content.push_str(&"x".repeat(gap));
                wanted.push(content.len() as u64);
                content.push_str(&token("abc"));
            }
            let (log, _) = run(content.as_bytes(), chunk, piece, u64::MAX);
            prop_assert_eq!(log.starts, wanted);
            prop_assert_eq!(log.passed, content.into_bytes());
        }
    }

    #[test]
    fn the_limit_is_kept_and_told() {
        let content = "x".repeat(500) + &token("abc");
        let (log, ended) = run(content.as_bytes(), 128, 1000, 520);
        assert_eq!((log.starts.len(), log.passed.len(), ended.cut), (0, 520, true));
        let (log, ended) = run(content.as_bytes(), 128, 1000, content.len() as u64);
        assert_eq!((log.starts.len(), ended.cut), (1, false));
    }
}
