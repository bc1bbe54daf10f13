//! Publishing: incremental, resumable, and never over other bytes.

use std::collections::BTreeMap;
use std::path::Path;

use patrol_ledger::tlog::checkpoint::Signed;
use patrol_ledger::{By, Command, Extent, Ledger, PublishError, Published, Reader, Via};

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
                // The lock is no part of what is published.
                false if path.ends_with(".publishing") => {}
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

fn publish(reader: &Reader, signed: &Signed, folder: &Path) -> Result<Published, PublishError> {
    patrol_ledger::publish(reader, signed, folder, Extent::New)
}

fn grow(fixture: &Fixture, ledger: &Ledger, events: u64) -> Signed {
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

/// Stopped behind the checkpoint and before the parts of the tiles were taken away that it filled.
#[test]
fn parts_that_a_stopped_run_left_are_taken_away_by_the_next() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("published");
    let reader = ledger.reader().unwrap();
    publish(&reader, &grow(&fixture, &ledger, 100), &folder).unwrap();
    let part = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let parts = ["tile/0/000.p/102", "tile/entries/000.p/102"].map(|name| (name, part(name)));
    publish(&reader, &grow(&fixture, &ledger, 600), &folder).unwrap();
    for (name, bytes) in &parts {
        std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    std::fs::write(folder.join(".publishing"), "102\n").unwrap();
    let done = publish(&reader, &grow(&fixture, &ledger, 1), &folder).unwrap();
    assert!(done.locked && done.before > 600, "{done:?}");
    assert!(!folder.join("tile/0/000.p").exists() && !folder.join("tile/entries/000.p").exists());
    assert_eq!(std::fs::read(folder.join(".publishing")).unwrap(), b"");
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
    let says = |reader: &Reader, signed| publish(reader, signed, &folder).unwrap_err().to_string();
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
    assert!(said.contains("is there and is no checkpoint"), "{said}");
}

#[test]
fn one_run_at_a_time_works_in_a_folder() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("new/published");
    for _ in 0..15 {
        let signed = grow(&fixture, &ledger, 90);
        let all = std::thread::scope(|scope| {
            let run = || publish(&ledger.reader().unwrap(), &signed, &folder).unwrap();
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(all.iter().filter(|done| done.written > 0).count(), 1, "{all:?}");
    }
    // Whoever made its checkpoint before the others published theirs leaves theirs there.
    let reader = ledger.reader().unwrap();
    let older = grow(&fixture, &ledger, 1);
    let newer = grow(&fixture, &ledger, 1);
    publish(&reader, &newer, &folder).unwrap();
    let done = publish(&reader, &older, &folder).unwrap();
    assert_eq!((done.size, done.written), (newer.checkpoint.size, 0));
    let there = std::fs::read(folder.join("checkpoint")).unwrap();
    assert_eq!(there, newer.note.to_string().as_bytes());
}

#[test]
fn links_are_not_written_through() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("published");
    let signed = grow(&fixture, &ledger, 3);
    let victim = fixture.folder.path().join("victim");
    std::fs::write(&victim, "theirs").unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&victim, folder.join("checkpoint.part")).unwrap();
    publish(&ledger.reader().unwrap(), &signed, &folder).unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "theirs");
    assert!(folder.join("checkpoint").symlink_metadata().unwrap().is_file());
}

#[test]
fn what_was_published_before_is_compared_and_put_back() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let folder = fixture.folder.path().join("published");
    let signed = grow(&fixture, &ledger, 600);
    let reader = ledger.reader().unwrap();
    publish(&reader, &signed, &folder).unwrap();
    let whole = files(&folder);
    std::fs::remove_file(folder.join("tile/0/001")).unwrap();
    assert_eq!(publish(&reader, &signed, &folder).unwrap().written, 0, "only what is new");
    let again = || patrol_ledger::publish(&reader, &signed, &folder, Extent::All);
    assert_eq!(again().unwrap().written, 1);
    assert!(files(&folder) == whole);
    std::fs::write(folder.join("tile/entries/000"), "edited").unwrap();
    let said = again().unwrap_err().to_string();
    assert!(
        said.ends_with(
            "tile/entries/000 is there with other bytes; a published file never changes"
        )
    );
}

#[test]
fn an_edited_event_is_published_to_nobody() {
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let signed = grow(&fixture, &ledger, 10);
    let around = "DROP TRIGGER events_no_update; UPDATE events SET envelope = \
                  CAST(replace(CAST(envelope AS text), 'token', 'tokem') AS blob) \
                  WHERE position = 4";
    fixture.sql().execute_batch(around).unwrap();
    let folder = fixture.folder.path().join("published");
    let said = publish(&ledger.reader().unwrap(), &signed, &folder).unwrap_err().to_string();
    assert!(said.contains("event 4 is not the one that the tree commits to"), "{said}");
    assert!(!folder.join("checkpoint").exists());
}

/// What somebody else laid in the folder is neither waited for nor read beyond what is to stand there.
#[test]
fn pipes_and_endless_files_are_refused() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let fixture = Fixture::new();
    let ledger = fixture.open().unwrap();
    let signed = grow(&fixture, &ledger, 10);
    let reader = ledger.reader().unwrap();
    let at = |name: &str| {
        let place = fixture.folder.path().join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    };
    for name in ["pipe/checkpoint", "tile/tile/0/000.p/12"] {
        mknodat(CWD, at(name), FileType::Fifo, Mode::RWXU, 0).unwrap();
    }
    // Far larger than the memory of any machine.
    std::fs::File::create(at("long/checkpoint")).unwrap().set_len(1 << 42).unwrap();
    for folder in ["pipe", "tile"] {
        let told = publish(&reader, &signed, &fixture.folder.path().join(folder));
        assert!(matches!(told, Err(PublishError::Io { .. })), "{folder}: {told:?}");
    }
    let told = publish(&reader, &signed, &fixture.folder.path().join("long"));
    assert!(matches!(told, Err(PublishError::Foreign { .. })), "{told:?}");
}
