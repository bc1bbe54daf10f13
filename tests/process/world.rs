//! A ledger in a directory of its own, and the shipped program run on it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use patrol_app::{App, Caller, Minted, NewToken};
use patrol_ledger::{Expiry, Via};

/// A closed world: nothing of the machine's settings reaches the program.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        drop(App::init(&world.ledger(), &"acme_pat".parse().unwrap(), None, &caller()).unwrap());
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path().join("ledger.db")
    }

    pub(crate) fn app(&self) -> App {
        App::open(&self.ledger()).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        command(self.path(), &self.ledger(), args)
    }

    /// Runs a verb with a line on standard input.
    pub(crate) fn run(&self, args: &[&str], stdin: &str) -> Output {
        run(self.command(args), stdin)
    }

    /// Every problem that `check` finds.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.app().check().unwrap().problems
    }
}

pub(crate) fn command(home: &Path, ledger: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patrol"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("PATROL_LEDGER", ledger)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn run(mut command: Command, stdin: &str) -> Output {
    let mut child = command.spawn().unwrap();
    // A verb that reads no input may be gone before it is written.
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

pub(crate) fn caller() -> Caller {
    Caller { actor: "tester".into(), via: Via::Cli, uid: None }
}

pub(crate) fn issue(app: &App, name: &str) -> Minted {
    let new = NewToken {
        owner: "alice".into(),
        name: name.into(),
        description: None,
        scopes: std::iter::empty().collect(),
        expires: Expiry::Default,
    };
    app.issue(&caller(), new).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
