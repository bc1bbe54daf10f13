//! The tree as plain files (C2SP tlog-tiles): tiles of 256 hashes, and bundles of 256 entries.
//!
//! Hash *i* of tile *(level, n)* is the root over the entries
//! `[(256·n + i)·256^level, (256·n + i + 1)·256^level)`. Only the last tile of a level is partial,
//! and no tile is empty.

use std::fmt;
use std::str::FromStr;

use super::decimal;
use crate::merkle::Hash;

/// Hashes of a full tile.
pub const WIDTH: u64 = 256;
/// Levels of a tree within one tile.
pub const HEIGHT: u32 = 8;
/// The highest level that a path may name.
const LEVEL_MAX: u8 = 63;

/// One file of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: TileKind,
    /// Which of its kind, from the left.
    pub index: u64,
    /// How many hashes or entries: 1 to 256.
    pub width: u16,
}

/// What a file of the tree holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of this level; level 0 is the leaves.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

impl Tile {
    /// Whether nothing will ever be added to it.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// The files of a kind that a tree of `size` has beyond one of `old`: those that were partial
    /// or absent then.
    pub fn beyond(kind: TileKind, old: u64, size: u64) -> impl Iterator<Item = Self> {
        let (old, size) = (count(kind, old), count(kind, size));
        let from = if old == size { size.div_ceil(WIDTH) } else { old / WIDTH };
        (from..size.div_ceil(WIDTH)).map(move |index| {
            let width = (size - index * WIDTH).min(WIDTH);
            Self { kind, index, width: u16::try_from(width).unwrap_or(256) }
        })
    }

    /// The kinds of hash tiles that a tree of `size` has, from the leaves up.
    pub fn levels(size: u64) -> impl Iterator<Item = TileKind> {
        (0..HEIGHT as u8).map(TileKind::Hashes).take_while(move |kind| count(*kind, size) > 0)
    }
}

/// How many hashes of a level, or entries, a tree of `size` has.
fn count(kind: TileKind, size: u64) -> u64 {
    match kind {
        TileKind::Entries => size,
        TileKind::Hashes(level) => size.checked_shr(HEIGHT * u32::from(level)).unwrap_or(0),
    }
}

impl fmt::Display for Tile {
    /// The path, such as `tile/1/x001/x234/067.p/17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (place, group) in groups.iter().enumerate().rev() {
            if place > 0 {
                write!(f, "x{group:03}/")?;
            } else {
                write!(f, "{group:03}")?;
            }
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for Tile {
    type Err = NotATile;

    fn from_str(path: &str) -> Result<Self, NotATile> {
        let rest = path.strip_prefix("tile/").ok_or(NotATile)?;
        let (kind, rest) = rest.split_once('/').ok_or(NotATile)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => {
                let level = decimal(level).and_then(|level| u8::try_from(level).ok());
                TileKind::Hashes(level.filter(|level| *level <= LEVEL_MAX).ok_or(NotATile)?)
            }
        };
        let (rest, width) = match rest.split_once(".p/") {
            None => (rest, 256),
            Some((rest, width)) => {
                let width = decimal(width).and_then(|width| u16::try_from(width).ok());
                (rest, width.filter(|width| (1..256).contains(width)).ok_or(NotATile)?)
            }
        };
        let mut index: u64 = 0;
        let mut groups = rest.split('/').peekable();
        while let Some(group) = groups.next() {
            let digits = match groups.peek() {
                Some(_) => group.strip_prefix('x').ok_or(NotATile)?,
                None => group,
            };
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotATile);
            }
            let digits: u64 = digits.parse().map_err(|_| NotATile)?;
            index = index
                .checked_mul(1000)
                .and_then(|index| index.checked_add(digits))
                .ok_or(NotATile)?;
        }
        let tile = Self { kind, index, width };
        // One file has one path: no groups of zeros in front.
        if tile.to_string() == path { Ok(tile) } else { Err(NotATile) }
    }
}

/// A path that names no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tile's path is like tile/0/x001/234 or tile/entries/005.p/17")]
pub struct NotATile;

/// The bytes of a hash tile.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// Reads the bytes of a hash tile; `None` if they are not whole hashes, or more than a tile has.
pub fn tile_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() as u64 <= WIDTH).then(|| hashes.to_vec())
}

/// Adds an entry to the bytes of a bundle: its length in two bytes, big-endian, and itself. `None`
/// if it is longer than 65,535 bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    bundle.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
    bundle.extend_from_slice(entry);
    Some(())
}

/// The entries of a bundle; `None` if its bytes end within one, or there are more than 256.
pub fn entries(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (len, rest) = bundle.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        entries.push(entry);
        bundle = rest;
    }
    (entries.len() as u64 <= WIDTH).then_some(entries)
}
