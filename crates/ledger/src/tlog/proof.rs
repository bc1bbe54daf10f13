//! Inclusion and consistency (RFC 6962 §2.1, RFC 9162 §2.1): made from stored hashes, and verified
//! from nothing but the proof.
//!
//! A consistency proof from size 0 does not exist here: an empty tree is consistent with anything,
//! so such a proof would prove nothing, and [`verify_consistency`] refuses it. The exchange with a
//! witness begins at 0 and demands that the proof is empty there; that stands in `witness`, not
//! here.

use super::tile::{HEIGHT, WIDTH};
use crate::merkle::{Frontier, Hash, node_hash};

/// Where the hashes of a tree are read from: rows of tiles.
pub trait Tiles {
    /// Why they cannot be read.
    type Error;

    /// `count` hashes of a level, from the `from`th on; they lie within one tile.
    ///
    /// # Errors
    /// When they cannot be read, or are not there.
    fn hashes(&mut self, level: u8, from: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;
}

/// The root of the perfect subtree of `2^height` leaves that is the `index`th of its height.
fn perfect<T: Tiles + ?Sized>(tiles: &mut T, height: u32, index: u64) -> Result<Hash, T::Error> {
    // At most seven levels above a stored one: at most 128 hashes of one tile.
    let (level, above) = (height / HEIGHT, height % HEIGHT);
    let hashes = tiles.hashes(level as u8, index << above, 1 << above)?;
    let mut tree = Frontier::default();
    hashes.into_iter().for_each(|hash| tree.push(hash));
    Ok(tree.root())
}

/// The root over the leaves `[from, to)`, where `from` is a multiple of the largest power of two
/// that fits: as all subtrees of RFC 6962 are.
fn subtree<T: Tiles + ?Sized>(tiles: &mut T, from: u64, to: u64) -> Result<Hash, T::Error> {
    let mut at = from;
    let mut roots = Vec::new();
    while at < to {
        let height = (to - at).ilog2();
        roots.push(perfect(tiles, height, at >> height)?);
        at += 1 << height;
    }
    let mut roots = roots.into_iter().rev();
    let last = roots.next().unwrap_or_else(|| Frontier::default().root());
    Ok(roots.fold(last, |right, left| node_hash(&left, &right)))
}

/// The root of the tree of `size` leaves.
///
/// # Errors
/// When the hashes cannot be read.
pub fn root<T: Tiles + ?Sized>(tiles: &mut T, size: u64) -> Result<Hash, T::Error> {
    subtree(tiles, 0, size)
}

/// The perfect subtrees of the tree of `size` leaves: from there it can be carried on.
///
/// # Errors
/// When the hashes cannot be read.
pub fn frontier<T: Tiles + ?Sized>(tiles: &mut T, size: u64) -> Result<Frontier, T::Error> {
    let mut subtrees = Vec::new();
    let mut at = 0;
    for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
        subtrees.push(perfect(tiles, height, at >> height)?);
        at += 1 << height;
    }
    Ok(Frontier::of_subtrees(size, subtrees))
}

/// The largest power of two below `n`, for `n` of at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling to the
/// root's child; `None` if it is not.
///
/// # Errors
/// When the hashes cannot be read.
pub fn inclusion<T: Tiles + ?Sized>(
    tiles: &mut T,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, T::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut from, mut to) = (0, size);
    let mut siblings = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            siblings.push((middle, to));
            to = middle;
        } else {
            siblings.push((from, middle));
            from = middle;
        }
    }
    let siblings = siblings.into_iter().rev();
    siblings.map(|(from, to)| subtree(tiles, from, to)).collect::<Result<_, _>>().map(Some)
}

/// The proof that the tree of `new` leaves continues that of `old`; `None` if `old` is 0 or beyond
/// `new`.
///
/// # Errors
/// When the hashes cannot be read.
pub fn consistency<T: Tiles + ?Sized>(
    tiles: &mut T,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Hash>>, T::Error> {
    if old == 0 || old > new {
        return Ok(None);
    }
    let (mut from, mut to) = (0, new);
    let mut parts = Vec::new();
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            parts.push((middle, to));
            to = middle;
        } else {
            parts.push((from, middle));
            from = middle;
        }
    }
    // Whoever holds the old root knows this part already if it is the whole old tree.
    if from > 0 {
        parts.push((from, to));
    }
    let parts = parts.into_iter().rev();
    parts.map(|(from, to)| subtree(tiles, from, to)).collect::<Result<_, _>>().map(Some)
}

/// Why a proof does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The position is not in the log.
    #[error("position {index} is not in a log of {size}")]
    Beyond {
        /// The position.
        index: u64,
        /// The log's size.
        size: u64,
    },
    /// Nothing is consistent with nothing.
    #[error("the older checkpoint is of an empty log: that proves nothing")]
    FromEmpty,
    /// The older is the larger.
    #[error(
        "the older checkpoint has {old} entries, the newer {new}: the log lost some, or they are the wrong way round"
    )]
    Shrunk {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// More or fewer hashes than the sizes ask for.
    #[error("the proof has the wrong number of hashes for these sizes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root: the entry, the proof or the root is another")]
    Root,
    /// The hashes do not lead to the older root.
    #[error("the newer log does not continue the older one: what was signed then was rewritten")]
    OldRoot,
}

/// Verifies that `leaf` stands at `index` of the tree with this size and root.
///
/// # Errors
/// Why it is not proven.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Beyond { index, size });
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Verifies that the tree of size and root `new` continues that of `old`.
///
/// # Errors
/// Why it is not proven.
pub fn verify_consistency(
    old: (u64, &Hash),
    new: (u64, &Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    let ((m, old_root), (n, new_root)) = (old, new);
    if m == 0 {
        return Err(ProofError::FromEmpty);
    }
    if m > n {
        return Err(ProofError::Shrunk { old: m, new: n });
    }
    if m == n {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::OldRoot),
            (true, true) => Ok(()),
        };
    }
    if proof.is_empty() {
        return Err(ProofError::Length);
    }
    // The old root itself is left out of the proof where it is a node of the new tree.
    let (first, rest) = match (m.is_power_of_two(), proof.split_first()) {
        (false, Some((first, rest))) => (first, rest),
        _ => (old_root, proof),
    };
    let shift = (m - 1).trailing_ones();
    let (mut node, mut last) = ((m - 1) >> shift, (n - 1) >> shift);
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            of_old = node_hash(hash, &of_old);
            of_new = node_hash(hash, &of_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, of_old == *old_root, of_new == *new_root) {
        (0, true, true) => Ok(()),
        (0, false, _) => Err(ProofError::OldRoot),
        (0, true, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

/// Tiles in memory, leaves first: for tests, and for verifiers that have read the published files.
#[derive(Clone, Debug, Default)]
pub struct MemoryTiles {
    levels: Vec<Vec<Hash>>,
    tree: Frontier,
}

impl MemoryTiles {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let Self { levels, tree } = self;
        tree.push_with(leaf, |height, hash| {
            if height % HEIGHT == 0 {
                let level = (height / HEIGHT) as usize;
                levels.resize_with(levels.len().max(level + 1), Vec::new);
                levels[level].push(hash);
            }
        });
    }

    /// The tree.
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// The hashes of a tile.
    pub fn tile(&self, level: u8, index: u64) -> Option<&[Hash]> {
        let level = self.levels.get(usize::from(level))?;
        level.chunks(WIDTH as usize).nth(usize::try_from(index).ok()?)
    }
}

impl Tiles for MemoryTiles {
    type Error = AbsentHash;

    fn hashes(&mut self, level: u8, from: u64, count: u64) -> Result<Vec<Hash>, AbsentHash> {
        let absent = || AbsentHash { level, index: from };
        let level = self.levels.get(usize::from(level)).ok_or_else(absent)?;
        let from = usize::try_from(from).map_err(|_| absent())?;
        let to = from.saturating_add(usize::try_from(count).map_err(|_| absent())?);
        Ok(level.get(from..to).ok_or_else(absent)?.to_vec())
    }
}

/// A hash that a proof needs and that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash {index} of level {level} is not there")]
pub struct AbsentHash {
    /// The level.
    pub level: u8,
    /// Which of the level.
    pub index: u64,
}
