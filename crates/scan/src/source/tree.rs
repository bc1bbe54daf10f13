//! Files under given paths: ignored and hidden ones too, `.git` apart.
//!
//! Only regular files are opened. Pipes, sockets and devices are recognised by their type before,
//! and once more after opening (without waiting, without following a link), so that neither a
//! pipe nor a race holds the scan. Links are not followed; their text is searched.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::BString;
use memchr::memrchr_iter;
use rustix::fs::{FileType, OFlags};

use super::file::{self, Named};
use super::stream::Window;
use super::walk::{self, Entry, Visitor};
use crate::error::reason;
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Options, Origin, Place, Reason, ScanError,
    Sink, SourceKind, redact_bytes, redact_lossy,
};

/// Searches all files under `roots`, each once: one that two of them reach is read from the inner
/// one. A root that is a link is followed, as somebody named it.
///
/// # Errors
/// A root that does not exist or cannot be looked at. What cannot be read below a root is an
/// entry of the coverage.
pub fn tree(
    roots: &[PathBuf],
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let mut real_roots = HashSet::new();
    let mut kept = Vec::new();
    for root in roots {
        if real_roots.insert(fs::canonicalize(root).map_err(|error| refused(root, &error))?) {
            kept.push(root.clone());
        }
    }
    let real_roots = Roots::new(real_roots);
    let walkers = walk::walk(&kept, options.thread_count(), || Walker {
        detector,
        options,
        sink,
        real_roots: &real_roots,
        window: Window::new(),
        coverage: Coverage::default(),
    });
    let mut coverage = Coverage::default();
    walkers.into_iter().for_each(|walker| coverage.merge(walker.coverage));
    if options.interrupted() {
        coverage.skip(b"the files not reached", Reason::Stopped);
    }
    Ok(coverage)
}

fn refused(root: &Path, error: &io::Error) -> ScanError {
    let path = redact_lossy(root.as_os_str().as_bytes());
    match error.kind() {
        io::ErrorKind::NotFound => ScanError::NoSuchPath { path },
        _ => ScanError::Unreadable { path, why: reason(error) },
    }
}

/// One thread of the walk.
struct Walker<'a> {
    detector: &'a Detector,
    options: &'a Options,
    sink: Sink<'a>,
    real_roots: &'a Roots,
    window: Window,
    coverage: Coverage,
}

impl Visitor for Walker<'_> {
    fn is_stopped(&self) -> bool {
        self.options.interrupted()
    }

    fn failed(&mut self, path: &Path, error: &io::Error) {
        unread(Shown(path), error, &mut self.coverage);
    }

    fn visit(&mut self, entry: &Entry<'_>) -> bool {
        // Apart, so that both can be changed at once.
        let mut coverage = std::mem::take(&mut self.coverage);
        let enters = self.meet(entry, &mut coverage);
        self.coverage = coverage;
        enters
    }
}

impl Walker<'_> {
    /// Answers whether to enter a directory.
    fn meet(&mut self, entry: &Entry<'_>, coverage: &mut Coverage) -> bool {
        let shown = Shown(entry.path);
        if entry.depth > 0 {
            if self.real_roots.has(entry) {
                return false; // it was named, too, and is read as what was named
            }
            if entry.name == OsStr::new(".git") {
                coverage.skip(&shown.text(), Reason::DotGit);
                return false;
            }
            if self.excluded(entry) {
                coverage.skip(&shown.text(), Reason::Excluded);
                return false;
            }
        }
        self.name(entry, shown, coverage);
        // The type the directory told, without a look at the file.
        let kind = entry.kind;
        #[cfg(feature = "rules")]
        if kind.is_symlink() || kind.is_file() {
            self.path(entry, shown);
        }
        if kind.is_symlink() {
            self.link(entry.path, shown, coverage);
        } else if kind.is_file() {
            self.file(entry, shown, coverage);
        } else if let Some(reason) = nature(kind) {
            coverage.skip(&shown.text(), reason);
        }
        true
    }

    /// Whether the path, relative to the root it was reached from, is left out by choice.
    fn excluded(&self, entry: &Entry<'_>) -> bool {
        if self.options.excludes.is_empty() {
            return false;
        }
        // Directories above were asked when they were met.
        self.options.excludes.fits_entry(relative(entry).as_bytes())
    }

    /// Tells of a file that rules report for its path alone: from the root, or the root's own.
    #[cfg(feature = "rules")]
    fn path(&self, entry: &Entry<'_>, shown: Shown<'_>) {
        let rules = self.detector.rules();
        if rules.has_path_rules() {
            let path = asked(entry);
            for finding in rules.path_findings(path.as_bytes(), None, SourceKind::Worktree) {
                self.tell(finding, shown);
            }
        }
    }

    fn file(&mut self, entry: &Entry<'_>, shown: Shown<'_>, coverage: &mut Coverage) {
        let (mut file, length) = match open(entry) {
            Ok(Opened::Regular(file, length)) => (file, length),
            Ok(Opened::Other(kind)) => {
                // It was a file when its directory was read and is none now.
                coverage.skip(&shown.text(), nature(kind).unwrap_or(Reason::Vanished));
                return;
            }
            Err(error) => return unread(shown, &error, coverage),
        };
        let name = entry.name.as_bytes();
        let text = || shown.text();
        let (source, path) = (SourceKind::Worktree, asked(entry).as_bytes());
        let named = Named { shown: &text, name, source, path };
        let how = (self.detector, self.options);
        let (findings, ended) =
            file::search_deep(&mut file, length, &named, &mut self.window, how, coverage);
        if self.options.interrupted() {
            coverage.skip(&shown.text(), Reason::Stopped);
        }
        coverage.files += 1;
        coverage.bytes += ended.bytes;
        if ended.cut {
            coverage.skip(&shown.text(), Reason::Growing);
        }
        if ended.search_cut {
            coverage.skip(&shown.text(), Reason::SearchBound);
        }
        if let Some(error) = ended.error {
            unread(shown, &error, coverage);
        }
        for finding in findings {
            self.tell(finding, shown);
        }
    }

    fn link(&self, path: &Path, shown: Shown<'_>, coverage: &mut Coverage) {
        let text = match fs::read_link(path) {
            Ok(target) => target,
            Err(error) => return unread(shown, &error, coverage),
        };
        let bytes = text.as_os_str().as_bytes();
        coverage.files += 1;
        coverage.bytes += bytes.len() as u64;
        let cut = &mut || coverage.skip(&shown.text(), Reason::SearchBound);
        for found in self.detector.matches_or(bytes, cut) {
            let start = found.start as u64;
            let span = LineCounter::span_in(bytes, &found);
            let location = Location::new(SourceKind::Worktree, span, start);
            let sum = sha2::Digest::finalize(sha2::Digest::chain_update(
                <sha2::Sha256 as sha2::Digest>::new(),
                bytes,
            ));
            let place = Place::new(Origin::Content(sum.into()), start);
            self.tell(Finding::new(found, place, location), shown);
        }
        // A link that leads nowhere, or round in circles, has no target to read.
        if let Ok(target) = fs::canonicalize(path)
            && !self.real_roots.hold(&target)
        {
            coverage.skip(&shown.text(), Reason::SymlinkTarget);
        }
    }

    /// A token in a file's own name.
    fn name(&self, entry: &Entry<'_>, shown: Shown<'_>, coverage: &mut Coverage) {
        let name = entry.name.as_bytes();
        let cut = &mut || coverage.skip(&shown.text(), Reason::SearchBound);
        for found in self.detector.matches_or(name, cut) {
            let start = found.start as u64;
            let span = LineCounter::span_in(name, &found);
            let location = Location::new(SourceKind::TreeEntry, span, start);
            let place = Place::new(Origin::Name(name), start);
            self.tell(Finding::new(found, place, location), shown);
        }
    }

    fn tell(&self, mut finding: Finding, shown: Shown<'_>) {
        finding.location.path = Some(shown.text());
        (self.sink)(finding);
    }
}

/// The roots, all links followed. One may lie in another.
struct Roots {
    paths: HashSet<PathBuf>,
    names: HashSet<OsString>,
}

impl Roots {
    fn new(paths: HashSet<PathBuf>) -> Self {
        let names = paths.iter().filter_map(|path| path.file_name()).map(OsStr::to_owned);
        Self { names: names.collect(), paths }
    }

    /// Whether what was met below a root is another root itself.
    fn has(&self, entry: &Entry<'_>) -> bool {
        self.paths.len() > 1
            && self.names.contains(entry.name)
            && !entry.kind.is_symlink()
            && fs::canonicalize(entry.path).is_ok_and(|path| self.paths.contains(&path))
    }

    /// Whether something lies in any of them.
    fn hold(&self, path: &Path) -> bool {
        path.ancestors().any(|path| self.paths.contains(path))
    }
}

enum Opened {
    Regular(File, u64),
    Other(FileType),
}

/// Opens a file that was regular a moment ago. Should it have become a pipe or a link since,
/// `NONBLOCK` does not wait for it and `NOFOLLOW` refuses it.
fn open(entry: &Entry<'_>) -> io::Result<Opened> {
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    if entry.depth > 0 {
        flags |= OFlags::NOFOLLOW;
    }
    let file = entry.open(flags)?;
    let stat = rustix::fs::fstat(&file)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            Opened::Regular(file.into(), u64::try_from(stat.st_size).unwrap_or(0))
        }
        other => Opened::Other(other),
    })
}

/// What has no content of its own, by its type.
fn nature(kind: FileType) -> Option<Reason> {
    match kind {
        FileType::Fifo => Some(Reason::Fifo),
        FileType::Socket => Some(Reason::Socket),
        FileType::BlockDevice | FileType::CharacterDevice => Some(Reason::Device),
        _ => None,
    }
}

fn unread(shown: Shown<'_>, error: &io::Error, coverage: &mut Coverage) {
    coverage.skip_because(&shown.text(), Reason::of_io(error), Some(&error.to_string()));
}

/// The path from the root that an entry was reached from: as many of its last names as it is deep.
fn relative<'e>(entry: &Entry<'e>) -> &'e OsStr {
    let path = entry.path.as_os_str().as_bytes();
    let above = entry.depth.checked_sub(1).and_then(|above| memrchr_iter(b'/', path).nth(above));
    OsStr::from_bytes(above.map_or(path, |slash| &path[slash + 1..]))
}

/// The path that rules for paths are held against: from the root, or the root's own.
fn asked<'e>(entry: &Entry<'e>) -> &'e OsStr {
    if entry.depth == 0 { own(entry.path) } else { relative(entry) }
}

/// A path without a leading `./`.
fn own(path: &Path) -> &OsStr {
    let path = path.as_os_str();
    path.as_bytes().strip_prefix(b"./").map_or(path, OsStr::from_bytes)
}

/// A path that may have to be reported. Most are not, so its text is made only then.
#[derive(Clone, Copy)]
struct Shown<'p>(&'p Path);

impl Shown<'_> {
    /// The path as it is reported: redacted, without a leading `./`.
    fn text(self) -> BString {
        redact_bytes(own(self.0).as_bytes())
    }
}
