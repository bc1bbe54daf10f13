//! One outer file that is being unpacked: what all levels share, and where one of them is.

use std::cell::{Cell, RefCell};
use std::io;

use bstr::{BString, ByteSlice as _};
use sha2::{Digest as _, Sha256};

use super::bounds::{Bounds, Met};
use super::{Inside, Outer};
use crate::source::stream::Window;
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Options, Origin, Place, Reason, SourceKind,
    redact_bytes,
};

/// Bytes of a member's name that are shown; the whole is searched. As long as a path may be.
const SHOWN: usize = 4096;

/// Bytes that a member's window takes in at once.
const CHUNK: usize = 512 * 1024;

/// What all levels share.
pub(super) struct Job<'a> {
    pub(super) outer: &'a Outer<'a>,
    pub(super) detector: &'a Detector,
    pub(super) options: &'a Options,
    pub(super) bounds: Bounds,
    skip: &'a dyn Fn(&[u8], Reason, &str),
    report: &'a dyn Fn(Finding),
    /// Windows of members that are done.
    windows: RefCell<Vec<Window>>,
    stopped: Cell<bool>,
}

/// Does `work` on an outer file of `length` bytes, and counts what was unpacked as read.
pub(super) fn with_job<R>(
    (outer, length): (&Outer<'_>, u64),
    (detector, options): (&Detector, &Options),
    coverage: &mut Coverage,
    report: &mut dyn FnMut(Finding),
    work: impl FnOnce(&Job<'_>) -> R,
) -> R {
    // Behind closures, so that the levels can share them and differ in how long they live.
    let (shared, report) = (RefCell::new(&mut *coverage), RefCell::new(report));
    let skip = |what: &[u8], reason, detail: &str| {
        shared.borrow_mut().skip_because(what, reason, Some(detail));
    };
    let report = |finding| (report.borrow_mut())(finding);
    let job = Job {
        outer,
        detector,
        options,
        bounds: Bounds::new(length),
        skip: &skip,
        report: &report,
        windows: RefCell::default(),
        stopped: Cell::new(false),
    };
    let result = work(&job);
    shared.borrow_mut().bytes += job.bounds.unpacked();
    result
}

impl Job<'_> {
    /// A bound of the whole outer file was met, or the caller stopped: nothing more is unpacked.
    pub(super) fn has_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Stops at a bound, which is noted once, with the place where it was met.
    pub(super) fn stop(&self, path: &Path<'_>, met: Met) {
        if !self.stopped.replace(true) {
            self.note(path, Reason::ArchiveBound, met);
        }
    }

    /// Whether the caller asked to stop; then nothing more is unpacked.
    pub(super) fn is_interrupted(&self) -> bool {
        let is_interrupted = self.options.interrupted();
        if is_interrupted {
            // The caller notes it, as for all that it reads.
            self.stopped.set(true);
        }
        is_interrupted
    }

    /// An entry of the coverage for what lies at `path`.
    pub(super) fn note(&self, path: &Path<'_>, reason: Reason, detail: &str) {
        let mut what = BString::from(self.outer.name);
        if path.depth > 0 {
            what.push(b'!');
            what.extend_from_slice(&path.shown);
        }
        (self.skip)(&what, reason, detail);
    }

    /// As [`Job::note`], unless all was stopped, of which there is an entry already.
    pub(super) fn fault(&self, path: &Path<'_>, fault: &Fault) {
        if !self.has_stopped() {
            self.note(path, fault.reason, &fault.detail);
        }
    }

    pub(super) fn report(&self, path: &Path<'_>, mut finding: Finding) {
        if path.depth > 0 {
            finding.location.archive = Some(path.shown.clone());
        }
        (self.report)(finding);
    }

    pub(super) fn window(&self) -> Window {
        let mut window = self.windows.borrow_mut().pop();
        let mut window = window.take().unwrap_or_else(|| Window::with_chunk(CHUNK));
        window.clear();
        window
    }

    pub(super) fn keep(&self, window: Window) {
        self.windows.borrow_mut().push(window);
    }

    /// Searches a text that an archive says about itself or about a member at `path`: a comment,
    /// a header. Its findings are `Header` and lie in the content that is the text.
    pub(super) fn text(&self, path: &Path<'_>, text: &[u8], inside: &mut Inside) {
        let sum = || Origin::Content(Sha256::digest(text).into());
        self.search_text(path, text, SourceKind::Header, &sum, inside);
    }

    /// Tells of a member that rules report for its path alone.
    #[cfg(feature = "rules")]
    pub(super) fn path_rules(&self, path: &Path<'_>) {
        let rules = self.detector.rules();
        if !rules.has_path_rules() || self.outer.path.is_empty() {
            return;
        }
        let whole = [self.outer.path, b"!", path.shown.as_slice()].concat();
        for finding in rules.path_findings(&whole, None, self.outer.source) {
            if let Err(met) = self.bounds.finding() {
                return self.stop(path, met);
            }
            self.report(path, finding);
        }
    }

    #[cfg(not(feature = "rules"))]
    pub(super) fn path_rules(&self, _: &Path<'_>) {}

    fn search_text<'t>(
        &self,
        path: &Path<'_>,
        text: &'t [u8],
        source: SourceKind,
        origin: &dyn Fn() -> Origin<'t>,
        inside: &mut Inside,
    ) {
        let cut = &mut || self.note(path, Reason::SearchBound, "in what it says of itself");
        for found in self.detector.matches_or(text, cut) {
            if let Err(met) = self.bounds.finding() {
                return self.stop(path, met);
            }
            let (start, span) = (found.start as u64, span_in(text, found.start, found.end));
            let place = Place::new(origin(), start);
            inside.found(found.secret.digest());
            self.report(path, Finding::new(found, place, Location::new(source, span, start)));
        }
    }
}

fn span_in(text: &[u8], start: usize, end: usize) -> (crate::Position, crate::Position) {
    LineCounter::default().span(&text[..start], &text[start..end])
}

/// Where a content is: the way to it from the outer file.
pub(super) struct Path<'n> {
    /// The members on the way, `!` between them, redacted. Empty for the outer file.
    pub(super) shown: BString,
    /// 0 for the outer file.
    pub(super) depth: usize,
    /// The last part of the content's own name.
    base: &'n [u8],
}

impl<'n> Path<'n> {
    pub(super) fn outer(outer: &Outer<'n>) -> Self {
        Self { shown: BString::default(), depth: 0, base: outer.inner_name }
    }

    /// The path of a member with this name, which the archive gave it. The name is searched.
    pub(super) fn named(&self, job: &Job<'_>, name: &'n [u8], inside: &mut Inside) -> Self {
        let path = self.below(&redacted(job.detector, name), name);
        job.search_text(&path, name, SourceKind::TreeEntry, &|| Origin::Name(name), inside);
        path
    }

    /// The path of a member whose name is made up here.
    pub(super) fn unnamed(&self, job: &Job<'_>, name: &'n [u8]) -> Self {
        self.below(&redacted(job.detector, name), name)
    }

    /// What the only content of a compressed stream is called if that does not say it.
    pub(super) fn stem(&self) -> &'n [u8] {
        let known: [&[u8]; 11] = [
            b".gz", b".bz2", b".xz", b".zst", b".z", b".bz", b".zstd", b".gzip", b".lzma", b".zz",
            b".zlib",
        ];
        let base = self.base;
        for suffix in known {
            let at = base.len().saturating_sub(suffix.len());
            if at > 0 && base[at..].eq_ignore_ascii_case(suffix) {
                return &base[..at];
            }
        }
        b"data"
    }

    /// Whether its name says that it is a directory.
    pub(super) fn is_directory(&self) -> bool {
        self.shown.ends_with(b"/")
    }

    fn below(&self, shown: &[u8], name: &'n [u8]) -> Self {
        let mut all = self.shown.clone();
        if self.depth > 0 {
            all.push(b'!');
        }
        let shown = if shown.is_empty() { b"(no name)" } else { shown };
        if shown.len() > SHOWN {
            all.extend_from_slice(shown[..SHOWN].trim_end_with(|c| c == '\u{fffd}'));
            all.extend_from_slice("\u{2026}".as_bytes());
        } else {
            all.extend_from_slice(shown);
        }
        let base = name.rfind_byte(b'/').map_or(name, |slash| &name[slash + 1..]);
        Self { shown: all, depth: self.depth + 1, base }
    }
}

/// A name as it may be shown: without any secret that the detector finds in it.
fn redacted(detector: &Detector, name: &[u8]) -> BString {
    let mut out = BString::default();
    let mut at = 0;
    for found in detector.matches(name) {
        // One that begins inside another is gone with it.
        if found.start >= at {
            out.extend_from_slice(&redact_bytes(&name[at..found.start]));
            out.extend_from_slice(found.secret.redacted().as_bytes());
        }
        at = at.max(found.end);
    }
    out.extend_from_slice(&redact_bytes(&name[at.min(name.len())..]));
    out
}

/// Why a content could not be unpacked further.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn damaged(detail: impl Into<String>) -> Self {
        Self::new(Reason::Damaged, detail)
    }
}

impl Fault {
    /// The same as an error of reading, which becomes the same fault again.
    pub(super) fn into_io(self) -> io::Error {
        let kind = match self.reason {
            Reason::ArchiveBound => io::ErrorKind::OutOfMemory,
            Reason::Unsupported => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, self.detail)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::OutOfMemory => Reason::ArchiveBound,
            io::ErrorKind::Unsupported => Reason::Unsupported,
            io::ErrorKind::PermissionDenied => Reason::Permission,
            _ => Reason::Damaged,
        };
        Self { reason, detail: crate::error::reason(&error) }
    }
}
