//! Two crates of other hands, `tlog_tiles` and `signed_note`, over the same notes and proofs.

use patrol_ledger::merkle::{Hash, leaf_hash};
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::{Algorithm, Note, SignerKey};
use patrol_ledger::tlog::proof::{
    MemoryTiles, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use patrol_ledger::tlog::tile::{Tile, TileKind};
use proptest::prelude::*;
use signed_note::{Note as TheirNote, StandardVerifier, VerifierList};
use tlog_tiles::{Hash as TheirHash, Tile as TheirTile, check_record, check_tree};

fn theirs(hash: &Hash) -> TheirHash {
    TheirHash(*hash)
}

fn all_theirs(proof: &[Hash]) -> Vec<TheirHash> {
    proof.iter().map(theirs).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    /// Right or bent, both say the same of a proof.
    #[test]
    fn proofs(n in 1u64..700, m in 1u64..700, index in 0u64..700, bend in 0usize..6, bit in any::<u8>()) {
        let (m, index) = (1 + m % n, index % n);
        let mut tiles = MemoryTiles::default();
        (0..n).for_each(|n| tiles.push(leaf_hash(&n.to_be_bytes())));
        let (now, then) = (tiles.tree().root(), root(&mut tiles, m).unwrap());
        let mut leaf = leaf_hash(&index.to_be_bytes());
        let mut proof = inclusion(&mut tiles, index, n).unwrap().unwrap();
        let mut path = consistency(&mut tiles, m, n).unwrap().unwrap();
        let mut at = index;
        for proof in [&mut proof, &mut path] {
            let which = usize::from(bit) % proof.len().max(1);
            match bend {
                1 if !proof.is_empty() => proof[which][usize::from(bit) % 32] ^= 1,
                2 if !proof.is_empty() => drop(proof.remove(which)),
                3 => proof.push([bit; 32]),
                _ => {}
            }
        }
        match bend {
            4 => leaf[0] ^= 1,
            5 => at = (at + 1) % n,
            _ => {}
        }
        let ours = verify_inclusion(at, n, &leaf, &proof, &now).is_ok();
        let they = check_record(&all_theirs(&proof), n, theirs(&now), at, theirs(&leaf)).is_ok();
        prop_assert_eq!(ours, they);
        if bend == 0 {
            prop_assert!(ours);
        }
        let ours = verify_consistency((m, &then), (n, &now), &path).is_ok();
        let they = check_tree(&all_theirs(&path), n, theirs(&now), m, theirs(&then)).is_ok();
        prop_assert_eq!(ours, they);
        if bend == 0 {
            prop_assert!(ours);
        }
    }

    #[test]
    fn paths(level in 0u8..6, index in 0u64..3_000_000, width in 1u16..=256) {
        let ours = Tile { kind: TileKind::Hashes(level), index, width };
        // They name the height of a tile in its path, as Go does; the published form has one height.
        let they = TheirTile::new(8, level, index, u32::from(width), false);
        prop_assert_eq!(they.path().replacen("tile/8/", "tile/", 1), ours.to_string());
    }

    #[test]
    fn notes(size in 0u64..1000, seed in any::<[u8; 32]>(), at in 0usize..400, bit in 0u8..7) {
        let key = SignerKey::from_seed("log.example/a", Algorithm::Ed25519, &seed);
        let checkpoint = Checkpoint {
            origin: "log.example/a".into(),
            size,
            root: leaf_hash(&seed),
            extension: vec![],
        };
        let mut note = Note::unsigned(checkpoint.to_string()).unwrap();
        note.add(key.sign(note.text(), 0));
        let verifier = || {
            let key = StandardVerifier::new(&key.verifier().to_string());
            VerifierList::new(vec![Box::new(key.unwrap())])
        };
        let they = |bytes: &[u8]| {
            TheirNote::from_bytes(bytes).is_ok_and(|note| note.verify(&verifier()).is_ok())
        };
        let ours = |bytes: &[u8]| {
            Note::parse(bytes).is_ok_and(|note| note.verify([key.verifier()]).is_ok())
        };
        let mut bytes = note.to_string().into_bytes();
        prop_assert!(ours(&bytes) && they(&bytes));
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(ours(&bytes), they(&bytes), "byte {}", at);
    }
}
