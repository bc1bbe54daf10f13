//! What is left to do in a pack, shared by threads: first the roots, in the order of the pack;
//! then whatever a busy thread gives away.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::walker::Frame;
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
    /// Threads that wait for something to be given away.
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

    /// Gives work away.
    pub(super) fn give(&self, frame: Frame) {
        self.lock().frames.push(frame);
        self.hungry.fetch_sub(1, Ordering::Relaxed);
        self.changed.notify_one();
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
        if let Some(frame) = shared.frames.pop() {
            return Some(Task::Given(frame));
        }
        shared.idle += 1;
        work.hungry.fetch_add(1, Ordering::Relaxed);
        loop {
            if shared.idle >= shared.threads {
                work.changed.notify_all();
                return None;
            }
            shared = work.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
            if let Some(frame) = shared.frames.pop() {
                shared.idle -= 1;
                return Some(Task::Given(frame));
            }
        }
    }
}

impl Drop for Member<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().threads -= 1;
        self.0.changed.notify_all();
    }
}
