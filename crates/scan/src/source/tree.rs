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
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bstr::BString;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rustix::fs::{Mode, OFlags};

use super::file::{self, Named};
use super::stream::Window;
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
            kept.push(root);
        }
    }
    let real_roots = Roots::new(real_roots);
    let coverage = Mutex::new(Coverage::default());
    let total = |part: Coverage| {
        coverage.lock().unwrap_or_else(PoisonError::into_inner).merge(part);
    };
    let mut roots = kept.into_iter();
    if let Some(first) = roots.next() {
        let mut builder = WalkBuilder::new(plain(first));
        for root in roots {
            builder.add(plain(root));
        }
        builder.standard_filters(false).follow_links(false).threads(options.thread_count());
        builder.build_parallel().run(|| {
            let mut walker =
                Walker { detector, options, sink, real_roots: &real_roots, window: Window::new() };
            Box::new(move |entry| {
                let mut part = Coverage::default();
                let state = walker.visit(entry, &mut part);
                total(part);
                state
            })
        });
    }
    let mut coverage = coverage.into_inner().unwrap_or_else(PoisonError::into_inner);
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

/// The walker takes `-` for standard input; here it is a file's name.
fn plain(root: &Path) -> PathBuf {
    if root == Path::new("-") { PathBuf::from("./-") } else { root.to_owned() }
}

/// One thread of the walk.
struct Walker<'a> {
    detector: &'a Detector,
    options: &'a Options,
    sink: Sink<'a>,
    real_roots: &'a Roots,
    window: Window,
}

impl Walker<'_> {
    fn visit(
        &mut self,
        entry: Result<DirEntry, ignore::Error>,
        coverage: &mut Coverage,
    ) -> WalkState {
        if self.options.interrupted() {
            return WalkState::Quit;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failed(&error, coverage);
                return WalkState::Continue;
            }
        };
        let path = entry.path();
        let shown = shown(path);
        if entry.depth() > 0 {
            if self.real_roots.has(&entry) {
                return WalkState::Skip; // it was named, too, and is read as what was named
            }
            if entry.file_name() == OsStr::new(".git") {
                coverage.skip(&shown, Reason::DotGit);
                return WalkState::Skip;
            }
            if self.excluded(&entry) {
                coverage.skip(&shown, Reason::Excluded);
                return WalkState::Skip;
            }
        }
        self.name(&entry, &shown, coverage);
        // The type the directory told, without a look at the file; a root is looked at through
        // its link.
        let kind = match entry.file_type() {
            Some(kind) if kind.is_symlink() && entry.depth() == 0 => match fs::metadata(path) {
                Ok(meta) if meta.is_dir() => return WalkState::Continue,
                Ok(meta) => meta.file_type(),
                Err(error) => {
                    unread(&shown, &error, coverage);
                    return WalkState::Continue;
                }
            },
            Some(kind) => kind,
            None => return WalkState::Continue,
        };
        #[cfg(feature = "rules")]
        if kind.is_symlink() || kind.is_file() {
            self.path(&entry, &shown);
        }
        if kind.is_symlink() {
            self.link(path, &shown, coverage);
        } else if kind.is_file() {
            self.file(&entry, &shown, coverage);
        } else if let Some(reason) = nature(kind) {
            coverage.skip(&shown, reason);
        }
        WalkState::Continue
    }

    /// Whether the path, relative to the root it was reached from, is left out by choice.
    fn excluded(&self, entry: &DirEntry) -> bool {
        if self.options.excludes.is_empty() {
            return false;
        }
        // Directories above were asked when they were met.
        self.options.excludes.fits_entry(relative(entry).as_bytes())
    }

    /// Tells of a file that rules report for its path alone: from the root, or the root's own.
    #[cfg(feature = "rules")]
    fn path(&self, entry: &DirEntry, shown: &BString) {
        let rules = self.detector.rules();
        if rules.has_path_rules() {
            let path = asked(entry);
            for finding in rules.path_findings(path.as_bytes(), None, SourceKind::Worktree) {
                self.tell(finding, shown);
            }
        }
    }

    fn file(&mut self, entry: &DirEntry, shown: &BString, coverage: &mut Coverage) {
        let (path, is_root) = (entry.path(), entry.depth() == 0);
        let (mut file, length) = match open(path, is_root) {
            Ok(Opened::Regular(file, length)) => (file, length),
            Ok(Opened::Other(kind)) => {
                // It was a file when its directory was read and is none now.
                coverage.skip(shown, nature(kind).unwrap_or(Reason::Vanished));
                return;
            }
            Err(error) => return unread(shown, &error, coverage),
        };
        let name = path.file_name().unwrap_or_default().as_bytes();
        let from_root = asked(entry);
        let (source, path) = (SourceKind::Worktree, from_root.as_bytes());
        let named = Named { shown, name, source, path };
        let how = (self.detector, self.options);
        let (findings, ended) =
            file::search_deep(&mut file, length, &named, &mut self.window, how, coverage);
        if self.options.interrupted() {
            coverage.skip(shown, Reason::Stopped);
        }
        coverage.files += 1;
        coverage.bytes += ended.bytes;
        if ended.cut {
            coverage.skip(shown, Reason::Growing);
        }
        if ended.search_cut {
            coverage.skip(shown, Reason::SearchBound);
        }
        if let Some(error) = ended.error {
            unread(shown, &error, coverage);
        }
        for finding in findings {
            self.tell(finding, shown);
        }
    }

    fn link(&self, path: &Path, shown: &BString, coverage: &mut Coverage) {
        let text = match fs::read_link(path) {
            Ok(target) => target,
            Err(error) => return unread(shown, &error, coverage),
        };
        let bytes = text.as_os_str().as_bytes();
        coverage.files += 1;
        coverage.bytes += bytes.len() as u64;
        let cut = &mut || coverage.skip(shown, Reason::SearchBound);
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
            coverage.skip(shown, Reason::SymlinkTarget);
        }
    }

    /// A token in a file's own name.
    fn name(&self, entry: &DirEntry, shown: &BString, coverage: &mut Coverage) {
        let name = entry.file_name().as_bytes();
        let cut = &mut || coverage.skip(shown, Reason::SearchBound);
        for found in self.detector.matches_or(name, cut) {
            let start = found.start as u64;
            let span = LineCounter::span_in(name, &found);
            let location = Location::new(SourceKind::TreeEntry, span, start);
            let place = Place::new(Origin::Name(name), start);
            self.tell(Finding::new(found, place, location), shown);
        }
    }

    fn tell(&self, mut finding: Finding, shown: &BString) {
        finding.location.path = Some(shown.clone());
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
    fn has(&self, entry: &DirEntry) -> bool {
        self.paths.len() > 1
            && self.names.contains(entry.file_name())
            && !entry.file_type().is_some_and(|kind| kind.is_symlink())
            && fs::canonicalize(entry.path()).is_ok_and(|path| self.paths.contains(&path))
    }

    /// Whether something lies in any of them.
    fn hold(&self, path: &Path) -> bool {
        path.ancestors().any(|path| self.paths.contains(path))
    }
}

enum Opened {
    Regular(File, u64),
    Other(fs::FileType),
}

/// Opens a file that was regular a moment ago. Should it have become a pipe or a link since,
/// `NONBLOCK` does not wait for it and `NOFOLLOW` refuses it.
fn open(path: &Path, is_root: bool) -> io::Result<Opened> {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    if !is_root {
        flags |= OFlags::NOFOLLOW;
    }
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let meta = file.metadata()?;
    Ok(match meta.is_file() {
        true => Opened::Regular(file, meta.len()),
        false => Opened::Other(meta.file_type()),
    })
}

/// What has no content of its own, by its type.
fn nature(kind: fs::FileType) -> Option<Reason> {
    match kind {
        kind if kind.is_fifo() => Some(Reason::Fifo),
        kind if kind.is_socket() => Some(Reason::Socket),
        kind if kind.is_block_device() || kind.is_char_device() => Some(Reason::Device),
        _ => None,
    }
}

fn unread(shown: &BString, error: &io::Error, coverage: &mut Coverage) {
    coverage.skip_because(shown, Reason::of_io(error), Some(&error.to_string()));
}

/// The path from the root that an entry was reached from.
fn relative(entry: &DirEntry) -> OsString {
    let names: Vec<&OsStr> = entry.path().iter().collect();
    names[names.len().saturating_sub(entry.depth())..].join(OsStr::new("/"))
}

/// The path that rules for paths are held against: from the root, or the root's own.
fn asked(entry: &DirEntry) -> OsString {
    if entry.depth() == 0 { own(entry.path()).to_owned() } else { relative(entry) }
}

/// A path without a leading `./`.
fn own(path: &Path) -> &OsStr {
    let path = path.as_os_str();
    path.as_bytes().strip_prefix(b"./").map_or(path, OsStr::from_bytes)
}

/// A path as it is reported: redacted, without a leading `./`.
fn shown(path: &Path) -> BString {
    redact_bytes(own(path).as_bytes())
}

/// A directory that could not be listed, or a file that could not be looked at.
fn failed(error: &ignore::Error, coverage: &mut Coverage) {
    let mut path = None;
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                inner = err;
            }
            _ => break,
        }
    }
    let what = path.map_or_else(|| BString::from("a directory"), |path| shown(path));
    match inner {
        ignore::Error::Io(error) => unread(&what, error, coverage),
        other => coverage.skip_because(&what, Reason::Damaged, Some(&other.to_string())),
    }
}
