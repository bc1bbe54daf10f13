//! Policies: whom a verifier believes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::{Algorithm, Note, SignerKey};
use patrol_ledger::tlog::policy::Policy;
use sha2::{Digest as _, Sha256};

fn key(name: &str, algorithm: Algorithm) -> SignerKey {
    SignerKey::from_seed(name, algorithm, &leaf_hash(name.as_bytes()))
}

fn log() -> SignerKey {
    key("log.example", Algorithm::Ed25519)
}

fn witness(name: &str) -> SignerKey {
    key(name, Algorithm::Cosignature)
}

fn policy(rules: &str) -> Result<Policy, String> {
    let mut text = format!("# who is believed\nlog {}\n\n", log().verifier());
    for name in ["x1", "x2", "x3", "y1"] {
        let key = witness(name).verifier().to_string();
        text += &["\twitness ", name, " ", &key, " https://", name, ".example \n"].concat();
    }
    Policy::parse(&(text + rules)).map_err(|error| error.to_string())
}

fn checkpoint(cosigners: &[&str]) -> Vec<u8> {
    let text =
        Checkpoint { origin: "log.example".into(), size: 5, root: [9; 32], extension: vec![] };
    let mut note = Note::unsigned(text.to_string()).unwrap();
    note.add(log().sign(note.text(), 0));
    for name in cosigners {
        note.add(witness(name).sign(note.text(), 1_767_139_200));
    }
    note.to_string().into_bytes()
}

#[test]
fn a_quorum_of_groups() {
    let rules = "group x 2 x1 x2 x3\ngroup y any y1\ngroup both all x y\nquorum both\n";
    let policy = policy(rules).unwrap();
    let accepted = policy.accept(&checkpoint(&["x1", "x3", "y1"])).unwrap();
    let by: Vec<_> = accepted.witnesses.iter().map(|it| (it.name.as_str(), it.time)).collect();
    assert_eq!(by, [("x1", 1_767_139_200), ("x3", 1_767_139_200), ("y1", 1_767_139_200)]);
    let refused =
        |cosigners: &[&str]| policy.accept(&checkpoint(cosigners)).unwrap_err().to_string();
    assert_eq!(refused(&[]), "the quorum both has not cosigned; nobody has");
    assert_eq!(refused(&["x1", "x2"]), "the quorum both has not cosigned; cosigned by x1, x2");
    assert_eq!(refused(&["x1", "y1"]), "the quorum both has not cosigned; cosigned by x1, y1");
    // A stranger's cosignature counts for nothing and does no harm.
    assert!(refused(&["stranger", "x1"]).ends_with("cosigned by x1"));
}

#[test]
fn one_witness_and_none() {
    assert!(policy("quorum none").unwrap().accept(&checkpoint(&[])).is_ok());
    let one = policy("quorum x2\n").unwrap();
    assert!(one.accept(&checkpoint(&["x2"])).is_ok());
    assert!(one.accept(&checkpoint(&["x1"])).is_err());
    let other =
        Checkpoint { origin: "other.example".into(), size: 5, root: [9; 32], extension: vec![] };
    let mut note = Note::unsigned(other.to_string()).unwrap();
    note.add(log().sign(note.text(), 0));
    let refused = one.accept(note.to_string().as_bytes()).unwrap_err().to_string();
    assert_eq!(refused, "the policy does not name the log other.example");
}

#[test]
fn lines_that_cannot_be_gone_by() {
    let again = format!("witness x9 {}\nquorum none", witness("x1").verifier());
    let swapped = format!("log {}\nquorum none", witness("z").verifier());
    let as_witness = format!("witness z {}\nquorum none", key("z", Algorithm::Ed25519).verifier());
    for (rules, words) in [
        ("", "line 8: a policy has one quorum line; this has none"),
        ("quorum x1\nquorum x2\n", "line 9: a policy has one quorum line; this is the second"),
        ("quorum zz\n", "line 8: zz is not defined above"),
        ("group a 0 x1\nquorum a\n", "line 8: a group asks for"),
        ("group a 3 x1 x2\nquorum a\n", "line 8: a group asks for"),
        ("group a 01 x1 x2\nquorum a\n", "line 8: a group asks for"),
        ("group a any\nquorum a\n", "line 8: a line is `log KEY"),
        ("group a any b\nquorum a\n", "line 8: b is not defined above"),
        ("group a any none\nquorum a\n", "line 8: none is not defined above"),
        ("group a any x1 x1\nquorum a\n", "line 8: x1 is a member of a group already"),
        ("group a any x1\ngroup b any x1\nquorum a\n", "line 9: x1 is a member of a group already"),
        ("group x1 any x2\nquorum x1\n", "line 8: the name x1 is taken"),
        ("group none any x2\nquorum none\n", "line 8: the name none is taken"),
        ("quorum x1 x2\n", "line 8: a line is `log KEY"),
        ("quorum\u{1}x1\n", "line 8: a policy has no control characters"),
        ("log nonsense\nquorum none\n", "line 8: a key is `name+id+base64`"),
        (&again, "line 8: this key stands in the policy already"),
        (&swapped, "line 8: this key is a witness's"),
        (&as_witness, "line 8: this key is a log's"),
    ] {
        let said = policy(rules).unwrap_err();
        assert!(said.starts_with(words), "{rules}: {said}");
    }
}

/// A key of ML-DSA-44 with this byte all over, as a verifier key.
fn ml_dsa(name: &str, byte: u8) -> String {
    let public = [byte; 1312];
    let id = Sha256::new().chain_update(name).chain_update(b"\n\x06").chain_update(public);
    let id = hex::encode(&id.finalize()[..4]);
    format!("{name}+{id}+{}", STANDARD.encode([&[6][..], &public].concat()))
}

#[test]
fn witnesses_of_other_algorithms_are_kept_and_count_for_nothing() {
    let quantum = ml_dsa("w.example/quantum", 7);
    let line = format!("witness q {quantum}\ngroup g any x1 q\nquorum g\n");
    let policy = policy(&line).unwrap();
    assert_eq!(policy.cannot_be_verified(), ["q (algorithm 0x06)"]);
    assert!(policy.accept(&checkpoint(&["x1"])).is_ok());
    let said = policy.accept(&checkpoint(&[])).unwrap_err().to_string();
    assert_eq!(
        said,
        "the quorum g has not cosigned; nobody has; not supported here, and not counted: \
         q (algorithm 0x06)"
    );
    let future =
        format!("witness f w.example/f+00000000+{}\nquorum none\n", STANDARD.encode([0xfe, 1]));
    assert!(self::policy(&future).unwrap().accept(&checkpoint(&[])).is_ok());
    let twice = format!("witness q {quantum}\nwitness p {quantum}\nquorum none\n");
    assert!(self::policy(&twice).unwrap_err().starts_with("line 9: this key stands"));
    let bent = quantum.replacen('+', "x+", 1);
    let bent = format!("witness q {bent}\nquorum none\n");
    assert!(self::policy(&bent).unwrap_err().contains("the key's id does not fit"));
    // A log that can be known only by such a key is named, and not believed.
    let text = format!("log {}\nquorum none\n", ml_dsa("log.example", 9));
    let said = Policy::parse(&text).unwrap().accept(&checkpoint(&[])).unwrap_err().to_string();
    assert_eq!(
        said,
        "the policy names the log log.example only by a key of an algorithm that is not supported"
    );
}
