//! Edits of a real ledger file, at random: which of them anybody notices.
//!
//! An edit that changes an event is noticed by `check`, or by whoever holds an older checkpoint.
//! One that changes nothing that the log says (free pages, caches) need not be.

use std::path::Path;

use patrol_ledger::bundle::{Selection, Trust, make, verify};
use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::tlog::checkpoint::Signed;
use patrol_ledger::tlog::note::VerifierKey;
use patrol_ledger::tlog::proof::{MemoryTiles, root};
use patrol_ledger::{By, Command, Ledger, Timestamp, Via};
use rusqlite::Connection;

use crate::sqlite::Fixture;
use crate::support::{issue, request};

/// Edits of one run; `PATROL_TAMPER` asks for more (docs/ledger-format.md tells of 10,000).
fn rounds() -> u64 {
    number("PATROL_TAMPER").unwrap_or(60)
}

#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the tamper recipe")]
fn number(variable: &str) -> Option<u64> {
    std::env::var_os(variable)?.to_str()?.parse().ok()
}

/// Numbers by a seed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        let hash = leaf_hash(&self.0.to_be_bytes());
        self.0 += 1;
        u64::from_be_bytes(*hash.first_chunk().unwrap()) % below.max(1)
    }
}

/// The events of a file, as SQLite finds them; `None` if it cannot read them all.
fn events(path: &Path) -> Option<Vec<(i64, Vec<u8>)>> {
    let db = Connection::open(path).ok()?;
    let mut statement =
        db.prepare("SELECT position, envelope FROM events ORDER BY position").ok()?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
    rows.collect::<rusqlite::Result<_>>().ok()
}

/// Whether the first events are those of the checkpoint: what a bundle or a published tree shows to
/// whoever holds it.
fn continues(events: &[(i64, Vec<u8>)], old: &Signed) -> bool {
    let mut tiles = MemoryTiles::default();
    events.iter().for_each(|(_, bytes)| tiles.push(leaf_hash(bytes)));
    let size = old.checkpoint.size;
    size <= events.len() as u64 && root(&mut tiles, size).unwrap() == old.checkpoint.root
}

/// What was done to a copy.
fn edit(path: &Path, older: &[u8], dice: &mut Dice) -> &'static str {
    let length = std::fs::metadata(path).unwrap().len();
    let around = "DROP TRIGGER IF EXISTS events_no_update; DROP TRIGGER IF EXISTS events_no_delete; \
                  DROP TRIGGER IF EXISTS events_continue; DROP TRIGGER IF EXISTS tiles_only_grow; \
                  DROP TRIGGER IF EXISTS tiles_no_delete;";
    let sql = |statements: String| {
        let db = Connection::open(path).unwrap();
        drop(db.execute_batch(&format!("{around}{statements}")));
    };
    let at = dice.roll(120);
    let bytes = |change: &mut dyn FnMut(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
    };
    match dice.roll(12) {
        0..=2 => {
            let (at, bit) = (dice.roll(length), dice.roll(8));
            bytes(&mut |bytes| bytes[at as usize] ^= 1 << bit);
            "a bit flipped"
        }
        3 => {
            let (from, to) = (dice.roll(length / 4096), dice.roll(length / 4096));
            bytes(&mut |bytes| {
                let page = bytes[(from * 4096) as usize..][..4096].to_vec();
                bytes[(to * 4096) as usize..][..4096].copy_from_slice(&page);
            });
            "a page copied over another"
        }
        4 => {
            let to = dice.roll(length);
            bytes(&mut |bytes| bytes.truncate(to as usize));
            "the file cut"
        }
        5 => {
            sql(format!("DELETE FROM events WHERE position = {at}"));
            "an event deleted"
        }
        6 => {
            let with = dice.roll(120);
            sql(format!(
                "UPDATE events SET position = -9 WHERE position = {at}; \
                 UPDATE events SET position = {at} WHERE position = {with}; \
                 UPDATE events SET position = {with} WHERE position = -9"
            ));
            "two events swapped"
        }
        7 => {
            sql(format!(
                "UPDATE events SET envelope = CAST(replace(CAST(envelope AS TEXT), 'alice', 'mallory') \
                 AS BLOB), leaf = leaf WHERE position = {at}; \
                 UPDATE events SET envelope = CAST(replace(CAST(envelope AS TEXT), '\"uid\":1000', \
                 '\"uid\":1001') AS BLOB) WHERE position = {at}"
            ));
            "an event edited"
        }
        8 => {
            // With its leaf made anew: only the tree tells.
            let db = Connection::open(path).unwrap();
            db.execute_batch(around).unwrap();
            let found = db.query_row(
                "SELECT envelope FROM events WHERE position = ?",
                [at as i64],
                |row| row.get::<_, Vec<u8>>(0),
            );
            if let Ok(found) = found {
                let other =
                    String::from_utf8(found).unwrap().replace("\"uid\":1000", "\"uid\":1001");
                db.execute(
                    "UPDATE events SET envelope = ?, leaf = ? WHERE position = ?",
                    (other.as_bytes(), leaf_hash(other.as_bytes()), at as i64),
                )
                .unwrap();
            }
            "an event edited with its leaf"
        }
        9 => {
            sql(format!(
                "INSERT INTO events SELECT max(position) + 1, 'token:x', 1, type, recorded_at, \
                 envelope, leaf FROM events WHERE position = {at}"
            ));
            "an event inserted"
        }
        10 => {
            // The tables made anew without the fence, one event less, and all hashes made to fit.
            rewrite(path, at);
            "the log rewritten whole, hashes and all"
        }
        _ => {
            std::fs::write(path, older).unwrap();
            "an older copy in its place"
        }
    }
}

/// Leaves an event out and makes every hash anew: what somebody with the file and time can do.
fn rewrite(path: &Path, without: u64) {
    let db = Connection::open(path).unwrap();
    let kept: Vec<_> = events(path)
        .unwrap()
        .into_iter()
        .filter(|(position, _)| position.cast_unsigned() != without)
        .collect();
    db.execute_batch(
        "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; DROP TRIGGER events_continue; \
         DROP TRIGGER tiles_no_delete; DROP TRIGGER tiles_only_grow; BEGIN; DELETE FROM events; \
         DELETE FROM tiles;",
    )
    .unwrap();
    let mut tree = patrol_ledger::merkle::Frontier::default();
    for (position, (old, bytes)) in kept.iter().enumerate() {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let text =
            text.replace(&format!("\"position\":{old},"), &format!("\"position\":{position},"));
        let leaf = leaf_hash(text.as_bytes());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let at: Timestamp = value["recorded_at"].as_str().unwrap().parse().unwrap();
        db.execute(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                position as i64,
                value["stream"].as_str().unwrap(),
                value["version"].as_i64().unwrap(),
                value["type"].as_str().unwrap(),
                at.as_micros(),
                text.as_bytes(),
                leaf,
            ),
        )
        .unwrap();
        tree.push(leaf);
    }
    db.execute("UPDATE head SET tree = ?, full_tiles = 0", [tree.to_bytes()]).unwrap();
    db.execute_batch("COMMIT").unwrap();
}

#[test]
fn every_edit_that_changes_an_event_is_noticed() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let by = By { actor: "auditor".into(), via: Via::Cli, uid: None };
    let fill = |from: u64, to: u64| {
        for n in from..to {
            let (_, new) = issue(&*fixture.entropy, "alice", &format!("job {n}"));
            ledger.submit(request(Command::Issue(new))).unwrap();
        }
    };
    let whole = |name: &str| {
        let copy = fixture.folder.path().join(name);
        ledger.backup(&copy).unwrap();
        std::fs::read(copy).unwrap()
    };
    fill(0, 60);
    ledger.checkpoint(&by).unwrap();
    let older = whole("older");
    fill(60, 118);
    let signed = ledger.checkpoint(&by).unwrap();
    let good = whole("good");
    // In memory, if there is such a place: thousands of copies are synced again and again.
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = memory.path().join("copy.db");
    std::fs::write(&path, &good).unwrap();
    let said = events(&path).unwrap();
    assert!(continues(&said, &signed));
    let mut dice = Dice(number("PATROL_TAMPER_SEED").unwrap_or(1) << 32);
    let (mut changed, mut by_check, mut by_checkpoint_only, mut unread) = (0, 0, 0, 0);
    for round in 0..rounds() {
        for suffix in ["-wal", "-shm", "-turn", "-journal"] {
            drop(std::fs::remove_file(format!("{}{suffix}", path.display())));
        }
        std::fs::write(&path, &good).unwrap();
        let what = edit(&path, &older, &mut dice);
        let opened = Ledger::open(&path, fixture.clock.clone(), fixture.entropy.clone());
        let sound = opened.and_then(|ledger| ledger.check()).is_ok_and(|report| report.is_sound());
        let now = events(&path);
        if now.as_ref() == Some(&said) {
            continue;
        }
        changed += 1;
        let continued = now.as_ref().is_some_and(|now| continues(now, &signed));
        unread += u64::from(now.is_none());
        assert!(!sound || !continued, "round {round}: {what} was noticed by nobody");
        by_check += u64::from(!sound);
        by_checkpoint_only += u64::from(sound);
        if sound {
            // A rewriting that is sound in itself shows only against a checkpoint from before.
            assert!(what.starts_with("an older copy") || what.contains("rewritten"), "{what}");
        }
    }
    println!(
        "{} edits: {changed} changed an event, {by_check} found by check ({unread} of them no longer \
         readable), {by_checkpoint_only} only against the older checkpoint, none by nobody",
        rounds()
    );
    assert!(changed > rounds() / 3);
}

/// The same by the verb's own way: a bundle of a rolled back copy does not continue the checkpoint.
#[test]
fn a_rollback_shows_to_whoever_has_a_newer_checkpoint_and_to_nobody_else() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    let by = By { actor: "auditor".into(), via: Via::Cli, uid: None };
    let copy = fixture.folder.path().join("copy.db");
    let first = ledger.checkpoint(&by).unwrap();
    ledger.backup(&copy).unwrap();
    let (_, new) = issue(&*fixture.entropy, "alice", "later");
    ledger.submit(request(Command::Issue(new))).unwrap();
    let newer = ledger.checkpoint(&by).unwrap().note.to_string();
    let back = Ledger::open(&copy, fixture.clock.clone(), fixture.entropy.clone()).unwrap();
    assert!(back.check().unwrap().is_sound(), "an older copy is sound in itself");
    let reader = back.reader().unwrap();
    let key = VerifierKey::parse(&reader.ledger().unwrap().verifier_key).unwrap();
    let all = Selection::Time(Timestamp::EPOCH, Timestamp::MAX);
    let bundle = make(&reader, &first, &all, &[]).unwrap();
    let trust = Trust::Key(key);
    let same = first.note.to_string();
    let report = verify(bundle.as_bytes(), &trust, Some(same.as_bytes())).unwrap();
    assert_eq!(report.failed, Vec::<String>::new());
    let report = verify(bundle.as_bytes(), &trust, Some(newer.as_bytes())).unwrap();
    assert!(report.failed[0].contains("the log was cut"), "{:?}", report.failed);
}
