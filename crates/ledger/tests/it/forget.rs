//! Forgetting: nothing that tells who they were is left, and everything else still holds.

use std::path::Path;

use patrol_ledger::{
    Command, EventQuery, Forget, Kind, Personal, Revoke, Selector, Status, StoreError, TokenQuery,
};

use crate::sqlite::Fixture;
use crate::support::{World, issue, request};

fn forget(owner: &str, revoke: bool) -> Command {
    let (owner, by) = (owner.into(), "tester".into());
    Command::Forget(Forget { owner, by, reason: "as asked".into(), revoke })
}

#[test]
fn who_holds_something_is_forgotten_only_with_its_end() {
    let mut world = World::new();
    let (id, _) = world.token();
    assert_eq!(world.refused(forget("alice", false)), "they still hold 1 living token");
    let receipt = world.run(forget(" alice ", true)).unwrap();
    let kinds: Vec<_> = receipt.events.iter().map(|event| event.event.kind()).collect();
    assert_eq!(kinds, [Kind::TokenRevoked, Kind::OwnerForgotten]);
    let contents = world.store.contents();
    let token = &contents.rows.tokens[&id];
    assert_eq!((&token.owner.text, &token.name, &token.description), (&None, &None, &None));
    assert!(!contents.keys.contains_key(&token.owner.person));
    assert_eq!(world.refused(forget("alice", true)), "nobody of this name is known to this ledger");
    // Whoever comes by the same name is somebody else.
    let (other, _) = world.token();
    let contents = world.store.contents();
    assert_ne!(contents.rows.tokens[&other].owner.person, contents.rows.tokens[&id].owner.person);
}

#[test]
fn who_forgets_themselves_and_goes_on_is_somebody_new() {
    let mut world = World::new();
    world.run(forget("tester", false)).unwrap();
    let (id, _) = world.token();
    let tokens = vec![Selector::Id(id)];
    world.run(Command::Revoke(Revoke { tokens, ..Revoke::default() })).unwrap();
    assert_eq!(world.store.contents().rows.persons.len(), 2, "alice, and the new tester");
}

/// A dead token still takes facts; words about somebody forgotten are not among them.
#[test]
fn words_about_somebody_forgotten_are_not_kept() {
    let mut world = World::new();
    let (id, _) = world.token();
    world.clock.forward(100 * 86_400);
    world.run(forget("alice", false)).unwrap();
    let comment = Some("alice had it".into());
    let tokens = vec![Selector::Id(id)];
    let receipt = world.run(Command::Revoke(Revoke { tokens, comment, ..Revoke::default() }));
    let told = format!("{:?}", receipt.unwrap().events[0].event);
    assert!(told.contains("text: None"), "{told}");
}

fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

fn found(folder: &Path, what: &[u8]) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    bytes_of(folder).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

/// Many owners with many tokens, so that pages were split, merged and written over; then some are
/// forgotten, and neither their keys nor their names are in any file.
#[test]
fn neither_key_nor_name_is_left_in_any_file() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let owner = |n: usize| format!("owner-{n}-surname@example.com");
    let mut tokens = Vec::new();
    for n in 0..400 {
        let (_, mut new) =
            issue(&*fixture.entropy, &owner(n % 80), &format!("laptop-of-{}", n % 80));
        new.description = Some(format!("desk-of-{} {}", n % 80, "x".repeat(n % 300)));
        tokens.push(new.id);
        ledger.submit(request(Command::Issue(new))).unwrap();
    }
    for (n, id) in tokens.iter().enumerate().step_by(3) {
        let name = format!("laptop-of-{} {}", n % 80, "y".repeat(n % 90));
        let rename = Command::Rename { token: Selector::Id(*id), name };
        ledger.submit(request(rename)).unwrap();
    }
    let key_of = |n: usize| -> Vec<u8> {
        let db = fixture.sql();
        db.query_row("SELECT key FROM persons WHERE name = ?", [owner(n)], |row| row.get(0))
            .unwrap()
    };
    let forgotten = [0, 7, 33, 79];
    let keys = forgotten.map(key_of);
    assert!(!found(fixture.folder.path(), owner(7).as_bytes()).is_empty(), "the search works");
    let reader = ledger.reader().unwrap();
    let all = EventQuery { limit: usize::MAX, ..EventQuery::default() };
    reader.events(&all).unwrap();
    for n in forgotten {
        ledger.submit(request(forget(&owner(n), true))).unwrap();
    }
    assert!(ledger.empty_wal().unwrap());
    for (n, key) in forgotten.iter().zip(&keys) {
        let texts = [owner(*n), format!("laptop-of-{n} "), format!("desk-of-{n} ")];
        let names = texts.iter().map(|text| text.as_bytes()).chain([key.as_slice()]);
        for what in names {
            assert_eq!(found(fixture.folder.path(), what), [""; 0], "{n}");
        }
    }
    assert!(!found(fixture.folder.path(), owner(8).as_bytes()).is_empty(), "others are kept");
    // A reader that had their keys in memory opens nothing of theirs any more.
    let told = format!("{:?}", reader.events(&all).unwrap().0);
    assert!(!told.contains(&owner(7)) && told.contains(&owner(8)));
    // All else holds, and is made anew the same.
    let report = ledger.check().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    ledger.rebuild().unwrap();
    assert!(ledger.check().unwrap().is_sound());
    let now = "2026-03-02".parse().unwrap();
    let query = TokenQuery { limit: 999, ..TokenQuery::default() };
    let (tokens, _) = ledger.reader().unwrap().tokens(&query, now, None).unwrap();
    let blank = tokens.iter().filter(|token| token.owner.text.is_none());
    assert!(blank.clone().all(|token| token.status(now) == Status::Revoked));
    assert_eq!((tokens.len(), blank.count()), (400, 20));
}

#[test]
fn a_key_that_is_missing_without_the_event_or_kept_in_spite_of_it_is_found() {
    let fixture = Fixture::filled();
    let db = fixture.sql();
    let kept: (Vec<u8>, String, Vec<u8>) = db
        .query_row("SELECT id, name, key FROM persons WHERE name = 'alice'", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    db.execute("DELETE FROM persons WHERE name = 'alice'", []).unwrap();
    let (position, problems) = fixture.problems();
    assert_eq!(position, Some(1));
    assert!(problems[0].contains("the key of a person introduced here is missing"), "{problems:?}");
    db.execute("INSERT INTO persons (id, name, key) VALUES (?, ?, ?)", kept.clone()).unwrap();
    fixture.open().unwrap().submit(request(forget("alice", true))).unwrap();
    assert_eq!(fixture.problems(), (None, vec![]));
    db.execute("INSERT INTO persons (id, name, key) VALUES (?, ?, ?)", kept).unwrap();
    let (_, problems) = fixture.problems();
    assert!(
        problems.iter().any(|it| it.contains("the key of a person who was forgotten here is kept")),
        "{problems:?}"
    );
}

/// What was sealed for somebody forgotten is told as a person without a text, not as an error.
#[test]
fn the_log_tells_everything_but_who() {
    let fixture = Fixture::filled();
    let ledger = fixture.open().unwrap();
    ledger.submit(request(forget("alice", true))).unwrap();
    let all = EventQuery { limit: usize::MAX, ..EventQuery::default() };
    let (events, _) = ledger.reader().unwrap().events(&all).unwrap();
    for event in &events {
        if let patrol_ledger::Event::TokenIssued(issued) = &event.event {
            assert!(matches!(&issued.owner, Personal { text: None, .. }));
        }
    }
    let by_name = EventQuery { owner: Some("alice".into()), ..all };
    assert_eq!(ledger.reader().unwrap().events(&by_name).unwrap().0, []);
    assert!(matches!(ledger.rebuild(), Ok(_) | Err(StoreError::Busy(_))));
}
