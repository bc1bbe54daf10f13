//! How many findings are kept: a file may be one secret from its first byte to its last, and a
//! machine has so much memory. What is beyond is an entry of the coverage.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::{Coverage, Reason};

/// Findings of one content: a file, a git object.
#[cfg(any(feature = "tree", feature = "git"))]
const OF_CONTENT: usize = 100_000;

/// Findings of one run.
const OF_RUN: usize = 200_000;

/// Counts findings. Tokens of our own are counted apart, so that none of them is crowded out by
/// other people's, which anybody can write by the million.
#[derive(Debug)]
pub struct Tally {
    most: usize,
    own: AtomicUsize,
    others: AtomicUsize,
    is_full: AtomicBool,
}

impl Tally {
    /// For all that one run finds: 200,000 of either kind.
    pub fn of_run() -> Self {
        Self::with(OF_RUN)
    }

    /// For what is found in one content: 100,000 of either kind.
    #[cfg(any(feature = "tree", feature = "git"))]
    pub(crate) fn of_content() -> Self {
        Self::with(OF_CONTENT)
    }

    fn with(most: usize) -> Self {
        let none = || AtomicUsize::new(0);
        Self { most, own: none(), others: none(), is_full: AtomicBool::new(false) }
    }

    /// Counts one more; `false` if it is not to be kept.
    pub fn has_room(&self, is_own: bool) -> bool {
        let count = if is_own { &self.own } else { &self.others };
        let has_room = count.fetch_add(1, Ordering::Relaxed) < self.most;
        if !has_room {
            self.is_full.store(true, Ordering::Relaxed);
        }
        has_room
    }

    /// Whether there was more than is kept.
    pub fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Says in the coverage that there was more in `what`, if so.
    pub fn note(&self, what: &[u8], coverage: &mut Coverage) {
        if self.is_full() {
            let why = format!("the first {} are told", self.most);
            coverage.skip_because(what, Reason::FindingBound, Some(&why));
        }
    }
}
