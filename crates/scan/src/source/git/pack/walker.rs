//! One thread's walk down the trees of a pack, each entry once, depth first.
//!
//! The contents on the way down are kept while children of theirs are to come, within a bound;
//! beyond it those highest up are dropped and made again when it is their turn. So memory does
//! not grow with the history, nor with its depth.

use std::sync::Arc;

use gix::objs::Kind;
use gix::objs::tree::EntryRef;
use gix::odb::pack::data::entry::Header;
use gix::oid;

use super::super::unread::{MAX_OBJECT, Unread};
use super::delta::{self, Piece};
use super::inflate::Inflate;
use super::shape::{Shape, new_entries};
use super::work::{Task, Work};
use crate::Detector;
use crate::judged::Judged;

/// Bytes of contents that all threads together keep on their ways down.
const KEPT: usize = 96 * 1024 * 1024;

/// Bytes at the beginning and at the end by which an object may be known that is to be opened.
const ENDS: (usize, usize) = (1029, 256);

/// Buffers kept for the next contents, and the size beyond which one is let go.
const SPARE: (usize, usize) = (16, 1024 * 1024);

/// Whoever is shown the objects of a pack.
pub(crate) trait Visit {
    /// Asked before each object: whether to stop.
    fn is_stopped(&self) -> bool;

    /// Whether to show a blob whole though nothing is found in its own bytes, by its size, its
    /// first 1,029 bytes and its last 256 behind them (or less, of a small one).
    fn opens(&self, size: usize, ends: &[u8]) -> bool;

    /// An object in which nothing is found.
    fn cold(&mut self, kind: Kind, id: &oid, size: usize);

    /// An object; in one that is not hot nothing is found in its own bytes.
    fn whole(&mut self, kind: Kind, id: &oid, body: &[u8], is_hot: bool);

    /// An entry of a tree which the tree that it is made of does not have.
    fn entry(&mut self, entry: &EntryRef<'_>);

    /// An object that cannot be read, or a tree that cannot be decoded.
    fn unread(&mut self, id: &oid, why: &Unread);

    /// Reads another copy of an object whose entry is damaged.
    fn elsewhere(&mut self, id: &oid, body: &mut Vec<u8>) -> Option<Kind>;

    /// Reads an object by the ordinary road: a base that is not in this pack, or what is made by
    /// too many instructions.
    fn outside(&mut self, id: &oid, body: &mut Vec<u8>) -> Result<Kind, Unread>;
}

/// A content that others are made of.
#[derive(Clone)]
struct Held {
    kind: Kind,
    bytes: Arc<Vec<u8>>,
    shape: Arc<Shape>,
    judged: Literals,
}

/// The literals in a content that turned out to be nothing; `None` if something may be found in it.
type Literals = Option<Arc<[Judged]>>;

/// An entry with children to come.
pub(super) struct Frame {
    entry: u32,
    next: u32,
    end: u32,
    state: State,
}

enum State {
    Here(Held),
    /// Dropped, to be made again.
    Dropped(Held),
    /// Neither it nor its children can be made.
    Broken,
}

/// The work of one thread on one pack.
pub(crate) struct Walker<'a, 'w> {
    work: &'w Work<'a>,
    detector: &'w Detector,
    hash: gix::hash::Kind,
    frames: Vec<Frame>,
    /// Bytes kept in `frames`, and how many there may be.
    kept: usize,
    may_keep: usize,
    inflate: Inflate,
    /// Buffers used for each entry again.
    delta: Vec<u8>,
    pieces: Vec<Piece>,
    news: Vec<u8>,
    spare: Vec<Vec<u8>>,
}

impl<'a, 'w> Walker<'a, 'w> {
    pub(crate) fn new(
        work: &'w Work<'a>,
        detector: &'w Detector,
        hash: gix::hash::Kind,
        threads: usize,
    ) -> Self {
        Self {
            work,
            detector,
            hash,
            frames: Vec::new(),
            kept: 0,
            may_keep: KEPT / threads.max(1),
            inflate: Inflate::new(),
            delta: Vec::new(),
            pieces: Vec::new(),
            news: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Walks until there is nothing left, or the visitor wants to stop.
    pub(crate) fn run(&mut self, visit: &mut dyn Visit) {
        let member = self.work.join();
        while let Some(task) = member.next() {
            match task {
                Task::Roots(entries) => {
                    for entry in entries.filter(|entry| self.work.forest.is_root(*entry)) {
                        self.enter(entry, Base::None, visit);
                        self.descend(visit);
                    }
                }
                Task::Given(frame) => {
                    self.push(frame);
                    self.descend(visit);
                }
            }
            if visit.is_stopped() {
                break;
            }
        }
    }

    /// Goes through all that is below the frames.
    fn descend(&mut self, visit: &mut dyn Visit) {
        while !self.frames.is_empty() && !visit.is_stopped() {
            self.restore(visit);
            let Some(frame) = self.frames.last_mut() else { break };
            let child = self.work.forest.child(frame.next);
            frame.next += 1;
            let base = match &frame.state {
                State::Here(held) => Some(held.clone()),
                State::Dropped(_) | State::Broken => None,
            };
            // Before the last child is entered, so that a chain of only children keeps nothing.
            if frame.next == frame.end {
                self.pop();
            }
            match base {
                Some(held) => {
                    self.enter(child, Base::Of(&held), visit);
                    self.recycle(held.bytes);
                }
                None => self.enter(child, Base::Broken, visit),
            }
            if self.work.is_hungry() {
                self.share();
            }
        }
        if visit.is_stopped() {
            self.frames.clear();
        }
    }

    /// Makes and shows one entry; if others are made of it, it becomes the last frame.
    fn enter(&mut self, entry: u32, base: Base<'_>, visit: &mut dyn Visit) {
        let place = self.work.forest.place(entry);
        let id = self.work.pack.id(place);
        let is_wanted = self.work.forest.is_wanted(entry);
        let (next, end) = self.work.forest.children(entry);
        let is_leaf = next == end;
        let made = match self.make(entry, base, visit) {
            Ok(made) => made,
            Err(why) => {
                let mut body = self.buffer();
                self.pieces.clear();
                match visit.elsewhere(id, &mut body) {
                    Some(kind) => Made { kind, size: body.len(), content: Content::New(body) },
                    None => {
                        if is_wanted {
                            visit.unread(id, &why);
                        }
                        if !is_leaf {
                            self.push(Frame { entry, next, end, state: State::Broken });
                        }
                        return;
                    }
                }
            }
        };
        let Made { kind, size, content } = made;
        let (bytes, judged, base) = match content {
            Content::New(bytes) => {
                let judged = self.judge(&bytes);
                (bytes, judged, None)
            }
            Content::Delta { base, judged } => {
                let opens = || {
                    let mut ends = Vec::new();
                    delta::ends(&self.pieces, &base.bytes, &self.delta, ENDS, &mut ends);
                    visit.opens(size, &ends)
                };
                if is_leaf && kind == Kind::Blob && judged.is_some() && !opens() {
                    return visit.cold(kind, id, size);
                }
                let mut bytes = self.buffer();
                delta::apply(&self.pieces, &base.bytes, &self.delta, size, &mut bytes);
                let judged = judged.or_else(|| self.judge(&bytes));
                (bytes, judged, Some(base))
            }
        };
        let mut shape = Shape::new();
        if kind == Kind::Tree {
            let of_base = base.as_ref().map(|base| Arc::clone(&base.shape)).unwrap_or_default();
            let from = (&*of_base, if base.is_some() { &self.pieces[..] } else { &[] });
            let mut named = |entry: &EntryRef<'_>| {
                if is_wanted {
                    visit.entry(entry);
                }
            };
            if let Err(why) = new_entries(&bytes, self.hash, from, &mut shape, &mut named)
                && is_wanted
            {
                visit.unread(id, &Unread::damaged(&why));
            }
        }
        if is_wanted {
            visit.whole(kind, id, &bytes, judged.is_none());
        }
        if is_leaf {
            return self.keep_buffer(bytes);
        }
        let held = Held { kind, bytes: Arc::new(bytes), shape: Arc::new(shape), judged };
        self.push(Frame { entry, next, end, state: State::Here(held) });
    }

    /// Inflates an entry; of a delta, finds out what is new in it.
    fn make(&mut self, entry: u32, base: Base<'_>, visit: &mut dyn Visit) -> Result<Made, Unread> {
        let (start, end) = self.work.forest.span(entry);
        let packed = self.work.pack.entry(self.work.forest.place(entry), start, end)?;
        if let Some(kind) = packed.header.as_kind() {
            let mut bytes = self.buffer();
            bytes.resize(packed.size, 0);
            packed.inflate(&mut self.inflate, &mut bytes)?;
            return Ok(Made { kind, size: packed.size, content: Content::New(bytes) });
        }
        let base = match (base, packed.header) {
            (Base::Of(held), _) => held.clone(),
            (Base::Broken, _) => return Err(Unread::damaged("what it is made of is damaged")),
            (Base::None, Header::RefDelta { base_id }) => {
                let mut bytes = Vec::new();
                let kind = visit.outside(&base_id, &mut bytes)?;
                // Without a shape, every entry of a tree is new.
                let judged = self.judge(&bytes);
                Held { kind, bytes: Arc::new(bytes), shape: Arc::default(), judged }
            }
            (Base::None, _) => {
                return Err(Unread::damaged("what it is made of is not in its pack"));
            }
        };
        let delta = packed.inflate(&mut self.inflate, &mut self.delta)?;
        let size = match delta::decode(delta, base.bytes.len(), MAX_OBJECT, &mut self.pieces) {
            Ok(size) => size,
            Err(delta::TOO_MANY) => {
                let mut bytes = self.buffer();
                let id = self.work.pack.id(self.work.forest.place(entry));
                let kind = visit.outside(id, &mut bytes)?;
                return Ok(Made { kind, size: bytes.len(), content: Content::New(bytes) });
            }
            Err(why) => return Err(Unread::damaged(why)),
        };
        let margin = self.detector.margin();
        delta::news(&self.pieces, &base.bytes, delta, margin, &mut self.news);
        let of_base = base.judged.as_deref().filter(|_| !self.detector.is_hot(&self.news));
        let judged =
            of_base.and_then(|of_base| delta::carried(&self.pieces, base.bytes.len(), of_base));
        let judged = judged.map(Arc::from);
        Ok(Made { kind: base.kind, size, content: Content::Delta { base, judged } })
    }

    fn judge(&self, bytes: &[u8]) -> Literals {
        self.detector.judge(bytes).map(Arc::from)
    }

    /// Makes the content of the last frame again, if it was dropped.
    fn restore(&mut self, visit: &mut dyn Visit) {
        let Some(Frame { entry, state: State::Dropped(_), .. }) = self.frames.last() else {
            return;
        };
        // From the nearest content above that is still there, or from the root.
        let mut way = vec![*entry];
        let mut at = *entry;
        let mut nearest = None;
        let mut frames = self.frames.iter().rev().skip(1).peekable();
        while let Some(parent) = self.work.forest.parent(at) {
            if let Some(frame) = frames.next_if(|frame| frame.entry == parent)
                && let State::Here(held) = &frame.state
            {
                nearest = Some(held.clone());
                break;
            }
            way.push(parent);
            at = parent;
        }
        let mut made = nearest;
        for entry in way.into_iter().rev() {
            let base = made.as_ref().map_or(Base::None, Base::Of);
            made = match self.content(entry, base, visit) {
                Ok((kind, bytes)) => {
                    let bytes = Arc::new(bytes);
                    Some(Held { kind, bytes, shape: Arc::default(), judged: None })
                }
                Err(_) => return self.set_last(None),
            };
        }
        self.set_last(made.map(|held| held.bytes));
    }

    fn set_last(&mut self, bytes: Option<Arc<Vec<u8>>>) {
        let Some(mut frame) = self.frames.pop() else { return };
        frame.state = match (frame.state, bytes) {
            (State::Dropped(held), Some(bytes)) => State::Here(Held { bytes, ..held }),
            (State::Here(_) | State::Dropped(_) | State::Broken, _) => State::Broken,
        };
        self.push(frame);
    }

    /// The content of an entry, as it was made before.
    fn content(
        &mut self,
        entry: u32,
        base: Base<'_>,
        visit: &mut dyn Visit,
    ) -> Result<(Kind, Vec<u8>), Unread> {
        match self.make(entry, base, visit) {
            Ok(Made { kind, content: Content::New(bytes), .. }) => Ok((kind, bytes)),
            Ok(Made { kind, size, content: Content::Delta { base, .. } }) => {
                let mut bytes = self.buffer();
                delta::apply(&self.pieces, &base.bytes, &self.delta, size, &mut bytes);
                Ok((kind, bytes))
            }
            Err(why) => {
                let mut body = self.buffer();
                let id = self.work.pack.id(self.work.forest.place(entry));
                visit.elsewhere(id, &mut body).map(|kind| (kind, body)).ok_or(why)
            }
        }
    }

    fn push(&mut self, frame: Frame) {
        if let State::Here(held) = &frame.state {
            self.kept += held.bytes.len();
        }
        self.frames.push(frame);
        // Highest up first: their turn comes last.
        let mut drop_from = 0;
        while self.kept > self.may_keep && drop_from + 1 < self.frames.len() {
            let frame = &mut self.frames[drop_from];
            drop_from += 1;
            if matches!(frame.state, State::Here(_))
                && let State::Here(held) = std::mem::replace(&mut frame.state, State::Broken)
            {
                self.kept -= held.bytes.len();
                frame.state = State::Dropped(Held { bytes: Arc::default(), ..held });
            }
        }
    }

    fn pop(&mut self) {
        if let Some(Frame { state: State::Here(held), .. }) = self.frames.pop() {
            self.kept -= held.bytes.len();
        }
    }

    /// Gives away the highest content with children to come: the largest piece of work.
    fn share(&mut self) {
        let Some(at) = self.frames.iter().position(|it| matches!(it.state, State::Here(_))) else {
            return;
        };
        let is_last = at + 1 == self.frames.len();
        let left = self.frames[at].end - self.frames[at].next;
        // Of the last frame only a half, as this thread wants to go on, too.
        let given = if is_last { left / 2 } else { left };
        if given == 0 {
            return;
        }
        self.work.give(|| {
            let frame = &mut self.frames[at];
            let State::Here(held) = &frame.state else { return None };
            let (entry, end) = (frame.entry, frame.end);
            let state = State::Here(held.clone());
            frame.end -= given;
            let gift = Frame { entry, next: frame.end, end, state };
            if frame.next == frame.end {
                self.kept -= held.bytes.len();
                self.frames.remove(at);
            }
            Some(gift)
        });
    }

    /// An empty buffer.
    fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn keep_buffer(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE.0 && buffer.capacity() <= SPARE.1 {
            self.spare.push(buffer);
        }
    }

    /// Takes back the buffer of a content that nobody needs any more.
    fn recycle(&mut self, bytes: Arc<Vec<u8>>) {
        if let Some(buffer) = Arc::into_inner(bytes) {
            self.keep_buffer(buffer);
        }
    }
}

/// What an entry is made of.
enum Base<'b> {
    /// Nothing in this pack.
    None,
    /// Something that could not be made.
    Broken,
    Of(&'b Held),
}

/// An entry that was inflated.
struct Made {
    kind: Kind,
    size: usize,
    content: Content,
}

enum Content {
    New(Vec<u8>),
    /// Its pieces are in the walker.
    Delta {
        base: Held,
        /// `None`: it has to be looked at whole.
        judged: Literals,
    },
}
