//! The watcher's walk: what is new, and only that.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use patrol_scan::source::git::{
    self, GitEnvironment, ObjectId, Reached, first_reachable, reachable,
};
use patrol_scan::{Finding, Options, report};

use crate::hostile::store;
use crate::world::{World, collect, detector, json, not_read, token};

/// What a watcher remembers.
#[derive(Default)]
struct Memory {
    clean: HashSet<ObjectId>,
    again: Vec<ObjectId>,
}

impl Memory {
    fn walk(&mut self, repo: &Path) -> (Reached, Vec<Finding>) {
        let (env, options) = (GitEnvironment::default(), Options::default());
        let (detector, is_first) = (detector(), self.clean.is_empty());
        let (reached, found) = collect(|sink| {
            reachable(repo, &env, &self.clean, &self.again, &detector, &options, sink)
        });
        let mut reached = reached.unwrap();
        if is_first {
            // By the packs it is the same, but for objects that nothing reaches.
            let (first, told) =
                collect(|sink| first_reachable(repo, &env, &self.again, &detector, &options, sink));
            let first = first.unwrap();
            assert_eq!(json_of(&told), json_of(&found));
            assert_eq!(not_read(&first.coverage), not_read(&reached.coverage));
            assert!(reached.clean.iter().all(|id| first.clean.contains(id)));
            assert!(first.again.iter().all(|id| !first.clean.contains(id)));
            let sorted = |ids: &[ObjectId]| ids.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(sorted(&first.again), sorted(&reached.again));
            reached = first;
        }
        self.clean.extend(&reached.clean);
        self.again.clone_from(&reached.again);
        (reached, found)
    }

    /// Findings that were not there in the walk before.
    fn new_lines(&mut self, world: &World, known: &mut HashSet<String>) -> Vec<String> {
        let (reached, found) = self.walk(&world.repo);
        assert!(reached.coverage.is_complete(), "{}", json(&reached.coverage));
        world.lines(&found).into_iter().filter(|line| known.insert(line.clone())).collect()
    }
}

#[test]
fn each_change_is_found_when_it_comes() {
    let world = World::new();
    let (mut memory, mut known) = (Memory::default(), HashSet::new());
    let mut new = || memory.new_lines(&world, &mut known);
    let git = |args: &[&str]| world.git(args);
    assert_eq!(new(), [""; 0], "an unborn branch");
    world.commit("a", "a\n", "one");
    world.commit("dir/leak", &token(1), "leaks");
    world.commit("dir/leak", "clean\n", "cleans");
    assert_eq!(new(), ["1 blob dir/leak in 'leaks'"]);
    assert_eq!(new(), [""; 0]);

    git(&["checkout", "-q", "-b", "side"]);
    world.commit("s", "s\n", "side");
    git(&["checkout", "-q", "main"]);
    world.commit("m", "m\n", "main");
    git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    world.write("evil", &token(2));
    git(&["add", "evil"]);
    git(&["commit", "-q", "-m", "merge"]);
    assert_eq!(new(), ["2 blob evil in 'merge'"]);

    world.write("a", &token(3));
    git(&["stash", "-q"]);
    world.write("a", &token(4));
    git(&["stash", "-q"]);
    let lines = new();
    assert!(lines[0].starts_with("3 blob a in 'WIP on main"), "the older stash: {lines:?}");
    assert!(lines[1].starts_with("4 blob a in 'WIP on main"), "{lines:?}");

    world.commit("b", &token(5), "amended away");
    world.write("b", "clean");
    git(&["commit", "-q", "-a", "--amend", "-m", "amended"]);
    assert_eq!(new(), ["5 blob b in 'amended away'"]);

    git(&["tag", "-a", "v1", "-m", &token(6)]);
    git(&["commit", "-q", "--allow-empty", "-m", &format!("seven\n\n{}", token(7))]);
    git(&["notes", "add", "-m", &token(8)]);
    git(&["branch", &token(9)]);
    let note =
        format!("8 note {} in 'Notes added by 'git notes add''", git(&["rev-parse", "HEAD"]));
    let lines = new();
    assert_eq!(&lines[..3], ["6 tag".to_owned(), "7 commit-message in 'seven'".to_owned(), note]);
    assert!(lines[3].starts_with("9 ref refs/heads/acme_pat_"), "{lines:?}");

    // Work in a linked work tree, on no branch.
    let linked = world.root().join("linked");
    git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    std::fs::write(linked.join("w"), token(10)).unwrap();
    world.git_in(&linked, &["add", "-A"]);
    world.git_in(&linked, &["commit", "-q", "-m", "detached"]);
    assert_eq!(new(), ["10 blob w in 'detached'"]);

    git(&["repack", "-q", "-a", "-d"]);
    git(&["pack-refs", "--all"]);
    assert_eq!(new(), [""; 0]);
}

/// Whatever holds a token is reported at every walk, with its commit and path.
#[test]
fn what_was_found_is_found_again() {
    let world = World::new();
    world.commit("a", "a\n", "one");
    world.commit("d/e/leak", &token(1), "leaks");
    world.commit("d/other", "x\n", "goes on");
    world.git(&["commit", "-q", "--allow-empty", "-m", &format!("two {}", token(2))]);
    world.commit(&format!("d/{}", token(3)), "x", "a name");
    let id = {
        world.write("t", &token(4));
        world.git(&["hash-object", "-w", "t"])
    };
    world.git(&["tag", "loose", &id]);
    let mut memory = Memory::default();
    let first = world.lines(&memory.walk(&world.repo).1);
    assert_eq!(first.len(), 4 + 2, "the message stands in two reflogs, too: {first:#?}");
    for _ in 0..3 {
        let (reached, found) = memory.walk(&world.repo);
        assert_eq!(world.lines(&found), first);
        assert!(reached.coverage.objects < 12, "{}", json(&reached.coverage));
    }
    // Copied elsewhere, it is no less a leak.
    world.commit("copy", &token(1), "copies");
    let lines = world.lines(&memory.walk(&world.repo).1);
    assert!(lines.iter().any(|line| line.starts_with("1 blob")), "{lines:?}");
}

#[test]
fn the_cost_is_that_of_what_is_new() {
    let world = World::new();
    for n in 0..30 {
        world.commit(&format!("d{}/f{n}", n % 5), &format!("content {n}"), &format!("c{n}"));
    }
    let mut memory = Memory::default();
    let (all, _) = memory.walk(&world.repo);
    assert!(all.coverage.objects > 100);
    let (nothing, _) = memory.walk(&world.repo);
    assert_eq!((nothing.coverage.objects, nothing.coverage.bytes), (0, 0));
    world.commit("d1/new", "new", "one more");
    let (one, _) = memory.walk(&world.repo);
    assert_eq!(one.coverage.objects, 4, "commit, two trees, blob");
}

#[test]
fn a_push_into_a_bare_repository() {
    let world = World::new();
    let bare = world.root().join("bare.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "bare.git"]);
    let mut memory = Memory::default();
    assert!(memory.walk(&bare).1.is_empty());
    world.commit("a", &token(1), "pushed");
    world.git(&["push", "-q", "../bare.git", "main"]);
    let (reached, found) = memory.walk(&bare);
    assert_eq!(world.lines(&found), ["1 blob a in 'pushed'"]);
    assert!(reached.coverage.is_complete());
}

#[test]
fn what_cannot_be_read_is_asked_again() {
    let world = World::new();
    world.commit("a", "a\n", "one");
    world.commit("b", &token(1), "two");
    let blob = world.git(&["rev-parse", "HEAD:b"]);
    let file = world.repo.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut memory = Memory::default();
    for _ in 0..2 {
        let (reached, found) = memory.walk(&world.repo);
        assert!(found.is_empty() && !reached.coverage.is_complete());
    }
    std::fs::write(&file, kept).unwrap();
    let (reached, found) = memory.walk(&world.repo);
    assert_eq!(world.lines(&found), ["1 blob b in 'two'"]);
    assert!(reached.coverage.is_complete());
}

/// A clone that is deepened later shows its older commits then.
#[test]
fn a_shallow_clone_is_deepened() {
    let world = World::new();
    world.commit("a", &token(1), "one");
    world.git(&["rm", "-q", "a"]);
    world.commit("b", "b", "two");
    let url = format!("file://{}", world.repo.display());
    world.git_in(&world.root(), &["clone", "-q", "--depth=1", &url, "clone"]);
    let clone = world.root().join("clone");
    let mut memory = Memory::default();
    for _ in 0..2 {
        let (reached, found) = memory.walk(&clone);
        assert!(found.is_empty() && !reached.coverage.is_complete());
    }
    world.git_in(&clone, &["fetch", "-q", "--unshallow"]);
    let (reached, found) = memory.walk(&clone);
    assert_eq!(world.lines(&found), ["1 blob a in 'one'"]);
    assert!(reached.coverage.is_complete(), "{}", json(&reached.coverage));
}

#[test]
fn collected_leaks_are_not_missed() {
    let world = World::new();
    world.commit("a", "a", "one");
    world.commit("b", &token(1), "leaks");
    let mut memory = Memory::default();
    assert_eq!(memory.walk(&world.repo).1.len(), 1);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.git(&["reflog", "expire", "--expire=now", "--all"]);
    world.git(&["gc", "-q", "--prune=now"]);
    assert!(world.repo.join(".git/ORIG_HEAD").exists(), "it names what is gone, and may");
    assert!(world.history().0.is_complete());
    let (reached, found) = memory.walk(&world.repo);
    assert!(found.is_empty());
    assert!(reached.coverage.is_complete(), "{}", json(&reached.coverage));
    assert!(!reached.again.is_empty(), "they may come back");
}

/// What a rebase put aside is nowhere but in a file of its own.
#[test]
fn what_a_rebase_put_aside() {
    for name in ["rebase-merge/autostash", "rebase-apply/autostash", "MERGE_AUTOSTASH"] {
        let world = World::new();
        world.commit("a", "a\n", "one");
        world.write("a", &token(1));
        let stash = world.git(&["stash", "create", "autostash"]);
        world.write(&format!(".git/{name}"), &format!("{stash}\n"));
        let lines = world.lines(&world.reachable().1);
        assert!(lines.iter().any(|line| line.starts_with("1 blob a")), "{name}: {lines:?}");
    }
}

/// An object may be away for a moment, while a repository is repacked or restored.
#[test]
fn a_leak_that_was_away_for_one_look() {
    let world = World::new();
    world.commit("a", "a\n", "one");
    let leaking = world.commit("d/e/b", &token(1), "two");
    world.commit("c", "c\n", "three");
    let object = |id: &str| world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    let mut memory = Memory::default();
    assert_eq!(world.lines(&memory.walk(&world.repo).1), ["1 blob d/e/b in 'two'"]);
    let away = [leaking.clone(), world.git(&["rev-parse", &format!("{leaking}^{{tree}}")])];
    let kept = away.clone().map(|id| std::fs::read(object(&id)).unwrap());
    // The commit alone, and then its tree, too.
    std::fs::remove_file(object(&away[0])).unwrap();
    for id in [&away[0], &away[1]] {
        drop(std::fs::remove_file(object(id)));
        let (_, found) = memory.walk(&world.repo);
        let path = found[0].location.path.as_ref().map(ToString::to_string);
        let wanted = if id == &away[0] { "d/e/b" } else { "e/b" };
        assert_eq!((found.len(), path.as_deref()), (1, Some(wanted)));
    }
    for (id, content) in away.iter().zip(kept) {
        std::fs::write(object(id), content).unwrap();
    }
    assert_eq!(world.lines(&memory.walk(&world.repo).1), ["1 blob d/e/b in 'two'"]);
}

/// A superproject that pins a commit and later has that commit for its own.
#[test]
fn a_pinned_commit_is_searched_when_it_comes() {
    let world = World::new();
    let other = world.root().join("other");
    world.git_in(&world.root(), &["init", "-q", "-b", "main", "other"]);
    std::fs::write(other.join("leak"), token(1)).unwrap();
    world.git_in(&other, &["add", "-A"]);
    world.git_in(&other, &["commit", "-q", "-m", "theirs"]);
    let commit = world.git_in(&other, &["rev-parse", "HEAD"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    world.git(&["commit", "-q", "-m", "pins"]);
    let mut memory = Memory::default();
    assert!(memory.walk(&world.repo).1.is_empty());
    world.git(&["fetch", "-q", "../other", "main:theirs"]);
    assert_eq!(world.lines(&memory.walk(&world.repo).1), ["1 blob leak in 'theirs'"]);
}

/// What is committed while everything else is being read is not waited for.
#[test]
fn what_has_come_since() {
    let world = World::new();
    world.commit("old", &token(1), "old");
    let env = GitEnvironment::default();
    let old = git::tips(&world.repo, &env).unwrap();
    let since = |old: &[ObjectId]| {
        let options = Options::default();
        let (answer, found) = collect(|sink| {
            git::since(&world.repo, &env, old, &detector(), &options, sink).unwrap()
        });
        assert!(answer.0.is_complete());
        (answer.1, world.lines(&found))
    };
    assert_eq!(since(&old), (old.clone(), Vec::new()));
    world.commit("new", &token(2), "new");
    world.write("new", &token(3));
    world.git(&["commit", "-q", "-a", "--amend", "-m", "amended"]);
    let (now, lines) = since(&old);
    assert_eq!(lines, ["2 blob new in 'new'", "3 blob new in 'amended'"]);
    assert_eq!(since(&now).1, [] as [&str; 0]);
}

/// What nobody has committed yet is no business of a watcher's, and is read when it is committed:
/// a first reading by the packs comes by it, too.
#[test]
fn what_is_not_reached_is_left_alone_until_it_is() {
    for is_packed in [false, true] {
        let world = World::new();
        world.commit("a", "a\n", "one");
        let orphan = |n| {
            world.write("d/leak", &token(n));
            world.git(&["add", "-A"]);
            let tree = world.git(&["write-tree"]);
            let commit = world.git(&["commit-tree", "-m", "a draft", &tree]);
            world.git(&["rm", "-q", "--cached", "d/leak"]);
            (tree, commit)
        };
        // Of the one the tree is committed later, of the other one the commit named.
        let (tree, _) = orphan(1);
        let (_, commit) = orphan(2);
        if is_packed {
            let all =
                world.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
            world.write("list", &all);
            let pack = "git pack-objects -q .git/objects/pack/pack < list && git prune-packed -q";
            assert!(
                world
                    .command(&world.repo)
                    .args(["-c", &format!("alias.x=!{pack}"), "x"])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let mut memory = Memory::default();
        assert!(memory.walk(&world.repo).1.is_empty());
        let later = world.git(&["commit-tree", "-m", "now it is", &tree]);
        world.git(&["update-ref", "refs/heads/later", &later]);
        assert_eq!(world.lines(&memory.walk(&world.repo).1), ["1 blob d/leak in 'now it is'"]);
        world.git(&["update-ref", "refs/heads/draft", &commit]);
        let lines = world.lines(&memory.walk(&world.repo).1);
        assert!(lines.contains(&"2 blob d/leak in 'a draft'".to_owned()), "{lines:?}");
    }
}

/// An entry may call a tree a file. That it holds nothing in itself says nothing of what is below.
#[test]
fn a_tree_that_is_called_a_blob_is_still_followed() {
    let world = World::new();
    world.commit("d/leak", &token(1), "leaks");
    let below = world.git(&["rev-parse", "HEAD:d"]);
    let id = ObjectId::from_hex(below.as_bytes()).unwrap();
    let tree = [b"100644 x\0", id.as_slice()].concat();
    let tree = store(&world, "tree", &tree);
    let commit = world.git(&["commit-tree", "-m", "odd", &tree]);
    let leaking = world.git(&["rev-parse", "HEAD"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
    std::fs::remove_dir_all(world.repo.join(".git/logs")).unwrap();
    let mut memory = Memory::default();
    let (reached, found) = memory.walk(&world.repo);
    assert!(found.is_empty() && !reached.coverage.is_complete());
    assert!(!reached.clean.contains(&id));
    world.git(&["update-ref", "refs/heads/leaking", &leaking]);
    let lines = world.lines(&memory.walk(&world.repo).1);
    assert!(lines.contains(&"1 blob d/leak in 'leaks'".to_owned()), "{lines:?}");
}

/// Where nothing is found and nothing is missing, nothing is walked through a second time.
#[test]
fn a_clean_repository_is_read_once() {
    let world = World::new();
    for n in 0..20 {
        world.commit(&format!("d{}/f{n}", n % 3), &format!("content {n}"), &format!("c{n}"));
    }
    world.git(&["gc", "-q"]);
    let (env, options) = (GitEnvironment::default(), Options::default());
    let first = first_reachable(&world.repo, &env, &[], &detector(), &options, &|_| {}).unwrap();
    let all = world.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    assert_eq!(first.coverage.objects, all.lines().count() as u64);
    let of = |ids: &[ObjectId]| ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert!(all.lines().all(|id| of(&first.clean).contains(id)));
}

fn json_of(found: &[Finding]) -> Vec<u8> {
    let mut out = Vec::new();
    found.iter().for_each(|finding| report::jsonl_finding(finding, &mut out).unwrap());
    out
}
