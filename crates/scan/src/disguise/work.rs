//! Bounds on work, so that content made to keep the search busy takes a time in proportion to its
//! length, and what was decoded is not decoded again for each literal in it.

use super::hint::Way;
use super::window::AGAIN;

/// Bytes that may be decoded whatever the content.
const AT_LEAST: u64 = 1024 * 1024;
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
    /// Bytes decoded, all layers together: at most 1 MiB and 64 for each byte of the content,
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

/// The stretches that were decoded last in each way: a literal in one of them, at a place where a
/// unit was read as the literal would have it, was looked at.
#[derive(Debug, Default)]
pub(super) struct Covered(Vec<(usize, Extent)>);

#[derive(Debug)]
struct Extent {
    from: usize,
    to: usize,
    units: Vec<usize>,
}

impl Covered {
    pub(super) fn has(&self, way: Way, at: usize) -> bool {
        let (slot, group, phase) = place(way, at);
        let Some((_, extent)) = self.0.iter().find(|(other, _)| *other == slot) else {
            return false;
        };
        if !(extent.from..extent.to).contains(&at) {
            return false;
        }
        extent.units.is_empty()
            || extent.units.binary_search(&at).is_ok_and(|number| number % group == phase)
    }

    /// `end` is where reading ended: what begins shortly before it may have been cut off.
    pub(super) fn add(&mut self, way: Way, at: usize, end: usize, units: Vec<usize>) {
        let slot = place(way, at).0;
        let is_cut = end.saturating_sub(at) > AGAIN;
        let to = if is_cut { end - AGAIN } else { end.max(at + 1) };
        let extent = Extent { from: at, to, units };
        match self.0.iter_mut().find(|(other, _)| *other == slot) {
            Some((_, kept)) => *kept = extent,
            None => self.0.push((slot, extent)),
        }
    }
}

/// Where to remember a decoding of this kind, one for each of some places where its units may
/// begin; how many units make a group; and the place of this one in it.
fn place(way: Way, at: usize) -> (usize, usize, usize) {
    match way {
        Way::Fragment { .. } => (0, 1, 0),
        Way::Base64 => (8 + at % 4, 4, 0),
        Way::LongBase64 => (16 + at % 4, 4, 0),
        Way::Compressed => (24 + at % 4, 1, 0),
        Way::Base32 { phase } => (32 + (at + 8 - phase) % 8, 8, phase),
        Way::Unit | Way::Hex => (40 + at % 2, 1, 0),
        Way::Dump { swapped } => (48 + usize::from(swapped), 1, 0),
        Way::Characters => (50 + at % 4, 1, 0),
        Way::Numbers => (56, 1, 0),
        Way::Utf16 => (64 + at % 2, 1, 0),
        Way::Layer(layer) => (72 + layer as usize, 1, 0),
    }
}
