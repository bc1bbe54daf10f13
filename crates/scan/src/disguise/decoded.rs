//! Decoded bytes that remember where each of them stood.

/// Bytes and, for each, the stretch of the encoded text that carries its bits.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) spans: Vec<(usize, usize)>,
    /// Where reading ended.
    pub(crate) end: usize,
    /// Where each unit stands that was read, if that says how it was read.
    pub(crate) units: Vec<usize>,
}

impl Decoded {
    /// Makes room for so many more bytes at once.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
        self.spans.reserve(bytes);
    }

    pub(crate) fn push(&mut self, byte: u8, start: usize, end: usize) {
        self.bytes.push(byte);
        self.spans.push((start, end));
    }

    /// Where these decoded bytes stand in the encoded text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((self.spans.get(start)?.0, self.spans.get(end.checked_sub(1)?)?.1))
    }
}
