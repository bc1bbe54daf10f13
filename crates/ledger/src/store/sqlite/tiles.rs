//! The stored tree in SQLite: rows of tiles, read for proofs, built for ledgers from before them.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::store_error;
use crate::merkle::{Hash, leaf_hash};
use crate::project::StoreError;
use crate::store::tree::Filling;
use crate::tlog::proof::Tiles;
use crate::tlog::tile::{WIDTH, tile_bytes, tile_hashes};

/// Where a tile stands in the table.
fn slot(level: u8, tile: u64) -> i64 {
    i64::from(level) << 48 | tile.cast_signed()
}

/// A stored tile; `None` if it is not there.
pub(crate) fn read(
    connection: &Connection,
    level: u8,
    tile: u64,
) -> Result<Option<Vec<Hash>>, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT hashes FROM tiles WHERE slot = ?")
        .and_then(|mut statement| {
            statement.query_row([slot(level, tile)], |row| row.get(0)).optional()
        })
        .map_err(store_error)?;
    let Some(bytes) = bytes else { return Ok(None) };
    let damaged = || StoreError::Damaged(format!("tile {tile} of level {level} cannot be read"));
    tile_hashes(&bytes).map(Some).ok_or_else(damaged)
}

/// Adds hashes to a tile, after those it has.
pub(super) fn add(
    connection: &Connection,
    level: u8,
    tile: u64,
    hashes: &[Hash],
) -> Result<(), StoreError> {
    let mut all =
        if level == 0 { None } else { read(connection, level, tile)? }.unwrap_or_default();
    all.extend_from_slice(hashes);
    connection
        .prepare_cached(
            "INSERT INTO tiles VALUES (?1, ?2) ON CONFLICT (slot) DO UPDATE SET hashes = ?2",
        )
        .and_then(|mut statement| statement.execute(params![slot(level, tile), tile_bytes(&all)]))
        .map(|_| ())
        .map_err(store_error)
}

/// The leaves of the events `[from, to)`.
pub(super) fn leaves(connection: &Connection, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
    connection
        .prepare_cached(
            "SELECT leaf FROM events WHERE position >= ? AND position < ? ORDER BY position",
        )
        .and_then(|mut statement| {
            statement.query_map([from.cast_signed(), to.cast_signed()], |row| row.get(0))?.collect()
        })
        .map_err(store_error)
}

/// How many tiles are stored.
pub(crate) fn count(connection: &Connection) -> Result<u64, StoreError> {
    connection
        .query_row("SELECT count(*) FROM tiles", [], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
        .map_err(store_error)
}

/// Builds the tree of a ledger from before the tree was stored, from the stored bytes themselves.
/// It judges nothing: whether they are those of the recorded end of the log, `check` tells.
pub(super) fn build(connection: &Connection) -> Result<(), StoreError> {
    let mut filling = Filling::default();
    let mut statement =
        connection.prepare("SELECT envelope FROM events ORDER BY position").map_err(store_error)?;
    let mut rows = statement.query([]).map_err(store_error)?;
    while let Some(row) = rows.next().map_err(store_error)? {
        let envelope = row.get_ref(0).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
        filling.push(leaf_hash(envelope), |level, tile, hashes| {
            put(connection, level, tile, hashes)
        })?;
    }
    for (level, tile, hashes) in filling.rest() {
        put(connection, level, tile, hashes)?;
    }
    let full = (filling.tree().size() / WIDTH).cast_signed();
    connection.execute("UPDATE head SET full_tiles = ?", [full]).map(|_| ()).map_err(store_error)
}

/// Writes a whole tile.
pub(super) fn put(
    connection: &Connection,
    level: u8,
    tile: u64,
    hashes: &[Hash],
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO tiles VALUES (?, ?)")
        .and_then(|mut statement| statement.execute(params![slot(level, tile), tile_bytes(hashes)]))
        .map(|_| ())
        .map_err(store_error)
}

/// Takes away the tiles that a tree does not have.
pub(super) fn keep_only(connection: &Connection, filling: &Filling) -> Result<(), StoreError> {
    let full = |level: u8| filling.tree().size().checked_shr(8 * u32::from(level) + 8).unwrap_or(0);
    for level in 0..8u8 {
        let partial = filling.rest().any(|(of, _, _)| of == level);
        let tiles = full(level) + u64::from(partial);
        connection
            .execute(
                "DELETE FROM tiles WHERE slot >= ? AND slot < ?",
                [slot(level, tiles), slot(level + 1, 0)],
            )
            .map_err(store_error)?;
    }
    connection
        .execute("DELETE FROM tiles WHERE slot < 0 OR slot >= ?", [slot(8, 0)])
        .map(|_| ())
        .map_err(store_error)
}

/// The hashes of a ledger's tree, for proofs. Keeps the tiles that it has read.
pub(crate) struct StoredTiles<'c> {
    connection: &'c Connection,
    read: HashMap<(u8, u64), Vec<Hash>>,
}

impl<'c> StoredTiles<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, read: HashMap::new() }
    }
}

/// Tiles kept for the next hashes: a proof goes by two a level.
const KEPT_MAX: usize = 64;

impl Tiles for StoredTiles<'_> {
    type Error = StoreError;

    fn hashes(&mut self, level: u8, from: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let tile = from / WIDTH;
        if !self.read.contains_key(&(level, tile)) {
            let mut hashes = read(self.connection, level, tile)?.unwrap_or_default();
            if hashes.is_empty() && level == 0 {
                // Not full yet: the leaves still stand with their events only.
                hashes = leaves(self.connection, tile * WIDTH, (tile + 1) * WIDTH)?;
            }
            if self.read.len() == KEPT_MAX {
                self.read.clear();
            }
            self.read.insert((level, tile), hashes);
        }
        let hashes = self.read.get(&(level, tile)).map_or(&[][..], Vec::as_slice);
        let first = usize::try_from(from % WIDTH).unwrap_or(usize::MAX);
        let last = first.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        hashes.get(first..last).map(<[Hash]>::to_vec).ok_or_else(|| {
            StoreError::Damaged(format!(
                "hash {from} of level {level} of the tree is missing; run rebuild"
            ))
        })
    }
}
