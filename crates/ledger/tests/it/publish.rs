//! Publishing: incremental, resumable, and never over other bytes.

use std::collections::BTreeMap;
use std::path::Path;

use patrol_ledger::{By, Command, Ledger, Via, publish};

use crate::sqlite::Fixture;
use crate::support::{issue, request};

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

fn grow(
    fixture: &Fixture,
    ledger: &Ledger,
    events: u64,
) -> patrol_ledger::tlog::checkpoint::Signed {
    for n in 0..events {
        let (_, new) = issue(&*fixture.entropy, "alice", &format!("t{n}"));
        ledger.submit(request(Command::Issue(new))).unwrap();
    }
    ledger.checkpoint(&By { actor: "a".into(), via: Via::Cli, uid: None }).unwrap()
}

#[test]
fn a_folder_grows_with_the_log() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("published");
    let signed = grow(&fixture, &ledger, 100);
    let reader = ledger.reader().unwrap();
    let done = publish(&reader, &signed, &folder).unwrap();
    assert_eq!((done.size, done.before, done.written), (102, 0, 3));
    let names: Vec<_> = files(&folder).into_keys().collect();
    assert_eq!(names, ["checkpoint", "tile/0/000.p/102", "tile/entries/000.p/102"]);
    assert_eq!(publish(&reader, &signed, &folder).unwrap().written, 0);

    let signed = grow(&fixture, &ledger, 200);
    publish(&reader, &signed, &folder).unwrap();
    let grown = files(&folder);
    let names: Vec<_> = grown.keys().map(String::as_str).collect();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/47",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/47",
    ];
    assert_eq!(names, expected, "and the parts of the tile that is whole are gone");
    // The same as if it had been published at once.
    let at_once = fixture.folder.path().join("at-once");
    publish(&reader, &signed, &at_once).unwrap();
    assert!(files(&at_once) == grown, "file by file");

    // A run that stopped: some files are there, the checkpoint is the old one, a part lies about.
    let signed = grow(&fixture, &ledger, 230);
    let finished = fixture.folder.path().join("finished");
    publish(&reader, &signed, &finished).unwrap();
    std::fs::copy(finished.join("tile/0/001"), folder.join("tile/0/001")).unwrap();
    std::fs::write(folder.join("tile/0/002.p.part"), "half").unwrap();
    let done = publish(&reader, &signed, &folder).unwrap();
    assert_eq!((done.before, done.kept), (303, 1));
    let (found, expected) = (files(&folder), files(&finished));
    assert!(expected.iter().all(|(name, bytes)| found.get(name) == Some(bytes)));
    // Parts of tiles that are not full yet stay: who reads the older checkpoint asks for them.
    let more: Vec<_> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
    assert_eq!(more, ["tile/0/002.p.part", "tile/1/000.p/1"]);
}

#[test]
fn what_is_there_is_never_written_over() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("published");
    let signed = grow(&fixture, &ledger, 300);
    let reader = ledger.reader().unwrap();
    publish(&reader, &signed, &folder).unwrap();
    let before = files(&folder);
    let says = |reader: &patrol_ledger::Reader, signed| {
        publish(reader, signed, &folder).unwrap_err().to_string()
    };
    // A file that another has put where a tile will be.
    let signed = grow(&fixture, &ledger, 256);
    std::fs::write(folder.join("tile/0/001"), "others' bytes").unwrap();
    let said = says(&reader, &signed);
    assert!(said.contains("tile/0/001 is there with other bytes"), "{said}");
    assert_eq!(files(&folder)["checkpoint"], before["checkpoint"], "the old one is still whole");
    std::fs::remove_file(folder.join("tile/0/001")).unwrap();
    publish(&reader, &signed, &folder).unwrap();

    let mut elsewhere = Fixture::new();
    elsewhere.entropy = crate::support::Repeating::seeded(77);
    let other = elsewhere.open().unwrap();
    let theirs = grow(&elsewhere, &other, 600);
    let said = says(&other.reader().unwrap(), &theirs);
    assert!(said.contains("is not what this ledger continues"), "{said}");
    std::fs::write(folder.join("checkpoint"), "a page of somebody's").unwrap();
    let said = says(&reader, &signed);
    assert!(said.contains("is there and is no checkpoint; publish to another folder"), "{said}");
}
