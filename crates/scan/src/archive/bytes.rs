//! Content that can be read at any place: bytes in memory, or a file.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::unix::fs::FileExt as _;

use memchr::memmem;

/// Bytes read at a time.
const PIECE: usize = 32 * 1024;

/// Content of a known length.
pub(super) trait Bytes {
    fn len(&self) -> u64;

    /// Reads some bytes from `at` on; none at the end.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Bytes for &[u8] {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(at).unwrap_or(usize::MAX).min((**self).len());
        let n = buffer.len().min((**self).len() - from);
        buffer[..n].copy_from_slice(&self[from..from + n]);
        Ok(n)
    }
}

/// A file with the length it had when it was opened.
pub(super) struct Opened<'f> {
    pub(super) file: &'f File,
    pub(super) length: u64,
}

impl Bytes for Opened<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let n = (buffer.len() as u64).min(self.length.saturating_sub(at)) as usize;
        loop {
            match self.file.read_at(&mut buffer[..n], at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

/// The `N` bytes at `at`, or `None` if the content ends before.
pub(super) fn exactly<const N: usize>(bytes: &dyn Bytes, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut buffer = [0; N];
    let mut have = 0;
    while have < N {
        match bytes.read_at(at.saturating_add(have as u64), &mut buffer[have..])? {
            0 => return Ok(None),
            n => have += n,
        }
    }
    Ok(Some(buffer))
}

/// At most `length` bytes from `at` on.
pub(super) fn some(bytes: &dyn Bytes, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    Span::new(bytes, at, at.saturating_add(length as u64)).read_to_end(&mut out)?;
    Ok(out)
}

/// A stretch of the content, read from its beginning.
pub(super) struct Span<'b> {
    bytes: &'b dyn Bytes,
    buffer: Vec<u8>,
    used: usize,
    /// Where the bytes after the buffer begin, and where the stretch ends.
    next: u64,
    end: u64,
}

impl<'b> Span<'b> {
    pub(super) fn new(bytes: &'b dyn Bytes, start: u64, end: u64) -> Self {
        Self { bytes, buffer: Vec::new(), used: 0, next: start, end: end.min(bytes.len()) }
    }

    /// Where the next byte stands that nobody has taken.
    pub(super) fn position(&self) -> u64 {
        self.next - (self.buffer.len() - self.used) as u64
    }
}

impl BufRead for Span<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.buffer.len() {
            let n = self.end.saturating_sub(self.next).min(PIECE as u64) as usize;
            self.buffer.resize(n, 0);
            self.used = n;
            let read = self.bytes.read_at(self.next, &mut self.buffer)?;
            self.buffer.truncate(read);
            self.used = 0;
            self.next += read as u64;
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used = (self.used + amount).min(self.buffer.len());
    }
}

impl Read for Span<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let have = self.fill_buf()?;
        let n = have.len().min(buffer.len());
        buffer[..n].copy_from_slice(&have[..n]);
        self.consume(n);
        Ok(n)
    }
}

/// Looks for a needle forwards. It keeps the piece it is in, so that a content that is all needles
/// costs no more than to read it once.
pub(super) struct Finder<'b> {
    bytes: &'b dyn Bytes,
    piece: Vec<u8>,
    start: u64,
}

impl<'b> Finder<'b> {
    pub(super) fn new(bytes: &'b dyn Bytes) -> Self {
        Self { bytes, piece: Vec::new(), start: 0 }
    }

    /// The first `needle` (of at most a few bytes) that begins at `from` or behind, and ends at
    /// `end` or before.
    pub(super) fn find(&mut self, needle: &[u8], from: u64, end: u64) -> io::Result<Option<u64>> {
        let mut from = from;
        loop {
            let piece_end = self.start + self.piece.len() as u64;
            if from < self.start || from + needle.len() as u64 > piece_end {
                if from.saturating_add(needle.len() as u64) > end.min(self.bytes.len()) {
                    return Ok(None);
                }
                self.piece = some(self.bytes, from, PIECE)?;
                self.start = from;
                if self.piece.len() < needle.len() {
                    return Ok(None);
                }
            }
            let skip = (from - self.start) as usize;
            if let Some(at) = memmem::find(&self.piece[skip..], needle) {
                let at = from + at as u64;
                return Ok((at + needle.len() as u64 <= end).then_some(at));
            }
            from = self.start + (self.piece.len() + 1 - needle.len()) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Finder, PIECE};

    #[test]
    fn needles_across_pieces_are_found() {
        let mut content = vec![b'x'; 3 * PIECE];
        let places = [0, 7, PIECE - 2, 2 * PIECE - 1, 3 * PIECE - 3];
        for at in places {
            content[at..at + 3].copy_from_slice(b"abc");
        }
        let (bytes, len) = (content.as_slice(), content.len() as u64);
        let mut finder = Finder::new(&bytes);
        let mut found = Vec::new();
        while let Some(at) = finder.find(b"abc", found.last().map_or(0, |at| at + 1), len).unwrap()
        {
            found.push(at);
        }
        assert_eq!(found, places.map(|at| at as u64));
        assert_eq!(finder.find(b"abc", 8, PIECE as u64).unwrap(), None);
    }
}
