//! Standard input, or any other stream that can be read once.
//!
//! Its place is named by the digest of the whole stream, so findings are handed over at its end;
//! what is kept until then is small and holds no secret. A stream that is an archive is opened
//! while it goes by.

use std::io::Read;

#[cfg(not(feature = "archive"))]
use super::stream::{Ended, Interruptible, Once, Window};
use crate::error::reason;
use crate::{Coverage, Detector, Options, Reason, Sink};

/// The name of the stream in the coverage.
const NAME: &[u8] = b"standard input";

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
    let (bytes, error) = search(input, detector, options, &mut coverage, sink);
    coverage.bytes += bytes;
    if let Some(error) = error {
        coverage.skip_because(NAME, Reason::of_io(&error), Some(&reason(&error)));
    }
    if options.interrupted() {
        coverage.skip(NAME, Reason::Stopped);
    }
    coverage
}

#[cfg(feature = "archive")]
fn search(
    input: &mut dyn Read,
    detector: &Detector,
    options: &Options,
    coverage: &mut Coverage,
    sink: Sink<'_>,
) -> (u64, Option<std::io::Error>) {
    use crate::archive::{self, Outer};

    let source = crate::SourceKind::Stdin;
    let outer = Outer { name: NAME, inner_name: b"", source, path: b"" };
    archive::search_stream(input, &outer, detector, options, coverage, &mut |found| sink(found))
}

#[cfg(not(feature = "archive"))]
fn search(
    input: &mut dyn Read,
    detector: &Detector,
    options: &Options,
    coverage: &mut Coverage,
    sink: Sink<'_>,
) -> (u64, Option<std::io::Error>) {
    let mut once = Once::new(crate::SourceKind::Stdin);
    let mut input = Interruptible { input, options };
    let Ended { bytes, cut, search_cut, error } =
        Window::new().search(&mut input, u64::MAX, None, detector, &mut once);
    debug_assert!(!cut, "there is no limit to cut at");
    if search_cut {
        coverage.skip(NAME, Reason::SearchBound);
    }
    once.finish().for_each(|(finding, _)| sink(finding));
    (bytes, error)
}
