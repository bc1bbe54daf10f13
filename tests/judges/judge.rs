//! The judges: other people's programs, each behind a few lines that hand them our files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A judge.
#[derive(Debug)]
pub(crate) struct Judge {
    name: &'static str,
    program: PathBuf,
    first: Vec<PathBuf>,
    env: Vec<(&'static str, PathBuf)>,
    verbs: &'static [&'static str],
    _folder: tempfile::TempDir,
}

/// What a judge said.
pub(crate) struct Said {
    pub(crate) holds: bool,
    pub(crate) words: String,
}

const ALL: &[&str] = &["log", "proof", "consistency"];

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(name)
}

/// What `tests/run` has set up, or a setup script as the message tells.
#[expect(clippy::disallowed_methods, reason = "the test runner says where it was installed")]
fn set_up(variable: &str, script: &str, within: &str) -> PathBuf {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.filter(|path| path.exists()).unwrap_or_else(|| {
        panic!("this test needs another program: run tests/setup/{script} DIR and set {variable}=DIR/{within}")
    })
}

impl Judge {
    /// Go's original packages, as Debian ships them.
    pub(crate) fn go() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("judge");
        let built = Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .arg(source("judge.go"))
            .env("GO111MODULE", "off")
            .env("GOPATH", "/usr/share/gocode")
            .env("GOCACHE", folder.path().join("cache"))
            .output();
        let built =
            built.expect("this test needs Go: apt-get install golang-go golang-golang-x-mod-dev");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { name: "go", program, first: vec![], env: vec![], verbs: ALL, _folder: folder }
    }

    /// tlog-scales.
    pub(crate) fn python() -> Self {
        let program = set_up("PATROL_TEST_TLOG_SCALES", "tlog-scales.sh", "bin/python");
        Self {
            name: "python",
            program,
            first: vec![source("judge.py")],
            env: vec![],
            verbs: ALL,
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The log part of @sigstore/verify, which reads proofs only.
    pub(crate) fn npm() -> Self {
        let modules = set_up("PATROL_TEST_SIGSTORE", "sigstore.sh", "node_modules");
        Self {
            name: "npm",
            program: "node".into(),
            first: vec![source("judge.js")],
            env: vec![("NODE_PATH", modules)],
            verbs: &["proof"],
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Whether it judges this.
    pub(crate) fn knows(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }

    /// Asks it.
    pub(crate) fn ask(&self, verb: &str, args: &[&Path], key: &str) -> Said {
        let mut command = Command::new(&self.program);
        command.args(&self.first).arg(verb).arg(args[0]).arg(key).args(&args[1..]);
        let output = command.envs(self.env.iter().cloned()).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        // Anything but yes and no is a fault of the test.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {words}", self.name);
        Said { holds: output.status.success(), words }
    }
}
