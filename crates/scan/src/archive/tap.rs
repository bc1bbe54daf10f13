//! A stream that is searched while an unpacker reads it.

use std::io::{self, BufRead, Read};

use super::Inside;
use super::bounds::FINDINGS;
use super::job::{Job, Path};
use super::kind::{BLOCK, HEAD};
use crate::Reason;
use crate::source::stream::{Once, Window};

/// A content on its way to whoever unpacks it.
pub(super) struct Tap<'a> {
    job: &'a Job<'a>,
    path: &'a Path<'a>,
    input: &'a mut dyn Read,
    window: Window,
    /// Bytes of the window that were taken.
    used: usize,
    /// Bytes that left the window.
    gone: u64,
    /// `None` for content whose raw bytes are searched elsewhere.
    once: Option<Once>,
    role: Role,
    at_end: bool,
    /// More was found in the outer stream than is kept.
    is_full: bool,
    /// The error at which reading ended.
    error: Option<io::Error>,
    /// What was found in what was unpacked from it.
    pub(super) inside: Inside,
}

/// What came of a content.
pub(super) struct Done {
    pub(super) bytes: u64,
    /// The error at which it broke off.
    pub(super) error: Option<io::Error>,
    pub(super) inside: Inside,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The content of a member.
    Member,
    /// The outer stream, which is read to its end in any case.
    Outermost,
    /// The outer content, whose raw bytes the caller searches.
    SearchedBefore,
}

impl<'a> Tap<'a> {
    /// The content of a member at `path`.
    pub(super) fn member(job: &'a Job<'a>, path: &'a Path<'a>, input: &'a mut dyn Read) -> Self {
        Self::new(job, path, input, Role::Member)
    }

    /// The outer stream, read only here.
    pub(super) fn outermost(job: &'a Job<'a>, path: &'a Path<'a>, input: &'a mut dyn Read) -> Self {
        Self::new(job, path, input, Role::Outermost)
    }

    /// The outer content, whose raw bytes the caller searches.
    pub(super) fn searched_before(
        job: &'a Job<'a>,
        path: &'a Path<'a>,
        input: &'a mut dyn Read,
    ) -> Self {
        Self::new(job, path, input, Role::SearchedBefore)
    }

    fn new(job: &'a Job<'a>, path: &'a Path<'a>, input: &'a mut dyn Read, role: Role) -> Self {
        let once = (role != Role::SearchedBefore).then(|| Once::new(job.outer.source));
        Self {
            job,
            path,
            input,
            window: job.window(),
            used: 0,
            gone: 0,
            once,
            role,
            at_end: false,
            is_full: false,
            error: None,
            inside: Inside::default(),
        }
    }

    /// The next bytes, as many as tell a kind if there are so many; none are taken.
    pub(super) fn head(&mut self) -> &[u8] {
        while self.ahead().len() < BLOCK && self.more() {}
        self.ahead()
    }

    /// As [`Tap::head`], but as many as tell what a whole content is.
    pub(super) fn beginning(&mut self) -> &[u8] {
        while self.ahead().len() < HEAD && self.more() {}
        self.ahead()
    }

    /// Where the next byte stands that nobody has taken.
    pub(super) fn position(&self) -> u64 {
        self.gone + self.used as u64
    }

    /// Some bytes, at least one if there are any more; none are taken.
    ///
    /// # Errors
    /// The content cannot be read further.
    pub(super) fn piece(&mut self) -> io::Result<&[u8]> {
        if self.ahead().is_empty() && !self.more() && self.has_failed() {
            return Err(broken());
        }
        Ok(self.ahead())
    }

    /// Takes bytes.
    pub(super) fn take(&mut self, bytes: usize) {
        self.used = (self.used + bytes).min(self.window.bytes().len());
    }

    /// Takes the zeros that come next, if any do.
    ///
    /// # Errors
    /// The content cannot be read further.
    pub(super) fn take_zeros(&mut self) -> io::Result<()> {
        loop {
            let piece = self.piece()?;
            let zeros = piece.iter().take_while(|byte| **byte == 0).count();
            let is_all = zeros == piece.len() && zeros > 0;
            self.take(zeros);
            if !is_all {
                return Ok(());
            }
        }
    }

    /// Whether the content broke off with an error, or was stopped.
    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some() || (self.role != Role::Outermost && self.job.has_stopped())
    }

    /// Takes all the rest.
    pub(super) fn drain(&mut self) {
        loop {
            self.used = self.window.bytes().len();
            if !self.more() {
                return;
            }
        }
    }

    /// Searches what is left to search, and reports the findings.
    pub(super) fn finish(mut self) -> Done {
        let bytes = self.gone + self.window.bytes().len() as u64;
        if let Some(mut once) = self.once.take() {
            self.window.finish(self.job.detector, &mut once);
            self.bound(&mut once);
            if self.window.is_search_cut() {
                let detail = "encoded too often to decode it all";
                self.job.note(self.path, Reason::SearchBound, detail);
            }
            for (finding, end) in once.finish() {
                let start = finding.location.offset - 1;
                let digest = *finding.secret.digest();
                if self.inside.repeats(start, end, &digest) {
                    continue;
                }
                if self.role == Role::Member
                    && let Err(met) = self.job.bounds.finding()
                {
                    self.job.stop(self.path, met);
                    break;
                }
                self.inside.found(&digest);
                self.job.report(self.path, finding);
            }
        }
        self.job.keep(self.window);
        Done { bytes, error: self.error, inside: self.inside }
    }

    fn ahead(&self) -> &[u8] {
        &self.window.bytes()[self.used..]
    }

    /// Reads some bytes more behind those that were not taken; `false` at the end, whatever it is.
    fn more(&mut self) -> bool {
        if self.at_end || self.error.is_some() {
            return false;
        }
        let is_interrupted = self.job.is_interrupted();
        if is_interrupted || (self.role != Role::Outermost && self.job.has_stopped()) {
            return false;
        }
        if self.window.room(self.job.detector).is_empty() {
            self.turn();
        }
        let room = self.window.room(self.job.detector);
        let read = loop {
            match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        match read {
            Ok(0) => self.at_end = true,
            Ok(n) => {
                self.window.took(n);
                self.count(n as u64);
                return true;
            }
            Err(error) => self.error = Some(error),
        }
        false
    }

    /// Findings are kept until the digest is known. Too many in a member stop all; the outer stream
    /// is read on, and keeps the first.
    fn bound(&mut self, once: &mut Once) {
        let met = "it holds more than 100,000 findings";
        match self.role {
            Role::Member if once.count() as u64 > FINDINGS => self.job.stop(self.path, met),
            Role::Outermost if once.keep(FINDINGS as usize) && !self.is_full => {
                self.is_full = true;
                self.job.note(self.path, Reason::ArchiveBound, met);
            }
            _ => {}
        }
    }

    fn count(&self, bytes: u64) {
        let met = match self.role {
            Role::Member => self.job.bounds.unpack(bytes),
            Role::Outermost => {
                self.job.bounds.grow(bytes);
                Ok(())
            }
            Role::SearchedBefore => Ok(()),
        };
        if let Err(met) = met {
            self.job.stop(self.path, met);
        }
    }

    /// Makes room in a full window. Nobody peeks further than a block, so all but the last bytes
    /// were taken.
    fn turn(&mut self) {
        let moved = match self.once.take() {
            Some(mut once) => {
                let moved = self.window.turn(self.used, self.job.detector, &mut once);
                self.bound(&mut once);
                self.once = Some(once);
                moved
            }
            None => {
                self.window.discard(self.used);
                self.used
            }
        };
        self.used -= moved;
        self.gone += moved as u64;
    }
}

impl BufRead for Tap<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.piece()
    }

    fn consume(&mut self, amount: usize) {
        self.take(amount);
    }
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let have = self.piece()?;
        let n = have.len().min(buffer.len());
        buffer[..n].copy_from_slice(&have[..n]);
        self.take(n);
        Ok(n)
    }
}

/// What an unpacker is told; the error itself is kept for the entry of the coverage.
fn broken() -> io::Error {
    io::Error::other("what it is in broke off")
}

/// The next bytes of a content, a known number of them.
pub(super) struct Part<'p, 'a> {
    tap: &'p mut Tap<'a>,
    left: u64,
}

impl<'p, 'a> Part<'p, 'a> {
    pub(super) fn new(tap: &'p mut Tap<'a>, length: u64) -> Self {
        Self { tap, left: length }
    }

    /// Takes what nobody has taken; an error if the content ends before.
    pub(super) fn skip(mut self) -> io::Result<()> {
        while !self.fill_buf()?.is_empty() {
            let n = self.fill_buf()?.len();
            self.consume(n);
        }
        Ok(())
    }
}

impl BufRead for Part<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let piece = self.tap.piece()?;
        if piece.is_empty() {
            let cut = match self.left {
                1 => "it is cut off: 1 byte is missing".to_owned(),
                left => format!("it is cut off: {left} bytes are missing"),
            };
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cut));
        }
        Ok(&piece[..piece.len().min(usize::try_from(self.left).unwrap_or(usize::MAX))])
    }

    fn consume(&mut self, amount: usize) {
        self.tap.take(amount);
        self.left = self.left.saturating_sub(amount as u64);
    }
}

impl Read for Part<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let have = self.fill_buf()?;
        let n = have.len().min(buffer.len());
        buffer[..n].copy_from_slice(&have[..n]);
        self.consume(n);
        Ok(n)
    }
}
