//! What is left to do in a pack, shared by threads: first the roots, in the order of the pack;
//! then whatever a busy thread gives away.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::frames::Frame;
use super::{Forest, Pack};

/// Entries that a thread looks through for roots at a time.
const BATCH: u32 = 256;

/// The walk of one pack.
pub(crate) struct Work<'a> {
    pub(crate) pack: &'a Pack,
    pub(crate) forest: &'a Forest,
    next: AtomicU32,
    shared: Mutex<Shared>,
    changed: Condvar,
    /// Threads that wait and have nothing to take: a hint without the lock.
    hungry: AtomicUsize,
}

#[derive(Default)]
struct Shared {
    frames: Vec<Frame>,
    /// Threads that take part, and those of them that wait.
    threads: usize,
    idle: usize,
}

/// What to do next.
pub(super) enum Task {
    /// Look for roots among these entries.
    Roots(std::ops::Range<u32>),
    /// Go on below an entry of another thread.
    Given(Frame),
}

/// A thread's part in the work; when it ends, be it by a panic, nobody waits for it.
pub(super) struct Member<'a, 'w>(&'w Work<'a>);

impl<'a> Work<'a> {
    pub(crate) fn new(pack: &'a Pack, forest: &'a Forest) -> Self {
        Self {
            pack,
            forest,
            next: AtomicU32::new(0),
            shared: Mutex::default(),
            changed: Condvar::new(),
            hungry: AtomicUsize::new(0),
        }
    }

    pub(super) fn join(&self) -> Member<'a, '_> {
        self.lock().threads += 1;
        Member(self)
    }

    /// Whether somebody waits for work.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0
    }

    /// Gives work away, if by now there is not enough for those who wait: several busy threads may
    /// have seen one that does.
    pub(super) fn give(&self, gift: impl FnOnce() -> Option<Frame>) {
        let mut shared = self.lock();
        if shared.idle <= shared.frames.len() {
            return;
        }
        let Some(frame) = gift() else { return };
        shared.frames.push(frame);
        self.tally(&shared);
        drop(shared);
        self.changed.notify_one();
    }

    /// How many wait in vain. Under the lock, so that it never goes below none.
    fn tally(&self, shared: &Shared) {
        let hungry = shared.idle.saturating_sub(shared.frames.len());
        self.hungry.store(hungry, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member<'_, '_> {
    /// The next thing to do; waits while others may have something to give. `None`: all is done.
    pub(super) fn next(&self) -> Option<Task> {
        let work = self.0;
        let count = work.forest.len();
        let step = |next: u32| (next < count).then(|| next.saturating_add(BATCH).min(count));
        if let Ok(start) = work.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step) {
            return Some(Task::Roots(start..start.saturating_add(BATCH).min(count)));
        }
        let mut shared = work.lock();
        shared.idle += 1;
        let task = loop {
            if let Some(frame) = shared.frames.pop() {
                break Some(Task::Given(frame));
            }
            // All wait: the first to see it ends, and its end wakes the others.
            if shared.idle >= shared.threads {
                break None;
            }
            work.tally(&shared);
            shared = work.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        };
        shared.idle -= 1;
        work.tally(&shared);
        task
    }
}

impl Drop for Member<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().threads -= 1;
        self.0.changed.notify_all();
    }
}
