//! The contents on one thread's way down a pack, kept while children of theirs are to come, within a
//! bound; beyond it those highest up are dropped, to be made again when it is their turn. So memory
//! does not grow with the history, nor with its depth.

use std::sync::Arc;

use gix::objs::Kind;

use super::shape::Shape;
use super::work::Work;
use crate::judged::Judged;

/// Bytes of contents that all threads together keep on their ways down.
const KEPT: usize = 96 * 1024 * 1024;

/// Buffers kept for the next contents, and the size beyond which one is let go.
const SPARE: (usize, usize) = (16, 1024 * 1024);

/// A content that others are made of.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) bytes: Arc<Vec<u8>>,
    pub(super) shape: Arc<Shape>,
    pub(super) judged: Literals,
}

/// The literals in a content that turned out to be nothing; `None` if something may be found in it.
pub(super) type Literals = Option<Arc<[Judged]>>;

/// An entry with children to come.
pub(super) struct Frame {
    pub(super) entry: u32,
    pub(super) next: u32,
    pub(super) end: u32,
    pub(super) state: State,
}

pub(super) enum State {
    Here(Held),
    /// Dropped, to be made again.
    Dropped(Held),
    /// Neither it nor its children can be made.
    Broken,
}

/// The way down, the last one deepest.
pub(super) struct Frames {
    all: Vec<Frame>,
    /// Bytes kept in them, and how many there may be.
    kept: usize,
    may_keep: usize,
    spare: Vec<Vec<u8>>,
}

impl Frames {
    pub(super) fn new(threads: usize) -> Self {
        Self { all: Vec::new(), kept: 0, may_keep: KEPT / threads.max(1), spare: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn last(&mut self) -> Option<&mut Frame> {
        self.all.last_mut()
    }

    /// All of them, the last one first.
    pub(super) fn upwards(&self) -> std::iter::Rev<std::slice::Iter<'_, Frame>> {
        self.all.iter().rev()
    }

    /// Puts content into the last one, if it was dropped.
    pub(super) fn set_last(&mut self, bytes: Option<Arc<Vec<u8>>>) {
        let Some(mut frame) = self.all.pop() else { return };
        frame.state = match (frame.state, bytes) {
            (State::Dropped(held), Some(bytes)) => State::Here(Held { bytes, ..held }),
            (State::Here(_) | State::Dropped(_) | State::Broken, _) => State::Broken,
        };
        self.push(frame);
    }

    pub(super) fn push(&mut self, frame: Frame) {
        if let State::Here(held) = &frame.state {
            self.kept += held.bytes.len();
        }
        self.all.push(frame);
        // Highest up first: their turn comes last.
        let mut drop_from = 0;
        while self.kept > self.may_keep && drop_from + 1 < self.all.len() {
            let frame = &mut self.all[drop_from];
            drop_from += 1;
            if matches!(frame.state, State::Here(_))
                && let State::Here(held) = std::mem::replace(&mut frame.state, State::Broken)
            {
                self.kept -= held.bytes.len();
                frame.state = State::Dropped(Held { bytes: Arc::default(), ..held });
            }
        }
    }

    pub(super) fn pop(&mut self) {
        if let Some(Frame { state: State::Here(held), .. }) = self.all.pop() {
            self.kept -= held.bytes.len();
        }
    }

    /// Gives away the highest content with children to come: the largest piece of work.
    pub(super) fn share(&mut self, work: &Work<'_>) {
        let Some(at) = self.all.iter().position(|it| matches!(it.state, State::Here(_))) else {
            return;
        };
        let is_last = at + 1 == self.all.len();
        let left = self.all[at].end - self.all[at].next;
        // Of the last frame only a half, as this thread wants to go on, too.
        let given = if is_last { left / 2 } else { left };
        if given == 0 {
            return;
        }
        work.give(|| {
            let frame = &mut self.all[at];
            let State::Here(held) = &frame.state else { return None };
            let (entry, end) = (frame.entry, frame.end);
            let state = State::Here(held.clone());
            frame.end -= given;
            let gift = Frame { entry, next: frame.end, end, state };
            if frame.next == frame.end {
                self.kept -= held.bytes.len();
                self.all.remove(at);
            }
            Some(gift)
        });
    }

    /// An empty buffer.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    pub(super) fn keep_buffer(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE.0 && buffer.capacity() <= SPARE.1 {
            self.spare.push(buffer);
        }
    }

    /// Takes back the buffer of a content that nobody needs any more.
    pub(super) fn recycle(&mut self, bytes: Arc<Vec<u8>>) {
        if let Some(buffer) = Arc::into_inner(bytes) {
            self.keep_buffer(buffer);
        }
    }
}
