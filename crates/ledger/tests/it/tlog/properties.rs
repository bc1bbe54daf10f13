//! Proofs for random sizes against the recursive definitions of RFC 6962, word for word.

use patrol_ledger::merkle::{Hash, leaf_hash, node_hash};
use patrol_ledger::tlog::note::{Algorithm, Note, SignerKey};
use patrol_ledger::tlog::proof::{
    MemoryTiles, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use patrol_ledger::tlog::tile::{Tile, TileKind};
use proptest::prelude::*;

fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let k = split(leaves.len());
            node_hash(&naive_root(&leaves[..k]), &naive_root(&leaves[k..]))
        }
    }
}

fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = split(leaves.len());
    let (mut path, sibling) = match m < k {
        true => (naive_path(m, &leaves[..k]), naive_root(&leaves[k..])),
        false => (naive_path(m - k, &leaves[k..]), naive_root(&leaves[..k])),
    };
    path.push(sibling);
    path
}

fn naive_subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if known { vec![] } else { vec![naive_root(leaves)] };
    }
    let k = split(leaves.len());
    let (mut proof, sibling) = match m <= k {
        true => (naive_subproof(m, &leaves[..k], known), naive_root(&leaves[k..])),
        false => (naive_subproof(m - k, &leaves[k..], false), naive_root(&leaves[..k])),
    };
    proof.push(sibling);
    proof
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n as u64).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn tiles(leaves: &[Hash]) -> MemoryTiles {
    let mut tiles = MemoryTiles::default();
    leaves.iter().for_each(|leaf| tiles.push(*leaf));
    tiles
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..Default::default() })]

    #[test]
    fn proofs_are_those_of_the_definition(
        // Sizes about the edges of tiles, too.
        n in prop_oneof![1usize..40, 250usize..260, 500usize..800],
        m in 1usize..1200, index in 0usize..1200, flip in any::<(u8, u8)>(),
    ) {
        let (m, index) = (1 + m % n, index % n);
        let leaves = leaves(n);
        let mut tiles = tiles(&leaves);
        let (size, old) = (n as u64, m as u64);
        let (now, then) = (naive_root(&leaves), naive_root(&leaves[..m]));
        prop_assert_eq!(root(&mut tiles, size).unwrap(), now);
        prop_assert_eq!(root(&mut tiles, old).unwrap(), then);

        let proof = inclusion(&mut tiles, index as u64, size).unwrap().unwrap();
        prop_assert_eq!(&proof, &naive_path(index, &leaves));
        let leaf = &leaves[index];
        prop_assert!(verify_inclusion(index as u64, size, leaf, &proof, &now).is_ok());
        prop_assert!(verify_inclusion(index as u64 + 1, size, leaf, &proof, &now).is_err());
        let (which, bit) = (usize::from(flip.0), flip.1);
        if !proof.is_empty() {
            let mut bad = proof.clone();
            let which = which % bad.len();
            bad[which][usize::from(bit / 8)] ^= 1 << (bit % 8);
            prop_assert!(verify_inclusion(index as u64, size, leaf, &bad, &now).is_err());
            prop_assert!(verify_inclusion(index as u64, size, leaf, &proof[1..], &now).is_err());
        }

        let proof = consistency(&mut tiles, old, size).unwrap().unwrap();
        prop_assert_eq!(&proof, &naive_subproof(m, &leaves, true));
        prop_assert!(verify_consistency((old, &then), (size, &now), &proof).is_ok());
        if m < n {
            prop_assert!(verify_consistency((old, &now), (size, &now), &proof).is_err());
            let mut bad = proof.clone();
            let which = which % bad.len();
            bad[which][usize::from(bit / 8)] ^= 1 << (bit % 8);
            prop_assert!(verify_consistency((old, &then), (size, &now), &bad).is_err());
        }
    }

    #[test]
    fn a_grown_tree_has_the_files_of_a_tree_made_at_once(old in 0u64..140_000, more in 0u64..70_000) {
        let size = old + more;
        for kind in Tile::levels(size).chain([TileKind::Entries]) {
            let mut files: Vec<Tile> = Tile::beyond(kind, 0, old).filter(Tile::is_full).collect();
            files.extend(Tile::beyond(kind, old, size));
            let again = Tile::beyond(kind, 0, size).collect::<Vec<_>>();
            if old == size {
                prop_assert!(Tile::beyond(kind, old, size).next().is_none());
            } else if files.len() == again.len() {
                prop_assert_eq!(files, again);
            } else {
                // Nothing came to this level: its partial tile is already there.
                prop_assert_eq!(&files[..], &again[..again.len() - 1]);
            }
        }
    }

    #[test]
    fn a_note_says_what_was_signed(lines in "[^\\x00-\\x09\\x0b-\\x1f]{1,60}", at in 0usize..200) {
        let text = format!("{lines}\n");
        let key = SignerKey::from_seed("log.example", Algorithm::Ed25519, &[7; 32]);
        let mut note = Note::unsigned(text.clone()).unwrap();
        note.add(key.sign(&text, 0));
        let bytes = note.to_string().into_bytes();
        let again = Note::parse(&bytes).unwrap();
        prop_assert_eq!(&again, &note);
        prop_assert!(again.verify([key.verifier()]).is_ok());
        // One bit of the text is another text.
        let mut other = bytes;
        let at = at % text.len();
        other[at] ^= 1;
        if let Ok(other) = Note::parse(&other) {
            prop_assert!(other.verify([key.verifier()]).is_err());
        }
    }
}
