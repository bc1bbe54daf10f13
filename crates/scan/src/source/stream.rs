//! Searching content that arrives in pieces, in memory of one window.
//!
//! Two windows overlap by one byte less than the longest token. A match is reported by the window
//! in which it begins before that overlap, so each is reported once, whole, whatever the pieces.

use std::io::{self, Read};

use patrol_token::MAX_LEN;

use crate::{Detector, Match, Options};

/// Bytes read at a time: large enough that system calls do not count, small enough to stay in
/// the processor's cache while it is searched.
pub(crate) const CHUNK: usize = 1024 * 1024;

/// Bytes carried from one window to the next.
pub(crate) const OVERLAP: usize = MAX_LEN - 1;

/// A window to read into, kept by a thread from one file to the next.
pub(crate) struct Window {
    buffer: Vec<u8>,
    chunk: usize,
}

/// What a stream is told while it is read.
pub(crate) trait Watcher {
    /// A match in `window`, which begins at `window_start` of the whole stream.
    fn found(&mut self, window_start: u64, window: &[u8], found: Match);

    /// These bytes lie behind every match to come, and follow those passed before.
    fn passed(&mut self, bytes: &[u8]);
}

/// How reading ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Bytes searched.
    pub(crate) bytes: u64,
    /// Reading stopped at the limit though there was more.
    pub(crate) cut: bool,
    /// Reading stopped at an error.
    pub(crate) error: Option<io::Error>,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self::with_chunk(CHUNK)
    }

    fn with_chunk(chunk: usize) -> Self {
        Self { buffer: vec![0; OVERLAP + chunk], chunk }
    }

    /// Searches `input` up to `limit` bytes. What was read before an error is searched too.
    pub(crate) fn search(
        &mut self,
        input: &mut dyn Read,
        limit: u64,
        detector: &Detector,
        watcher: &mut dyn Watcher,
    ) -> Ended {
        let mut window_start = 0u64; // of the whole stream
        let mut kept = 0; // bytes of the last window at the beginning of this one
        loop {
            let (filled, state) = self.fill(input, kept, limit - window_start);
            let window = &self.buffer[..filled];
            // Whoever begins in the last bytes is left to the next window, if there is one.
            let done = if matches!(state, State::More) { filled - OVERLAP } else { filled };
            let matches = detector.matches(window).into_iter();
            for found in matches.take_while(|found| found.start < done) {
                watcher.found(window_start, window, found);
            }
            watcher.passed(&window[..done]);
            window_start += done as u64;
            match state {
                State::More => {
                    self.buffer.copy_within(done..filled, 0);
                    kept = filled - done;
                }
                State::End => return Ended { bytes: window_start, cut: false, error: None },
                State::Cut => return Ended { bytes: window_start, cut: true, error: None },
                State::Failed(error) => {
                    return Ended { bytes: window_start, cut: false, error: Some(error) };
                }
            }
        }
    }

    /// Fills the window after its first `kept` bytes, with at most `limit` bytes in it.
    fn fill(&mut self, input: &mut dyn Read, kept: usize, limit: u64) -> (usize, State) {
        let mut filled = kept;
        let full = OVERLAP + self.chunk;
        while filled < full {
            let room = (full - filled) as u64;
            let allowed = (limit - filled as u64).min(room) as usize;
            if allowed == 0 {
                // One byte more tells "exactly at the limit" from "cut".
                return match read(input, &mut [0]) {
                    Ok(0) => (filled, State::End),
                    Ok(_) => (filled, State::Cut),
                    Err(error) => (filled, State::Failed(error)),
                };
            }
            match read(input, &mut self.buffer[filled..filled + allowed]) {
                Ok(0) => return (filled, State::End),
                Ok(n) => filled += n,
                Err(error) => return (filled, State::Failed(error)),
            }
        }
        (filled, State::More)
    }
}

/// Ends a stream when the caller asks to stop. Who reads through it asks afterwards whether that was
/// why it ended.
pub(crate) struct Interruptible<'a> {
    pub(crate) input: &'a mut dyn Read,
    pub(crate) options: &'a Options,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.options.interrupted() { Ok(0) } else { self.input.read(buffer) }
    }
}

enum State {
    More,
    End,
    Cut,
    Failed(io::Error),
}

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
        fn found(&mut self, window_start: u64, _: &[u8], found: Match) {
            assert_eq!(window_start, self.passed.len() as u64);
            self.starts.push(window_start + found.start as u64);
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
        let detector = Detector::new(&["abc".parse().unwrap(), "abc_def".parse().unwrap()]);
        let mut log = Log::default();
        let mut slow = Slow(content, piece);
        let ended = Window::with_chunk(chunk).search(&mut slow, limit, &detector, &mut log);
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
