//! Bounds on work, so that content made to keep the search busy takes a time in proportion to its
//! length, and what was decoded is not decoded again for each literal in it.

use super::layer::Layer;
use super::seeds::Way;
use super::window::AGAIN;

/// Bytes that may be decoded whatever the content.
const AT_LEAST: u64 = 4 * 1024 * 1024;
/// Bytes that may be decoded for each byte searched.
const PER_BYTE: u64 = 64;

/// What the decoding of one content took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    decoded: u64,
    /// Where in the content itself the search is.
    at: u64,
    is_cut: bool,
}

impl Work {
    /// Bytes decoded, all layers together: at most 4 MiB and 64 for each byte of the content,
    /// and what was begun before that.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Whether a bound was met, so that something encoded may not have been looked at.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.decoded += bytes as u64;
    }

    pub(super) fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Whether to decode what stands at `at`.
    pub(super) fn allows(&mut self, depth: usize, at: usize) -> bool {
        if depth == 0 {
            self.at = self.at.max(at as u64);
        }
        let allows = self.decoded <= AT_LEAST + PER_BYTE * self.at;
        self.is_cut |= !allows;
        allows
    }
}

/// The stretches that were decoded last in each way: a literal in one of them was looked at.
#[derive(Debug, Default)]
pub(super) struct Covered([[(usize, usize); 8]; KINDS]);

const KINDS: usize = 9 + Layer::ALL.len();

impl Covered {
    pub(super) fn has(&self, way: Way, at: usize) -> bool {
        let (kind, phase) = place(way, at);
        let (from, to) = self.0[kind][phase];
        (from..to).contains(&at)
    }

    /// `end` is where reading ended: what begins shortly before it may have been cut off.
    pub(super) fn add(&mut self, way: Way, at: usize, end: usize) {
        let (kind, phase) = place(way, at);
        let is_cut = end.saturating_sub(at) > AGAIN;
        self.0[kind][phase] = (at, if is_cut { end - AGAIN } else { end.max(at + 1) });
    }
}

/// The kind of decoding, and which of those that begin at different places in a group.
fn place(way: Way, at: usize) -> (usize, usize) {
    match way {
        Way::Fragment { .. } => (0, 0),
        Way::Base64 => (1, at % 4),
        Way::LongBase64 => (2, at % 4),
        Way::Gzip => (3, at % 4),
        Way::Base32 { phase } => (4, (at + 8 - phase) % 8),
        Way::Hex => (5, at % 2),
        Way::Dump { swapped } => (6, usize::from(swapped)),
        Way::Numbers => (7, 0),
        Way::Utf16 => (8, at % 2),
        Way::Layer(layer) => (9 + layer as usize, 0),
    }
}
