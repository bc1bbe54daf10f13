//! What is found in packs full of deltas is what is found in each object by itself.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use patrol_scan::rules::Rules;
use patrol_scan::source::git::{GitEnvironment, history};
use patrol_scan::{Coverage, Detector, Finding, Options};
use sha2::{Digest as _, Sha256};

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
fn wanted(world: &World, repo: &Path, detector: &Detector) -> (usize, BTreeSet<Place>) {
    let output = world.try_git_in(repo, &["cat-file", "--batch-all-objects", "--batch"]).stdout;
    let (mut rest, mut objects, mut places) = (&output[..], 0, BTreeSet::new());
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8(rest[..end].to_vec()).unwrap();
        let size: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
        let (body, after) = rest[end + 1..].split_at(size);
        for found in detector.matches(body) {
            places.insert((head.split(' ').next().unwrap().to_owned(), found.start as u64 + 1));
        }
        (rest, objects) = (&after[1..], objects + 1);
    }
    (objects, places)
}

fn scan(repo: &Path, options: &Options) -> (Coverage, Vec<Finding>) {
    scan_for(repo, options, &detector())
}

fn scan_for(repo: &Path, options: &Options, detector: &Detector) -> (Coverage, Vec<Finding>) {
    let env = GitEnvironment::default();
    collect(|sink| history(repo, &env, detector, options, sink).unwrap())
}

fn places(found: &[Finding]) -> BTreeSet<Place> {
    let in_objects =
        found.iter().filter_map(|it| Some((it.location.object.clone()?, it.location.offset)));
    in_objects.collect()
}

fn check(world: &World, repo: &Path, how: &str) {
    check_for(world, repo, how, &detector(), &[1, 3]);
}

fn check_for(world: &World, repo: &Path, how: &str, detector: &Detector, threads: &[usize]) {
    let (objects, wanted) = wanted(world, repo, detector);
    for threads in threads {
        let options = Options { threads: *threads, ..Options::default() };
        let (coverage, found) = scan_for(repo, &options, detector);
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

/// More threads than there is work for: each is given something or ends.
#[test]
fn many_threads_share_a_small_pack() {
    let world = World::new();
    grow(&world, &mut Dice(11), 40);
    world.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    check_for(&world, &world.repo, "shared", &detector(), &[8; 40]);
}

/// Gives the smaller of two packs, and its index, the checksum of the other one.
pub(crate) fn copy_trailer(repo: &Path) {
    let mut packs = packs(repo);
    packs.sort_by_key(|it| std::fs::metadata(it).unwrap().len());
    let [small, large] = &packs[..] else { panic!("two packs") };
    let of = std::fs::read(large).unwrap();
    let sum = &of[of.len() - 20..];
    for (file, before) in [(small.clone(), 20), (small.with_extension("idx"), 40)] {
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes.len() - before;
        bytes[at..at + 20].copy_from_slice(sum);
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bytes).unwrap();
    }
}

/// A pack is no copy of another because it says so, and of two copies one may be damaged.
#[test]
fn packs_of_one_checksum_are_all_read() {
    let world = World::new();
    grow(&world, &mut Dice(13), 30);
    world.git(&["repack", "-q", "-a", "-d", "-f"]);
    let first = packs(&world.repo).remove(0);
    world.commit("more", &format!("more {}", token(70)), "more");
    world.git(&["repack", "-q", "-d"]);
    let (objects, wanted) = wanted(&world, &world.repo, &detector());
    copy_trailer(&world.repo);
    // A copy beside it, and a byte wrong in the one or the other.
    for (name, damaged) in [("pack-0", false), ("pack-0", true), ("pack-f", true)] {
        let copy = first.with_file_name(format!("{name}.pack"));
        std::fs::copy(first.with_extension("idx"), copy.with_extension("idx")).unwrap();
        let mut bytes = std::fs::read(&first).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= if damaged { 0x10 } else { 0 };
        std::fs::write(&copy, bytes).unwrap();
        let (coverage, found) = scan(&world.repo, &Options::default());
        assert!(coverage.is_complete(), "{name}: {}", json(&coverage));
        assert_eq!(coverage.objects, objects as u64, "{name}");
        assert_eq!(places(&found), wanted, "{name}");
        std::fs::remove_file(copy.with_extension("idx")).unwrap();
        std::fs::remove_file(copy).unwrap();
    }
}

/// A history of edits to bytes at any offset: secrets in three encodings, whole, halved and joined.
fn grow_wide(world: &World, dice: &mut Dice, commits: usize, secrets: &[String]) {
    let mut file: Vec<u8> = (0..300).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    for n in 0..commits {
        for _ in 0..=dice.below(3) {
            let secret = format!(" \"{}\" ", secrets[dice.below(secrets.len())]);
            let units = secret.encode_utf16();
            let bytes: Vec<u8> = match dice.below(3) {
                0 => units.flat_map(u16::to_le_bytes).collect(),
                1 => units.flat_map(u16::to_be_bytes).collect(),
                _ => secret.into_bytes(),
            };
            let at = dice.below(file.len());
            let cut = 1 + dice.below(bytes.len() - 1);
            match dice.below(5) {
                // A part of it, or the whole; later edits fall into it.
                0 => drop(file.splice(at..at, bytes[..cut].iter().copied())),
                1 | 2 => drop(file.splice(at..at, bytes.iter().copied())),
                3 => drop(file.drain(at..(at + dice.below(9)).min(file.len() - 1))),
                _ => file[at] ^= 1,
            }
        }
        std::fs::write(world.repo.join("wide"), &file).unwrap();
        world.git(&["add", "-A"]);
        world.git(&["commit", "-q", "-m", &format!("number {n}")]);
    }
}

/// Every kind of rule: those of the pack, one with a literal, and of the other form one with a
/// keyword and one that is asked of everything.
#[test]
fn nothing_that_a_rule_finds_is_lost_either() {
    let own = "schema = \"patrol.rules/v1\"\n[[rule]]\nid = \"house\"\ndescription = \"d\"\n\
        literals = [\"house_\"]\nregex = 'house_[0-9a-z]{8}'\n";
    let other = "[[rules]]\nid = \"r\"\ndescription = \"d\"\nregex = 'key-[0-9a-z]{8}'\n";
    let keyword = format!("{other}keywords = [\"key-\"]\n");
    let load = |text: &str| crate::rules::load(text).unwrap();
    let secrets = [
        token(1),
        token(2),
        ["house_q7x2", "k9w1"].concat(),
        ["key-q7x2", "k9w1"].concat(),
        ["AK", "IA", "Q3EGRJ4V", "ZT2XWNPB"].concat(),
    ];
    let world = World::new();
    grow_wide(&world, &mut Dice(17), 40, &secrets);
    world.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    for (how, rules) in [
        ("built-in", Rules::builtin()),
        ("literal", load(own)),
        ("keyword", load(&keyword)),
        ("unconditional", load(other)),
    ] {
        let detector = detector().with_rules(rules);
        check_for(&world, &world.repo, how, &detector, &[1, 3]);
    }
}

/// A history of a text full of literals that are nothing, of which edits near them and farther
/// away make something, or again nothing.
fn grow_judged(world: &World, dice: &mut Dice, commits: usize) {
    let line = |n: usize| format!("line {n} of many, see https://host{n}.corp.internal:80/x/{n}\n");
    let mut file: String = (0..400).map(line).collect();
    let password = ["q7X2", "k9W1", "mZ4t"].concat();
    let near = ["0123", "4567", "89ab", "cdef", "fedc", "ba98", "7654", "3210"].concat();
    for n in 0..commits {
        for _ in 0..=dice.below(2) {
            let urls: Vec<usize> = file.match_indices("://").map(|(at, _)| at).collect();
            let url = urls[dice.below(urls.len())];
            // Somewhere behind a literal, or right behind it.
            let at =
                (url + 3 + [0, 0, dice.below(40), dice.below(700)][dice.below(4)]).min(file.len());
            match dice.below(7) {
                0 => file.insert_str(at, &format!("deploy:{password}@git")),
                1 => file.insert_str(at, &format!("deploy:{password}")),
                2 => file.insert_str(at, "@git.corp.internal/"),
                3 => file.insert_str(at, &format!(" {near} ")),
                4 => file.insert_str(at, " datadog "),
                5 => drop(file.drain(
                    at.min(file.len() - 10)
                        ..file.len().min(at.min(file.len() - 10) + dice.below(9)),
                )),
                _ => {
                    let end = (at + dice.below(3000)).min(file.len());
                    let moved: String = file.drain(at..end).collect();
                    file.push_str(&moved);
                }
            }
        }
        file.push_str(&line(400 + n));
        world.commit("judged", &file, &format!("number {n}"));
    }
}

#[test]
fn what_edits_make_of_a_literal_that_was_nothing_is_found() {
    for seed in [19, 20, 21] {
        let world = World::new();
        grow_judged(&world, &mut Dice(seed), 60);
        world.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
        let detector = detector().with_rules(Rules::builtin());
        check_for(&world, &world.repo, &seed.to_string(), &detector, &[1, 3]);
    }
}

/// More instructions than are held: the object is made without holding them.
#[test]
fn a_delta_of_too_many_instructions_is_read_by_the_ordinary_road() {
    let world = World::init(&["--object-format=sha256"]);
    let secret = token(1);
    let count = (1 << 22) + 1;
    let number = |mut n: usize| {
        let mut bytes = Vec::new();
        while n > 0x7f {
            bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    };
    // The same byte again and again, then what is new.
    let delta = [
        number(2),
        number(count + secret.len()),
        [0x90, 1].repeat(count),
        vec![secret.len() as u8],
        secret.into_bytes(),
    ]
    .concat();
    let deflated = |bytes: &[u8]| {
        let level = flate2::Compression::default();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let base = [vec![0x32], deflated(b" x")].concat();
    let mut head = vec![0xe0 | (delta.len() & 0xf) as u8];
    head.extend(number(delta.len() >> 4));
    head.push(base.len() as u8);
    let mut pack = [&b"PACK\0\0\0\x02\0\0\0\x02"[..], &base, &head, &deflated(&delta)].concat();
    let sum = Sha256::digest(&pack);
    pack.extend(sum);
    let path = world.repo.join(".git/objects/pack/pack-many.pack");
    std::fs::write(&path, &pack).unwrap();
    world.git(&["index-pack", path.to_str().unwrap()]);
    let (coverage, found) = scan(&world.repo, &Options::default());
    assert!(coverage.is_complete(), "{}", json(&coverage));
    let offsets: Vec<u64> = found.iter().map(|it| it.location.offset).collect();
    assert_eq!(offsets, [count as u64 + 1]);
}
