//! Every published and own vector of `tests/data/tlog-vectors.json`; each says where it is from.

use base64::Engine as _;
use patrol_ledger::merkle::{Frontier, Hash, leaf_hash};
use patrol_ledger::tlog::checkpoint::{Checkpoint, CheckpointError};
use patrol_ledger::tlog::cosignature;
use patrol_ledger::tlog::note::{Algorithm, KeyError, Note, NoteError, SignerKey, VerifierKey};
use patrol_ledger::tlog::proof::{
    MemoryTiles, ProofError, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use patrol_ledger::tlog::tile::{Tile, TileKind, entries, push_entry, tile_bytes, tile_hashes};
use patrol_ledger::tlog::tlog_proof::TlogProof;
use patrol_ledger::tlog::witness::{AddCheckpoint, Answer, WitnessError, answer};
use patrol_ledger::tlog::{hash_from_text, hash_text};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../data/tlog-vectors.json")).unwrap()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} in {value}"))
}

fn number(value: &Value, member: &str) -> u64 {
    value[member].as_u64().unwrap()
}

fn hash(value: &Value) -> Hash {
    hash_of(value).unwrap()
}

/// `None` where a vector has other than 32 bytes.
fn hash_of(value: &Value) -> Option<Hash> {
    let bytes = hex::decode(value.as_str().unwrap()).unwrap();
    // As a proof's text would be read: the type holds no other length.
    let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
    let read = hash_from_text(&text);
    assert_eq!(read.is_some(), bytes.len() == 32);
    read
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

/// `None`: refused already as a text.
fn proof_of(case: &Value) -> Option<Vec<Hash>> {
    case["proof"].as_array().unwrap().iter().map(hash_of).collect()
}

fn seed(value: &Value, member: &str) -> [u8; 32] {
    hash(&value[member])
}

fn tree_300() -> (MemoryTiles, Vec<Vec<u8>>) {
    let entries: Vec<_> = (0..300).map(|n| format!("record {n}").into_bytes()).collect();
    let mut tiles = MemoryTiles::default();
    entries.iter().for_each(|entry| tiles.push(leaf_hash(entry)));
    (tiles, entries)
}

#[test]
fn all_proofs_of_the_eight_leaves() {
    let vectors = &vectors()["ct_8_leaves"];
    let roots = hashes(&vectors["roots_by_size_0_to_8"]);
    let leaves = hashes(&vectors["leaf_hashes"]);
    let mut tiles = MemoryTiles::default();
    for (leaf, hash) in vectors["leaves"].as_array().unwrap().iter().zip(&leaves) {
        assert_eq!(leaf_hash(&hex::decode(leaf.as_str().unwrap()).unwrap()), *hash);
        assert_eq!(tiles.tree().root(), roots[tiles.tree().size() as usize]);
        tiles.push(*hash);
    }
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (index, size) = (number(case, "index"), number(case, "size"));
        let proof = hashes(&case["proof"]);
        assert_eq!(inclusion(&mut tiles, index, size).unwrap().unwrap(), proof, "{case}");
        let root = roots[size as usize];
        verify_inclusion(index, size, &leaves[index as usize], &proof, &root).unwrap();
    }
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (old, new) = (number(case, "size1"), number(case, "size2"));
        let proof = hashes(&case["proof"]);
        assert_eq!(consistency(&mut tiles, old, new).unwrap().unwrap(), proof, "{case}");
        let (old, new) = ((old, &roots[old as usize]), (new, &roots[new as usize]));
        verify_consistency(old, new, &proof).unwrap();
    }
}

#[test]
fn no_proof_of_the_negatives_is_accepted() {
    let vectors = &vectors()["own_negative_proofs"];
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 106);
    for case in cases {
        let Some(proof) = proof_of(case) else { continue };
        let proven = verify_inclusion(
            number(case, "index"),
            number(case, "size"),
            &hash(&case["leaf_hash"]),
            &proof,
            &hash(&case["root"]),
        );
        assert!(proven.is_err(), "{case}");
    }
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 72);
    for case in cases {
        let Some(proof) = proof_of(case) else { continue };
        let proven = verify_consistency(
            (number(case, "size1"), &hash(&case["root1"])),
            (number(case, "size2"), &hash(&case["root2"])),
            &proof,
        );
        assert!(proven.is_err(), "{case}");
    }
}

#[test]
fn nothing_is_consistent_with_an_empty_log() {
    let (mut tiles, _) = tree_300();
    let (empty, root) = (Frontier::default().root(), tiles.tree().root());
    assert_eq!(consistency(&mut tiles, 0, 300).unwrap(), None);
    let proven = verify_consistency((0, &empty), (300, &root), &[]);
    assert_eq!(proven, Err(ProofError::FromEmpty));
}

#[test]
fn keys_and_signatures_of_others_are_read_and_reproduced() {
    let vectors = vectors();
    let notes = vectors["signed_notes"].as_array().unwrap();
    for case in notes {
        let key = VerifierKey::parse(text(case, "vkey")).unwrap();
        assert_eq!(key.to_string(), text(case, "vkey"));
        assert_eq!(hex::encode(key.id()), text(case, "key_id"));
        assert_eq!(hex::encode(key.public()), text(case, "public_key"));
        let note = Note::parse(text(case, "note_text").as_bytes()).unwrap();
        assert_eq!(note.to_string(), text(case, "note_text"));
        assert_eq!(note.verify([&key]).unwrap()[0].key, &key);
        if case.get("private_seed").is_some() {
            let seed = seed(case, "private_seed");
            let signer = SignerKey::from_seed(key.name(), Algorithm::Ed25519, &seed);
            assert_eq!(signer.verifier(), &key);
            assert!(note.signatures().contains(&signer.sign(note.text(), 0)));
            let again = SignerKey::parse(&signer.text()).unwrap();
            assert_eq!(again.verifier(), &key);
        }
    }
    let sumdb = Note::parse(text(&notes[3], "note_text").as_bytes()).unwrap();
    let tree = Checkpoint::parse(sumdb.text()).unwrap();
    assert_eq!((tree.origin.as_str(), tree.size), ("go.sum database tree", 35_225_469));
    // Go's log signs under another name than its origin: not one of the logs this format means.
    let key = VerifierKey::parse(text(&notes[3], "vkey")).unwrap();
    let opened = Checkpoint::open(sumdb.to_string().as_bytes(), &key);
    assert!(matches!(opened, Err(CheckpointError::OtherLog { .. })));
}

#[test]
fn a_checkpoint_is_written_as_go_writes_it() {
    let vectors = vectors();
    let case = &vectors["go_tlog_format_tree"];
    let checkpoint = Checkpoint {
        origin: "go.sum database tree".into(),
        size: number(case, "size"),
        root: leaf_hash(b"hello world"),
        extension: vec![],
    };
    assert_eq!(checkpoint.to_string(), text(case, "text"));
    assert_eq!(Checkpoint::parse(text(case, "text")), Ok(checkpoint));
}

#[test]
fn tiles_bundles_and_proofs_of_the_300_records() {
    let vectors = vectors();
    let case = &vectors["tree_300"];
    let (mut tiles, records) = tree_300();
    assert_eq!(hex::encode(tiles.tree().root()), text(case, "root"));
    assert_eq!(hex::encode(root(&mut tiles, 256).unwrap()), text(case, "root_256"));
    for (path, digest) in case["tiles_sha256"].as_object().unwrap() {
        let tile: Tile = path.parse().unwrap();
        let TileKind::Hashes(level) = tile.kind else { panic!("{path}") };
        let bytes = tile_bytes(tiles.tile(level, tile.index).unwrap());
        assert_eq!(hex::encode(Sha256::digest(&bytes)), digest.as_str().unwrap(), "{path}");
        assert_eq!(tile_hashes(&bytes).unwrap().len(), usize::from(tile.width));
    }
    assert_eq!(hex::encode(tile_bytes(tiles.tile(1, 0).unwrap())), text(case, "tile_1_000_p_1"));
    let bundle = |records: &[Vec<u8>]| {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| push_entry(&mut bytes, record).unwrap());
        assert_eq!(entries(&bytes).unwrap(), records);
        bytes
    };
    let (first, second) = (bundle(&records[..256]), bundle(&records[256..]));
    assert_eq!(hex::encode(Sha256::digest(&first)), text(case, "entry_bundle_0_sha256"));
    assert_eq!(hex::encode(Sha256::digest(&second)), text(case, "entry_bundle_1_p_44_sha256"));
    assert_eq!(hex::encode(&first[..32]), text(case, "entry_bundle_first_32_bytes"));
    assert_eq!(entries(&first[..first.len() - 1]), None, "cut within an entry");
    let proof = hashes(&case["inclusion_137_of_300"]);
    assert_eq!(inclusion(&mut tiles, 137, 300).unwrap().unwrap(), proof);
    for (old, member) in [(256, "consistency_256_to_300"), (137, "consistency_137_to_300")] {
        assert_eq!(consistency(&mut tiles, old, 300).unwrap().unwrap(), hashes(&case[member]));
    }
}

#[test]
fn a_cosignature_is_that_of_others() {
    let vectors = vectors();
    let case = &vectors["tree_300"];
    let key = VerifierKey::parse(text(case, "cosigner_vkey")).unwrap();
    let signer =
        SignerKey::from_seed(key.name(), Algorithm::Cosignature, &seed(case, "cosigner_seed"));
    assert_eq!(signer.verifier(), &key);
    let note = Note::parse(text(case, "checkpoint_cosigned_text").as_bytes()).unwrap();
    let time = number(case, "cosignature_time");
    assert_eq!(
        cosignature::message(time, note.text()),
        text(case, "cosignature_signed_message_text")
    );
    assert_eq!(note.signatures(), [signer.sign(note.text(), time)]);
    assert_eq!(note.verify([&key]).unwrap()[0].time, Some(time));
    // The time is signed.
    let mut late = note.signatures()[0].clone();
    late.bytes[7] ^= 1;
    let mut forged = Note::unsigned(note.text()).unwrap();
    forged.add(late);
    assert_eq!(forged.verify([&key]), Err(NoteError::BadSignature(key.name().into())));
}

#[test]
fn own_checkpoints_proofs_and_requests() {
    let vectors = vectors();
    let case = &vectors["own_deterministic"];
    let log = VerifierKey::parse(text(case, "log_vkey")).unwrap();
    let witness = VerifierKey::parse(text(case, "witness_vkey")).unwrap();
    let signer = SignerKey::from_seed(log.name(), Algorithm::Ed25519, &seed(case, "log_seed"));
    let (mut tiles, records) = tree_300();

    let signed = Checkpoint::open(text(case, "checkpoint_300_text").as_bytes(), &log).unwrap();
    assert_eq!(signed.checkpoint, Checkpoint::of(log.name(), tiles.tree()));
    let mut note = Note::unsigned(signed.checkpoint.to_string()).unwrap();
    note.add(signer.sign(note.text(), 0));
    assert_eq!(note.to_string(), text(case, "checkpoint_300_text"));
    let empty = Checkpoint::open(text(case, "checkpoint_empty_text").as_bytes(), &log).unwrap();
    assert_eq!(empty.checkpoint, Checkpoint::of(log.name(), &Frontier::default()));

    let cosigned = text(case, "checkpoint_300_cosigned_text");
    let both = Checkpoint::open(cosigned.as_bytes(), &log).unwrap();
    let keys = [witness.clone()];
    assert_eq!(both.cosigned(&keys).unwrap()[0].time, Some(1_767_139_200));
    assert_eq!(signed.cosigned(&keys).unwrap(), []);

    for (member, index, leaf) in [
        ("tlog_proof_137_text", 137, &records[137]),
        ("tlog_proof_137_extra_text", 137, &records[137]),
        ("tlog_proof_single_leaf_text", 0, &records[0]),
    ] {
        let proof = TlogProof::parse(text(case, member).as_bytes()).unwrap();
        assert_eq!(proof.to_string(), text(case, member));
        assert_eq!(proof.index, index);
        proof.verify(&leaf_hash(leaf), &log).unwrap();
        proof.verify(&leaf_hash(b"another"), &log).unwrap_err();
    }

    let asked = text(case, "witness_add_checkpoint_request_text");
    let request = AddCheckpoint::parse(asked.as_bytes()).unwrap();
    assert_eq!(request.to_string(), asked);
    assert_eq!(request.proof, consistency(&mut tiles, request.old, 300).unwrap().unwrap());
    let lines = format!("{}\n", both.note.signatures()[1]);
    let answered = answer(200, lines.as_bytes(), &request, &witness);
    assert_eq!(answered, Ok(Answer::Cosigned(both.note.signatures()[1].clone())));
    let by_another = answer(200, lines.as_bytes(), &request, &log);
    assert_eq!(by_another, Err(WitnessError::OtherKey(log.name().into())));
    assert_eq!(answer(409, b"17\n", &request, &witness), Ok(Answer::KnowsSize(17)));
    assert_eq!(answer(409, b"256\n", &request, &witness), Err(WitnessError::SameSize(256)));
    for junk in [&b"256"[..], b"-1\n", b"\x1b[31mfoo\n", b"", b"99999999999999999999999\n"] {
        assert_eq!(answer(409, junk, &request, &witness), Err(WitnessError::NoSize), "{junk:?}");
    }
    assert_eq!(answer(422, b"", &request, &witness), Err(WitnessError::Inconsistent));
    assert_eq!(answer(404, b"", &request, &witness), Err(WitnessError::LogUnknown));
}

#[test]
fn notes_that_must_be_refused() {
    let vectors = vectors();
    let vectors = &vectors["own_negative_notes"];
    let key = VerifierKey::parse(text(vectors, "vkey")).unwrap();
    let cases = vectors["notes"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let note = Note::parse(text(case, "note_text").as_bytes());
        let refused = note.and_then(|note| note.verify([&key]).map(|_| ())).unwrap_err();
        let words = refused.to_string();
        let expected = match text(case, "expect") {
            "reject: known key, bad signature" | "reject: bad signature" => "does not fit the text",
            "reject: no signature from a known key" => ", not by patrol.example/",
            "reject note (control character)" => "no control characters",
            _ => "",
        };
        assert!(words.contains(expected), "{case}: {words}");
    }
    let cases = vectors["checkpoints"].as_array().unwrap();
    assert_eq!(cases.len(), 12);
    for case in cases {
        let note = text(case, "note_text");
        let opened = Checkpoint::open(note.as_bytes(), &key);
        assert!(Note::parse(note.as_bytes()).unwrap().verify([&key]).is_ok(), "{case}");
        let accepted = text(case, "expect").starts_with("accept");
        assert_eq!(opened.is_ok(), accepted, "{case}: {opened:?}");
    }
}

#[test]
fn tile_paths() {
    let vectors = vectors();
    let vectors = &vectors["tile_paths"];
    for (index, path) in vectors["paths"].as_object().unwrap() {
        let tile = Tile { kind: TileKind::Hashes(3), index: index.parse().unwrap(), width: 256 };
        assert_eq!(tile.to_string(), format!("tile/3/{}", path.as_str().unwrap()));
        assert_eq!(tile.to_string().parse(), Ok(tile));
    }
    for (size, levels) in
        vectors["tile_counts_for_size_level_full_partialwidth"].as_object().unwrap()
    {
        let size = size.parse().unwrap();
        let found: Vec<_> = Tile::levels(size)
            .map(|kind| {
                let TileKind::Hashes(level) = kind else { panic!() };
                let tiles: Vec<_> = Tile::beyond(kind, 0, size).collect();
                let full = tiles.iter().filter(|tile| tile.is_full()).count();
                let partial = tiles.last().filter(|tile| !tile.is_full());
                serde_json::json!([level, full, partial.map_or(0, |tile| tile.width)])
            })
            .collect();
        assert_eq!(Value::from(found), *levels, "{size}");
    }
    for path in vectors["examples"].as_array().unwrap() {
        let path = path.as_str().unwrap();
        assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
    }
    for path in vectors["invalid"].as_array().unwrap() {
        assert!(path.as_str().unwrap().parse::<Tile>().is_err(), "{path}");
    }
}

/// Its key cannot be used here; it is refused by name, and its signature does not stand in the way.
#[test]
fn a_signature_of_an_algorithm_unknown_here_is_passed_over() {
    let vectors = vectors();
    let case = &vectors["mldsa44_cosignature"];
    assert_eq!(VerifierKey::parse(text(case, "vkey")), Err(KeyError::Algorithm(6)));
    let note = Note::parse(text(case, "checkpoint_text").as_bytes()).unwrap();
    assert_eq!(hex::encode(note.signatures()[0].id), text(case, "key_id"));
    let own = &vectors["own_deterministic"];
    let log = VerifierKey::parse(text(own, "log_vkey")).unwrap();
    let signer = SignerKey::from_seed(log.name(), Algorithm::Ed25519, &seed(own, "log_seed"));
    assert!(matches!(note.verify([&log]), Err(NoteError::NoKnownKey { .. })));
    let mut both = note.clone();
    both.add(signer.sign(note.text(), 0));
    assert_eq!(both.verify([&log]).unwrap().len(), 1);
}

#[test]
fn keys_that_are_none() {
    let vectors = vectors();
    let good = text(&vectors["own_deterministic"], "log_vkey");
    let (name, rest) = good.split_once('+').unwrap();
    let (id, key) = rest.split_once('+').unwrap();
    for (text, error) in [
        (String::new(), KeyError::Parts),
        (name.into(), KeyError::Parts),
        (format!("+{id}+{key}"), KeyError::Name),
        (format!("two words+{id}+{key}"), KeyError::Name),
        (format!("{name}+dc00adf+{key}"), KeyError::Id),
        (format!("{name}+dc00adf8+{key}"), KeyError::WrongId),
        (format!("other.example+{id}+{key}"), KeyError::WrongId),
        (format!("{name}+{id}+{key}="), KeyError::Base64),
        (format!("{name}+{id}+AW4i"), KeyError::Length),
        (format!("{name}+{id}+"), KeyError::Length),
    ] {
        assert_eq!(VerifierKey::parse(&text), Err(error), "{text}");
    }
    assert_eq!(SignerKey::parse(good).unwrap_err(), KeyError::NotPrivate);
    assert_eq!(hash_text(&[0; 32]), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}
