//! What every source takes beside its own input.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Excludes, Finding};

/// Where findings go, from any thread, in no order. [`Finding::order_key`] gives them one.
pub type Sink<'a> = &'a (dyn Fn(Finding) + Sync);

/// Settings that all sources share.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads to read with; 0 is one for each processor.
    pub threads: usize,
    /// Set from outside to stop early. What was not read by then is *not read* in the coverage.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// Paths not to read, by choice, in sources that go by paths: files, index, range. Sources
    /// that read every object (history, the watcher's walk) read these contents nevertheless.
    pub excludes: Excludes,
    /// Where to remember what was read and found clean, for the next scan of the same history; a
    /// directory that belongs to this user and is closed to others. `None`: everything is read.
    pub cache: Option<PathBuf>,
    /// How deep archives in one another are opened; 0: not at all, which is then in the coverage.
    /// More than [`Options::ARCHIVE_DEPTH_MAX`] counts as that.
    pub max_archive_depth: usize,
}

/// As deep as archives are nested for a reason: a layer of an image, in it a package, in it a
/// compressed file.
const ARCHIVE_DEPTH: usize = 5;

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 0,
            interrupt: None,
            excludes: Excludes::default(),
            cache: None,
            max_archive_depth: ARCHIVE_DEPTH,
        }
    }
}

impl Options {
    /// The most levels of archives that are opened, whatever is asked for: each takes a window and
    /// a piece of the stack.
    pub const ARCHIVE_DEPTH_MAX: u8 = 16;

    /// Whether the caller asked to stop.
    pub fn interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The number of threads to start, at least one.
    pub fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }
}
