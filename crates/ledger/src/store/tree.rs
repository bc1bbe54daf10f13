//! The stored tree: which hashes a transaction adds to it, and whether those stored are right.
//!
//! Stored are the roots of all perfect subtrees of 256^level leaves, 256 to a tile: amortised one
//! hash for each event, and a little over. Leaves are stored with their events; once 256 of them
//! are complete they are copied into a tile, so that a proof reads one row in place of 256.

use super::{Entry, Tx};
use crate::merkle::{Frontier, Hash};
use crate::project::StoreError;
use crate::tlog::tile::{HEIGHT, WIDTH};

/// A stored hash that a leaf completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its level; 0 is the leaves.
    pub(crate) level: u8,
    /// Which of its level.
    pub(crate) index: u64,
    /// The hash.
    pub(crate) hash: Hash,
}

/// Appends a leaf and hands the stored hashes that it completes to `made`, itself first.
pub(crate) fn push(tree: &mut Frontier, leaf: Hash, mut made: impl FnMut(Stored)) {
    let position = tree.size();
    tree.push_with(leaf, |height, hash| {
        if height % HEIGHT == 0 {
            #[expect(clippy::cast_possible_truncation, reason = "a tree has at most 64 levels")]
            let level = (height / HEIGHT) as u8;
            made(Stored { level, index: position >> height, hash });
        }
    });
}

/// Stores what entries appended after a tree of `before` leaves completed above the leaves, and the
/// leaves of tiles that they filled.
///
/// # Errors
/// When the store fails.
pub(crate) fn grow<T: Tx>(
    tx: &mut T,
    before: u64,
    entries: &[Entry],
    above: &[Stored],
) -> Result<(), StoreError> {
    let after = before + entries.len() as u64;
    for tile in before / WIDTH..after / WIDTH {
        let (from, to) = (tile * WIDTH, (tile + 1) * WIDTH);
        let mut leaves = if from < before { tx.leaves(from, before)? } else { Vec::new() };
        let here = |position: u64| usize::try_from(position.saturating_sub(before));
        let (Ok(first), Ok(last)) = (here(from), here(to)) else { continue };
        leaves.extend(entries[first..last].iter().map(|entry| entry.leaf));
        if leaves.len() as u64 != WIDTH {
            return Err(StoreError::Damaged(format!("leaves of {from} to {to} are missing")));
        }
        tx.add_hashes(0, tile, &leaves)?;
    }
    // Runs of one tile are written at once.
    let mut above: Vec<_> = above.to_vec();
    above.sort_by_key(|stored| (stored.level, stored.index));
    for run in above.chunk_by(|a, b| (a.level, a.index / WIDTH) == (b.level, b.index / WIDTH)) {
        let hashes: Vec<_> = run.iter().map(|stored| stored.hash).collect();
        tx.add_hashes(run[0].level, run[0].index / WIDTH, &hashes)?;
    }
    Ok(())
}

/// Tiles as they fill while leaves are pushed: handed on when full, the rest at the end.
#[cfg(feature = "sqlite")]
#[derive(Default)]
pub(crate) struct Filling {
    tree: Frontier,
    levels: Vec<Vec<Hash>>,
    full: Vec<u64>,
}

#[cfg(feature = "sqlite")]
impl Filling {
    /// The tree.
    pub(crate) fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Appends a leaf and hands the tiles that it fills to `take`: level, tile, hashes.
    ///
    /// # Errors
    /// What `take` says.
    pub(crate) fn push<E>(
        &mut self,
        leaf: Hash,
        mut take: impl FnMut(u8, u64, &[Hash]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (levels, full) = (&mut self.levels, &mut self.full);
        let mut outcome = Ok(());
        push(&mut self.tree, leaf, |stored| {
            let level = usize::from(stored.level);
            if levels.len() <= level {
                levels.resize_with(level + 1, || Vec::with_capacity(256));
                full.resize(level + 1, 0);
            }
            levels[level].push(stored.hash);
            if levels[level].len() as u64 == WIDTH {
                if outcome.is_ok() {
                    outcome = take(stored.level, full[level], &levels[level]);
                }
                levels[level].clear();
                full[level] += 1;
            }
        });
        outcome
    }

    /// The tiles that are not full and are stored all the same: those above the leaves.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (u8, u64, &[Hash])> {
        let levels = (0u8..).zip(self.levels.iter().zip(&self.full));
        levels
            .filter(|(level, (hashes, _))| *level > 0 && !hashes.is_empty())
            .map(|(level, (hashes, full))| (level, *full, hashes.as_slice()))
    }

    /// How many tiles are stored.
    pub(crate) fn stored(&self) -> u64 {
        self.full.iter().sum::<u64>() + self.rest().count() as u64
    }
}
