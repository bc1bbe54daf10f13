//! A closed world for one test: a home of its own, an empty environment, and the program.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use regex::{Captures, Regex};

/// A temporary directory with a `home` and a `work` directory, in which the program runs.
pub(crate) struct World {
    root: tempfile::TempDir,
    names: RefCell<Vec<(String, String)>>,
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?} {:?}", self.stdout, self.stderr))
    }

    /// The error on standard error as JSON.
    pub(crate) fn error(&self) -> serde_json::Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let document: serde_json::Value =
            serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {:?}", self.stderr));
        document["error"].clone()
    }
}

impl World {
    /// A world without a ledger.
    pub(crate) fn empty() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("home")).unwrap();
        std::fs::create_dir(root.path().join("work")).unwrap();
        Self { root, names: RefCell::default() }
    }

    /// A world with a ledger in its default place.
    pub(crate) fn new() -> Self {
        let world = Self::empty();
        let made = world.run(&["init", "--prefix", "acme_pat", "--origin", "log.example/test"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        world
    }

    /// The directory that the program runs in.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path below the root of the world.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// The ledger in its default place.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("home/.local/share/patrol/ledger.db")
    }

    /// Writes a file below the working directory.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The program, about to run in this world.
    pub(crate) fn patrol<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patrol"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATROL_ACTOR", "tester")
            .current_dir(self.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        finish(self.patrol(args), b"")
    }

    /// Runs the program with this on standard input.
    pub(crate) fn feed<S: AsRef<OsStr>>(&self, input: impl AsRef<[u8]>, args: &[S]) -> Ran {
        let mut command = self.patrol(args);
        command.stdin(Stdio::piped());
        finish(command, input.as_ref())
    }

    /// Issues a token: its id, and its whole text.
    pub(crate) fn issue(&self, args: &[&str]) -> (String, String) {
        let base = ["issue", "--format", "json", "--owner", "alice", "--name", "laptop"];
        let issued = self.run(&[&base, args].concat()).json();
        let text = |member: &str| issued[member].as_str().unwrap().to_owned();
        (text("id"), text("token"))
    }

    /// Runs git in the working directory, with a configuration of its own.
    pub(crate) fn git(&self, args: &[&str]) {
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value);
        let ran = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
            .args(args)
            .env_clear()
            .env("PATH", path.unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2026-03-03T12:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-03-03T12:00:00Z")
            .current_dir(self.work())
            .output()
            .expect("these tests need git");
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// A terminal session: each line is what is typed after `patrol`, with names in brackets that
    /// the session gave before. A line may begin with what is sent to standard input and `|`.
    pub(crate) fn session(&self, lines: &[&str]) -> String {
        lines.iter().map(|line| self.typed(line)).collect::<Vec<_>>().join("\n")
    }

    fn typed(&self, line: &str) -> String {
        let (input, command) = match line.split_once(" | ") {
            Some((input, command)) => (Some(input), command),
            None => (None, line),
        };
        let words: Vec<OsString> = words(command).iter().map(|word| self.real(word)).collect();
        let ran = match input {
            Some(input) => self.feed(self.real(input).as_encoded_bytes(), &words),
            None => self.run(&words),
        };
        let shown = input.map(|input| format!("{input} | ")).unwrap_or_default();
        let mut text = format!("$ {shown}patrol {command}\n");
        for line in ran.stderr.lines() {
            text.push_str(self.scrub(&format!("! {}", pretty(line))).trim_end());
            text.push('\n');
        }
        for line in ran.stdout.lines() {
            text.push_str(self.scrub(&pretty(line)).trim_end());
            text.push('\n');
        }
        if ran.code != 0 {
            text.extend(["= ", &ran.code.to_string(), "\n"]);
        }
        text
    }

    /// What a name in brackets stands for.
    fn real(&self, word: &str) -> OsString {
        let mut word = word.replace("[ROOT]", self.root.path().to_str().unwrap());
        for (name, value) in self.names.borrow().iter() {
            word = word.replace(name, value);
        }
        word.into()
    }

    /// Puts what differs from run to run in brackets, by its shape.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let text = text.replace(self.root.path().to_str().unwrap(), "[ROOT]");
        let id = "[0-7][0-9A-HJKMNP-TV-Z]{25}";
        let text =
            self.numbered(&format!("[a-z][a-z0-9_]*_{id}_[0-9A-Za-z]{{36}}"), "TOKEN", &text);
        let text = self.numbered(id, "ID", &text);
        let plain = [
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "[TIME]"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[TIME]"),
            (r"\((now|\d+ s ago)\)", "([AGO])"),
            (r"  (now|\d+ s ago)( +|$)", "  [AGO]  "),
            (r"ENDS +SCOPES", "ENDS  SCOPES"),
            (r"\bcommit [0-9a-f]{12}\b", "commit [COMMIT]"),
            (r"\b[0-9a-f]{64}\b", "[HASH]"),
            (r"\b[0-9a-f]{40}\b", "[OBJECT]"),
            (r"\b[0-9a-f]{32}\b", "[PERSON]"),
            (r#"uid": \d+"#, r#"uid": [UID]"#),
            (r"\(uid \d+\)", "(uid [UID])"),
            (r"\+[0-9a-f]{8}\+A[0-9A-Za-z+/]{43}", "+[KEY]"),
        ];
        plain.into_iter().fold(text, |text, (shape, name)| {
            Regex::new(shape).unwrap().replace_all(&text, name).into_owned()
        })
    }

    fn numbered(&self, shape: &str, kind: &str, text: &str) -> String {
        let name = |found: &Captures<'_>| {
            let mut names = self.names.borrow_mut();
            if let Some((name, _)) = names.iter().find(|(_, value)| value == &found[0]) {
                return name.clone();
            }
            let count = names.iter().filter(|(name, _)| name[1..].starts_with(kind)).count();
            let name = format!("[{kind}-{}]", count + 1);
            names.push((name.clone(), found[0].to_owned()));
            name
        };
        Regex::new(shape).unwrap().replace_all(text, name).into_owned()
    }
}

/// Runs it; it must end with this code and say these words on either side.
pub(crate) fn says(world: &World, code: i32, args: &[&str], words: &[&str]) -> Ran {
    let ran = world.run(args);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, code, "{args:?}: {all}");
    for words in words {
        assert!(all.contains(words), "{args:?} does not say {words:?}: {all}");
    }
    ran
}

/// Runs a command to its end, sending it `input`.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        // It may well not want to hear it all.
        drop(stdin.write_all(input));
    }
    let output = child.wait_with_output().unwrap();
    Ran {
        code: code(output.status),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"))
}

/// Splits a line as a shell does, as far as these tests go: at spaces, but not between quotes.
fn words(line: &str) -> Vec<String> {
    let quoted = Regex::new(r"'([^']*)'|(\S+)").unwrap();
    let word = |found: Captures<'_>| found.get(1).or(found.get(2)).unwrap().as_str().to_owned();
    quoted.captures_iter(line).map(word).collect()
}

/// Spreads a line of JSON over several, members in their order; other lines stay as they are.
fn pretty(line: &str) -> String {
    if serde_json::from_str::<serde_json::Value>(line).is_err() || !line.starts_with(['{', '[']) {
        return line.to_owned();
    }
    let mut out = String::new();
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let bytes: Vec<char> = line.chars().collect();
    for (at, c) in bytes.iter().enumerate() {
        if quoted {
            out.push(*c);
            quoted = escaped || *c != '"';
            escaped = !escaped && *c == '\\';
            continue;
        }
        let is_empty = matches!((bytes.get(at + 1), c), (Some('}'), '{') | (Some(']'), '['));
        let closes_empty = at > 0 && matches!((bytes[at - 1], c), ('{', '}') | ('[', ']'));
        match c {
            '{' | '[' if is_empty => out.push(*c),
            '}' | ']' if closes_empty => out.push(*c),
            '{' | '[' => {
                depth += 1;
                out.push(*c);
                newline(&mut out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                newline(&mut out, depth);
                out.push(*c);
            }
            ',' => {
                out.push(',');
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                quoted = true;
                out.push('"');
            }
            other => out.push(*other),
        }
    }
    out
}

fn newline(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

/// Whether `needle` stands anywhere in `hay`.
pub(crate) fn contains(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// All files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
