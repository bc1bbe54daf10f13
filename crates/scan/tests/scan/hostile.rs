//! A repository that wants its reader to run something is only read.

use std::io::Write as _;

use patrol_scan::source::git::Revisions;

use crate::world::{World, json, token};

/// Stores an object as it is, however malformed.
pub(crate) fn store(world: &World, kind: &str, body: &[u8]) -> String {
    let mut command = world.command(&world.repo);
    command.args(["hash-object", "-w", "--stdin", "-t", kind, "--literally"]);
    let pipe = std::process::Stdio::piped;
    let mut child = command.stdin(pipe()).stdout(pipe()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn raw(id: &str) -> Vec<u8> {
    (0..20).map(|n| u8::from_str_radix(&id[2 * n..2 * n + 2], 16).unwrap()).collect()
}

/// A pipe among git's files, or a link to one, is refused and not waited for.
#[test]
fn pipes_inside_the_git_directory() {
    let pipe = |world: &World, name: &str, linked: bool| {
        let file = world.repo.join(".git").join(name);
        drop(std::fs::remove_file(&file));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let made = if linked { world.root().join("pipe") } else { file.clone() };
        assert!(std::process::Command::new("mkfifo").arg(&made).status().unwrap().success());
        if linked {
            std::os::unix::fs::symlink(made, file).unwrap();
        }
    };
    let files = [
        "HEAD",
        "ORIG_HEAD",
        "commondir",
        "config",
        "index",
        "packed-refs",
        "shallow",
        "objects/info/alternates",
        "objects/pack/pack-1.idx",
        "refs/heads/main",
        "refs/heads/other",
        "logs/HEAD",
        "rebase-merge/autostash",
    ];
    for (name, linked) in files.iter().flat_map(|name| [(*name, false), (*name, true)]) {
        let world = World::new();
        world.commit("a", "a", "one");
        pipe(&world, name, linked);
        let (done, end) = std::sync::mpsc::channel();
        let (repo, file) = (world.repo.clone(), name.to_owned());
        std::thread::spawn(move || done.send(every_source(&repo, &file)));
        let wait = std::time::Duration::from_secs(30);
        let complete = end.recv_timeout(wait).unwrap_or_else(|_| panic!("{name} holds up"));
        // The others are not read by these walks, or say nothing of what is there.
        if !["index", "shallow", "logs/HEAD"].contains(&name) {
            assert!(!complete, "{name}, linked: {linked}");
        }
    }
}

/// The cost of a finding does not grow with what stands before it.
#[test]
fn many_tokens_in_one_object() {
    let world = World::new();
    let line = format!("{}\n", token(1));
    let blob = store(&world, "blob", line.repeat(60_000).as_bytes());
    let mut names = Vec::new();
    for n in 0..20_000 {
        names.extend(format!("100644 {n:06}{}\0", token(2)).into_bytes());
        names.extend(raw(&blob));
    }
    let tree = store(&world, "tree", &names);
    let header = format!(" {}\n", token(3)).repeat(20_000);
    let body = line.repeat(20_000);
    let text = format!("tree {tree}\nauthor A <a@b> 1 +0000\nsig x\n{header}\n{body}");
    let commit = store(&world, "commit", text.as_bytes());
    world.git(&["update-ref", "refs/heads/main", &commit]);
    let begun = std::time::Instant::now();
    let found = std::sync::Mutex::new(Vec::new());
    let (env, options, detector) =
        (Default::default(), Default::default(), crate::world::detector());
    let seen = std::collections::HashSet::<patrol_scan::source::git::ObjectId>::new();
    let sink = |finding: patrol_scan::Finding| found.lock().unwrap().push(finding.location);
    let walk = patrol_scan::source::git::reachable;
    drop(walk(&world.repo, &env, &seen, &[], &detector, &options, &sink));
    let found = found.into_inner().unwrap();
    assert_eq!(found.len(), 120_000);
    let last = found.iter().filter(|at| at.source == patrol_scan::SourceKind::Blob);
    assert_eq!(last.map(|at| at.line).max(), Some(60_000));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// Work trees that cannot be listed are not taken for none.
#[test]
fn directories_that_cannot_be_listed() {
    let world = World::new();
    world.commit("a", "a", "one");
    assert!(world.history().0.is_complete());
    world.write(".git/worktrees", "a file");
    for (coverage, _) in [world.history(), world.reachable()] {
        assert!(!coverage.is_complete(), "{}", json(&coverage));
    }
}

/// Runs every source; whether the walks over objects were told to be complete.
fn every_source(repo: &std::path::Path, name: &str) -> bool {
    use patrol_scan::source::git;
    let (env, options) = (Default::default(), Default::default());
    let (detector, sink) = (crate::world::detector(), |_| {});
    drop(git::at(repo));
    drop(git::staged(repo, &env, &detector, &options, &sink));
    for spec in ["HEAD", "main", "other", "HEAD@{0}"] {
        drop(git::range(repo, &env, &Revisions::Spec(spec.into()), &detector, &options, &sink));
    }
    let history = git::history(repo, &env, &detector, &options, &sink);
    let seen = std::collections::HashSet::<git::ObjectId>::new();
    let reached = git::reachable(repo, &env, &seen, &[], &detector, &options, &sink);
    let history = history.is_ok_and(|coverage| coverage.is_complete());
    let reached = reached.is_ok_and(|reached| reached.coverage.is_complete());
    assert_eq!(history, reached, "{name}");
    history
}

/// A gitlink says nothing of the object here that has its id.
#[test]
fn a_gitlink_hides_no_blob() {
    let world = World::new();
    let blob = store(&world, "blob", format!("k={}", token(1)).as_bytes());
    let add = |mode: &str, path: &str| {
        let entry = format!("{mode},{blob},{path}");
        world.git(&["update-index", "--add", "--cacheinfo", &entry]);
    };
    add("160000", "a");
    add("100644", "b");
    assert_eq!(world.lines(&world.staged().1), ["1 index b"]);
    world.git(&["commit", "-q", "-m", "both"]);
    for (coverage, found) in [world.range("HEAD"), world.reachable(), world.history()] {
        assert_eq!(world.lines(&found), ["1 blob b in 'both'"], "{}", json(&coverage));
    }
    // The same id at the same path, once as a gitlink and then as a file.
    let world = World::new();
    let blob = store(&world, "blob", format!("k={}", token(1)).as_bytes());
    let add = |mode: &str| {
        let entry = format!("{mode},{blob},a");
        world.git(&["update-index", "--add", "--cacheinfo", &entry]);
    };
    add("160000");
    world.git(&["commit", "-q", "-m", "gitlink"]);
    add("100644");
    assert_eq!(world.lines(&world.staged().1), ["1 index a"]);
    world.git(&["commit", "-q", "-m", "file"]);
    assert_eq!(world.lines(&world.range("HEAD~1..").1), ["1 blob a in 'file'"]);
}

/// A tree is walked though something else names it as a file.
#[test]
fn a_tree_that_is_also_named_as_a_file() {
    let world = World::new();
    let blob = store(&world, "blob", token(1).as_bytes());
    let tree = store(&world, "tree", &[&b"100644 f\0"[..], &raw(&blob)].concat());
    let entries = [b"100644 a\0", &raw(&tree)[..], b"40000 b\0", &raw(&tree)[..]];
    let root = store(&world, "tree", &entries.concat());
    let commit = world.git(&["commit-tree", &root, "-m", "mixed"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
    for (coverage, found) in [world.range("HEAD"), world.reachable()] {
        assert_eq!(world.lines(&found), ["1 blob b/f in 'mixed'"]);
        assert!(!coverage.is_complete(), "{}", json(&coverage));
    }
    // And a file that is named as a directory.
    let blob = store(&world, "blob", token(2).as_bytes());
    let entries = [b"40000 a\0", &raw(&blob)[..], b"100644 b\0", &raw(&blob)[..]];
    let root = store(&world, "tree", &entries.concat());
    let commit = world.git(&["commit-tree", &root, "-m", "file"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
    for (coverage, found) in [world.range("HEAD"), world.reachable()] {
        assert!(world.lines(&found).contains(&"2 blob b in 'file'".to_owned()));
        assert!(!coverage.is_complete(), "{}", json(&coverage));
    }
}

#[test]
fn nothing_of_the_configuration_is_run() {
    let world = World::new();
    world.commit("a.txt", &token(1), "leaks");
    let marker = world.root().join("ran");
    let script = world.root().join("evil.sh");
    std::fs::write(&script, format!("#!/bin/sh\ntouch {}\ncat\n", marker.display())).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    let script = script.to_str().unwrap();
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    world.write(".git/info/attributes", "* filter=evil diff=evil\n");
    world.write("a.txt", &token(2));
    world.git(&["-c", "core.attributesFile=/dev/null", "add", "-A"]);
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.hooksPath",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "credential.helper",
        "gpg.program",
        "uploadpack.packObjectsHook",
        "extensions.partialClone",
    ] {
        let output = world.try_git_in(&world.repo, &["config", key, script]);
        assert!(output.status.success(), "{key}");
    }
    world.git(&["config", "remote.evil.url", &format!("ext::{script}")]);
    world.git(&["config", "remote.evil.promisor", "true"]);
    // Git itself would stop at this one; nothing outside the repository is included.
    world.git(&["config", "include.path", "/proc/self/environ"]);
    let (coverage, found) = world.history();
    assert_eq!(found.len(), 2, "{}", json(&coverage));
    assert_eq!(world.staged().1.len(), 1);
    assert_eq!(world.range("HEAD").1.len(), 1);
    assert!(!marker.exists());
}

#[test]
fn refs_that_lead_out_of_the_repository() {
    let world = World::new();
    world.commit("a", "a", "one");
    world.write(".git/HEAD", "ref: ../../../../etc/passwd\n");
    let (env, options) = (Default::default(), Default::default());
    let (result, _) = crate::world::collect(|sink| {
        let detector = crate::world::detector();
        patrol_scan::source::git::staged(&world.repo, &env, &detector, &options, sink)
    });
    let told = result.unwrap_err().to_string();
    assert!(told.contains("is no ref name"), "{told}");
}

/// Directories nested beyond reason do not overflow the stack.
#[test]
fn a_tree_deeper_than_git_allows() {
    use std::io::Write as _;
    let world = World::new();
    let store = |kind: &str, body: &[u8]| {
        let mut command = world.command(&world.repo);
        command.args(["hash-object", "-w", "--stdin", "-t", kind, "--literally"]);
        let pipe = std::process::Stdio::piped;
        let mut child = command.stdin(pipe()).stdout(pipe()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let mut id = store("blob", token(1).as_bytes());
    let mut entry = "100644 f\0";
    for _ in 0..2_100 {
        let raw: Vec<u8> =
            (0..20).map(|n| u8::from_str_radix(&id[2 * n..2 * n + 2], 16).unwrap()).collect();
        id = store("tree", &[entry.as_bytes(), &raw].concat());
        entry = "40000 d\0";
    }
    let commit = world.git(&["commit-tree", &id, "-m", "deep"]);
    world.git(&["update-ref", "refs/heads/main", &commit]);
    let (coverage, found) = world.history();
    assert_eq!(found.len(), 1, "the blob is an object like any other");
    assert!(coverage.is_complete(), "{}", json(&coverage));
    for (coverage, found) in [world.range("HEAD"), world.reachable()] {
        assert_eq!(found.len(), 1);
        assert!(coverage.is_complete(), "{}", json(&coverage));
    }
}

#[test]
fn malformed_objects_are_searched_and_named() {
    use std::io::Write as _;
    let world = World::new();
    world.commit("a", "a", "one");
    let store = |kind: &str, body: &str| {
        let mut command = world.command(&world.repo);
        command.args(["hash-object", "-w", "--stdin", "-t", kind, "--literally"]);
        let (pipe, null) = (std::process::Stdio::piped(), std::process::Stdio::null());
        let mut child = command.stdin(pipe).stdout(null).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    };
    store("commit", &format!("nonsense {}\n", token(1)));
    store("tag", &token(2));
    store("tree", &token(3));
    let (coverage, found) = world.history();
    assert_eq!(found.len(), 3);
    assert!(!coverage.is_complete());
}

/// What is stored under an id may name itself: a revision that follows it ends, and says why.
#[test]
fn a_tag_that_names_itself_is_not_followed_for_ever() {
    let world = World::new();
    world.commit("a", "a\n", "one");
    let id = "ab".to_owned() + &"cd".repeat(19);
    let body = format!("object {id}\ntype tag\ntag x\ntagger A <a@b> 0 +0000\n\nx\n");
    let stored = store(&world, "tag", body.as_bytes());
    let file = |id: &str| world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::create_dir_all(file(&id).parent().unwrap()).unwrap();
    std::fs::rename(file(&stored), file(&id)).unwrap();
    world.write(".git/refs/tags/round", &format!("{id}\n"));
    for side in ["round^{commit}", "round^{}", "round~1", "round^0", "round:a", "abcdcd^{}", ":/no"]
    {
        for spec in [format!("{side}..HEAD"), format!("HEAD..{side}")] {
            let (result, _) = world.try_range(&Revisions::Spec(spec.clone()));
            let told = result.unwrap_err().to_string();
            assert!(told.contains("leads round in circles"), "{spec}: {told}");
        }
    }
    assert!(world.range("HEAD").0.is_complete());
}
