//! What is found in packs full of deltas is what is found in each object by itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use patrol_scan::source::git::{GitEnvironment, history};
use patrol_scan::{Coverage, Finding, Options};

use crate::world::{World, collect, detector, json, token};

/// A place: the object, and the offset in it from 1.
type Place = (String, u64);

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Edits that put tokens together and take them apart: whole ones, halves that meet, a changed
/// character, a token moved, a token that only the neighbourhood of an insertion completes.
fn edit(lines: &mut Vec<String>, dice: &mut Dice) {
    let at = dice.below(lines.len());
    let whole = token(dice.below(60) as u8);
    let cut = 1 + dice.below(whole.len() - 2);
    match dice.below(9) {
        0 => lines[at] = format!("x{whole}y"),
        1 => lines[at].push_str(&whole[..cut]),
        2 => lines[at] = whole[cut..].to_owned(),
        3 => {
            // One line becomes two, or the halves of a token one.
            let line = lines.remove(at);
            let middle = line.len() / 2;
            if line.is_ascii() {
                lines.insert(at, line[middle..].to_owned());
                lines.insert(at, line[..middle].to_owned());
            }
        }
        4 if at + 1 < lines.len() => {
            let next = lines.remove(at + 1);
            lines[at].push_str(&next);
        }
        5 => lines[at] = lines[at].replacen('a', "b", 1),
        6 => {
            let line = lines.remove(at);
            lines.insert(dice.below(lines.len() + 1), line);
        }
        7 => lines[at] = format!("plain {}", dice.below(1000)),
        _ => lines[at] = format!("{}{}", &whole[..cut], &whole[cut..]),
    }
    if lines.is_empty() {
        lines.push("one".to_owned());
    }
}

/// A history of small edits to files of some size, in trees of many entries.
fn grow(world: &World, dice: &mut Dice, commits: usize) {
    let mut files: Vec<Vec<String>> = (0..3)
        .map(|file| {
            (0..80).map(|line| format!("line {line} of file {file} {}", line * 7919)).collect()
        })
        .collect();
    for n in 0..60 {
        world.write(&format!("many/entry-{n}"), &format!("{n}\n"));
    }
    for n in 0..commits {
        let file = dice.below(files.len());
        for _ in 0..=dice.below(3) {
            edit(&mut files[file], dice);
        }
        if dice.below(6) == 0 {
            world.write(&format!("many/{}-{n}", token(dice.below(60) as u8)), "a telling name");
        }
        let message = match dice.below(6) {
            0 => format!("{n} {}", token(dice.below(60) as u8)),
            _ => format!("number {n}"),
        };
        world.write(&format!("many/entry-{}", dice.below(60)), &format!("{n}\n"));
        world.commit(&format!("f{file}"), &files[file].join("\n"), &message);
        if dice.below(8) == 0 {
            world.git(&["tag", "-a", &format!("t{n}"), "-m", &token(dice.below(60) as u8)]);
        }
    }
}

/// What every object holds by itself, by git's own reading.
fn wanted(world: &World, repo: &Path) -> (usize, BTreeSet<Place>) {
    let output = world.try_git_in(repo, &["cat-file", "--batch-all-objects", "--batch"]).stdout;
    let (mut rest, mut objects, mut places) = (&output[..], 0, BTreeSet::new());
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8(rest[..end].to_vec()).unwrap();
        let size: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
        let (body, after) = rest[end + 1..].split_at(size);
        for found in detector().matches(body) {
            places.insert((head.split(' ').next().unwrap().to_owned(), found.start as u64 + 1));
        }
        (rest, objects) = (&after[1..], objects + 1);
    }
    (objects, places)
}

fn scan(repo: &Path, options: &Options) -> (Coverage, Vec<Finding>) {
    let env = GitEnvironment::default();
    let (coverage, found) =
        collect(|sink| history(repo, &env, &detector(), options, sink).unwrap());
    (coverage, found)
}

fn places(found: &[Finding]) -> BTreeSet<Place> {
    let in_objects =
        found.iter().filter_map(|it| Some((it.location.object.clone()?, it.location.offset)));
    in_objects.collect()
}

fn check(world: &World, repo: &Path, how: &str) {
    let (objects, wanted) = wanted(world, repo);
    for threads in [1, 3] {
        let options = Options { threads, ..Options::default() };
        let (coverage, found) = scan(repo, &options);
        assert!(coverage.is_complete(), "{how}: {}", json(&coverage));
        assert_eq!(coverage.objects, objects as u64, "{how}");
        assert_eq!(places(&found), wanted, "{how}");
    }
    assert!(wanted.len() > 10, "{how}");
}

fn packs(repo: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repo.join(".git/objects/pack")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|it| it.extension().unwrap() == "pack")
        .collect()
}

#[test]
fn nothing_is_lost_between_the_pieces_of_a_delta() {
    for (seed, format) in [(1, "sha1"), (2, "sha1"), (3, "sha256")] {
        let world = World::init(&[&format!("--object-format={format}")]);
        let mut dice = Dice(seed);
        grow(&world, &mut dice, 60);
        check(&world, &world.repo, "loose");
        let ways: [&[&str]; 5] = [
            &["repack", "-q", "-a", "-d", "-f", "-k", "--depth=50", "--window=50"],
            &["-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f", "-k"],
            &["repack", "-q", "-a", "-d", "-f", "-k", "--depth=2", "--window=100"],
            &["repack", "-q", "-a", "-d", "-f", "-k", "--depth=4000", "--window=100"],
            &["-c", "pack.indexVersion=1", "repack", "-q", "-a", "-d", "-f", "-k"],
        ];
        for way in ways {
            world.git(way);
            assert_eq!(packs(&world.repo).len(), 1);
            check(&world, &world.repo, &format!("{way:?} of {seed}"));
        }
        // More packs, the same objects in several of them, and a list over all of them.
        world.commit("more", &format!("more {}", token(61)), "more");
        world.git(&["repack", "-q", "-d"]);
        world.git(&["repack", "-q", "-a"]);
        world.git(&["multi-pack-index", "write"]);
        world.commit("loose", &format!("loose {}", token(62)), "loose");
        check(&world, &world.repo, "several packs");
    }
}

#[test]
fn packs_that_came_thin_and_objects_of_alternates() {
    let world = World::new();
    let mut dice = Dice(7);
    grow(&world, &mut dice, 30);
    world.git(&["repack", "-q", "-a", "-d"]);
    world.git_in(&world.root(), &["clone", "-q", "repo", "clone"]);
    world.git_in(&world.root(), &["clone", "-q", "--shared", "repo", "shared"]);
    grow(&world, &mut dice, 30);
    for name in ["clone", "shared"] {
        let repo = world.root().join(name);
        world.git_in(&repo, &["-c", "fetch.unpackLimit=1", "fetch", "-q"]);
        check(&world, &repo, name);
    }
}

/// A damaged object has another copy, in another pack or by itself.
#[test]
fn a_copy_of_a_damaged_object_is_read() {
    let world = World::new();
    grow(&world, &mut Dice(9), 20);
    let kept = world.root().join("kept");
    let objects = world.repo.join(".git/objects");
    world.git_in(&world.root(), &["clone", "-q", "--bare", "--no-hardlinks", "repo", "kept"]);
    world.git(&["repack", "-q", "-a", "-d", "-f"]);
    let pack = packs(&world.repo).remove(0);
    let good = std::fs::read(&pack).unwrap();
    let mode: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&pack, mode).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 0x10;
    std::fs::write(&pack, &bad).unwrap();
    let (coverage, _) = scan(&world.repo, &Options::default());
    assert!(!coverage.is_complete());
    // All of them loose beside it.
    std::fs::write(&pack, &good).unwrap();
    let away = world.root().join("away.pack");
    std::fs::rename(&pack, &away).unwrap();
    let unpacked = std::fs::File::open(&away).unwrap();
    let status = world.command(&world.repo).args(["unpack-objects", "-q"]).stdin(unpacked).status();
    assert!(status.unwrap().success());
    std::fs::write(&pack, &bad).unwrap();
    let (coverage, found) = scan(&world.repo, &Options::default());
    assert!(coverage.is_complete(), "{}", json(&coverage));
    // In another pack.
    for folder in std::fs::read_dir(&objects).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.file_name().unwrap().len() == 2 {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    std::fs::write(objects.join("info/alternates"), format!("{}/objects\n", kept.display()))
        .unwrap();
    let (coverage, again) = scan(&world.repo, &Options::default());
    assert!(coverage.is_complete(), "{}", json(&coverage));
    assert_eq!(places(&found), places(&again));
}
