//! Proofs from the stored tree, and the log as the plain files that others read.

use super::read::Reader;
use super::store_error;
use super::tiles::StoredTiles;
use crate::merkle::{Hash, leaf_hash};
use crate::project::StoreError;
use crate::tlog::proof::{self, Tiles as _};
use crate::tlog::tile::{Tile, TileKind, WIDTH, push_entry, tile_bytes};

impl Reader {
    /// The proof that the event at `position` is in the log of `size` events; `None` if it is not.
    ///
    /// # Errors
    /// When the stored tree cannot be read; so for all methods here.
    pub fn inclusion(&self, position: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.snapshot(|reader| proof::inclusion(&mut reader.tree(), position, size))
    }

    /// The proof that the log of `new` events continues that of `old`; `None` if `old` is 0 or
    /// beyond `new`.
    ///
    /// # Errors
    /// As [`Reader::inclusion`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.snapshot(|reader| proof::consistency(&mut reader.tree(), old, new))
    }

    /// The root of the log as it was with `size` events, from the stored tree.
    ///
    /// # Errors
    /// As [`Reader::inclusion`].
    pub fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        self.snapshot(|reader| proof::root(&mut reader.tree(), size))
    }

    /// The bytes of a file of the tree, as tlog-tiles clients read it.
    ///
    /// # Errors
    /// As [`Reader::inclusion`]; an event whose bytes are not those that the tree commits to.
    pub fn tile(&self, tile: Tile) -> Result<Vec<u8>, StoreError> {
        let (from, count) = (tile.index * WIDTH, u64::from(tile.width));
        match tile.kind {
            TileKind::Hashes(level) => Ok(tile_bytes(&self.tree().hashes(level, from, count)?)),
            TileKind::Entries => {
                let mut leaves = self.tree().hashes(0, from, count)?.into_iter();
                let mut bundle = Vec::new();
                self.each_envelope(from, from + count, |position, envelope| {
                    // What was edited goes to nobody: they could only call it false.
                    if leaves.next() != Some(leaf_hash(envelope)) {
                        return Err(StoreError::Damaged(format!(
                            "event {position} is not the one that the tree commits to"
                        )));
                    }
                    let too_long = || StoreError::Damaged(format!("event {position} is too long"));
                    push_entry(&mut bundle, envelope).ok_or_else(too_long)
                })?;
                Ok(bundle)
            }
        }
    }

    /// Hands the exact bytes of the events `[from, to)` to `take`, in order.
    ///
    /// # Errors
    /// As [`Reader::inclusion`]; a missing event; or what `take` says.
    pub fn each_envelope(
        &self,
        from: u64,
        to: u64,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .db()
            .prepare_cached(
                "SELECT position, envelope FROM events WHERE position >= ? AND position < ? \
                 ORDER BY position",
            )
            .map_err(store_error)?;
        let mut rows =
            statement.query([from.cast_signed(), to.cast_signed()]).map_err(store_error)?;
        let mut next = from;
        while let Some(row) = rows.next().map_err(store_error)? {
            let position: i64 = row.get(0).map_err(store_error)?;
            if position.cast_unsigned() != next {
                break;
            }
            let envelope = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
            take(next, envelope)?;
            next += 1;
        }
        if next == to {
            return Ok(());
        }
        Err(StoreError::Damaged(format!("event {next} is missing; run check")))
    }

    /// The stored tree, for proofs.
    pub(crate) fn tree(&self) -> StoredTiles<'_> {
        StoredTiles::new(self.db())
    }
}
