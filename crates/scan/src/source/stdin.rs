//! Standard input, or any other stream that can be read once.
//!
//! Its place is named by the digest of the whole stream, so findings are handed over at its end;
//! what is kept until then is small and holds no secret.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::stream::{Interruptible, Watcher, Window};
use crate::error::reason;
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Match, Options, Origin, Place, Reason,
    Sink, SourceKind,
};

/// Searches a stream to its end.
///
/// An error while reading is an entry of the coverage; what was read before it is searched.
pub fn stdin(
    input: &mut dyn Read,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.files = 1;
    let mut once = Once::default();
    let mut input = Interruptible { input, options };
    let ended = Window::new().search(&mut input, u64::MAX, detector, &mut once);
    debug_assert!(!ended.cut, "there is no limit to cut at");
    coverage.bytes = ended.bytes;
    if let Some(error) = ended.error {
        coverage.skip_because(b"standard input", Reason::of_io(&error), Some(&reason(&error)));
    }
    if options.interrupted() {
        coverage.skip(b"standard input", Reason::Stopped);
    }
    let digest: [u8; 32] = once.sum.finalize().into();
    for mut finding in once.findings {
        finding.place = Place::new(Origin::Content(digest), finding.location.offset - 1);
        sink(finding);
    }
    coverage
}

/// Digest and lines, counted as the stream goes by.
#[derive(Default)]
struct Once {
    lines: LineCounter,
    sum: Sha256,
    findings: Vec<Finding>,
}

impl Watcher for Once {
    fn found(&mut self, window_start: u64, window: &[u8], found: Match) {
        let span = self.lines.span(&window[..found.start], &window[found.start..found.end]);
        let start = window_start + found.start as u64;
        let location = Location::new(SourceKind::Stdin, span, start);
        // The digest is not known yet; the place is put right at the end.
        self.findings.push(Finding::new(found, Place::from_bytes([0; 32]), location));
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.lines.feed(bytes);
        self.sum.update(bytes);
    }
}
