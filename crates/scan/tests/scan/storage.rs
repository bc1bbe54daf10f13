//! How a repository is stored: other object formats, missing and damaged parts, large files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use patrol_scan::source::git::{GitEnvironment, discover};
use patrol_scan::{Options, ScanError, source};

use crate::archive::build::gzip;
use crate::world::{World, collect, detector, json, skipped, token};

#[test]
fn sha256_repositories() {
    let world = World::init(&["--object-format=sha256"]);
    world.commit("a", &token(1), "one");
    world.git(&["rm", "-q", "a"]);
    world.git(&["commit", "-q", "-m", "two"]);
    world.git(&["tag", "-a", "v", "-m", &token(2)]);
    let check = || {
        let (coverage, found) = world.history();
        assert_eq!(world.lines(&found), ["1 blob a in 'one'", "2 tag"]);
        assert_eq!(found[0].location.object.as_ref().unwrap().len(), 64);
        assert!(coverage.is_complete(), "{}", json(&coverage));
    };
    check();
    world.git(&["gc", "-q"]);
    check();
    world.write("b", &token(3));
    world.git(&["add", "b"]);
    assert_eq!(world.lines(&world.staged().1), ["3 index b"]);
    assert_eq!(world.range("HEAD~1").1.len(), 1);
}

#[test]
fn reftable_is_named() {
    let world = World::init(&["--ref-format=reftable"]);
    world.commit("a", &token(1), "one");
    let (coverage, found) = world.history();
    assert_eq!(world.lines(&found), ["1 blob a in 'one'"], "objects are read all the same");
    assert!(skipped(&coverage)[0].ends_with(": unsupported storage"), "{}", json(&coverage));
    assert!(!coverage.is_complete());
}

#[test]
fn an_unknown_object_format_is_an_error() {
    let world = World::new();
    world.commit("a", "a", "one");
    let config = world.repo.join(".git/config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[extensions]\n\tobjectFormat = sha3\n")).unwrap();
    let told = world.try_history().0.unwrap_err().to_string();
    assert!(told.ends_with("its object format sha3 is not known"), "{told}");
}

#[test]
fn an_absent_object_is_not_clean() {
    let world = World::new();
    world.commit("a", "content", "one");
    let blob = world.git(&["rev-parse", "HEAD:a"]);
    fs::remove_file(world.repo.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let (coverage, _) = world.history();
    assert_eq!(skipped(&coverage), [format!("{blob}: absent object")]);
    assert!(!coverage.is_complete());
    assert!(!world.range("HEAD").0.is_complete());
}

#[test]
fn an_alternate_that_is_not_there_is_not_clean() {
    let world = World::new();
    world.commit("a", "content", "one");
    let alternates = world.repo.join(".git/objects/info/alternates");
    fs::write(&alternates, "/nowhere/objects\n").unwrap();
    let (coverage, _) = world.history();
    let told = "/nowhere/objects: absent object: an alternate that is not there";
    let skipped = coverage.skipped();
    let words = skipped.iter().map(|it| {
        let detail = it.detail.as_deref().unwrap_or_default();
        format!("{}: {}: {detail}", it.what, it.reason.as_str())
    });
    assert_eq!(words.collect::<Vec<_>>(), [told]);
    assert!(!coverage.is_complete());
}

/// Git ignores an alternate that leads back to where it is named.
#[test]
fn alternates_that_lead_round_in_circles() {
    for is_packed in [false, true] {
        let world = World::new();
        world.commit("a", &token(1), "one");
        let clone = world.root().join("clone");
        world.git_in(&world.root(), &["clone", "-q", "--shared", "repo", "clone"]);
        let content = token(2);
        fs::write(clone.join("b"), content).unwrap();
        world.git_in(&clone, &["add", "b"]);
        world.git_in(&clone, &["commit", "-q", "-m", "two"]);
        if is_packed {
            world.git_in(&clone, &["repack", "-q", "-a", "-d", "-l"]);
        }
        // Back to the clone, and to itself.
        let alternates = world.repo.join(".git/objects/info/alternates");
        let lines = [clone.join(".git/objects"), world.repo.join(".git/objects")];
        let lines: Vec<String> = lines.iter().map(|it| format!("{}\n", it.display())).collect();
        fs::write(alternates, lines.concat()).unwrap();
        let (env, options) = (GitEnvironment::default(), Options::default());
        let (coverage, found) =
            collect(|sink| source::git::history(&clone, &env, &detector(), &options, sink));
        let coverage = coverage.unwrap();
        assert_eq!(found.len(), 2, "{}", json(&coverage));
        let [told] = &coverage.skipped()[..] else { panic!("{}", json(&coverage)) };
        assert!(
            told.detail.as_deref().is_some_and(|it| it.contains("round in circles")),
            "{told:?}"
        );
        let revisions = source::git::Revisions::Tips {
            tips: vec![world.git_in(&clone, &["rev-parse", "HEAD"])],
            not: Vec::new(),
            not_refs: Vec::new(),
        };
        let (coverage, found) = collect(|sink| {
            source::git::range(&clone, &env, &revisions, &detector(), &options, sink)
        });
        assert_eq!(found.len(), 2, "{}", json(&coverage.unwrap()));
    }
}

/// A named pipe in the place of a loose object is not waited for.
#[test]
fn a_pipe_among_the_loose_objects() {
    let world = World::new();
    world.commit("a", "content of some length", "one");
    world.commit("b", &token(1), "two");
    let id = world.git(&["rev-parse", "HEAD:a"]);
    let pipe = world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    for is_packed in [false, true] {
        if is_packed {
            world.git(&["repack", "-q", "-a", "-d"]);
            let packs = fs::read_dir(world.repo.join(".git/objects/pack")).unwrap();
            for pack in packs.map(|entry| entry.unwrap().path()) {
                if pack.extension().is_some_and(|it| it == "pack") {
                    // Every entry is damaged, so that each is looked for elsewhere.
                    fs::set_permissions(&pack, fs::Permissions::from_mode(0o644)).unwrap();
                    let mut bytes = fs::read(&pack).unwrap();
                    let end = bytes.len() - 20;
                    bytes[13..end].iter_mut().for_each(|byte| *byte ^= 0x20);
                    fs::write(&pack, bytes).unwrap();
                }
            }
        }
        drop(fs::remove_file(&pipe));
        fs::create_dir_all(pipe.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (done, end) = std::sync::mpsc::channel();
        let repo = world.repo.clone();
        std::thread::spawn(move || {
            let (env, options, sink) = (GitEnvironment::default(), Options::default(), |_| {});
            let history = source::git::history(&repo, &env, &detector(), &options, &sink);
            let seen = std::collections::HashSet::<source::git::ObjectId>::new();
            let reached =
                source::git::reachable(&repo, &env, &seen, &[], &detector(), &options, &sink);
            drop(done.send((history.unwrap(), reached.unwrap().coverage)));
        });
        let wait = std::time::Duration::from_secs(60);
        let (history, reached) = end.recv_timeout(wait).unwrap();
        assert!(!history.is_complete() && !reached.is_complete(), "{}", json(&history));
        fs::remove_file(&pipe).unwrap();
        if !is_packed {
            world.git(&["hash-object", "-w", "a"]);
        }
    }
}

#[test]
fn a_partial_clone_fetches_nothing_and_says_so() {
    let world = World::new();
    world.commit("a", "content", "one");
    world.commit("a", "more", "two");
    world.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", world.repo.display());
    let args = ["clone", "-q", "--bare", "--filter=blob:none", &url, "partial.git"];
    world.git_in(&world.root(), &args);
    let partial = world.root().join("partial.git");
    let (coverage, _) = collect(|sink| {
        let (env, options) = (GitEnvironment::default(), Options::default());
        source::git::history(&partial, &env, &detector(), &options, sink).unwrap()
    });
    assert_eq!(skipped(&coverage).len(), 2);
    assert!(skipped(&coverage)[0].ends_with(": absent object") && !coverage.is_complete());
}

#[test]
fn a_shallow_boundary_is_told() {
    let world = World::new();
    world.commit("a", "1", "one");
    let head = world.commit("a", "2", "two");
    let url = format!("file://{}", world.repo.display());
    world.git_in(&world.root(), &["clone", "-q", "--depth=1", &url, "shallow"]);
    let shallow = world.root().join("shallow");
    let (coverage, _) = collect(|sink| {
        let (env, options) = (GitEnvironment::default(), Options::default());
        source::git::history(&shallow, &env, &detector(), &options, sink).unwrap()
    });
    assert_eq!(skipped(&coverage), [format!("{head}: shallow boundary")]);
}

/// Whatever byte of a pack or its index is hit, the scan either reads all or does not say clean.
#[test]
fn a_damaged_pack_is_not_clean() {
    let world = World::new();
    for n in 0..8 {
        let body: String = (0..60).map(|line| format!("{} {}\n", line, line * n)).collect();
        world.commit("a", &body, &format!("c{n}"));
    }
    world.commit("b", &token(1), "leaks");
    world.git(&["gc", "-q"]);
    let whole = world.git(&["cat-file", "--batch-all-objects", "--batch-check"]).lines().count();
    let packs = world.repo.join(".git/objects/pack");
    for end in ["pack", "idx"] {
        let files = fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
        let file = files.into_iter().find(|path| path.extension().unwrap() == end).unwrap();
        let good = fs::read(&file).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(&file, mode).unwrap();
        for at in (12..good.len() - 40).step_by(29) {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            fs::write(&file, &bad).unwrap();
            let (result, found) = world.try_history();
            let complete = result.as_ref().is_ok_and(patrol_scan::Coverage::is_complete);
            let all = result.is_ok_and(|it| it.objects == whole as u64) && found.len() == 1;
            assert!(!complete || all, "{end} byte {at}: clean without having read all");
        }
        fs::write(&file, &good).unwrap();
        // Gone, or cut short.
        fs::write(&file, &good[..good.len() / 2]).unwrap();
        let (result, _) = world.try_history();
        assert!(!result.is_ok_and(|it| it.is_complete()), "{end} cut");
        fs::remove_file(&file).unwrap();
        let (result, _) = world.try_history();
        assert!(!result.is_ok_and(|it| it.is_complete()), "{end} gone");
        fs::write(&file, &good).unwrap();
    }
    assert!(world.history().0.is_complete());
}

#[test]
fn large_file_pointers() {
    let world = World::new();
    let digest = "ab12".repeat(16);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 9\n");
    world.commit("big.bin", &pointer, "a pointer");
    let (coverage, _) = world.history();
    assert!(skipped(&coverage)[0].ends_with(": LFS pointer without payload"));
    assert!(!coverage.is_complete());
    world.write(&format!(".git/lfs/objects/ab/12/{digest}"), &token(1));
    let (coverage, found) = world.history();
    assert_eq!(world.lines(&found), ["1 blob big.bin in 'a pointer'"]);
    assert!(coverage.is_complete());
}

#[test]
fn a_large_file_that_is_an_archive_is_opened() {
    let world = World::new();
    let digest = "cd34".repeat(16);
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 9\n");
    world.commit("big.gz", &pointer, "a pointer");
    let payload = format!(".git/lfs/objects/cd/34/{digest}");
    world.write(&payload, "");
    let good = gzip("inside", format!("x {} y", token(1)).as_bytes());
    fs::write(world.repo.join(&payload), &good).unwrap();
    for way in [&["status", "-s"][..], &["repack", "-q", "-a", "-d"]] {
        world.git(way);
        let (coverage, found) = world.history();
        assert_eq!(world.lines(&found), ["1 blob big.gz in 'a pointer'"]);
        assert!(coverage.is_complete(), "{}", json(&coverage));
    }
    fs::write(world.repo.join(&payload), &good[..good.len() - 12]).unwrap();
    let (coverage, _) = world.history();
    assert!(!coverage.is_complete());
}

#[test]
fn the_parts_of_a_repository() {
    let world = World::new();
    world.commit("a/b", "x", "one");
    let top = discover(&world.repo.join("a")).unwrap();
    assert_eq!(top.work_tree.as_ref(), Some(&world.repo));
    assert_eq!((&top.git_dir, &top.common_dir), (&world.repo.join(".git"), &top.git_dir));
    assert!(!top.is_bare);
    assert_eq!(discover(&world.repo.join(".git")).unwrap(), top);
    assert_eq!(source::git::at(&world.repo).as_ref(), Some(&top));
    assert_eq!(source::git::at(&world.repo.join("a")), None);

    let linked = world.root().join("linked");
    world.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    let found = discover(&linked).unwrap();
    assert_eq!(found.work_tree, Some(linked));
    assert_eq!(found.git_dir, world.repo.join(".git/worktrees/linked"));
    assert_eq!(found.common_dir, top.common_dir);
    assert_eq!(discover(&found.git_dir).unwrap(), found);

    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = discover(&world.root().join("bare.git")).unwrap();
    assert!(bare.is_bare && bare.work_tree.is_none());
    assert!(matches!(discover(&world.root()), Err(ScanError::NotARepository { .. })));
    assert!(matches!(discover(&world.root().join("no")), Err(ScanError::NoSuchPath { .. })));
}

/// While a push is received its objects lie in quarantine, named by the environment.
#[test]
fn quarantined_objects_are_seen() {
    let world = World::new();
    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = world.root().join("bare.git");
    let hook = bare.join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = "#!/bin/sh\nread old new ref\necho $new > \"$HOME/new\"\n\
                  cp -r \"$GIT_OBJECT_DIRECTORY\" \"$HOME/quarantine\"\nexit 1\n";
    fs::write(&hook, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&hook, mode).unwrap();
    world.commit("a", &token(1), "pushed");
    let pushed = world.try_git_in(&world.repo, &["push", "-q", "../bare.git", "main"]);
    assert!(!pushed.status.success());
    let new = fs::read_to_string(world.root().join("new")).unwrap();
    let env = GitEnvironment {
        git_dir: Some(bare.clone()),
        object_directory: Some(world.root().join("quarantine")),
        alternate_object_directories: vec![bare.join("objects")],
        ..GitEnvironment::default()
    };
    let revisions = source::git::Revisions::Tips {
        tips: vec![new.trim().to_owned()],
        not: Vec::new(),
        not_refs: vec!["refs/".to_owned()],
    };
    let (result, found) = collect(|sink| {
        let options = Options::default();
        source::git::range(&bare, &env, &revisions, &detector(), &options, sink)
    });
    assert!(result.unwrap().is_complete());
    assert_eq!(world.lines(&found), ["1 blob a in 'pushed'"]);
}
