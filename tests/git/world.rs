//! A closed world for one test: a home of its own with a ledger, a repository, and the program.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a test waits for what should take milliseconds, on a machine busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A temporary directory with a `home` and a repository `repo`.
pub(crate) struct World {
    dir: tempfile::TempDir,
    pub(crate) repo: PathBuf,
}

/// A token and its text.
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// What a run of a program left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Both streams.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl World {
    /// A ledger in its default place, and a repository with one commit.
    pub(crate) fn new() -> Self {
        let world = Self::without_ledger();
        world.patrol(&["init", "--prefix", "acme_pat"]).ok();
        world
    }

    pub(crate) fn without_ledger() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("home")).unwrap();
        let world = Self { dir, repo: root.join("repo") };
        world.init(&world.repo);
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.home().join(".local/share/patrol/ledger.db")
    }

    /// A repository with one commit, made without hooks.
    pub(crate) fn init(&self, at: &Path) {
        std::fs::create_dir_all(at).unwrap();
        self.git_in(at, &["init", "-q", "-b", "main"]).ok();
        self.write_in(at, "README", "hello\n");
        self.git_in(at, &["add", "-A"]).ok();
        self.git_in(at, &["commit", "-q", "--no-verify", "-m", "first"]).ok();
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        self.write_in(&self.repo, path, content);
    }

    pub(crate) fn write_in(&self, at: &Path, path: &str, content: &str) {
        let path = at.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A command in a closed environment.
    #[expect(clippy::disallowed_methods, reason = "a test has to find git")]
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, at: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(at)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("PATROL_ACTOR", "tester")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.org")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn patrol(&self, args: &[impl AsRef<OsStr>]) -> Ran {
        self.patrol_in(&self.repo, args)
    }

    pub(crate) fn patrol_in(&self, at: &Path, args: &[impl AsRef<OsStr>]) -> Ran {
        finish(self.command(program(), at).args(args), b"")
    }

    /// Runs the program with this on standard input.
    pub(crate) fn feed(&self, input: &str, args: &[impl AsRef<OsStr>]) -> Ran {
        finish(self.command(program(), &self.repo).args(args), input.as_bytes())
    }

    pub(crate) fn git(&self, args: &[impl AsRef<OsStr>]) -> Ran {
        self.git_in(&self.repo, args)
    }

    pub(crate) fn git_in(&self, at: &Path, args: &[impl AsRef<OsStr>]) -> Ran {
        finish(self.command("git", at).args(args), b"")
    }

    /// A commit's name.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).ok().stdout.trim().to_owned()
    }

    pub(crate) fn issue(&self) -> Token {
        let args = ["issue", "--owner", "alice@example.org", "--name", "laptop"];
        let issued = self.patrol(&[&args[..], &["--format", "json"]].concat()).ok().json();
        let text = |member: &str| issued[member].as_str().unwrap().to_owned();
        Token { id: text("id"), text: text("token") }
    }

    pub(crate) fn revoke(&self, token: &Token) {
        self.patrol(&["revoke", &token.id]).ok();
    }

    pub(crate) fn status(&self, token: &Token) -> String {
        let shown = self.patrol(&["show", &token.id, "--format", "json"]).ok().json();
        shown["status"].as_str().unwrap().to_owned()
    }

    /// Waits until the token has this status.
    pub(crate) fn becomes(&self, token: &Token, status: &str) {
        let until = Instant::now() + PATIENCE;
        while self.status(token) != status {
            assert!(Instant::now() < until, "{} stayed {}", token.id, self.status(token));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The types of a token's events, in order.
    pub(crate) fn history(&self, token: &Token) -> Vec<String> {
        let history = self.patrol(&["history", &token.id, "--format", "json"]).ok().json();
        let events = history["events"].as_array().unwrap();
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Starts `patrol watch` with JSON lines.
    pub(crate) fn watch(&self, args: &[impl AsRef<OsStr>]) -> Watching {
        Watching::start(
            self.command(program(), &self.repo).args(["watch", "--format", "json"]).args(args),
        )
    }
}

/// Whatever is said, the secret is not.
pub(crate) fn no_secret(text: &str, tokens: &[&Token]) {
    for token in tokens {
        let secret = &token.text[token.text.len() - 36..];
        assert!(!text.contains(&secret[..30]), "the secret of {} is in: {text}", token.id);
    }
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_patrol")
}

pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Ran {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever does not want to read it has gone.
        drop(stdin.write_all(input));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A running `patrol watch`, killed when dropped.
pub(crate) struct Watching {
    pub(crate) child: Child,
    events: Receiver<Value>,
    pub(crate) seen: Vec<Value>,
}

impl Watching {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, events) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        Self { child, events, seen: Vec::new() }
    }

    /// Waits for an event of this name.
    pub(crate) fn wait_for(&mut self, name: &str) -> Value {
        self.wait_until(|event| event["event"] == name)
    }

    pub(crate) fn wait_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => {
                    self.seen.push(event.clone());
                    if wanted(&event) {
                        return event;
                    }
                }
                Err(error) => {
                    let said = self.said();
                    panic!("{error}: {:#?} {said}", self.seen)
                }
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Ends it with a signal, and returns how it ended and all it told.
    pub(crate) fn end(mut self, signal: &str) -> (ExitStatus, Vec<Value>) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => self.seen.push(event),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("its output stayed open"),
            }
        }
        (status, std::mem::take(&mut self.seen))
    }

    fn said(&mut self) -> String {
        self.child.kill().unwrap();
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said).unwrap();
        }
        said
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
