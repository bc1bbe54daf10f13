//! Any bytes as a bundle; and bundles of a log that the bytes describe, with events left out: one
//! that verifies shows all events of its token.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use patrol_ledger::bundle::{SCHEMA, Trust, verify};
use patrol_ledger::merkle::{Hash, leaf_hash};
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::hash_text;
use patrol_ledger::tlog::map::{Latest, TokenMap};
use patrol_ledger::tlog::note::{Algorithm, Note, SignerKey};
use patrol_ledger::tlog::proof::{MemoryTiles, inclusion};
use patrol_token::TokenId;
use serde_json::{Value, json};

const ORIGIN: &str = "patrol.example/test-log";
static KEY: LazyLock<SignerKey> =
    LazyLock::new(|| SignerKey::from_seed(ORIGIN, Algorithm::Ed25519, &[7; 32]));

fuzz_target!(|bytes: &[u8]| {
    let trust = Trust::Key(KEY.verifier().clone());
    for old in [None, Some(bytes)] {
        if let Ok(report) = verify(bytes, &trust, old) {
            assert!(!report.failed.is_empty(), "nobody signed this");
        }
    }
    // The checkpoint, whatever it says, signed: what comes after the signature is reached, too.
    if let Ok(mut bundle) = serde_json::from_slice::<Value>(bytes) {
        if let Some(text) = bundle["checkpoint"].as_str().and_then(|it| it.split("\n\n").next()) {
            bundle["checkpoint"] = json!(signed(&format!("{text}\n")));
            drop(verify(&serde_json::to_vec(&bundle).unwrap(), &trust, Some(bytes)));
        }
    }
    if let Some((choice, log)) = bytes.split_first_chunk::<8>() {
        left_out(choice, &log[..log.len().min(32)], &trust);
    }
});

fn signed(text: &str) -> String {
    let Ok(mut note) = Note::unsigned(text) else { return text.to_owned() };
    note.add(KEY.sign(text, 0));
    note.to_string()
}

/// Each byte is an event: of one of three tokens, or a commitment to all before an earlier one.
fn left_out(choice: &[u8; 8], log: &[u8], trust: &Trust) {
    let ids: Vec<TokenId> = (1..4u8).map(|n| TokenId::from_bytes([n; 16])).collect();
    let (mut counts, mut of_first) = ([0u64; 3], BTreeSet::new());
    let mut tokens: Vec<(usize, Latest)> = Vec::new();
    let (mut envelopes, mut maps, mut tiles) = (Vec::new(), Vec::new(), MemoryTiles::default());
    for (position, byte) in log.iter().enumerate() {
        let (position, at) = (position as u64, usize::from(byte % 4));
        let envelope = if at == 3 {
            let of = position.saturating_sub(u64::from(byte >> 4));
            let mut map = TokenMap::default();
            for (token, latest) in tokens.iter().filter(|(_, latest)| latest.last < of) {
                map.put(ids[*token], *latest);
            }
            maps.push((position, map.clone()));
            let root: String = map.root().iter().map(|byte| format!("{byte:02x}")).collect();
            let data = json!({"size": of, "tokens": map.len(), "root": root});
            json!({"position": position, "stream": "ledger", "version": 1,
                   "type": "ledger.map_committed", "data": data})
        } else {
            counts[at] += 1;
            tokens.push((at, Latest { count: counts[at], last: position }));
            of_first.extend((at == 0).then_some(position));
            json!({"position": position, "stream": format!("token:{}", ids[at]),
                   "version": counts[at], "type": "token.renamed", "data": {}})
        };
        let envelope = envelope.to_string();
        tiles.push(leaf_hash(envelope.as_bytes()));
        envelopes.push(envelope);
    }
    let size = envelopes.len() as u64;
    let maps_count = maps.len();
    if maps_count == 0 {
        return;
    }
    let root: Hash = tiles.tree().root();
    let mut proven = |position: u64| {
        let proof = inclusion(&mut tiles, position, size).unwrap().unwrap();
        let proof: Vec<_> = proof.iter().map(hash_text).collect();
        json!({"position": position, "envelope": envelopes[position as usize], "proof": proof})
    };
    let [which, mask @ .., places] = choice;
    let mask = mask.iter().fold(0u64, |mask, byte| mask << 8 | u64::from(*byte));
    let (at, map) = &mut maps[usize::from(*which) % maps_count];
    // What is shown: of the token, and of the rest.
    let shown = |position: &u64| mask >> (position % 48) & 1 == 0;
    let events: Vec<u64> = of_first.iter().copied().filter(shown).collect();
    let after: Vec<u64> = (0..size).filter(|it| !events.contains(it) && shown(it) && it != at).collect();
    let proof = map.prove(ids[0]);
    let end = proof.end.map(|(key, latest)| {
        json!({"key": hash_text(&key), "count": latest.count, "last": latest.last})
    });
    let siblings: Vec<_> = proof.siblings.iter().map(hash_text).collect();
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root, extension: Vec::new() };
    let selection = if places & 1 == 0 { json!({"token": ids[0].to_string()}) } else { json!("owner") };
    let bundle = json!({
        "schema": SCHEMA,
        "manifest": {"origin": ORIGIN, "size": size, "root": hash_text(&root),
                     "selection": selection, "events": events.len()},
        "checkpoint": signed(&checkpoint.to_string()),
        "keys": [], "consistency": [],
        "map": if places & 2 == 0 { proven(*at) } else { Value::Null },
        "tokens": if places & 4 == 0 {
            json!([{"id": ids[0].to_string(), "siblings": siblings, "end": end}])
        } else { json!([]) },
        "events": events.iter().map(|at| proven(*at)).collect::<Vec<_>>(),
        "after": after.iter().map(|at| proven(*at)).collect::<Vec<_>>(),
    });
    let report = verify(&serde_json::to_vec(&bundle).unwrap(), trust, None).unwrap();
    if report.failed.is_empty() {
        let told: BTreeSet<u64> = events.iter().chain(&after).copied().collect();
        assert!(of_first.is_subset(&told), "{log:?} {choice:?}: {report:?}");
    }
}
