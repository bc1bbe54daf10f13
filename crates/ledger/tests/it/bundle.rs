//! Bundles: what they prove, and that every way of bending one is noticed.

use patrol_ledger::bundle::{
    MakeError, Report, Selection, Trust, make, make_within, verify, verify_text,
};
use patrol_ledger::tlog::checkpoint::Signed;
use patrol_ledger::tlog::note::{Note, VerifierKey};
use patrol_ledger::tlog::policy::Policy;
use patrol_ledger::{By, Command, Ledger, Selector, Timestamp, TokenQuery, Via};
use serde_json::{Value, json};

use crate::sqlite::Fixture;
use crate::support::request;

fn by() -> By {
    By { actor: "auditor".into(), via: Via::Cli, uid: None }
}

struct World {
    fixture: Fixture,
    ledger: Ledger,
    key: VerifierKey,
    old: Signed,
    new: Signed,
    token: patrol_ledger::Token,
}

impl World {
    fn new() -> Self {
        let fixture = Fixture::filled();
        let ledger = fixture.open().unwrap();
        let row = ledger.reader().unwrap().ledger().unwrap();
        let key = VerifierKey::parse(&row.verifier_key).unwrap();
        let old = ledger.checkpoint(&by()).unwrap();
        let query = TokenQuery { limit: 1, ..Default::default() };
        let found = ledger.reader().unwrap().tokens(&query, Timestamp::EPOCH, None).unwrap();
        let token = found.0[0].clone();
        let name = "once more".into();
        let rename = Command::Rename { token: Selector::Id(token.id), name };
        ledger.submit(request(rename)).unwrap();
        let new = ledger.checkpoint(&by()).unwrap();
        Self { fixture, ledger, key, old, new, token }
    }

    fn bundle(&self, selection: &Selection) -> Value {
        let reader = self.ledger.reader().unwrap();
        serde_json::from_str(&make(&reader, &self.new, selection, &[]).unwrap()).unwrap()
    }

    fn of_token(&self) -> Value {
        self.bundle(&Selection::Token(self.token.id))
    }

    fn verify(&self, bundle: &Value, old: Option<&Signed>) -> Report {
        let old = old.map(|old| old.note.to_string());
        let trust = Trust::Key(self.key.clone());
        let bytes = serde_json::to_vec(bundle).unwrap();
        verify(&bytes, &trust, old.as_ref().map(String::as_bytes)).unwrap()
    }

    fn fails(&self, bundle: &Value, words: &str) {
        let report = self.verify(bundle, Some(&self.old));
        assert_eq!(report.proven, Vec::<String>::new(), "nothing counts where something fails");
        assert!(
            report.failed.iter().any(|why| why.contains(words)),
            "{words}: {:?}",
            report.failed
        );
    }
}

#[test]
fn a_bundle_of_a_token_proves_that_nothing_is_left_out() {
    let world = World::new();
    let bundle = world.of_token();
    let report = world.verify(&bundle, Some(&world.old));
    assert_eq!(report.failed, Vec::<String>::new());
    assert_eq!(report.events, 3);
    let id = world.token.id;
    let whole =
        format!("nothing of token {id} is left out: all its 3 events in the log of 14 are here");
    assert!(report.proven.contains(&whole), "{:?}", report.proven);
    let continues = "the first 12 events are those that the older checkpoint committed to";
    assert!(report.proven.iter().any(|it| it == continues), "{:?}", report.proven);
}

#[test]
fn every_omission_and_edit_is_noticed() {
    let world = World::new();
    let good = world.of_token();
    for left_out in 0..3 {
        let mut bundle = good.clone();
        bundle["events"].as_array_mut().unwrap().remove(left_out);
        bundle["manifest"]["events"] = json!(2);
        world.fails(&bundle, "something is left out");
    }
    let edit = |change: &dyn Fn(&mut Value)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    // The last event, and the leaf of the map made to fit.
    world.fails(
        &edit(&|bundle| {
            bundle["events"].as_array_mut().unwrap().pop();
            bundle["manifest"]["events"] = json!(2);
            bundle["tokens"][0]["end"]["count"] = json!(2);
            bundle["tokens"][0]["end"]["last"] = json!(2);
        }),
        "does not lead to the log's commitment",
    );
    world.fails(&edit(&|bundle| bundle["tokens"] = json!([])), "and proves nothing of it");
    world.fails(
        &edit(&|bundle| {
            let envelope = text(&bundle["events"][0]["envelope"]);
            bundle["events"][0]["envelope"] = json!(envelope.replace("repo:read", "repo:none"));
        }),
        "event 1: the proof does not lead to the root",
    );
    world.fails(
        &edit(&|bundle| {
            let proof = bundle["events"][1]["proof"].clone();
            bundle["events"][0]["proof"] = proof;
        }),
        "event 1: ",
    );
    world.fails(&edit(&|bundle| bundle["events"][0]["position"] = json!(999)), "is not in a log");
    world.fails(
        &edit(&|bundle| bundle["manifest"]["size"] = json!(99)),
        "the manifest says something else",
    );
    world.fails(
        &edit(&|bundle| bundle["map"] = bundle["events"][0].clone()),
        "event 1 is not a commitment to the tokens",
    );
    world.fails(
        &edit(&|bundle| bundle["checkpoint"] = json!(world.old.note.to_string())),
        "the manifest says something else",
    );
    world.fails(
        &edit(&|bundle| {
            bundle["checkpoint"] = json!(text(&bundle["checkpoint"]).replace("\n14\n", "\n15\n"));
        }),
        "does not fit the text",
    );
    world.fails(
        &edit(&|bundle| bundle["consistency"] = json!([])),
        "ask for one made with --since 12",
    );
    world.fails(
        &edit(&|bundle| bundle["consistency"][0]["proof"] = json!([])),
        "against the older checkpoint of 12 events",
    );
}

/// The file does not choose what is proven of it: it cannot leave out the proof, either.
#[test]
fn a_bundle_without_its_commitment_fails() {
    let world = World::new();
    let owner = Selection::Owner(vec![world.token.id]);
    for good in [world.of_token(), world.bundle(&owner)] {
        let mut short = good.clone();
        short["events"].as_array_mut().unwrap().pop();
        short["manifest"]["events"] = json!(2);
        let mut bundle = short.clone();
        bundle["map"] = Value::Null;
        world.fails(&bundle, "no commitment to its tokens");
        bundle["tokens"] = json!([]);
        let words = if good["manifest"]["selection"] == json!("owner") {
            "no commitment to its tokens"
        } else {
            "and proves nothing of it"
        };
        world.fails(&bundle, words);
        bundle["map"] = good["map"].clone();
        world.fails(&bundle, words);
    }
    // Two tokens of an owner, and a proof of one only.
    let query = TokenQuery { limit: 2, ..Default::default() };
    let found = world.ledger.reader().unwrap().tokens(&query, Timestamp::EPOCH, None).unwrap().0;
    let ids = found.iter().map(|token| token.id).collect();
    let mut two = world.bundle(&Selection::Owner(ids));
    assert_eq!(world.verify(&two, None).failed, Vec::<String>::new());
    two["tokens"].as_array_mut().unwrap().pop();
    world.fails(&two, "nothing shows that none of its events is left out");
}

/// An older commitment is in the log, too, and would hide what came after it.
#[test]
fn an_older_commitment_proves_nothing_of_what_came_after() {
    let world = World::new();
    let before =
        make(&world.ledger.reader().unwrap(), &world.old, &Selection::Token(world.token.id), &[]);
    let before: Value = serde_json::from_str(&before.unwrap()).unwrap();
    let mut bundle = world.of_token();
    let position = before["map"]["position"].as_u64().unwrap();
    let all = world.bundle(&Selection::Time(Timestamp::EPOCH, Timestamp::MAX));
    bundle["map"] = all["events"].as_array().unwrap()[position as usize].clone();
    bundle["tokens"] = before["tokens"].clone();
    bundle["events"].as_array_mut().unwrap().pop();
    bundle["manifest"]["events"] = json!(2);
    world.fails(&bundle, "event 12 is not shown");
    // With everything since it is as good as new: what is left out shows.
    let event = |at: usize| all["events"][at].clone();
    bundle["after"] = json!([event(12), event(13)]);
    world.verify(&bundle, None);
    let report = world.verify(&bundle, None);
    assert_eq!(report.failed, Vec::<String>::new());
    let id = world.token.id;
    let whole =
        format!("nothing of token {id} is left out: all its 3 events in the log of 14 are here");
    assert!(report.proven.contains(&whole), "{:?}", report.proven);
    bundle["after"] = json!([event(13)]);
    world.fails(&bundle, "event 12 is not shown");
    // One that claims to be of more events than there were before it.
    let mut ahead = world.of_token();
    let envelope = ahead["map"]["envelope"].as_str().unwrap().replace("\"size\":13", "\"size\":14");
    ahead["map"]["envelope"] = json!(envelope);
    world.fails(&ahead, "event 13: the proof does not lead to the root");
}

/// Others write while the commitment is made: what came between is shown, and nothing is hidden.
#[test]
fn a_commitment_that_others_overtook_is_made_good() {
    let world = World::new();
    let reader = world.ledger.reader().unwrap();
    let size = reader.head().unwrap().tree.size();
    let mut map = reader.token_map(size).unwrap();
    let committed = patrol_ledger::MapCommitted { size, tokens: map.len(), root: map.root() };
    let (_, new) = crate::support::issue(&*world.fixture.entropy, "alice", "between");
    let between = new.id;
    world.ledger.submit(request(Command::Issue(new))).unwrap();
    let name = "overtaken".into();
    let rename = Command::Rename { token: Selector::Id(world.token.id), name };
    world.ledger.submit(request(rename)).unwrap();
    world.ledger.submit(request(Command::CommitMap(committed))).unwrap();
    let signed = world.ledger.checkpoint(&by()).unwrap();
    assert_eq!(signed.checkpoint.size, size + 3, "it is the last thing that the log says");
    for (id, count) in [(world.token.id, 4), (between, 1)] {
        let text = make(&reader, &signed, &Selection::Token(id), &[]).unwrap();
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["after"].as_array().unwrap().len(), 1, "the other one's event");
        let report = world.verify(&bundle, None);
        let all = match count {
            1 => "its only event".to_owned(),
            count => format!("all its {count} events"),
        };
        let whole = format!("nothing of token {id} is left out: {all}");
        assert!(report.proven.iter().any(|it| it.starts_with(&whole)), "{report:?}");
        // The last event, which the commitment does not know.
        let mut short = bundle.clone();
        let last = short["events"].as_array_mut().unwrap().pop().unwrap();
        short["manifest"]["events"] = json!(count - 1);
        world.fails(&short, &format!("event {} is not shown", last["position"]));
    }
}

/// Nobody is given what does not verify.
#[test]
fn of_edited_rows_no_bundle_is_made() {
    let world = World::new();
    let db = rusqlite::Connection::open(&world.fixture.path).unwrap();
    db.execute_batch("DROP TRIGGER events_no_update").unwrap();
    let reader = world.ledger.reader().unwrap();
    let refused = |words: &str| {
        let token = Selection::Token(world.token.id);
        let error = make(&reader, &world.new, &token, &[]).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("run check"), "{error}");
    };
    let other = "token:01KJMMA5DRHX55P30B1F3P9BZC";
    let edit = |to: &str, from: &str| {
        let sql = "UPDATE events SET stream = ? WHERE position = 2 AND stream = ?";
        assert_eq!(db.execute(sql, (to, from)).unwrap(), 1);
    };
    let stream = format!("token:{}", world.token.id);
    edit(other, &stream);
    refused("does not lead to the log's commitment");
    edit(&stream, other);
    let sql = "UPDATE events SET envelope = CAST(replace(CAST(envelope AS TEXT), 'cli', 'api') AS \
               BLOB) WHERE position = 2";
    db.execute(sql, []).unwrap();
    refused("event 2: the proof does not lead to the root");
}

#[test]
fn a_time_is_whole_or_is_said_not_to_be() {
    let world = World::new();
    let day = |text: &str| text.parse::<Timestamp>().unwrap();
    let all = world.bundle(&Selection::Time(day("2026-02-01"), day("2026-04-01")));
    let report = world.verify(&all, None);
    assert_eq!(report.failed, Vec::<String>::new());
    assert_eq!(report.events, 14);
    let proven = |report: &Report, words: &str| report.proven.iter().any(|it| it.contains(words));
    assert!(proven(&report, "up to the checkpoint, which ends within it"), "{report:?}");
    assert!(report.not_proven.iter().any(|it| it.ends_with("after the checkpoint")), "{report:?}");
    for left_out in [0, 7, 13] {
        let mut bundle = all.clone();
        bundle["events"].as_array_mut().unwrap().remove(left_out);
        bundle["manifest"]["events"] = json!(13);
        world.fails(&bundle, "of that time is left out");
    }
    let mut shorter = all.clone();
    shorter["events"].as_array_mut().unwrap().truncate(13);
    shorter["manifest"]["events"] = json!(13);
    shorter["manifest"]["selection"]["time"]["next"] = json!(12);
    world.fails(&shorter, "is not where the manifest says that time is");
    let none = world.bundle(&Selection::Time(day("2025-01-01"), day("2025-02-01")));
    let report = world.verify(&none, None);
    assert_eq!(report.events, 1, "its neighbour shows that it is empty");
    assert_eq!(report.failed, Vec::<String>::new());
    assert!(proven(&report, "before and after it lie outside"), "{report:?}");
}

#[test]
fn what_nobody_would_read_is_not_made() {
    let world = World::new();
    let reader = world.ledger.reader().unwrap();
    let all = Selection::Time(Timestamp::EPOCH, Timestamp::MAX);
    let made = |max| make_within(&reader, &world.new, &all, &[], max);
    let whole = made(1 << 20).unwrap();
    assert_eq!(made(whole.len() as u64).unwrap(), whole);
    for max in [0, 1000, 10_000, whole.len() as u64 - 1] {
        let error = made(max).unwrap_err();
        assert!(matches!(error, MakeError::TooLarge { .. }), "{max}: {error}");
    }
}

#[test]
fn whom_one_believes() {
    let world = World::new();
    let bundle = serde_json::to_vec(&world.of_token()).unwrap();
    let other = patrol_ledger::tlog::note::SignerKey::from_seed(
        world.key.name(),
        patrol_ledger::tlog::note::Algorithm::Ed25519,
        &[3; 32],
    );
    let report = verify(&bundle, &Trust::Key(other.verifier().clone()), None).unwrap();
    let id = |key: &VerifierKey| format!("{}+{}", key.name(), hex::encode(key.id()));
    let (signer, wanted) = (id(&world.key), id(other.verifier()));
    assert_eq!(report.failed, [format!("the checkpoint: signed by {signer}, not by {wanted}")]);
    let policy = Policy::parse(&format!("log {}\nquorum none\n", world.key)).unwrap();
    let report = verify(&bundle, &Trust::Policy(policy), None).unwrap();
    assert_eq!(report.failed, Vec::<String>::new());
    // The old key vouches for the new one, and for no other.
    let new = world.ledger.rotate_key(&by()).unwrap();
    let signed = world.ledger.checkpoint(&by()).unwrap();
    let reader = world.ledger.reader().unwrap();
    let selection = Selection::Owner(vec![world.token.id]);
    let text = make(&reader, &signed, &selection, &[3]).unwrap();
    let old = world.old.note.to_string();
    let trust = Trust::Key(world.key.clone());
    let report = verify(text.as_bytes(), &trust, Some(old.as_bytes())).unwrap();
    assert_eq!(report.failed, Vec::<String>::new());
    assert!(report.proven[0].ends_with(&format!("signed by {new}, which the key given endorsed")));
    // So does it where there is only a checkpoint, and with the same words.
    let alone = verify_text(signed.note.to_string().as_bytes(), &trust, None).unwrap();
    assert_eq!((&alone.failed, &alone.proven[0]), (&vec![], &report.proven[0]));
    let mut bare = Note::unsigned(signed.note.text()).unwrap();
    bare.add(signed.note.signatures()[0].clone());
    let bare = verify_text(bare.to_string().as_bytes(), &trust, None).unwrap();
    assert!(bare.failed[0].contains(&format!(", not by {}", id(&world.key))), "{bare:?}");
    // An older checkpoint that a key of the file's own choice signed is not the log's.
    let stranger = patrol_ledger::tlog::note::SignerKey::from_seed(
        world.key.name(),
        patrol_ledger::tlog::note::Algorithm::Ed25519,
        &[9; 32],
    );
    let mut forged = Note::unsigned(world.old.note.text()).unwrap();
    forged.add(stranger.sign(forged.text(), 0));
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    let own = json!({"verifier_key": stranger.verifier().to_string(), "endorsement": null});
    bundle["keys"].as_array_mut().unwrap().push(own);
    let bytes = serde_json::to_vec(&bundle).unwrap();
    let report = verify(&bytes, &trust, Some(forged.to_string().as_bytes())).unwrap();
    assert!(report.failed[0].starts_with("the older checkpoint: "), "{report:?}");
    // A policy that names a log's old and its new key takes what either signed.
    for lines in [[world.key.to_string(), new.clone()], [new.clone(), world.key.to_string()]] {
        let policy = format!("log {}\nlog {}\nquorum none\n", lines[0], lines[1]);
        let policy = Policy::parse(&policy).unwrap();
        policy.accept(signed.note.to_string().as_bytes()).unwrap();
        policy.accept(world.old.note.to_string().as_bytes()).unwrap();
        assert!(policy.accept(forged.to_string().as_bytes()).is_err());
    }
    let mut unendorsed: Value = serde_json::from_str(&text).unwrap();
    unendorsed["keys"][1]["endorsement"] = json!("AAAA");
    let bytes = serde_json::to_vec(&unendorsed).unwrap();
    let report = verify(&bytes, &trust, None).unwrap();
    assert!(report.failed[0].starts_with("the checkpoint: signed by "), "{report:?}");
    drop(world.fixture);
}

#[test]
fn what_is_no_bundle_is_said_to_be_none() {
    let world = World::new();
    let good = serde_json::to_vec(&world.of_token()).unwrap();
    let trust = Trust::Key(world.key.clone());
    let says = |bytes: &[u8]| verify(bytes, &trust, None).unwrap_err().to_string();
    for cut in [0, 1, 100, good.len() / 2, good.len() - 1] {
        assert!(says(&good[..cut]).starts_with("this is not a whole bundle: "), "{cut}");
    }
    assert_eq!(
        says(br#"{"schema":"patrol.scan/v1"}"#),
        "a file of \"patrol.scan/v1\"; this program reads patrol.bundle/v1"
    );
    assert!(says(b"{}").contains("no bundle, proof or checkpoint"));
    assert!(says(b"[1]").starts_with("this is not a whole bundle: "));
    // An older checkpoint of another log, and one that is none.
    let foreign = "other.example\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— other.example AAAAAAAA\n";
    for (old, words) in [
        (foreign, "the older checkpoint is of the log other.example"),
        ("nonsense", "the older checkpoint: no blank line"),
    ] {
        let report = verify(&good, &trust, Some(old.as_bytes())).unwrap();
        assert!(report.failed[0].starts_with(words), "{:?}", report.failed);
    }
}
