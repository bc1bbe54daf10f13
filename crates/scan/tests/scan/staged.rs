//! The index against HEAD, as a pre-commit hook sees it.

use patrol_scan::source::git::GitEnvironment;

use crate::world::{World, json, skipped, token};

#[test]
fn the_index_is_read_and_not_the_files() {
    let world = World::new();
    world.commit("old", &token(1), "an old leak is not this commit's");
    world.write("a", &token(2));
    world.git(&["add", "a"]);
    world.write("a", "clean in the work tree");
    world.write("b", &token(3));
    let (coverage, found) = world.staged();
    assert_eq!(world.lines(&found), ["2 index a"]);
    assert_eq!((coverage.files, coverage.objects), (1, 1));
    assert_eq!(found[0].location.object, Some(world.git(&["rev-parse", ":a"])));
    assert!(coverage.is_complete(), "{}", json(&coverage));
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let world = World::new();
    assert_eq!(world.staged().0.files, 0);
    world.write("x/y/z", &token(1));
    world.git(&["add", "-A"]);
    assert_eq!(world.lines(&world.staged().1), ["1 index x/y/z"]);
}

#[test]
fn deep_changes_moves_and_deletions() {
    let world = World::new();
    world.write("a/b/c/d", "one");
    world.write("a/b/e", "two");
    world.write("f", "three");
    world.commit("a/g", &token(1), "base");
    world.git(&["mv", "a/g", "a/b/g"]);
    world.git(&["rm", "-q", "f"]);
    world.write("a/b/c/d", &token(2));
    // A file becomes a directory and the other way round.
    world.git(&["rm", "-q", "a/b/e"]);
    world.write("a/b/e/f", &token(3));
    world.git(&["add", "-A"]);
    let lines = world.lines(&world.staged().1);
    assert_eq!(lines, ["1 index a/b/g", "2 index a/b/c/d", "3 index a/b/e/f"]);
}

#[test]
fn all_stages_of_a_conflict() {
    let world = World::new();
    world.commit("f", "base\n", "base");
    world.git(&["checkout", "-q", "-b", "theirs"]);
    world.commit("f", &token(1), "theirs");
    world.git(&["checkout", "-q", "main"]);
    world.commit("f", "ours\n", "ours");
    let merged = world.try_git_in(&world.repo, &["merge", "-q", "theirs"]);
    assert!(!merged.status.success(), "a conflict is wanted");
    assert_eq!(world.lines(&world.staged().1), ["1 index f"]);
}

#[test]
fn intent_to_add_has_no_content_yet() {
    let world = World::new();
    world.commit("a", "a", "base");
    world.write("new", &token(1));
    world.git(&["add", "-N", "new"]);
    let (coverage, found) = world.staged();
    assert!(found.is_empty() && coverage.is_complete());
    world.git(&["add", "new"]);
    assert_eq!(world.staged().1.len(), 1);
}

/// Git runs the hook of `commit -a` and of `commit PATH` with an index of its own.
#[test]
fn the_inherited_index_is_used() {
    let world = World::new();
    world.commit("a", "a", "base");
    world.write("a", &token(1));
    let index = world.repo.join(".git/other");
    std::fs::copy(world.repo.join(".git/index"), &index).unwrap();
    let mut command = world.command(&world.repo);
    let status = command.env("GIT_INDEX_FILE", &index).args(["add", "a"]).status();
    assert!(status.unwrap().success());
    assert!(world.staged().1.is_empty(), "nothing is in the repository's own index");
    let vars = [("GIT_INDEX_FILE", ".git/other"), ("GIT_DIR", ".git"), ("GIT_WORK_TREE", ".")];
    let vars = vars.map(|(name, value)| (name.into(), value.into()));
    let env = GitEnvironment::from_vars(vars);
    assert_eq!(world.lines(&world.staged_in(&env).1), ["1 index a"]);
}

#[test]
fn a_real_hook_environment() {
    let world = World::new();
    world.commit("a", "a", "base");
    let linked = world.root().join("linked");
    world.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "other"]);
    let hook = world.repo.join(".git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\nenv -0 > \"$HOME/environment\"\nexit 1\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).unwrap();
    for (dir, args) in [
        (&world.repo, &["commit", "-q", "-a", "-m", "x"][..]),
        (&linked, &["commit", "-q", "-m", "x", "--", "a"]),
    ] {
        std::fs::write(dir.join("a"), token(1)).unwrap();
        // The index of `commit -a` is a lock file that is gone when the hook has ended, so the
        // hook keeps a copy beside it, which shows that the variables are understood.
        let copy = "#!/bin/sh\ncp \"$GIT_INDEX_FILE\" \"$HOME/index\"\n\
                    env -0 > \"$HOME/environment\"\nexit 1\n";
        std::fs::write(&hook, copy).unwrap();
        assert!(!world.try_git_in(dir, args).status.success());
        let environment = std::fs::read_to_string(world.root().join("environment")).unwrap();
        let vars = environment.split_terminator('\0').filter_map(|var| var.split_once('='));
        let vars = vars.map(|(name, value)| (name.into(), value.into()));
        let mut env = GitEnvironment::from_vars(vars);
        assert!(env.index_file.is_some(), "{environment}");
        env.index_file = Some(world.root().join("index"));
        let (_, found) = crate::world::collect(|sink| {
            let (detector, options) = (crate::world::detector(), Default::default());
            patrol_scan::source::git::staged(dir, &env, &detector, &options, sink).unwrap()
        });
        assert_eq!(world.lines(&found), ["1 index a"]);
    }
}

#[test]
fn submodules_and_absent_blobs_are_told() {
    let world = World::new();
    world.commit("a", "a", "base");
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
    let absent = "1234567890123456789012345678901234567890";
    world.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{absent},gone")]);
    let (coverage, _) = world.staged();
    assert_eq!(skipped(&coverage), ["sub: gitlink", &format!("{absent} gone: absent object")]);
    assert!(!coverage.is_complete());
}

#[test]
fn a_damaged_index_is_an_error() {
    let world = World::new();
    world.commit("a", "a", "base");
    let index = world.repo.join(".git/index");
    let mut bytes = std::fs::read(&index).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&index, bytes).unwrap();
    let (env, options) = (GitEnvironment::default(), Default::default());
    let (result, _) = crate::world::collect(|sink| {
        let detector = crate::world::detector();
        patrol_scan::source::git::staged(&world.repo, &env, &detector, &options, sink)
    });
    let told = result.unwrap_err().to_string();
    assert!(told.starts_with("the index ") && told.contains("cannot be read"), "{told}");
}

#[test]
fn names_and_excludes() {
    let world = World::new();
    world.commit("a", "a", "base");
    world.write(&format!("d/{}.txt", token(1)), "x");
    world.write("vendor/x", &token(2));
    world.git(&["add", "-A"]);
    let excludes = patrol_scan::Excludes::new(["vendor/"]).unwrap();
    let options = patrol_scan::Options { excludes, ..Default::default() };
    let env = GitEnvironment::default();
    let (coverage, found) = crate::world::collect(|sink| {
        let detector = crate::world::detector();
        patrol_scan::source::git::staged(&world.repo, &env, &detector, &options, sink).unwrap()
    });
    let lines = world.lines(&found);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("1 index d/acme_pat_") && lines[0].ends_with("_\u{2026}.txt"));
    assert_eq!(skipped(&coverage), ["vendor/x: excluded"]);
    assert!(coverage.is_complete() && coverage.is_limited());
}

#[test]
fn split_and_sparse_indexes() {
    let world = World::new();
    world.write("in/a", "a");
    world.commit("out/b/c", "c", "base");
    world.git(&["update-index", "--split-index"]);
    world.write("in/a", &token(1));
    world.git(&["add", "in/a"]);
    assert_eq!(world.lines(&world.staged().1), ["1 index in/a"]);
    world.git(&["update-index", "--no-split-index"]);
    world.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert_eq!(world.lines(&world.staged().1), ["1 index in/a"]);
    // A reset of HEAD leaves whole sparse directories different from it.
    let other = world.git(&["rev-parse", "HEAD"]);
    world.git(&["checkout", "-q", "--orphan", "fresh"]);
    let (coverage, found) = world.staged();
    assert_eq!(world.lines(&found), ["1 index in/a"], "{other}");
    assert_eq!(coverage.files, 2, "the sparse directory is new as a whole");
}
