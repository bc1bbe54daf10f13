//! Any bytes as a proof file, as hashes of a proof between any sizes, and as the path or content of
//! a tile.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_ledger::tlog::proof::{verify_consistency, verify_inclusion};
use patrol_ledger::tlog::tile::{Tile, entries, tile_hashes};
use patrol_ledger::tlog::tlog_proof::TlogProof;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
    }
    if let Ok(tile) = String::from_utf8_lossy(bytes).parse::<Tile>() {
        assert_eq!(tile.to_string().as_bytes(), bytes);
    }
    drop(entries(bytes));
    if let Some((numbers, hashes)) = bytes.split_first_chunk::<16>() {
        let (a, b) = numbers.split_at(8);
        let (a, b) = (u64::from_le_bytes(a.try_into().unwrap()), u64::from_le_bytes(b.try_into().unwrap()));
        // Small numbers, too, as those reach the ends of proofs.
        for (a, b) in [(a, b), (a % 40, b % 40)] {
            if let Some(mut proof) = tile_hashes(hashes).filter(|proof| proof.len() > 2) {
                let (one, other) = (proof.pop().unwrap(), proof.pop().unwrap());
                if verify_inclusion(a, b, &one, &proof, &other).is_ok() {
                    assert!(a < b);
                }
                if verify_consistency((a, &one), (b, &other), &proof).is_ok() {
                    assert!(0 < a && a <= b);
                }
            }
        }
    }
});
