//! The hooks that this repository offers to the pre-commit framework, run by the real one.
//! `tests/setup/pre-commit.sh` installs it; where it is not, these tests say so and count as
//! left out.

use std::path::PathBuf;

use crate::world::{Ran, World, finish, no_secret, program};

/// The framework's program, if the setup named one.
#[expect(clippy::disallowed_methods, reason = "the test runner says where it was installed")]
#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
fn framework() -> Option<PathBuf> {
    let named = std::env::var_os("PATROL_TEST_PRE_COMMIT").map(PathBuf::from);
    if named.is_none() {
        eprintln!(
            "LEFT OUT: the pre-commit framework is not here. tests/run installs it; or run \
             tests/setup/pre-commit.sh DIR and set PATROL_TEST_PRE_COMMIT=DIR/bin/pre-commit"
        );
    }
    named
}

struct Framework {
    world: World,
    program: PathBuf,
}

impl Framework {
    /// A repository whose configuration names a clone of this one's hooks.
    fn new() -> Option<Self> {
        let program = framework()?;
        let world = World::new();
        let hooks = world.root().join("hooks");
        std::fs::create_dir(&hooks).unwrap();
        let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
        std::fs::copy(ours, hooks.join(".pre-commit-hooks.yaml")).unwrap();
        world.init(&hooks);
        let revision = world.git_in(&hooks, &["rev-parse", "HEAD"]).ok().stdout;
        world.write(
            ".pre-commit-config.yaml",
            &format!(
                "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: patrol-system\n",
                hooks.display(),
                revision.trim()
            ),
        );
        world.git(&["add", "-A"]).ok();
        world.git(&["commit", "-q", "-m", "configure"]).ok();
        Some(Self { world, program })
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.with_path(self.world.command(&self.program, &self.world.repo).args(args))
    }

    fn commit(&self) -> Ran {
        self.with_path(self.world.command("git", &self.world.repo).args(["commit", "-m", "x"]))
    }

    /// The program that `language: system` finds on the path is the one under test.
    #[expect(clippy::disallowed_methods, reason = "the framework needs git and python")]
    fn with_path(&self, command: &mut std::process::Command) -> Ran {
        let ours = PathBuf::from(program()).parent().unwrap().to_owned();
        let theirs = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(ours).chain(std::env::split_paths(&theirs));
        finish(command.env("PATH", std::env::join_paths(path).unwrap()), b"")
    }
}

#[test]
fn a_commit_through_the_framework_is_stopped() {
    let Some(framework) = Framework::new() else { return };
    let world = &framework.world;
    framework.run(&["install", "-t", "pre-commit", "-t", "pre-merge-commit"]).ok();
    world.write("a", "clean\n");
    world.git(&["add", "-A"]).ok();
    let ran = framework.commit().ok();
    assert!(ran.all().contains("Passed"), "{ran:?}");
    let token = world.issue();
    world.write("key", &token.text);
    // Staged, and taken out of the file: the framework's own stash is in between.
    world.git(&["add", "-A"]).ok();
    world.write("key", "nothing\n");
    let ran = framework.commit();
    assert_eq!(ran.code, 1);
    assert!(ran.all().contains("key:1:1") && ran.all().contains("Failed"), "{ran:?}");
    no_secret(&ran.all(), &[&token]);
    world.git(&["add", "-A"]).ok();
    framework.commit().ok();
}

#[test]
fn it_runs_once_whatever_was_changed() {
    let Some(framework) = Framework::new() else { return };
    let world = &framework.world;
    for n in 0..300 {
        world.write(&format!("files/{n}"), "clean\n");
    }
    let token = world.issue();
    world.write(&format!("{}.bin", "x".repeat(100)), &token.text);
    world.git(&["add", "-A"]).ok();
    let ran = framework.run(&["run", "--verbose"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.all().matches("this would commit a token").count(), 1, "{ran:?}");
    // By hand, and when only a deletion is staged: no file name is passed, and it runs.
    world.git(&["reset", "-q", "--hard"]).ok();
    world.git(&["rm", "-q", "README"]).ok();
    let ran = framework.run(&["run", "--hook-stage", "manual"]).ok();
    assert!(ran.all().contains("Passed"), "{ran:?}");
}

#[test]
fn the_framework_finds_nothing_wrong_with_the_offer() {
    let Some(framework) = Framework::new() else { return };
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    framework.run(&["validate-manifest", ours.to_str().unwrap()]).ok();
}
