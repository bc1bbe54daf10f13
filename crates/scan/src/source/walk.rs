//! Everything below some paths, on several threads: each directory is opened once, from the one
//! above it, and each file from its directory, so that neither a long path nor a name that somebody
//! exchanges meanwhile is gone through again and again. Links are met and not followed.
//!
//! What is waiting is taken from its end, so that the directories held open are about as many as
//! the tree is deep, and never more than [`HELD`] for each thread.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};

/// The depth beyond which directories are opened from one at this depth.
const HELD: usize = 64;
/// Files of one directory that a thread takes at once.
const BATCH: usize = 256;

/// What a thread of the walk does with what is met.
pub(crate) trait Visitor {
    /// Meets an entry, and says whether to enter it if it is a directory.
    fn visit(&mut self, entry: &Entry<'_>) -> bool;

    /// Learns that a directory or an entry could not be looked at.
    fn failed(&mut self, path: &Path, error: &io::Error);

    /// Whether to leave everything else where it is.
    fn is_stopped(&self) -> bool;
}

/// Something met on a walk.
pub(crate) struct Entry<'e> {
    /// The whole path, with the root as it was named.
    pub(crate) path: &'e Path,
    /// The last part of it.
    pub(crate) name: &'e OsStr,
    /// How far below its root.
    pub(crate) depth: usize,
    pub(crate) kind: FileType,
    base: BorrowedFd<'e>,
    below: &'e Path,
}

impl Entry<'_> {
    /// Opens it from the directory it was met in.
    pub(crate) fn open(&self, flags: OFlags) -> io::Result<OwnedFd> {
        Ok(rustix::fs::openat(self.base, self.below, flags | OFlags::CLOEXEC, Mode::empty())?)
    }
}

/// Walks below each of the roots; a root that is a link is followed. Returns what has visited.
pub(crate) fn walk<V: Visitor + Send>(
    roots: &[PathBuf],
    threads: usize,
    visitor: impl Fn() -> V + Sync,
) -> Vec<V> {
    let works = roots.iter().rev().map(|root| Work::Root(root)).collect();
    let state = State { works, busy: 0, waiting: 0 };
    let queue = Queue { state: Mutex::new(state), more: Condvar::new() };
    std::thread::scope(|scope| {
        let work = || {
            let mut visitor = visitor();
            while let Some(work) = queue.next() {
                let _busy = Busy(&queue);
                if !visitor.is_stopped() {
                    work.perform(&queue, &mut visitor);
                }
            }
            visitor
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|it| it.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// A directory whose entries wait.
struct Folder {
    /// Itself, or one above it from which it is reached. It is opened once, to be listed and to be
    /// opened from.
    base: Arc<Dir>,
    /// The path from there; empty if it is the base itself.
    below: Vec<u8>,
    path: Vec<u8>,
    depth: usize,
}

enum Work<'r> {
    Root(&'r Path),
    /// A directory by its name in another one.
    Folder(Arc<Folder>, OsString),
    Files(Arc<Folder>, Vec<(OsString, FileType)>),
}

impl<'r> Work<'r> {
    fn perform(self, queue: &Queue<'r>, visitor: &mut impl Visitor) {
        match self {
            Self::Root(root) => {
                if let Err(error) = enter_root(root, queue, visitor) {
                    visitor.failed(root, &error);
                }
            }
            Self::Folder(above, name) => {
                let path = joined(&above.path, &name);
                if let Err(error) = above.enter(&name, &path, queue, visitor) {
                    visitor.failed(Path::new(OsStr::from_bytes(&path)), &error);
                }
            }
            Self::Files(folder, names) => folder.files(names, visitor),
        }
    }
}

fn enter_root<'r>(root: &'r Path, queue: &Queue<'r>, visitor: &mut impl Visitor) -> io::Result<()> {
    let kind = FileType::from_raw_mode(rustix::fs::stat(root)?.st_mode);
    let name = root.file_name().unwrap_or(root.as_os_str());
    let entry = Entry { path: root, name, depth: 0, kind, base: CWD, below: root };
    if visitor.visit(&entry) && kind == FileType::Directory {
        let mut opened = Dir::new(entry.open(OFlags::RDONLY | OFlags::DIRECTORY)?)?;
        let listed = Listed::read(&mut opened);
        let path = root.as_os_str().as_bytes().to_vec();
        let folder = Folder { base: Arc::new(opened), below: Vec::new(), path, depth: 0 };
        folder.meet(listed, queue, visitor)?;
    }
    Ok(())
}

impl Folder {
    fn enter(
        &self,
        name: &OsStr,
        path: &[u8],
        queue: &Queue<'_>,
        visitor: &mut impl Visitor,
    ) -> io::Result<()> {
        let below = joined(&self.below, name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let base = self.base.fd()?;
        let opened = rustix::fs::openat(base, below.as_slice(), flags, Mode::empty())?;
        let (path, depth) = (path.to_vec(), self.depth + 1);
        let mut opened = Dir::new(opened)?;
        let listed = Listed::read(&mut opened);
        let folder = match depth < HELD {
            true => Self { base: Arc::new(opened), below: Vec::new(), path, depth },
            false => Self { base: Arc::clone(&self.base), below, path, depth },
        };
        folder.meet(listed, queue, visitor)
    }

    /// Meets the directories in it, and leaves its files to whoever has time.
    fn meet(self, listed: Listed, queue: &Queue<'_>, visitor: &mut impl Visitor) -> io::Result<()> {
        let folder = Arc::new(self);
        let base = folder.base.fd()?;
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for (name, kind) in listed.names {
            let kind = match kind {
                FileType::Unknown => folder.kind_of(base, &name),
                kind => Ok(kind),
            };
            match kind {
                Ok(FileType::Directory) => folders.push(name),
                Ok(kind) => files.push((name, kind)),
                Err(error) => {
                    let path = joined(&folder.path, &name);
                    visitor.failed(Path::new(OsStr::from_bytes(&path)), &error);
                }
            }
        }
        let mut works = Vec::new();
        let mut line = Line::of(&folder);
        for name in folders {
            if line.visit((&folder, base), &name, FileType::Directory, visitor) {
                works.push(Work::Folder(Arc::clone(&folder), name));
            }
        }
        while files.len() > BATCH {
            let batch = files.split_off(files.len() - BATCH);
            works.push(Work::Files(Arc::clone(&folder), batch));
        }
        queue.add(works);
        folder.files(files, visitor);
        listed.failure.map_or(Ok(()), Err)
    }

    fn files(&self, names: Vec<(OsString, FileType)>, visitor: &mut impl Visitor) {
        let base = match self.base.fd() {
            Ok(base) => base,
            Err(error) => {
                return visitor.failed(Path::new(OsStr::from_bytes(&self.path)), &error.into());
            }
        };
        let mut line = Line::of(self);
        for (name, kind) in names {
            if visitor.is_stopped() {
                return;
            }
            line.visit((self, base), &name, kind, visitor);
        }
    }

    fn kind_of(&self, base: BorrowedFd<'_>, name: &OsStr) -> io::Result<FileType> {
        let below = joined(&self.below, name);
        let stat = rustix::fs::statat(base, below.as_slice(), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }
}

/// What a directory holds.
struct Listed {
    names: Vec<(OsString, FileType)>,
    /// Why it could not be read to its end; what was listed before is gone through.
    failure: Option<io::Error>,
}

impl Listed {
    fn read(opened: &mut Dir) -> Self {
        let mut names = Vec::new();
        for entry in opened {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Self { names, failure: Some(error.into()) },
            };
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push((OsString::from_vec(name.to_vec()), entry.file_type()));
            }
        }
        Self { names, failure: None }
    }
}

/// The paths of one entry of a folder after the other, in memory that is used again.
struct Line {
    path: Vec<u8>,
    below: Vec<u8>,
    lengths: (usize, usize),
}

impl Line {
    fn of(folder: &Folder) -> Self {
        let (path, below) = (joined(&folder.path, ""), joined(&folder.below, ""));
        Self { lengths: (path.len(), below.len()), path, below }
    }

    fn visit(
        &mut self,
        (folder, base): (&Folder, BorrowedFd<'_>),
        name: &OsStr,
        kind: FileType,
        visitor: &mut impl Visitor,
    ) -> bool {
        self.path.truncate(self.lengths.0);
        self.path.extend_from_slice(name.as_bytes());
        self.below.truncate(self.lengths.1);
        self.below.extend_from_slice(name.as_bytes());
        visitor.visit(&Entry {
            path: Path::new(OsStr::from_bytes(&self.path)),
            name,
            depth: folder.depth + 1,
            kind,
            base,
            below: Path::new(OsStr::from_bytes(&self.below)),
        })
    }
}

/// A path and a name in it.
fn joined(path: &[u8], name: impl AsRef<OsStr>) -> Vec<u8> {
    let slash: &[u8] = if path.is_empty() || path.ends_with(b"/") { b"" } else { b"/" };
    [path, slash, name.as_ref().as_bytes()].concat()
}

/// What waits to be done.
struct Queue<'r> {
    state: Mutex<State<'r>>,
    more: Condvar,
}

struct State<'r> {
    works: Vec<Work<'r>>,
    /// Threads at work, which may add more.
    busy: usize,
    /// Threads that wait for more: to wake nobody is a call into the system, too.
    waiting: usize,
}

/// A thread at work; it is none any more when this is dropped, be it in a panic.
struct Busy<'q, 'r>(&'q Queue<'r>);

impl Drop for Busy<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy -= 1;
        if state.busy == 0 {
            self.0.more.notify_all();
        }
    }
}

impl<'r> Queue<'r> {
    /// What to do next; `None` once there is nothing and nobody who may add to it.
    fn next(&self) -> Option<Work<'r>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(work) = state.works.pop() {
                state.busy += 1;
                return Some(work);
            }
            if state.busy == 0 {
                return None;
            }
            state.waiting += 1;
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    fn add(&self, works: Vec<Work<'r>>) {
        if !works.is_empty() {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.works.extend(works);
            if state.waiting > 0 {
                self.more.notify_all();
            }
        }
    }
}
