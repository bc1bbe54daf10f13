//! A content that stands at several paths is told of at each, so that what is let go at one of
//! them is not let go at another; and trees that have more paths than can be gone do not hold a
//! scan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use patrol_scan::source::git::{self, GitEnvironment, Received, Revisions, Updates};
use patrol_scan::{Coverage, Detector, Finding, Options, Reason};

use crate::hostile::{raw, store};
use crate::rules::load;
use crate::world::{World, collect, detector, json, token};

/// What is told: `path in 'subject'` of each finding.
fn told(world: &World, found: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let at = &finding.location;
        let path = at.path.as_ref().map(ToString::to_string).unwrap_or_default();
        let subject = at.commit.as_ref().map(|it| world.git(&["log", "-1", "--format=%s", it]));
        format!("{path} in '{}'", subject.unwrap_or_default())
    };
    let mut lines: Vec<String> = found.iter().map(line).collect();
    lines.sort();
    lines
}

/// A rule whose matches are let go under `tests/`, and a secret of it.
fn foreign() -> (Detector, String) {
    let rules = "[[rules]]\nid = 'house'\nregex = '''house_[0-9a-z]{8}'''\n\
        [[rules.allowlists]]\npaths = ['''^tests/''']\n";
    (Detector::new(&[]).with_rules(load(rules).unwrap()), ["house_", "q7x2k9w1"].concat())
}

fn copies(secret: &str) -> World {
    let world = World::new();
    world.commit("base", "base", "base");
    world.commit("tests/key", secret, "for tests");
    world.commit("src/key", secret, "for all");
    world.git(&["mv", "src/key", "src/other"]);
    world.git(&["commit", "-q", "-m", "renames"]);
    world
}

const EACH: [&str; 3] =
    ["src/key in 'for all'", "src/other in 'renames'", "tests/key in 'for tests'"];

fn range_for(world: &World, detector: &Detector, options: &Options) -> (Coverage, Vec<Finding>) {
    let (env, spec) = (GitEnvironment::default(), Revisions::Spec("HEAD".into()));
    let spec = match world.try_git_in(&world.repo, &["rev-parse", "HEAD~3"]).status.success() {
        true => Revisions::Spec("HEAD~3..HEAD".into()),
        false => spec,
    };
    let (coverage, found) =
        collect(|sink| git::range(&world.repo, &env, &spec, detector, options, sink));
    (coverage.unwrap(), found)
}

fn history_for(world: &World, detector: &Detector, options: &Options) -> (Coverage, Vec<Finding>) {
    let env = GitEnvironment::default();
    let (coverage, found) =
        collect(|sink| git::history(&world.repo, &env, detector, options, sink));
    (coverage.unwrap(), found)
}

#[test]
fn each_path_that_commits_bring_in() {
    let (detector, secret) = foreign();
    let world = copies(&secret);
    let options = Options::default();
    for (coverage, found) in
        [range_for(&world, &detector, &options), history_for(&world, &detector, &options)]
    {
        assert_eq!(told(&world, &found), EACH, "{}", json(&coverage));
        assert!(coverage.is_complete(), "{}", json(&coverage));
        let settled = found.iter().filter(|it| {
            let patrol_scan::Secret::Foreign(foreign) = &it.secret else { panic!("not foreign") };
            let path = it.location.path.as_ref().map(|path| path.as_slice());
            detector.rules().settle(foreign, path, it.location.commit.as_deref())
        });
        assert_eq!(settled.count(), 2, "only its own path lets a finding go");
    }
    // The way git hands over a push.
    let id = world.git(&["rev-parse", "HEAD"]);
    world.git(&["update-ref", "-d", "refs/heads/main"]);
    let push = format!("{} {id} refs/heads/new\n", "0".repeat(40));
    let received = Received { updates: Updates::parse(push.as_bytes()).unwrap(), quarantine: None };
    let env = GitEnvironment::default();
    let (coverage, found) =
        collect(|sink| git::pre_receive(&world.repo, &env, &received, &detector, &options, sink));
    assert_eq!(told(&world, &found), EACH, "{}", json(&coverage.unwrap()));
}

/// What was excluded at one path is told of at the other, in whatever order they come.
/// The same directory at a path that is left out, whichever of the two is met first.
#[test]
fn a_tree_that_is_left_out_at_one_path_is_searched_at_another() {
    let (detector, secret) = foreign();
    let world = World::new();
    world.commit("base", "base", "base");
    for place in ["a", "vendor", "zoo"] {
        world.write(&format!("{place}/{secret}"), "a name that tells");
    }
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "-m", "names"]);
    let excludes = patrol_scan::Excludes::new(&["vendor".to_owned()]).unwrap();
    let options = Options { excludes, ..Options::default() };
    let (_, found) = range_for(&world, &detector, &options);
    let paths = told(&world, &found);
    let at = |place: &str| paths.iter().any(|line| line.starts_with(&format!("{place}/")));
    assert!(at("a") && at("zoo") && !at("vendor"), "{paths:?}");
}

#[test]
fn excludes_hold_where_they_say() {
    let (detector, secret) = foreign();
    let world = copies(&secret);
    let excludes = patrol_scan::Excludes::new(["tests", "src/key"]).unwrap();
    let options = Options { excludes, ..Options::default() };
    let (coverage, found) = range_for(&world, &detector, &options);
    assert_eq!(told(&world, &found), ["src/other in 'renames'"], "{}", json(&coverage));
}

/// What is remembered knows every path, and those that come later are added.
#[test]
fn a_second_scan_tells_of_the_same_paths() {
    let (detector, secret) = foreign();
    let world = copies(&secret);
    let cache = Some(world.root().join("cache"));
    let options = Options { cache, ..Options::default() };
    for _ in 0..2 {
        assert_eq!(told(&world, &history_for(&world, &detector, &options).1), EACH);
    }
    world.commit("zoo/key", &secret, "a third");
    let now = [&EACH[..], &["zoo/key in 'a third'"]].concat();
    for _ in 0..2 {
        assert_eq!(told(&world, &history_for(&world, &detector, &options).1), now);
    }
    // It is the same without a memory.
    assert_eq!(told(&world, &history_for(&world, &detector, &Options::default()).1), now);
}

/// A name that tells, in a directory that is copied.
#[test]
fn a_name_at_every_path_of_its_directory() {
    let world = World::new();
    world.commit("base", "base", "base");
    let name = token(1);
    world.commit(&format!("a/{name}"), "x", "first");
    world.commit(&format!("b/{name}"), "x", "second");
    world.commit("c", "c", "third");
    let options = Options::default();
    for (_, found) in
        [range_for(&world, &detector(), &options), history_for(&world, &detector(), &options)]
    {
        let at: Vec<_> = told(&world, &found)
            .iter()
            .map(|it| it.split('/').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(at, ["a", "b"]);
    }
}

/// Ten directories in each of ten in each of ten …, all of them one.
fn bomb(world: &World, levels: usize, leaf: &str) {
    let mut id = store(world, "blob", leaf.as_bytes());
    let mut mode = "100644";
    for _ in 0..levels {
        let mut body = Vec::new();
        for n in 0..10 {
            body.extend(format!("{mode} {n}\0").into_bytes());
            body.extend(raw(&id));
        }
        id = store(world, "tree", &body);
        mode = "40000";
    }
    let commit = world.git(&["commit-tree", &id, "-m", "many paths"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
}

#[test]
fn more_paths_than_can_be_gone() {
    for levels in [10, 40] {
        let world = World::new();
        bomb(&world, levels, &token(1));
        let begun = Instant::now();
        let options = Options::default();
        let mut all = vec![
            range_for(&world, &detector(), &options),
            history_for(&world, &detector(), &options),
        ];
        let id = world.git(&["rev-parse", "HEAD"]);
        world.git(&["update-ref", "-d", "refs/heads/main"]);
        let push = format!("{} {id} refs/heads/new\n", "0".repeat(40));
        let updates = Updates::parse(push.as_bytes()).unwrap();
        let received = Received { updates, quarantine: None };
        let env = GitEnvironment::default();
        let (coverage, found) = collect(|sink| {
            git::pre_receive(&world.repo, &env, &received, &detector(), &options, sink)
        });
        all.push((coverage.unwrap(), found));
        for (coverage, found) in all {
            assert_eq!(found.len(), 100, "{}", json(&coverage));
            assert!(!coverage.is_complete());
            let bounded = coverage.skipped().iter().any(|it| it.reason == Reason::PathBound);
            assert!(bounded, "{}", json(&coverage));
            assert_eq!(coverage.objects, levels as u64 + 2);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    }
}

/// Nothing is hidden behind what uses the bound up.
#[test]
fn what_stands_behind_many_paths_is_read() {
    let world = World::new();
    bomb(&world, 30, "clean");
    let wide = world.git(&["rev-parse", "HEAD^{tree}"]);
    let first = world.git(&["rev-parse", "HEAD"]);
    let blob = store(&world, "blob", token(1).as_bytes());
    let inner = store(&world, "tree", &[&b"100644 key\0"[..], &raw(&blob)].concat());
    let entries =
        [b"40000 a\0", &raw(&inner)[..], b"40000 m\0", &raw(&wide)[..], b"40000 z\0", &raw(&inner)];
    let root = store(&world, "tree", &entries.concat());
    let commit = world.git(&["commit-tree", &root, "-p", &first, "-m", "behind"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
    let (coverage, found) = range_for(&world, &detector(), &Options::default());
    let paths = told(&world, &found);
    assert!(paths.iter().any(|it| it.ends_with("/key in 'behind'")), "{}", json(&coverage));
}

/// Whoever asks to stop does not wait for the walk over the commits.
#[test]
fn a_walk_over_commits_can_be_stopped() {
    let world = World::new();
    world.commit("a", &token(1), "one");
    let options =
        Options { interrupt: Some(Arc::new(AtomicBool::new(true))), ..Options::default() };
    let (coverage, found) = range_for(&world, &detector(), &options);
    assert!(found.is_empty() && !coverage.is_complete());
    assert_eq!(coverage.objects, 0, "nothing was read");
    assert!(options.interrupt.unwrap().load(Ordering::Relaxed));
}

/// A loose object is not what its id says: a tag that names itself, a tree that holds itself.
#[test]
fn objects_that_name_themselves() {
    use std::io::Write as _;
    let world = World::new();
    world.commit("a", &token(1), "one");
    let overwrite = |kind: &str, body: &[u8], id: &str| {
        let path = world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
        let deflated = Vec::new();
        let mut out = flate2::write::ZlibEncoder::new(deflated, flate2::Compression::default());
        write!(out, "{kind} {}\0", body.len()).unwrap();
        out.write_all(body).unwrap();
        drop(std::fs::remove_file(&path));
        std::fs::write(path, out.finish().unwrap()).unwrap();
    };
    let tag = world.git(&["hash-object", "-w", "--stdin"]);
    let body = format!("object {tag}\ntype tag\ntag x\n\n{}\n", token(2));
    overwrite("tag", body.as_bytes(), &tag);
    world.git(&["update-ref", "refs/heads/none", "HEAD"]);
    std::fs::write(world.repo.join(".git/refs/tags/x"), format!("{tag}\n")).unwrap();
    let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
    let blob = world.git(&["rev-parse", "HEAD:a"]);
    let entries = [b"100644 a\0", &raw(&blob)[..], b"40000 b\0", &raw(&tree)[..]].concat();
    overwrite("tree", &entries, &tree);
    let (env, options) = (GitEnvironment::default(), Options::default());
    let head = world.git(&["rev-parse", "HEAD"]);
    let tips = |tips: [&String; 1], not: [&String; 1]| Revisions::Tips {
        tips: tips.map(ToString::to_string).to_vec(),
        not: not.map(ToString::to_string).to_vec(),
        not_refs: vec!["refs/tags/".to_owned()],
    };
    for spec in [tips([&tag], [&head]), tips([&head], [&tag])] {
        let (_, found) =
            collect(|sink| git::range(&world.repo, &env, &spec, &detector(), &options, sink));
        assert!((1..=101).contains(&found.len()), "{}", found.len());
    }
    let (coverage, found) = history_for(&world, &detector(), &options);
    assert!(found.len() >= 2 && !coverage.is_complete(), "{}", json(&coverage));
    let (coverage, found) = world.reachable();
    assert!(!found.is_empty(), "{}", json(&coverage));
}
