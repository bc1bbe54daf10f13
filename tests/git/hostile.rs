//! Repositories that would rather not be guarded, or that attack whoever looks at them.

use crate::world::{World, no_secret};

#[test]
fn settings_in_the_repository_redirect_nothing() {
    let world = World::new();
    world.patrol(&["hook", "install"]).ok();
    let token = world.issue();
    for line in
        ["ledger = \"/tmp/other.db\"", "actor = \"nobody\"", "cache = \"/tmp\"", "hooks = []"]
    {
        world.write("patrol.toml", &format!("{line}\n"));
        world.write("key", &token.text);
        world.git(&["add", "key"]).ok();
        let ran = world.git(&["commit", "-m", "x"]);
        assert_ne!(ran.code, 0);
        assert!(ran.stderr.contains("is not allowed"), "{ran:?}");
        assert_eq!(world.patrol(&["hook", "run", "--kind", "pre-commit"]).code, 3);
        assert_eq!(world.patrol_in(&world.repo, &["watch", "."]).code, 3);
    }
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    let world = World::new();
    world.patrol(&["hook", "install"]).ok();
    let marker = world.root().join("marker");
    let touch = format!("touch '{}'; true", marker.display());
    let token = world.issue();
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("core.pager", &touch),
        ("core.editor", &touch),
        ("core.sshCommand", &touch),
        ("core.askPass", &touch),
        ("credential.helper", &format!("!{touch}")),
        ("diff.evil.textconv", &touch),
        ("diff.evil.command", &touch),
        ("diff.external", &touch),
        ("filter.evil.clean", &touch),
        ("filter.evil.smudge", &touch),
        ("filter.evil.process", &touch),
        ("alias.config", &format!("!{touch}")),
        ("alias.ls-files", &format!("!{touch}")),
        ("gpg.program", &touch),
    ] {
        world.git(&["config", key, value]).ok();
    }
    // Staged without filters, so that git itself runs none of it.
    let object = world.root().join("key");
    std::fs::write(&object, &token.text).unwrap();
    let blob = world.git(&["hash-object", "-w", "--no-filters", object.to_str().unwrap()]).ok();
    let info = format!("100644,{},key", blob.stdout.trim());
    world.git(&["-c", "core.fsmonitor=false", "update-index", "--add", "--cacheinfo", &info]).ok();
    world.write(".gitattributes", "* diff=evil filter=evil -text\n");
    // Git itself has obeyed some of it on the way here.
    drop(std::fs::remove_file(&marker));
    assert_eq!(world.patrol(&["hook", "run", "--kind", "pre-commit"]).code, 1);
    world.patrol(&["hook", "status"]).ok();
    world.git(&["config", "core.hooksPath", ".hooks"]).ok();
    assert_eq!(world.patrol(&["hook", "install"]).code, 1);
    let mut watching = world.watch(&[&world.repo]);
    watching.wait_for("ready");
    assert!(watching.end("-TERM").0.success());
    assert!(!marker.exists());
}

#[test]
fn names_are_shown_escaped() {
    let world = World::new();
    let token = world.issue();
    let name = "a\u{1b}]0;owned\u{7}\u{1b}[2Jb\nc\u{202e}d\u{9b}31m";
    world.write(name, &token.text);
    world.git(&["add", "-A"]).ok();
    let ran = world.patrol(&["hook", "run", "--kind", "pre-commit", "--color", "never"]);
    assert_eq!(ran.code, 1);
    let shown = "a\\u{1b}]0;owned\\u{7}\\u{1b}[2Jb\\nc\\u{202e}d\\u{9b}31m:1:1";
    assert!(ran.stdout.contains(shown), "{ran:?}");
    let foreign = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!ran.all().contains(foreign), "{ran:?}");
    no_secret(&ran.all(), &[&token]);

    // A watcher for people, and one for programs.
    world.git(&["commit", "-q", "-m", "x"]).ok();
    let mut watching = world.watch(&[&world.repo]);
    let found = watching.wait_for("finding");
    assert_eq!(found["finding"]["path"], name);
    assert!(watching.end("-TERM").0.success());
    let mut command = world.command(crate::world::program(), &world.repo);
    let mut watching = crate::world::Watching::start(command.args(["watch", ".", "--verbose"]));
    let line =
        watching.wait_until(|event| event.as_str().is_some_and(|line| line.contains(":1:1")));
    assert!(line.as_str().unwrap().contains(shown), "{line}");
}

#[test]
fn a_hooks_path_outside_is_not_written() {
    let world = World::new();
    let outside = world.home().join(".ssh");
    std::fs::create_dir(&outside).unwrap();
    for path in [outside.to_str().unwrap(), "../home/.ssh", "~/.ssh"] {
        world.git(&["config", "core.hooksPath", path]).ok();
        assert_eq!(world.patrol(&["hook", "install"]).code, 1);
    }
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}
