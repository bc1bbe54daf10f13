//! A second scan of a history reads what is new, and says the same as a first one.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use patrol_scan::source::git::{GitEnvironment, history};
use patrol_scan::{Coverage, Detector, Finding, Options};

use crate::world::{World, collect, detector, json, skipped, token};

struct Rescan<'w> {
    world: &'w World,
    cache: PathBuf,
}

impl<'w> Rescan<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, cache: world.root().join("cache") }
    }

    fn scan_for(&self, detector: &Detector, is_remembered: bool) -> (Coverage, Vec<Finding>) {
        let cache = is_remembered.then(|| self.cache.clone());
        let options = Options { cache, ..Options::default() };
        let env = GitEnvironment::default();
        let (coverage, found) =
            collect(|sink| history(&self.world.repo, &env, detector, &options, sink));
        (coverage.unwrap(), found)
    }

    /// Scans with the cache and without, which has to be the same, and answers how many objects
    /// were read with it.
    fn read(&self) -> u64 {
        let (with, found) = self.scan_for(&detector(), true);
        let (without, wanted) = self.scan_for(&detector(), false);
        assert_eq!(self.world.lines(&found), self.world.lines(&wanted));
        let shown = |found: &[Finding]| -> Vec<String> {
            found.iter().map(|it| format!("{:?}", it.location)).collect()
        };
        assert_eq!(shown(&found), shown(&wanted));
        assert_eq!(skipped(&with), skipped(&without));
        assert!(with.objects + with.remembered >= without.objects, "{}", json(&with));
        with.objects
    }

    /// Only what is not clean is read.
    fn reads_only(&self, objects: u64) {
        assert_eq!(self.read(), objects);
    }
}

fn some(world: &World) {
    for n in 0..12 {
        world.commit(&format!("d{}/f{n}", n % 3), &format!("content {n}"), &format!("c{n}"));
    }
}

#[test]
fn what_is_new_is_read_and_what_was_found_is_found_again() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    world.commit("d1/leak", &token(1), "leaks");
    world.git(&["rm", "-q", "d1/leak"]);
    world.git(&["commit", "-q", "-m", &format!("takes it out {}", token(2))]);
    world.commit(&format!("d2/{}", token(3)), "x", "a name");
    let all = rescan.read();
    assert!(all > 40, "{all}");
    // The blob, the commit, the tree with the name, and the three above nothing.
    rescan.reads_only(3);
    world.commit("d1/new", "new", "one more");
    rescan.reads_only(3 + 4);
    rescan.reads_only(3);
    world.commit("d1/leak-again", &format!("again {}", token(4)), "leaks again");
    rescan.reads_only(3 + 4);
    rescan.reads_only(4);

    // Packed, and packed anew: nothing is new in it.
    for way in [&["repack", "-q", "-d"][..], &["gc", "-q"], &["repack", "-q", "-a", "-d", "-f"]] {
        world.git(way);
        rescan.reads_only(4);
        rescan.reads_only(4);
    }
    world.commit("d1/packed", &format!("packed {}", token(5)), "packed alone");
    world.git(&["repack", "-q", "-d"]);
    rescan.reads_only(4 + 4);
    rescan.reads_only(5);
    world.commit("d1/both", "both", "and all packs made one");
    world.git(&["gc", "-q"]);
    rescan.reads_only(5 + 4);
    rescan.reads_only(5);
}

#[test]
fn another_search_reads_everything() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let all = rescan.read();
    rescan.reads_only(0);
    let other = Detector::new(&["other".parse().unwrap()]);
    assert_eq!(rescan.scan_for(&other, true).0.objects, all);
    assert_eq!(rescan.read(), all, "one search is remembered");
}

#[test]
fn what_is_gone_or_comes_back_is_noticed() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let blob = world.git(&["rev-parse", "HEAD:d0/f0"]);
    let file = world.repo.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let all = rescan.read();
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(rescan.read(), all - 1);
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert_eq!(skipped(&coverage), [format!("{blob}: absent object")]);
    rescan.reads_only(0);
    fs::write(&file, kept).unwrap();
    assert_eq!(rescan.read(), all);
    // Gone out of a pack that was written anew.
    world.git(&["repack", "-q", "-a", "-d"]);
    rescan.reads_only(0);
    world.git(&["checkout", "-q", "-b", "side"]);
    let side = world.commit("side", "side", "side");
    rescan.reads_only(3);
    world.git(&["repack", "-q", "-a", "-d"]);
    world.git(&["checkout", "-q", "main"]);
    world.git(&["branch", "-q", "-D", "side"]);
    world.git(&["reflog", "expire", "--expire=now", "--all"]);
    world.git(&["gc", "-q", "--prune=now"]);
    assert!(!world.try_git_in(&world.repo, &["cat-file", "-e", &side]).status.success());
    assert_eq!(rescan.read(), all);
    rescan.reads_only(0);
}

#[test]
fn what_could_not_be_read_is_tried_again() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let digest = "ab12".repeat(16);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 9\n");
    world.commit("big.bin", &pointer, "a pointer");
    rescan.read();
    rescan.reads_only(1);
    world.write(&format!(".git/lfs/objects/ab/12/{digest}"), &token(1));
    rescan.reads_only(1);
    assert_eq!(rescan.scan_for(&detector(), true).1.len(), 1);
}

/// A shallow clone that is deepened, and one that pins commits of others.
#[test]
fn boundaries_and_gitlinks_are_told_every_time() {
    let world = World::new();
    some(&world);
    world.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{},sub", "12".repeat(20)),
    ]);
    world.git(&["commit", "-q", "-m", "pins"]);
    world.commit("e", "e", "on top");
    let url = format!("file://{}", world.repo.display());
    let shallow = World::empty();
    fs::remove_dir(&shallow.repo).unwrap();
    shallow.git_in(&shallow.root(), &["clone", "-q", "--depth=2", &url, "repo"]);
    let rescan = Rescan::new(&shallow);
    rescan.read();
    rescan.reads_only(1);
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert_eq!(skipped(&coverage).len(), 2, "{}", json(&coverage));
    shallow.git(&["fetch", "-q", "--unshallow"]);
    rescan.read();
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert_eq!(skipped(&coverage).len(), 1, "{}", json(&coverage));
}

#[test]
fn a_memory_that_cannot_be_trusted_is_thrown_away() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    world.commit("leak", &token(1), "leaks");
    let all = rescan.read();
    rescan.reads_only(1);
    let files = || -> Vec<PathBuf> {
        fs::read_dir(&rescan.cache).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    assert_eq!(fs::metadata(&rescan.cache).unwrap().mode() & 0o777, 0o700);
    for file in files() {
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let content = fs::read(&file).unwrap();
        let secret = token(1);
        assert!(!content.windows(secret.len()).any(|it| it == secret.as_bytes()));
    }
    let small = files().into_iter().find(|path| path.extension().is_none()).unwrap();
    let spoil: [&dyn Fn(); 4] = [
        &|| fs::set_permissions(&small, fs::Permissions::from_mode(0o660)).unwrap(),
        &|| {
            let bytes = fs::read(&small).unwrap();
            fs::write(&small, &bytes[..bytes.len() - 1]).unwrap();
        },
        &|| fs::write(&small, "").unwrap(),
        &|| fs::hard_link(&small, small.with_extension("other")).unwrap(),
    ];
    for spoil in spoil {
        spoil();
        assert_eq!(rescan.read(), all);
        rescan.reads_only(1);
    }
    // The list of ids: not believed, so that packs made anew are read.
    world.git(&["repack", "-q", "-a", "-d"]);
    rescan.reads_only(1);
    let ids = files().into_iter().find(|path| path.extension().is_some_and(|it| it == "ids"));
    fs::write(ids.unwrap(), "junk").unwrap();
    rescan.reads_only(1);
    world.git(&["repack", "-q", "-a", "-d", "-f", "--depth=1"]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "so that the pack differs"]);
    world.git(&["repack", "-q", "-a", "-d", "-f"]);
    assert_eq!(rescan.read(), all + 1);
    // A directory that others can write to is not used at all.
    fs::set_permissions(&rescan.cache, fs::Permissions::from_mode(0o770)).unwrap();
    assert_eq!(rescan.read(), all + 1);
    assert_eq!(rescan.read(), all + 1);
}

/// Names and paths that hold something are not written down, by whatever rule.
#[test]
fn no_name_that_tells_is_written_down() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let secret = ["house_q7x2", "k9w1"].concat();
    let named = [token(1), secret.clone()];
    for name in &named {
        let link = format!("160000,{},subs/{name}", "12".repeat(20));
        world.git(&["update-index", "--add", "--cacheinfo", &link]);
    }
    world.git(&["commit", "-q", "-m", "links"]);
    world.git(&["reset", "-q", "--hard"]);
    world.commit(&format!("{secret}/f"), &token(2), "a path");
    let rules = "schema = \"patrol.rules/v1\"\n[[rule]]\nid = \"house\"\n\
        description = \"d\"\nliterals = [\"house_\"]\nregex = 'house_[0-9a-z]{8}'\n";
    let rules = crate::rules::load(rules).unwrap();
    for (way, detector) in [("own", detector()), ("rules", detector().with_rules(rules))] {
        let mut told = Vec::new();
        for is_remembered in [false, true, true] {
            let (coverage, found) = rescan.scan_for(&detector, is_remembered);
            let found: Vec<String> = found.iter().map(|it| format!("{:?}", it.location)).collect();
            told.push((skipped(&coverage), found));
        }
        assert_eq!(told[0], told[1], "{way}");
        assert_eq!(told[0], told[2], "{way}");
        let ends = told[0].0.iter().filter(|it| it.contains(&"12".repeat(20))).count();
        assert_eq!(ends, 2, "{way}: {:?}", told[0].0);
        for file in fs::read_dir(&rescan.cache).unwrap().map(|entry| entry.unwrap().path()) {
            let content = fs::read(file).unwrap();
            let holds = |name: &str| content.windows(name.len()).any(|it| it == name.as_bytes());
            assert!(!holds(&named[0]), "{way}");
            assert!(way == "own" || !holds(&named[1]), "{way}");
        }
    }
}

/// No name that holds a token is written down, in whatever form: torn by a slash, or encoded.
#[test]
fn no_path_is_written_down() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let torn = token(1);
    let (front, back) = torn.split_at(torn.len() - 20);
    let percent: String = token(2).bytes().map(|byte| format!("%{byte:02X}")).collect();
    let paths = [format!("{front}/{back}/f"), format!("{percent}/f"), "harmless-name/f".into()];
    for (n, path) in (3..).zip(&paths) {
        world.commit(path, &token(n), "leaks");
        let link = format!("160000,{},{path}-link", "12".repeat(20));
        world.git(&["update-index", "--add", "--cacheinfo", &link]);
        world.git(&["commit", "-q", "-m", "links"]);
    }
    rescan.read();
    rescan.read();
    let (_, found) = rescan.scan_for(&detector(), true);
    assert!(found.len() >= 3);
    for file in fs::read_dir(&rescan.cache).unwrap().map(|entry| entry.unwrap().path()) {
        let content = fs::read(file).unwrap();
        let holds = |name: &str| content.windows(name.len()).any(|it| it == name.as_bytes());
        assert!(
            !paths
                .iter()
                .flat_map(|path| path.split('/'))
                .any(|part| part.len() > 1 && holds(part))
        );
    }
}

/// What was read and is damaged afterwards is read again and named.
#[test]
fn damage_that_comes_later_is_noticed() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let all = rescan.read();
    let id = world.git(&["rev-parse", "HEAD:d0/f0"]);
    let file = world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    let whole = fs::read(&file).unwrap();
    let put = |content: &[u8]| {
        fs::remove_file(&file).unwrap();
        fs::write(&file, content).unwrap();
    };
    // Cut off; and with the content of another object, which is read all the same.
    put(&whole[..whole.len() / 2]);
    rescan.reads_only(0);
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert_eq!(skipped(&coverage), [format!("{id}: damaged")]);
    let other = world.git(&["rev-parse", "HEAD~1:d1/f10"]);
    let other = world.repo.join(".git/objects").join(&other[..2]).join(&other[2..]);
    put(&fs::read(other).unwrap());
    rescan.reads_only(1);
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert_eq!(skipped(&coverage), [format!("{id}: damaged")]);
    put(&whole);
    assert!(rescan.read() <= 1);
    rescan.reads_only(0);
    // Its file has a new time, as git gives it when it is written again.
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    let later = time + std::time::Duration::from_secs(60);
    fs::File::options().append(true).open(&file).unwrap().set_modified(later).unwrap();
    rescan.reads_only(0);

    world.git(&["repack", "-q", "-a", "-d"]);
    rescan.reads_only(0);
    let packs = fs::read_dir(world.repo.join(".git/objects/pack")).unwrap();
    let mut packs = packs.map(|entry| entry.unwrap().path());
    let pack = packs.find(|path| path.extension().is_some_and(|it| it == "pack")).unwrap();
    // A pack that was used again has a new time and the same bytes.
    fs::set_permissions(&pack, fs::Permissions::from_mode(0o644)).unwrap();
    fs::File::options().append(true).open(&pack).unwrap().set_modified(later).unwrap();
    rescan.reads_only(0);
    // Damaged in place: as long, with the same checksum at its end.
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&pack, &bytes).unwrap();
    assert!(rescan.read() > all / 2);
    let (coverage, _) = rescan.scan_for(&detector(), true);
    assert!(!coverage.is_complete(), "{}", json(&coverage));
    bytes[middle] ^= 0x55;
    fs::write(&pack, &bytes).unwrap();
    rescan.read();
    assert!(rescan.scan_for(&detector(), true).0.is_complete());
    rescan.reads_only(0);
}

/// What a loose object holds is searched though its id is that of another content.
#[test]
fn a_loose_object_that_is_not_what_it_says() {
    let world = World::new();
    some(&world);
    let leak = world.commit("leak", &token(1), "leaks");
    let leak = world.git(&["rev-parse", &format!("{leak}:leak")]);
    let id = world.git(&["rev-parse", "HEAD:d0/f0"]);
    let path = |id: &str| world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    fs::remove_file(path(&id)).unwrap();
    fs::rename(path(&leak), path(&id)).unwrap();
    let (coverage, found) = world.history();
    assert_eq!(world.lines(&found), ["1 blob d0/f0 in 'c0'"]);
    let wanted = [format!("{id}: damaged"), format!("{leak}: absent object")];
    assert_eq!(skipped(&coverage), wanted);
}

/// A pack that has come and says to be one that is known is not taken for it.
#[test]
fn a_pack_with_the_checksum_of_a_known_one_is_read() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    world.git(&["repack", "-q", "-a", "-d"]);
    rescan.read();
    rescan.reads_only(0);
    world.commit("leak", &token(1), "leaks");
    world.git(&["repack", "-q", "-d"]);
    crate::deltas::copy_trailer(&world.repo);
    let (coverage, found) = rescan.scan_for(&detector(), true);
    assert_eq!(world.lines(&found), ["1 blob leak in 'leaks'"], "{}", json(&coverage));
    rescan.reads_only(1);
}

#[test]
fn a_scan_that_was_stopped_remembers_nothing() {
    let world = World::new();
    let rescan = Rescan::new(&world);
    some(&world);
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let cache = Some(rescan.cache.clone());
    let options = Options { interrupt: Some(flag), cache, ..Options::default() };
    let env = GitEnvironment::default();
    let (coverage, _) =
        collect(|sink| history(&world.repo, &env, &detector(), &options, sink).unwrap());
    assert!(!coverage.is_complete());
    assert!(rescan.read() > 40);
}
