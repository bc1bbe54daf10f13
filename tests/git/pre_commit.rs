//! The hook before a commit, called by real git.

use crate::world::{World, no_secret};

/// A rule such as a repository adds.
const HOUSE_RULE: &str =
    "[[rule]]\nid = \"house-key\"\nliterals = [\"house_\"]\nregex = 'house_[0-9a-z]{8}'\n";

/// What a built-in rule finds.
fn somebody_elses() -> String {
    ["gl", "pat-", "x7Qm2VdK9s", "LfR4tWz8Bn"].concat()
}

fn guarded() -> World {
    let world = World::new();
    world.patrol(&["hook", "install", "--kind", "pre-commit"]).ok();
    world
}

#[test]
fn a_live_token_is_not_committed_and_named_by_place_and_owner() {
    let world = guarded();
    let token = world.issue();
    let before = world.head();
    world.write("src/deploy.env", &format!("A=b\nTOKEN={}\n", token.text));
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "oops"]);
    assert_eq!(ran.code, 1);
    assert_eq!(world.head(), before);
    assert_eq!(
        ran.stderr,
        format!(
            "  src/deploy.env:2:7  acme_pat_{id}_…  live, of alice@example.org\n\
             error: this would commit a token; nothing was committed\n\
             hint: take it out of the files, `git add` them again, and commit. Replace it if \
             anybody else may have seen it: `patrol rotate {id}`, or end it: `patrol revoke {id}`\n",
            id = token.id
        )
    );
    no_secret(&ran.all(), &[&token]);
    assert!(!ran.stderr.contains("no-verify"));
    // Looking is not a leak yet.
    assert_eq!(world.status(&token), "active");
    assert_eq!(world.history(&token), ["token.issued"]);
    // What to do was said; doing it helps.
    world.write("src/deploy.env", "A=b\n");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "better"]).ok();
}

#[test]
fn the_index_counts_and_not_the_file() {
    let world = guarded();
    let token = world.issue();
    // Staged and then taken out of the file only.
    world.write("key", &token.text);
    world.git(&["add", "key"]).ok();
    world.write("key", "nothing\n");
    assert_eq!(world.git(&["commit", "-m", "x"]).code, 1);
    // In the file and not staged.
    world.git(&["add", "key"]).ok();
    world.write("key", &token.text);
    world.git(&["commit", "-q", "-m", "x"]).ok();
    assert_eq!(world.git(&["show", "HEAD:key"]).ok().stdout, "nothing\n");
}

#[test]
fn commit_all_and_commit_a_path_use_an_index_of_their_own() {
    let world = guarded();
    let token = world.issue();
    world.write("a", "a\n");
    world.write("b", "b\n");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "two files"]).ok();
    world.write("a", &token.text);
    assert_eq!(world.git(&["commit", "-a", "-m", "x"]).code, 1);
    assert_eq!(world.git(&["commit", "-m", "x", "a"]).code, 1);
    world.write("b", "new\n");
    world.git(&["commit", "-q", "-m", "the other one", "b"]).ok();
    // Staged, but not part of this commit.
    world.git(&["add", "a"]).ok();
    world.write("b", "newer\n");
    world.git(&["commit", "-q", "-m", "still the other one", "--only", "b"]).ok();
    assert_eq!(world.git(&["commit", "-m", "x"]).code, 1);
}

#[test]
fn merges_are_commits_too() {
    let world = guarded();
    let token = world.issue();
    world.git(&["switch", "-q", "-c", "side"]).ok();
    world.write("key", &token.text);
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "--no-verify", "-m", "sneaked in"]).ok();
    world.git(&["switch", "-q", "main"]).ok();
    world.write("other", "x\n");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "diverge"]).ok();
    let before = world.head();
    let ran = world.git(&["merge", "--no-edit", "side"]);
    assert_ne!(ran.code, 0);
    assert!(ran.all().contains("key:1:1"), "{ran:?}");
    assert_eq!(world.head(), before);
    world.git(&["merge", "--abort"]).ok();

    // A resolution by hand is committed by `git commit`.
    world.git(&["switch", "-q", "side"]).ok();
    world.write("README", "side\n");
    world.git(&["commit", "-q", "-a", "-m", "one", "--no-verify"]).ok();
    world.git(&["switch", "-q", "main"]).ok();
    world.write("README", "main\n");
    world.git(&["commit", "-q", "-a", "-m", "two"]).ok();
    assert_ne!(world.git(&["merge", "side"]).code, 0);
    world.git(&["rm", "-q", "-f", "key"]).ok();
    world.write("README", &token.text);
    world.git(&["add", "README"]).ok();
    assert_eq!(world.git(&["commit", "-m", "merged"]).code, 1);
    world.write("README", "both\n");
    world.git(&["add", "README"]).ok();
    world.git(&["commit", "-q", "-m", "merged"]).ok();
}

#[test]
fn linked_work_trees_and_submodules() {
    let world = guarded();
    let token = world.issue();
    let side = world.root().join("side");
    world.git(&["worktree", "add", "-q", "../side"]).ok();
    world.write_in(&side, "key", &token.text);
    world.git_in(&side, &["add", "-A"]).ok();
    assert_eq!(world.git_in(&side, &["commit", "-m", "x"]).code, 1);

    let library = world.root().join("library");
    world.init(&library);
    let add =
        ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "lib"];
    world.git(&[&add[..5], &[library.to_str().unwrap(), "lib"]].concat()).ok();
    world.git(&["commit", "-q", "-m", "a gitlink is nothing to read"]).ok();
    let lib = world.repo.join("lib");
    world.patrol_in(&lib, &["hook", "install"]).ok();
    world.write_in(&lib, "key", &token.text);
    world.git_in(&lib, &["add", "-A"]).ok();
    assert_eq!(world.git_in(&lib, &["commit", "-m", "x"]).code, 1);
    world.write_in(&lib, "key", "nothing");
    world.git_in(&lib, &["add", "-A"]).ok();
    world.git_in(&lib, &["commit", "-q", "-m", "x"]).ok();
}

#[test]
fn from_a_subdirectory_before_the_first_commit_and_with_a_name() {
    let world = guarded();
    let token = world.issue();
    world.write("deep/er/key", &token.text);
    world.git(&["add", "-A"]).ok();
    assert_eq!(world.git_in(&world.repo.join("deep"), &["commit", "-m", "x"]).code, 1);
    let new = world.root().join("new");
    std::fs::create_dir(&new).unwrap();
    world.git_in(&new, &["init", "-q"]).ok();
    world.patrol_in(&new, &["hook", "install"]).ok();
    world.write_in(&new, &format!("{}.txt", token.text), "x");
    world.git_in(&new, &["add", "-A"]).ok();
    let ran = world.git_in(&new, &["commit", "-m", "first"]);
    assert_eq!(ran.code, 1);
    no_secret(&ran.all(), &[&token]);
}

#[test]
fn what_no_longer_works_is_warned_of() {
    let world = guarded();
    let token = world.issue();
    world.revoke(&token);
    world.write("key", &token.text);
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]).ok();
    assert!(ran.all().contains(&format!("key:1:1  acme_pat_{}_…  revoked", token.id)), "{ran:?}");
    assert!(ran.all().contains("warning: what is revoked or expired opens nothing"), "{ran:?}");
}

#[test]
fn strangers_are_stopped_and_nobody_is_named() {
    let world = guarded();
    let elsewhere = World::new();
    let stranger = elsewhere.issue();
    world.write("key", &stranger.text);
    world.write("docs/key", &stranger.text);
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("not of this ledger\n"), "{ran:?}");
    assert!(!ran.stderr.contains("alice") && !ran.stderr.contains("patrol rotate"), "{ran:?}");
    // The repository may leave out strangers by path, and never a live token.
    world.git(&["reset", "-q", "--", "key"]).ok();
    world.write("patrol.toml", "excludes = [\"docs\"]\n");
    let ran = world.git(&["commit", "-q", "-m", "an example in the docs"]).ok();
    let told = "warning: a token in a path that patrol.toml excludes does not stop git";
    assert!(ran.stderr.contains(told), "{ran:?}");
    // It is in the report, too, as in one of `scan`.
    let ran = world.patrol(&["hook", "run", "--kind", "pre-commit", "--format", "json"]).ok();
    let left_out = &ran.json()["coverage"]["skipped"][0];
    let told = (left_out["what"].as_str(), left_out["kind"].as_str());
    assert_eq!(told, (Some("docs"), Some("choice")), "{ran:?}");
    let token = world.issue();
    world.write("docs/key", &token.text);
    world.git(&["add", "docs"]).ok();
    assert_eq!(world.git(&["commit", "-m", "x"]).code, 1);
}

#[test]
fn where_there_is_no_ledger_the_rules_are_enough_and_it_is_said() {
    let world = World::without_ledger();
    let missed = format!(
        "warning: there is no ledger at {} and no prefix is set, so tokens of your own are not \
         looked for, only secrets that the rules know\n",
        world.ledger().display()
    );
    let installed = world.patrol(&["hook", "install"]).ok();
    assert!(installed.stderr.starts_with(&missed), "{installed:?}");
    assert!(installed.stderr.contains("`patrol init --prefix acme_pat`"), "{installed:?}");
    assert!(!installed.stderr.contains("stop git"), "{installed:?}");
    world.write("new", "x\n");
    world.git(&["add", "-A"]).ok();
    assert_eq!(world.git(&["commit", "-q", "-m", "x"]).ok().stderr, missed);
    // Rules that are built in, and rules of the repository.
    for secret in [somebody_elses(), "house_q7x2k9w1".to_owned()] {
        world.write("patrol.toml", "rules = [\"rules.toml\"]\nexcludes = [\"docs\"]\n");
        world.write("rules.toml", HOUSE_RULE);
        world.write("new", &secret);
        let ran = world.git(&["commit", "-a", "-m", "x"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.starts_with(&missed), "{ran:?}");
        let stopped = "error: this would commit a secret; nothing was committed\n";
        assert!(ran.stderr.contains("  new:1:1  ") && ran.stderr.contains(stopped), "{ran:?}");
        assert!(!ran.all().contains(&secret), "{ran:?}");
        // What the repository leaves out is left out, with a ledger or without.
        world.git(&["reset", "-q", "--hard"]).ok();
        world.write("docs/example", &secret);
        world.git(&["add", "docs"]).ok();
        let ran = world.git(&["commit", "-q", "-m", "an example in the docs"]).ok();
        let told = "warning: a secret in a path that patrol.toml excludes does not stop git";
        assert!(ran.stderr.contains(told), "{ran:?}");
        world.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    }
}

#[test]
fn without_a_ledger_prefixes_find_tokens_of_ones_own() {
    let world = World::without_ledger();
    let elsewhere = World::new();
    let token = elsewhere.issue();
    world.write("new", "x\n");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    world.write("patrol.toml", "prefixes = [\"acme_pat\"]\n");
    let installed = world.patrol(&["hook", "install"]).ok();
    assert!(!installed.stderr.contains("warning"), "{installed:?}");
    world.write("new", &token.text);
    let ran = world.git(&["commit", "-a", "-m", "x"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("new:1:1") && ran.stderr.contains("  unknown\n"), "{ran:?}");
    // Nobody says whether it lives, so the repository does not say that it may pass, by a path or
    // by a comment, and neither is offered.
    world.write("patrol.toml", "prefixes = [\"acme_pat\"]\nexcludes = [\"**\"]\n");
    world.write("new", &format!("{} # patrol:allow\n", token.text));
    let ran = world.git(&["commit", "-a", "-m", "x"]);
    assert!(ran.code == 1 && !ran.stderr.contains("patrol:allow"), "{ran:?}");
    let installed = world.patrol(&["hook", "install"]).ok();
    assert!(!installed.stderr.contains("until this is mended"), "{installed:?}");
    // Where the matter is another one, no ledger is asked for.
    world.write("patrol.toml", "prefixes = [\"acme_pat\"]\nrules = [\"not-there.toml\"]\n");
    let installed = world.patrol(&["hook", "install"]).ok();
    assert!(installed.stderr.contains("until this is mended"), "{installed:?}");
    assert!(!installed.stderr.contains("patrol init"), "{installed:?}");
}

#[test]
fn what_is_no_secret_has_a_way_past_and_what_lives_has_none() {
    let world = guarded();
    let token = world.issue();
    let way = "What is no secret may stay with `patrol:allow` in a comment on its line, or with a \
               line in the baseline that patrol.toml names\n";
    world.write("example", &format!("key = {}\n", somebody_elses()));
    world.write("live", &token.text);
    world.git(&["add", "example"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code == 1 && ran.stderr.ends_with(way), "{ran:?}");
    world.git(&["add", "live"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code == 1 && ran.stderr.ends_with(way), "{ran:?}");
    assert!(ran.stderr.contains(&format!("patrol rotate {}", token.id)), "{ran:?}");
    world.write("example", &format!("key = {} # patrol:allow\n", somebody_elses()));
    world.git(&["add", "example"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code == 1 && !ran.stderr.contains("patrol:allow"), "{ran:?}");
    world.git(&["rm", "-q", "-f", "live"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
}

#[test]
fn a_baseline_of_the_repository_holds_in_its_hooks_and_helps_nothing_that_lives() {
    let world = guarded();
    let token = world.issue();
    world.write("example", &format!("key = {}\n", somebody_elses()));
    world.write("live", &token.text);
    world.git(&["add", "example"]).ok();
    assert_eq!(world.patrol(&["scan", "--staged", "--write-baseline", "known.baseline"]).code, 1);
    assert_eq!(world.git(&["commit", "-m", "x"]).code, 1, "nobody names it yet");
    world.write("patrol.toml", "baseline = \"known.baseline\"\n");
    world.git(&["add", "live"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code == 1 && ran.stderr.contains("live:1:1"), "{ran:?}");
    let told = "warning: a secret in the repository's baseline does not stop git\n";
    assert!(!ran.stderr.contains("example:") && ran.stderr.contains(told), "{ran:?}");
    world.git(&["rm", "-q", "--cached", "live"]).ok();
    let ran = world.patrol(&["hook", "run", "--kind", "pre-commit", "--format", "json"]).ok();
    let skipped = &ran.json()["coverage"]["skipped"][0];
    assert_eq!(skipped["why"], "baseline: 1 line, by patrol.toml", "{ran:?}");
    world.write("example", &format!("key = {}\n", somebody_elses().replace("x7Q", "y8R")));
    world.git(&["add", "example"]).ok();
    assert_eq!(world.git(&["commit", "-m", "another secret"]).code, 1);
    world.write("example", &format!("\n\nkey = {}\n", somebody_elses()));
    world.git(&["add", "example"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    // One that is named and gone accepts nothing and is missed.
    std::fs::remove_file(world.repo.join("known.baseline")).unwrap();
    let ran = world.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    assert!(ran.code != 0 && ran.stderr.contains("there is no baseline at"), "{ran:?}");
}

/// A hook of somebody's own that scans what is staged at `path`.
fn own_hook(world: &World, at: &std::path::Path, path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let hook = at.join("pre-commit");
    let text = format!("#!/bin/sh\nexec '{}' scan --staged {path}\n", crate::world::program());
    std::fs::create_dir_all(at).unwrap();
    std::fs::write(&hook, text).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    world.git(&["config", "core.hooksPath", at.to_str().unwrap()]).ok();
}

#[test]
fn a_scan_in_a_hook_reads_the_index_of_the_commit_by_whatever_path() {
    let world = World::new();
    let token = world.issue();
    world.write("sub/file", "x\n");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "sub"]).ok();
    let linked = world.root().join("linked");
    world.git(&["worktree", "add", "-q", linked.to_str().unwrap()]).ok();
    for path in ["", ".", "./", "\"$(git rev-parse --show-toplevel)\"", "sub", "\"$PWD/sub\""] {
        own_hook(&world, &world.root().join("hooks"), path);
        for at in [&world.repo, &linked] {
            world.write_in(at, "README", &token.text);
            for args in [&["commit", "-am", "x"][..], &["commit", "-m", "x", "README"]] {
                let ran = world.git_in(at, args);
                assert_ne!(ran.code, 0, "{path} {args:?} {ran:?}");
                assert!(ran.all().contains("README:1:1"), "{path} {ran:?}");
                assert!(!ran.stderr.contains("warning"), "{path} {ran:?}");
            }
            world.write_in(at, "README", "hello\n");
            world.git_in(at, &["commit", "-q", "--allow-empty", "-am", "x"]).ok();
        }
    }
    // Another repository has an index of its own, and it is said that this one is read.
    let other = world.root().join("other");
    world.init(&other);
    world.write_in(&other, "key", &token.text);
    own_hook(&world, &world.root().join("hooks"), "../other");
    world.git(&["commit", "-q", "--allow-empty", "-am", "x"]).ok();
    world.git_in(&other, &["add", "-A"]).ok();
    let ran = world.git(&["commit", "--allow-empty", "-am", "x"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("../other is not in the repository that git's"), "{ran:?}");
}

#[test]
fn a_git_directory_apart_from_its_work_tree_is_the_one_that_is_scanned() {
    let world = World::new();
    let token = world.issue();
    let files = world.root().join("files");
    std::fs::create_dir(&files).unwrap();
    world.write_in(&files, "key", &token.text);
    let apart = world.root().join("apart.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "apart.git"]).ok();
    let with = |program: &str, args: &[&str]| {
        let mut command = world.command(program, &files);
        command.args(args).env("GIT_DIR", &apart).env("GIT_WORK_TREE", &files);
        crate::world::finish(&mut command, b"")
    };
    with("git", &["add", "key"]).ok();
    for path in [".", files.to_str().unwrap()] {
        let ran = with(crate::world::program(), &["scan", "--staged", path]);
        assert_eq!(ran.code, 1, "{path} {ran:?}");
    }
}

#[test]
fn rules_that_the_repository_adds_hold_in_its_hooks() {
    let world = guarded();
    world.write("patrol.toml", "rules = [\"rules.toml\"]");
    world.write("rules.toml", HOUSE_RULE);
    world.write("src/key", "house_q7x2k9w1\n");
    world.git(&["add", "-A"]).ok();
    for place in [world.repo.clone(), world.repo.join("src")] {
        let ran = world.git_in(&place, &["commit", "-m", "a"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("house-key") || ran.stdout.contains("house-key"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("q7x2k9w1"), "{ran:?}");
    }
    // A file that cannot be used is no rule less: nobody knows what it would have found.
    world.write("rules.toml", "[[rule]]\n");
    let ran = world.git(&["commit", "-m", "a"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("rules.toml:1:1"), "{ran:?}");
}

#[test]
fn errors_stop_git_with_words() {
    let world = guarded();
    world.write("new", "x\n");
    world.git(&["add", "-A"]).ok();
    // A ledger that was named and is not there.
    let mut commit = world.command("git", &world.repo);
    commit.args(["commit", "-m", "x"]).env("PATROL_LEDGER", "/nonexistent/ledger.db");
    let ran = crate::world::finish(&mut commit, b"");
    assert_ne!(ran.code, 0);
    let unchecked = "error: patrol's hook cannot check this commit, so nothing was committed: ";
    let told = format!("{unchecked}there is no ledger at /nonexistent/ledger.db\nhint: ");
    assert!(ran.stderr.starts_with(&told), "{ran:?}");
    // Named in the settings it is named as well.
    let config = world.home().join(".config/patrol/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(&config, "ledger = \"/nonexistent/ledger.db\"\n").unwrap();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code != 0 && ran.stderr.starts_with(&told), "{ran:?}");
    // Settings that cannot be read stop it before anything is looked at.
    std::fs::write(&config, "ledger = 7\n").unwrap();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code != 0 && ran.stderr.starts_with(unchecked), "{ran:?}");
    std::fs::remove_file(&config).unwrap();
    // A ledger that is none.
    std::fs::write(world.ledger(), "not a database, but long enough to be read as one".repeat(100))
        .unwrap();
    let ran = world.git(&["commit", "-m", "x"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("error: "), "{ran:?}");
    // A blob that the index names and the repository does not have.
    let world = guarded();
    let blob = "0123456789abcdef0123456789abcdef01234567";
    let info = format!("100644,{blob},gone");
    world.git(&["update-index", "--add", "--info-only", "--cacheinfo", &info]).ok();
    let ran = world.patrol(&["hook", "run", "--kind", "pre-commit"]);
    assert_eq!(ran.code, 5);
    assert!(
        ran.stderr.contains("not everything could be read, so nothing was committed"),
        "{ran:?}"
    );
}

#[test]
fn programs_get_json() {
    let world = World::new();
    let token = world.issue();
    world.write("key", &token.text);
    world.git(&["add", "-A"]).ok();
    for args in [["hook", "run", "--kind", "pre-commit"], ["hook", "run", "pre-commit", "--quiet"]]
    {
        let ran = world.patrol(&[&args[..], &["--format", "json"]].concat());
        assert_eq!(ran.code, 1);
        let report = ran.json();
        assert_eq!(report["findings"][0]["token_id"], token.id.as_str());
        assert_eq!(report["findings"][0]["status"], "active");
        assert_eq!(report["schema"], "patrol.scan/v1");
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!(error["error"]["kind"], "refused");
        no_secret(&ran.all(), &[&token]);
    }
    assert_eq!(world.patrol(&["hook", "run"]).code, 2);
    assert_eq!(world.patrol(&["hook", "run", "post-commit"]).code, 2);
}
