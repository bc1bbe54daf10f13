//! The demo's stage: a directory with a ledger and a repository, and the real programs run in it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::{CliError, Kind};

/// How long a step may take before the demo gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A directory and how to run programs in it.
pub(super) struct Stage {
    folder: PathBuf,
    program: PathBuf,
}

/// A token issued for the demo.
pub(super) struct Issued {
    /// Its id.
    pub(super) id: String,
    /// How it may be shown.
    pub(super) shown: String,
    secret: Zeroizing<String>,
}

impl Stage {
    /// Makes the directory, and keeps it.
    pub(super) fn set() -> Result<Self, CliError> {
        let failed = |error| CliError::io("no directory for the demo", &error);
        let folder = tempfile::Builder::new().prefix("patrol-demo-").tempdir().map_err(failed)?;
        let program = std::env::current_exe()
            .map_err(|error| CliError::io("this program cannot be found", &error))?;
        Ok(Self { folder: folder.keep(), program })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn ledger(&self) -> String {
        self.folder.join("ledger.db").display().to_string()
    }

    /// Where this program is.
    pub(super) fn programs(&self) -> String {
        self.program.parent().unwrap_or(&self.folder).display().to_string()
    }

    pub(super) fn repository(&self) -> String {
        self.folder.join("repository").display().to_string()
    }

    /// This program, with the demo's ledger and nothing of the user's settings.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("PATROL_FORMAT")
            .env_remove("PATROL_TOKEN")
            .env("PATROL_LEDGER", self.ledger())
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_CACHE_HOME", self.folder.join("cache"));
        command
    }

    /// Runs a verb to its end; it must succeed.
    pub(super) fn patrol(&self, args: &[&str], stdin: Option<&str>) -> Result<Output, CliError> {
        let output = self.answer(args, stdin)?;
        match output.status.success() {
            true => Ok(output),
            false => Err(failed(&format!("patrol {}", args[0]), &output)),
        }
    }

    fn answer(&self, args: &[&str], stdin: Option<&str>) -> Result<Output, CliError> {
        let failed = |error| CliError::io("this program cannot be run", &error);
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
            pipe.write_all(text.as_bytes()).map_err(failed)?;
        }
        child.wait_with_output().map_err(failed)
    }

    /// Issues a token.
    pub(super) fn issue(&self, owner: &str, name: &str, scope: &str) -> Result<Issued, CliError> {
        let args =
            ["issue", "--owner", owner, "--name", name, "--scope", scope, "--format", "json"];
        let output = self.patrol(&args, None)?;
        let answer: Value = json(&output.stdout)?;
        let (Some(id), Some(token)) = (answer["id"].as_str(), answer["token"].as_str()) else {
            return Err(CliError::new(Kind::Bug, "issue answered without a token"));
        };
        let shown = patrol_token::redact_text(token).into_owned();
        Ok(Issued { id: id.to_owned(), shown, secret: Zeroizing::new(token.to_owned()) })
    }

    /// Asks whether a token is accepted, in another process, as a service would.
    pub(super) fn verify(&self, token: &Issued, scope: &str) -> Result<Value, CliError> {
        let args = ["verify", "--scope", scope, "--format", "json"];
        json(&self.answer(&args, Some(&token.secret))?.stdout)
    }

    /// A repository with a first commit.
    pub(super) fn make_repository(&self) -> Result<(), CliError> {
        self.git(&["init", "--quiet", "repository"])?;
        self.write("README", "A service that will be deployed.\n")?;
        self.commit("First commit")
    }

    /// Commits a file with the token in it.
    pub(super) fn leak(&self, token: &Issued) -> Result<(), CliError> {
        let line = format!("REGION=eu-1\nAPI_TOKEN={}\n", &*token.secret);
        self.write("deploy.env", &line)?;
        self.commit("Add deployment settings")
    }

    fn write(&self, name: &str, text: &str) -> Result<(), CliError> {
        std::fs::write(self.folder.join("repository").join(name), text)
            .map_err(|error| CliError::io("the demo's repository cannot be written", &error))
    }

    fn commit(&self, message: &str) -> Result<(), CliError> {
        self.git(&["-C", "repository", "add", "--all"])?;
        self.git(&["-C", "repository", "commit", "--quiet", "-m", message])
    }

    fn git(&self, args: &[&str]) -> Result<(), CliError> {
        let output = Command::new("git")
            .current_dir(&self.folder)
            // Somebody's hooks, signing keys or template have no part in the story.
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE")
            .args(["-c", "user.name=Alice", "-c", "user.email=alice@example.com"])
            .args(["-c", "init.defaultBranch=main", "-c", "init.templateDir="])
            .args(args)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| {
                CliError::io("git cannot be run", &error).hint("the demo needs git on the PATH")
            })?;
        match output.status.success() {
            true => Ok(()),
            false => Err(failed("git", &output)),
        }
    }

    /// Starts `patrol watch` on the repository.
    pub(super) fn watch(&self) -> Result<Watch, CliError> {
        let repository = self.repository();
        let mut child = self
            .command(&["watch", &repository, "--format", "json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| CliError::io("watch cannot be started", &error))?;
        let events = child.stdout.take().map(lines);
        Ok(Watch { child: Some(child), events })
    }
}

fn failed(what: &str, output: &Output) -> CliError {
    let said = String::from_utf8_lossy(&output.stderr);
    CliError::new(Kind::Io, format!("{what} failed: {}", said.trim()))
}

/// A document that a verb printed.
pub(super) fn json(bytes: &[u8]) -> Result<Value, CliError> {
    serde_json::from_slice(bytes)
        .map_err(|error| CliError::new(Kind::Bug, format!("a verb printed no JSON: {error}")))
}

/// A running `patrol watch`; ended when dropped.
pub(super) struct Watch {
    child: Option<Child>,
    events: Option<Receiver<Value>>,
}

impl Watch {
    /// Waits for an event of this name.
    pub(super) fn wait_for(&self, name: &str) -> Result<Value, CliError> {
        let gave_up = || CliError::new(Kind::Bug, format!("watch did not say {name:?} in time"));
        let events = self.events.as_ref().ok_or_else(gave_up)?;
        loop {
            let event = events.recv_timeout(PATIENCE).map_err(|_| gave_up())?;
            if event["event"] == name {
                return Ok(event);
            }
        }
    }

    /// Ends it as an administrator would; it must end cleanly.
    pub(super) fn end(mut self) -> Result<(), CliError> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        terminate(&child);
        let status = child.wait().map_err(|error| CliError::io("watch", &error))?;
        match status.success() {
            true => Ok(()),
            false => Err(CliError::new(Kind::Bug, format!("watch ended with {status}"))),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            terminate(&child);
            drop(child.wait());
        }
    }
}

/// Asks a process to end. If it has ended already, that is what was wanted.
fn terminate(child: &Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
    }
}

/// The JSON lines of a process, read on a thread so that waiting for one can be bounded.
fn lines(stdout: ChildStdout) -> Receiver<Value> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Ok(event) = serde_json::from_str(&line)
                && send.send(event).is_err()
            {
                break;
            }
        }
    });
    receive
}
