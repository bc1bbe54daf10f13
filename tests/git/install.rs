//! Writing hooks, and taking them away.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::world::{World, finish, program};

fn hook(world: &World, name: &str) -> PathBuf {
    world.repo.join(".git/hooks").join(name)
}

fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn states(world: &World, args: &[&str]) -> Vec<String> {
    let status = world.patrol(&[&["hook", "status", "--format", "json"], args].concat()).json();
    let state = |hook: &serde_json::Value| {
        format!("{} {}", hook["hook"].as_str().unwrap(), hook["state"].as_str().unwrap())
    };
    status["hooks"].as_array().unwrap().iter().map(state).collect()
}

fn folder(path: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(path).unwrap().flatten();
    let mut names: Vec<_> = listed
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".sample"))
        .collect();
    names.sort();
    names
}

#[test]
fn install_is_idempotent_and_uninstall_leaves_nothing() {
    let world = World::new();
    let before = folder(&world.repo.join(".git/hooks"));
    assert_eq!(
        states(&world, &[]),
        ["pre-commit not_installed", "pre-merge-commit not_installed", "pre-push not_installed"]
    );
    let first = world.patrol(&["hook", "install"]).ok();
    assert_eq!(
        first.stdout.lines().next().unwrap(),
        format!("pre-commit installed: {}", hook(&world, "pre-commit").display())
    );
    let texts = || {
        ["pre-commit", "pre-merge-commit", "pre-push"]
            .map(|n| std::fs::read(hook(&world, n)).unwrap())
    };
    let written = texts();
    let again = world.patrol(&["hook", "install", "--format", "json"]).ok().json();
    assert_eq!(again["hooks"][0]["done"], "already");
    assert_eq!(texts(), written);
    assert!(states(&world, &[]).iter().all(|state| state.ends_with(" installed")));
    let meta = std::fs::metadata(hook(&world, "pre-push")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o755);
    world.patrol(&["hook", "uninstall"]).ok();
    assert_eq!(folder(&world.repo.join(".git/hooks")), before);
    world.patrol(&["hook", "uninstall"]).ok();
}

#[test]
fn a_hook_that_was_there_is_run_with_the_same_input_and_its_exit_code_counts() {
    let world = World::new();
    let server = world.root().join("server.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    world.git(&["remote", "add", "origin", server.to_str().unwrap()]).ok();
    let log = world.root().join("log");
    let log_all =
        format!("printf '%s\\n' \"$@\" >> '{0}'; cat >> '{0}'; exit ${{CODE:-0}}", log.display());
    script(&hook(&world, "pre-push"), &log_all);
    script(
        &hook(&world, "pre-commit"),
        &format!("echo pre-commit >> '{}'; exit ${{CODE:-0}}", log.display()),
    );
    let original = std::fs::read(hook(&world, "pre-push")).unwrap();
    let installed = world.patrol(&["hook", "install"]).ok();
    assert!(installed.stdout.contains("and the hook that was there runs as well"), "{installed:?}");
    world.patrol(&["hook", "install"]).ok();

    world.write("a", "a");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    world.git(&["push", "-q", "origin", "main"]).ok();
    let head = world.head();
    let url = server.display();
    assert_eq!(
        std::fs::read_to_string(&log).unwrap(),
        format!(
            "pre-commit\norigin\n{url}\nrefs/heads/main {head} refs/heads/main {}\n",
            "0".repeat(40)
        )
    );
    for name in ["pre-commit", "pre-push"] {
        let mut direct = world.command(hook(&world, name), &world.repo);
        let ran = finish(direct.args(["origin", "url"]).env("CODE", "42"), b"");
        assert_eq!(ran.code, 42, "{name}: {ran:?}");
    }
    // One that is not executable is not run by git, and not by patrol.
    std::fs::set_permissions(
        hook(&world, "pre-commit.patrol-chained"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let mut direct = world.command(hook(&world, "pre-commit"), &world.repo);
    assert_eq!(finish(direct.env("CODE", "42"), b"").code, 0);

    let removed = world.patrol(&["hook", "uninstall"]).ok();
    assert!(removed.stdout.contains("the hook that was there before is back"), "{removed:?}");
    assert_eq!(std::fs::read(hook(&world, "pre-push")).unwrap(), original);
}

#[test]
fn a_hook_before_a_commit_goes_first_as_it_may_change_the_index() {
    let world = World::new();
    let token = world.issue();
    std::fs::write(world.root().join("secret"), &token.text).unwrap();
    script(&hook(&world, "pre-commit"), "cp ../secret formatted && git add formatted");
    world.patrol(&["hook", "install"]).ok();
    world.write("a", "a");
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("formatted:1:1"), "{ran:?}");
}

#[test]
fn a_program_that_is_gone_stops_git_with_words() {
    let world = World::new();
    let copy = world.root().join("it's a copy/patrol");
    std::fs::create_dir(copy.parent().unwrap()).unwrap();
    // Copied by another process: a file that this one has open for writing, or a child of it that
    // is just being started, cannot be run.
    finish(world.command("cp", &world.repo).args([program().as_ref(), copy.as_os_str()]), b"").ok();
    let ran = finish(world.command(&copy, &world.repo).args(["hook", "install"]), b"").ok();
    assert!(ran.stdout.contains("pre-commit installed"));
    world.write("a", "a");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "works"]).ok();
    std::fs::remove_file(&copy).unwrap();
    world.write("b", "b");
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert_ne!(ran.code, 0);
    let gone = format!("patrol: {} is not there any more, so nothing was checked", copy.display());
    assert!(ran.stderr.contains(&gone), "{ran:?}");
    let status = world.patrol(&["hook", "status"]);
    assert_eq!(status.code, 1);
    assert!(status.stdout.contains("stale"), "{status:?}");
    // Installed anew by another one, it works again.
    let renewed = world.patrol(&["hook", "install", "--format", "json"]).ok().json();
    assert_eq!(renewed["hooks"][0]["done"], "renewed");
    world.git(&["commit", "-q", "-m", "works again"]).ok();
}

#[test]
fn core_hooks_path_is_honoured() {
    let world = World::new();
    world.git(&["config", "core.hooksPath", ".git/other hooks"]).ok();
    world.patrol_in(&world.repo.join(".git"), &["hook", "install"]).ok();
    assert!(world.repo.join(".git/other hooks/pre-commit").is_file());
    let token = world.issue();
    world.write("key", &token.text);
    world.git(&["add", "-A"]).ok();
    assert_eq!(world.git(&["commit", "-m", "x"]).code, 1);
}

#[test]
fn where_git_is_told_to_run_no_hook_none_is_said_to_be_installed() {
    let world = World::new();
    world.patrol(&["hook", "install"]).ok();
    world.git(&["config", "core.hooksPath", ""]).ok();
    let status = world.patrol(&["hook", "status"]);
    assert_eq!(status.code, 1, "{status:?}");
    assert!(status.stdout.contains("inactive") && !status.stdout.contains(" installed"));
    assert!(status.stderr.contains("core.hooksPath is set to nothing (local)"), "{status:?}");
    world.patrol(&["hook", "uninstall"]).ok();
    for args in [&["hook", "install"][..], &["hook", "install", "--force"]] {
        let ran = world.patrol(args);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("git config --local --unset core.hooksPath"), "{ran:?}");
    }
    assert!(!hook(&world, "pre-commit").exists());
    world.git(&["config", "--unset", "core.hooksPath"]).ok();
    world.git(&["config", "--global", "core.hooksPath", ""]).ok();
    for args in [&["hook", "install"][..], &["hook", "install", "--global"]] {
        let ran = world.patrol(args);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("git config --global --unset core.hooksPath"), "{ran:?}");
    }
    // What the user set is not patrol's to take out.
    world.patrol(&["hook", "uninstall", "--global"]).ok();
    assert_eq!(world.git(&["config", "--global", "core.hooksPath"]).ok().stdout, "\n");
}

#[test]
fn folders_that_are_committed_or_shared_are_written_only_when_asked() {
    let world = World::new();
    // Committed.
    world.git(&["config", "core.hooksPath", ".githooks"]).ok();
    let ran = world.patrol(&["hook", "install"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("part of the work tree"), "{ran:?}");
    assert!(!world.repo.join(".githooks").exists());
    // Ignored, it is nobody else's.
    world.write(".gitignore", "/.githooks\n");
    world.patrol(&["hook", "install"]).ok();
    world.patrol(&["hook", "uninstall"]).ok();
    // A link out of the repository.
    let shared = world.root().join("shared");
    std::fs::create_dir(&shared).unwrap();
    world.git(&["config", "--unset", "core.hooksPath"]).ok();
    std::fs::remove_dir_all(world.repo.join(".git/hooks")).unwrap();
    std::os::unix::fs::symlink(&shared, world.repo.join(".git/hooks")).unwrap();
    let ran = world.patrol(&["hook", "install"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("lies outside this repository"), "{ran:?}");
    assert!(folder(&shared).is_empty());
    // Set for all repositories by the user.
    world.git(&["config", "--global", "core.hooksPath", shared.to_str().unwrap()]).ok();
    let ran = world.patrol(&["hook", "install"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("hooks folder of more than this repository"), "{ran:?}");
    world.patrol(&["hook", "install", "--kind", "pre-push", "--force"]).ok();
    assert_eq!(folder(&shared), ["pre-push"]);
}

#[test]
fn hooks_for_all_repositories_leave_the_repositories_own_at_work() {
    let world = World::new();
    let log = world.root().join("log");
    for name in ["pre-commit", "commit-msg", "post-commit"] {
        script(&hook(&world, name), &format!("echo {name} >> '{}'", log.display()));
    }
    world.patrol(&["hook", "install", "--global"]).ok();
    world.patrol(&["hook", "install", "--global"]).ok();
    let set = world.git(&["config", "--global", "core.hooksPath"]).ok().stdout;
    assert_eq!(Path::new(set.trim()), world.home().join(".config/patrol/hooks"));
    assert!(states(&world, &["--global"]).iter().all(|state| state.ends_with(" installed")));

    world.write("a", "a");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "pre-commit\ncommit-msg\npost-commit\n");
    // Any repository is guarded.
    let token = world.issue();
    let other = world.root().join("other");
    world.init(&other);
    world.write_in(&other, "key", &token.text);
    world.git_in(&other, &["add", "-A"]).ok();
    assert_eq!(world.git_in(&other, &["commit", "-m", "x"]).code, 1);

    // Half of it taken away, the rest still works and still passes on.
    world.patrol(&["hook", "uninstall", "--global", "--kind", "pre-commit"]).ok();
    std::fs::remove_file(&log).unwrap();
    world.write("b", "b");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "pre-commit\ncommit-msg\npost-commit\n");
    world.patrol(&["hook", "uninstall", "--global"]).ok();
    assert_ne!(world.git(&["config", "--global", "core.hooksPath"]).code, 0);
    assert!(!world.home().join(".config/patrol/hooks").exists());
}

#[test]
fn hooks_for_all_repositories_join_a_folder_that_the_user_has() {
    let world = World::new();
    let mine = world.root().join("mine");
    let log = world.root().join("log");
    script(&mine.join("pre-commit"), &format!("echo mine >> '{}'", log.display()));
    world.git(&["config", "--global", "core.hooksPath", mine.to_str().unwrap()]).ok();
    world.patrol(&["hook", "install", "--global", "--kind", "pre-commit"]).ok();
    assert_eq!(folder(&mine), ["pre-commit", "pre-commit.patrol-chained", "pre-merge-commit"]);
    world.write("a", "a");
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "mine\n");
    world.patrol(&["hook", "uninstall", "--global"]).ok();
    assert_eq!(folder(&mine), ["pre-commit"]);
    world.git(&["config", "--global", "core.hooksPath"]).ok();
}

#[test]
fn repositories_are_made_without_a_word_from_hooks_for_all_of_them() {
    let world = World::new();
    let log = world.root().join("log");
    world.patrol(&["hook", "install", "--global"]).ok();
    for args in [&["init", "-q", "new"][..], &["init", "-q", "--bare", "new.git"]] {
        assert_eq!(world.git_in(&world.root(), args).ok().stderr, "", "{args:?}");
    }
    let ran = world.git_in(&world.root(), &["clone", "-q", "repo", "copy"]).ok();
    assert_eq!(ran.stderr, "", "{ran:?}");
    // A repository's own is called as before.
    let own = format!("echo \"$1\" >> '{}'", log.display());
    script(&hook(&world, "reference-transaction"), &own);
    world.git(&["branch", "new"]).ok();
    assert!(std::fs::read_to_string(&log).unwrap().ends_with("prepared\ncommitted\n"));
    // Hooks that only pass on are renewed like the others.
    let stub = world.home().join(".config/patrol/hooks/update");
    let text = std::fs::read(&stub).unwrap();
    script(&stub, "# patrol hook v1: update\nexit 0");
    world.patrol(&["hook", "install", "--global"]).ok();
    assert_eq!(std::fs::read(&stub).unwrap(), text);
    world.patrol(&["hook", "uninstall", "--global"]).ok();
    assert!(!world.home().join(".config/patrol/hooks").exists());
}

#[test]
fn every_hook_that_was_installed_is_seen_and_taken_away() {
    let world = World::new();
    let bare = world.root().join("server.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    let files = |at: &Path| folder(&at.join("hooks"));
    for (at, git_dir, kind, also) in [
        (&world.repo, world.repo.join(".git"), "pre-receive", "pre-receive installed"),
        (&bare, bare.clone(), "pre-commit", "pre-merge-commit installed"),
    ] {
        let before = files(&git_dir);
        let ran = world.patrol_in(at, &["hook", "install", "--kind", kind]).ok();
        let (is_bare, hears) = (at == &bare, kind == "pre-receive");
        let told = "nobody commits in a bare repository";
        assert_eq!(ran.stderr.contains(told), is_bare, "{ran:?}");
        assert_eq!(ran.stderr.contains("advertisePushOptions"), hears, "{ran:?}");
        let status = world.patrol_in(at, &["hook", "status", "--format", "json"]).ok().json();
        let hooks = status["hooks"].as_array().unwrap().iter();
        let installed: Vec<_> = hooks
            .filter(|hook| hook["state"] == "installed")
            .map(|hook| format!("{} installed", hook["hook"].as_str().unwrap()))
            .collect();
        assert!(installed.contains(&also.to_owned()), "{status:?}");
        world.patrol_in(at, &["hook", "uninstall"]).ok();
        assert_eq!(files(&git_dir), before);
    }
    // In the folder for all repositories, too, where others only pass on.
    world.patrol(&["hook", "install", "--global", "--kind", "pre-receive"]).ok();
    assert!(states(&world, &["--global"]).contains(&"pre-receive installed".to_owned()));
    let removed = world.patrol(&["hook", "uninstall", "--global", "--format", "json"]).ok().json();
    assert_eq!(removed["removed"], serde_json::json!(["pre-receive"]));
    assert!(!world.home().join(".config/patrol/hooks").exists());
}

#[test]
fn where_there_is_nothing_to_guard_it_says_so() {
    let world = World::new();
    let outside = world.patrol_in(&world.root(), &["hook", "install"]);
    assert_eq!(outside.code, 4);
    assert!(outside.stderr.contains("is not in a git repository"), "{outside:?}");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    // Nobody commits in a bare repository; pushes come in.
    let server = world.root().join("server.git");
    world.patrol_in(&server, &["hook", "install"]).ok();
    assert_eq!(
        folder(&server.join("hooks")).iter().filter(|it| !it.ends_with(".sample")).count(),
        1
    );
    assert!(server.join("hooks/pre-receive").is_file());
    // What is told of the options of a push is told until git hears them.
    for (heard, is_told) in [("false", true), ("yes", false)] {
        world.git_in(&server, &["config", "receive.advertisePushOptions", heard]).ok();
        let ran = world.patrol_in(&server, &["hook", "install"]).ok();
        assert_eq!(ran.stderr.contains("advertisePushOptions"), is_told, "{ran:?}");
        assert!(!ran.stderr.contains("patrol init"), "there is a ledger: {ran:?}");
    }
    let ran = world.patrol(&["hook", "install", "--kind", "pre-push", "--time-limit", "4s"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("are for pre-receive, not for pre-push"), "{ran:?}");
    // Somebody else's hook is left alone and named.
    script(&hook(&world, "pre-push"), "exit 0");
    assert_eq!(states(&world, &["--kind", "pre-push"]), ["pre-push foreign"]);
    world.patrol(&["hook", "uninstall"]).ok();
    assert!(hook(&world, "pre-push").is_file());
}
