//! The stored tree: the same in every store, from the first event on or built later, and checked.

use std::time::Duration;

use patrol_ledger::merkle::Hash;
use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::store::sqlite::SqliteStore;
use patrol_ledger::store::{Batch, Store as _};
use patrol_ledger::tlog::proof::{
    MemoryTiles, consistency, inclusion, verify_consistency, verify_inclusion,
};
use patrol_ledger::tlog::tile::{Tile, TileKind, entries, tile_bytes};
use patrol_ledger::{Change, Command, Ledger, Reader};
use rusqlite::Connection;

use crate::sqlite::Fixture;
use crate::support::{World, request};

fn policy(n: u64) -> Command {
    Command::SetPolicy(Change::parse("default-expiry", &format!("{}d", 1 + n % 2)).unwrap())
}

/// The leaves of a ledger, from its bytes.
fn leaves(reader: &Reader) -> Vec<Hash> {
    let mut leaves = Vec::new();
    let size = reader.head().unwrap().tree.size();
    reader
        .each_envelope(0, size, |_, bytes| {
            leaves.push(leaf_hash(bytes));
            Ok(())
        })
        .unwrap();
    leaves
}

fn model(leaves: &[Hash]) -> MemoryTiles {
    let mut tiles = MemoryTiles::default();
    leaves.iter().for_each(|leaf| tiles.push(*leaf));
    tiles
}

/// Every file and a grid of proofs, against a tree in memory.
fn equals_model(reader: &Reader) {
    let leaves = leaves(reader);
    let size = leaves.len() as u64;
    let mut model = model(&leaves);
    let root = model.tree().root();
    assert_eq!(reader.head().unwrap().tree, *model.tree());
    for kind in Tile::levels(size) {
        let TileKind::Hashes(level) = kind else { panic!() };
        for tile in Tile::beyond(kind, 0, size) {
            let expected = tile_bytes(model.tile(level, tile.index).unwrap());
            assert_eq!(reader.tile(tile).unwrap(), expected, "{tile}");
        }
    }
    for tile in Tile::beyond(TileKind::Entries, 0, size) {
        let bundle = reader.tile(tile).unwrap();
        for (entry, position) in entries(&bundle).unwrap().iter().zip(tile.index * 256..) {
            assert_eq!(leaf_hash(entry), leaves[position as usize]);
        }
    }
    for at in (0..size).step_by(37).chain([size - 1]) {
        assert_eq!(reader.root_at(at + 1).unwrap(), {
            patrol_ledger::tlog::proof::root(&mut model, at + 1).unwrap()
        });
        let proof = reader.inclusion(at, size).unwrap().unwrap();
        assert_eq!(Some(&proof), inclusion(&mut model, at, size).unwrap().as_ref());
        verify_inclusion(at, size, &leaves[at as usize], &proof, &root).unwrap();
        let proof = reader.consistency(at + 1, size).unwrap().unwrap();
        assert_eq!(Some(&proof), consistency(&mut model, at + 1, size).unwrap().as_ref());
        let then = reader.root_at(at + 1).unwrap();
        verify_consistency((at + 1, &then), (size, &root), &proof).unwrap();
    }
    assert_eq!(reader.inclusion(size, size).unwrap(), None);
    assert_eq!(reader.consistency(size + 1, size).unwrap(), None);
}

#[test]
fn the_tree_grows_with_single_events_and_with_batches() {
    let fixture = Fixture::new();
    let mut n = 0;
    let mut store = SqliteStore::open(&fixture.path).unwrap();
    // Batches that end before, at and after the edge of a tile, and one that spans several.
    for batch_len in [1, 253, 1, 1, 255, 1, 2, 700, 100] {
        let tx = store.begin(Duration::ZERO).unwrap();
        let mut batch = Batch::new(tx, &*fixture.entropy).unwrap();
        for _ in 0..batch_len {
            batch.run(&request(policy(n)), &*fixture.clock).unwrap();
            n += 1;
        }
        batch.commit().unwrap();
        let reader = fixture.open().unwrap().reader().unwrap();
        assert_eq!(reader.head().unwrap().tree.size(), n + 1);
        equals_model(&reader);
    }
    assert_eq!(fixture.problems(), (None, vec![]));
}

#[test]
fn the_store_in_memory_keeps_the_same_tree() {
    let mut world = World::new();
    for n in 0..600 {
        world.run(policy(n)).unwrap();
    }
    let contents = world.store.contents();
    let leaves: Vec<_> = contents.entries.iter().map(|entry| entry.leaf).collect();
    let model = model(&leaves);
    assert_eq!(contents.tiles.len(), 3, "two full tiles of leaves, one above");
    for ((level, tile), hashes) in &contents.tiles {
        assert_eq!(model.tile(*level, *tile), Some(hashes.as_slice()));
    }
}

/// A ledger that the program of schema version 1 wrote: 269 events.
#[test]
fn a_ledger_from_before_the_tree_migrates_forward() {
    let mut fixture = Fixture::new();
    fixture.path = fixture.folder.path().join("old.db");
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schema-1.db");
    std::fs::copy(old, &fixture.path).unwrap();
    // The program of that version still runs, with its statement prepared.
    let before = fixture.sql();
    let version: i64 = before.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);

    let report = fixture.open().unwrap().check().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(report.events, 269);
    let root = "e5ffda7702c57799d2c41474806a49a2a40b52a74412477a18964eb08be2ac92";
    assert_eq!(hex::encode(report.root), root, "as `patrol check` said before");
    equals_model(&fixture.open().unwrap().reader().unwrap());

    // It can append nothing without the tiles it does not know of.
    let refused = before
        .execute(
            "INSERT INTO head VALUES (1, ?1, ?2, 0) ON CONFLICT (id) DO UPDATE SET tree = ?1",
            (vec![0u8; 8], 0),
        )
        .unwrap_err();
    assert!(refused.to_string().contains("has 5 columns but 4 values"), "{refused}");
    let ledger = fixture.open().unwrap();
    for n in 0..300 {
        ledger.submit(request(policy(n))).unwrap();
    }
    equals_model(&ledger.reader().unwrap());
}

/// A ledger of so many events, written at once.
fn filled(events: u64) -> (Fixture, Ledger) {
    let fixture = Fixture::new();
    let mut store = SqliteStore::open(&fixture.path).unwrap();
    let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &*fixture.entropy).unwrap();
    for n in 1..events {
        batch.run(&request(policy(n)), &*fixture.clock).unwrap();
    }
    batch.commit().unwrap();
    let ledger = fixture.open().unwrap();
    (fixture, ledger)
}

#[test]
fn an_edited_tree_is_found_and_made_anew() {
    for (edit, first, words) in [
        ("UPDATE tiles SET hashes = zeroblob(8192) WHERE slot = 0", Some(0), "tile 0 of level 0"),
        (
            "UPDATE tiles SET hashes = substr(hashes, 1, 3200) || zeroblob(4992) WHERE slot = 1",
            Some(356),
            "tile 1 of level 0",
        ),
        (
            "UPDATE tiles SET hashes = substr(hashes, 1, 32) || zeroblob(32) \
             WHERE slot = 281474976710656",
            Some(256),
            "tile 0 of level 1",
        ),
        ("DELETE FROM tiles WHERE slot = 1", Some(256), "tile 1 of level 0"),
        ("INSERT INTO tiles VALUES (7, zeroblob(32))", None, "belong to no event; run rebuild"),
        ("UPDATE tiles SET hashes = x'00' WHERE slot = 0", Some(0), "tile 0 of level 0"),
    ] {
        let (fixture, ledger) = filled(600);
        let db = fixture.sql();
        db.execute_batch("DROP TRIGGER tiles_no_delete; DROP TRIGGER tiles_only_grow;").unwrap();
        // A concatenation of blobs is a text to SQLite.
        let strict =
            edit.replace("= substr", "= CAST(substr").replace(") WHERE", ") AS BLOB) WHERE");
        db.execute_batch(if edit.contains("substr") { &strict } else { edit }).unwrap();
        drop(db);
        let (found, problems) = fixture.problems();
        assert_eq!(found, first, "{edit}: {problems:#?}");
        assert!(problems.iter().any(|problem| problem.contains(words)), "{edit}: {problems:#?}");
        ledger.rebuild().unwrap();
        assert_eq!(fixture.problems(), (None, vec![]), "{edit}");
        equals_model(&ledger.reader().unwrap());
    }
}

#[test]
fn tiles_only_grow() {
    let (fixture, _) = filled(300);
    let db: Connection = fixture.sql();
    for (sql, words) in [
        ("DELETE FROM tiles", "tiles are never deleted"),
        ("UPDATE tiles SET hashes = zeroblob(8192) WHERE slot = 0", "tiles only grow"),
        ("UPDATE tiles SET slot = 3 WHERE slot = 0", "tiles only grow"),
    ] {
        let error = db.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
}
