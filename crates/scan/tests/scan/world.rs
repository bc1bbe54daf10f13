//! A closed world for each test: a temporary directory, a repository in it, tokens by number.

use std::cell::Cell;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use patrol_scan::source::git::{self, GitEnvironment, Revisions};
use patrol_scan::{Class, Coverage, Detector, Finding, Options, ScanError, report};
use patrol_token::{Entropy, EntropyError, PlainToken, TokenId};
use tempfile::TempDir;

struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        buffer.fill(self.0);
        Ok(())
    }
}

/// The `n`-th token of the company `acme_pat`.
pub(crate) fn token(n: u8) -> String {
    token_of("acme_pat", n)
}

pub(crate) fn token_of(prefix: &str, n: u8) -> String {
    let id = TokenId::new(1_700_000_000_000 + u64::from(n), [n; 10]);
    let token = PlainToken::mint(&prefix.parse().unwrap(), id, &Fixed(n % 248)).unwrap();
    token.expose().to_owned()
}

/// A token with one changed character: right in all but its checksum.
pub(crate) fn look_alike(n: u8) -> String {
    let mut token = token(n);
    let last = token.pop().unwrap();
    token.push(if last == 'x' { 'y' } else { 'x' });
    token
}

/// Which token a finding is of, by the number it was made with.
pub(crate) fn number(finding: &Finding) -> u8 {
    (0..=255).find(|n| *token(*n) == *reveal(finding, *n)).unwrap()
}

/// The token of number `n` if the finding has its digest, for comparison only.
fn reveal(finding: &Finding, n: u8) -> String {
    let same =
        finding.secret.digest() == patrol_token::TokenDigest::of(token(n).as_bytes()).as_bytes();
    if same { token(n) } else { String::new() }
}

pub(crate) fn detector() -> Detector {
    Detector::new(&["acme_pat".parse().unwrap()])
}

/// Collects findings and brings them into order; every text in them is checked to hold no secret.
pub(crate) fn collect<T>(scan: impl FnOnce(&(dyn Fn(Finding) + Sync)) -> T) -> (T, Vec<Finding>) {
    let found = Mutex::new(Vec::new());
    let result = scan(&|finding| found.lock().unwrap().push(finding));
    let mut found = found.into_inner().unwrap();
    report::sort(&mut found);
    for finding in &found {
        assert_no_secret(&format!("{finding:?}"));
        let mut line = Vec::new();
        report::jsonl_finding(finding, &mut line).unwrap();
        assert_no_secret(std::str::from_utf8(&line).unwrap());
    }
    (result, found)
}

pub(crate) fn assert_no_secret(text: &str) {
    for n in 0..100 {
        let token = token(n);
        assert!(!text.contains(&token[token.len() - 36..]), "token {n} in: {text}");
    }
}

/// The coverage as its JSON.
pub(crate) fn json(coverage: &Coverage) -> String {
    let mut out = Vec::new();
    report::jsonl_coverage(coverage, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_no_secret(&text);
    text
}

/// What was skipped, as `what: why`.
pub(crate) fn skipped(coverage: &Coverage) -> Vec<String> {
    coverage
        .skipped()
        .into_iter()
        .map(|it| format!("{}: {}", it.what, it.reason.as_str()))
        .collect()
}

/// What was not read, as [`skipped`] tells it.
pub(crate) fn not_read(coverage: &Coverage) -> Vec<String> {
    let mut all = coverage.skipped();
    all.retain(|it| it.reason.class() == Class::NotRead);
    all.into_iter().map(|it| format!("{}: {}", it.what, it.reason.as_str())).collect()
}

/// Where git is.
#[expect(clippy::disallowed_methods, reason = "a test has to find git; the program has settings")]
fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// A repository, and all that is needed to fill it.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) repo: PathBuf,
    clock: Cell<u64>,
}

impl World {
    /// A directory without a repository.
    pub(crate) fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let repo = dir.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&repo).unwrap();
        Self { dir, repo, clock: Cell::new(1_700_000_000) }
    }

    pub(crate) fn new() -> Self {
        Self::init(&[])
    }

    pub(crate) fn init(args: &[&str]) -> Self {
        let world = Self::empty();
        world.git(&[&["init", "-q", "-b", "main"], args].concat());
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// Runs git in the repository; it has to succeed.
    pub(crate) fn git(&self, args: &[impl AsRef<OsStr>]) -> String {
        self.git_in(&self.repo, args)
    }

    pub(crate) fn git_in(&self, dir: &Path, args: &[impl AsRef<OsStr>]) -> String {
        let output = self.try_git_in(dir, args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn try_git_in(&self, dir: &Path, args: &[impl AsRef<OsStr>]) -> Output {
        self.command(dir).args(args).output().unwrap()
    }

    /// A git command in a closed environment, one second after the last one.
    pub(crate) fn command(&self, dir: &Path) -> Command {
        self.clock.set(self.clock.get() + 1);
        let now = format!("{} +0000", self.clock.get());
        let mut command = Command::new("git");
        command
            .current_dir(dir)
            .env_clear()
            .env("PATH", path())
            .env("HOME", self.dir.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.org")
            .env("GIT_AUTHOR_DATE", &now)
            .env("GIT_COMMITTER_DATE", &now);
        command
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.repo.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes one file and commits all there is.
    pub(crate) fn commit(&self, path: &str, content: &str, message: &str) -> String {
        self.write(path, content);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn history(&self) -> (Coverage, Vec<Finding>) {
        let (coverage, found) = self.try_history();
        (coverage.unwrap(), found)
    }

    pub(crate) fn try_history(&self) -> (Result<Coverage, ScanError>, Vec<Finding>) {
        let (env, options) = (GitEnvironment::default(), Options::default());
        collect(|sink| git::history(&self.repo, &env, &detector(), &options, sink))
    }

    pub(crate) fn staged(&self) -> (Coverage, Vec<Finding>) {
        self.staged_in(&GitEnvironment::default())
    }

    pub(crate) fn staged_in(&self, env: &GitEnvironment) -> (Coverage, Vec<Finding>) {
        let options = Options::default();
        let (coverage, found) =
            collect(|sink| git::staged(&self.repo, env, &detector(), &options, sink));
        (coverage.unwrap(), found)
    }

    pub(crate) fn range(&self, spec: &str) -> (Coverage, Vec<Finding>) {
        let (coverage, found) = self.try_range(&Revisions::Spec(spec.to_owned()));
        (coverage.unwrap(), found)
    }

    pub(crate) fn try_range(
        &self,
        revisions: &Revisions,
    ) -> (Result<Coverage, ScanError>, Vec<Finding>) {
        let (env, options) = (GitEnvironment::default(), Options::default());
        collect(|sink| git::range(&self.repo, &env, revisions, &detector(), &options, sink))
    }

    /// The watcher's walk, with nothing seen.
    pub(crate) fn reachable(&self) -> (Coverage, Vec<Finding>) {
        let (env, options) = (GitEnvironment::default(), Options::default());
        let seen: HashSet<git::ObjectId> = HashSet::new();
        let (reached, found) = collect(|sink| {
            git::reachable(&self.repo, &env, &seen, &[], &detector(), &options, sink)
        });
        let (first, found_first) = collect(|sink| {
            git::first_reachable(&self.repo, &env, &[], &detector(), &options, sink)
        });
        assert_eq!(self.lines(&found_first), self.lines(&found), "read by its packs");
        let coverage = reached.unwrap().coverage;
        assert_eq!(not_read(&first.unwrap().coverage), not_read(&coverage));
        (coverage, found)
    }

    /// Findings as lines: number, source, path or ref, and the subject of the commit.
    pub(crate) fn lines(&self, found: &[Finding]) -> Vec<String> {
        let line = |finding: &Finding| {
            let at = &finding.location;
            let path = at.path.as_ref().map(ToString::to_string);
            let subject = at.commit.as_ref().map(|commit| {
                let subject =
                    self.git(&["--no-replace-objects", "log", "-1", "--format=%s", commit]);
                format!("in '{}'", patrol_token::redact_text(&subject))
            });
            let parts = [Some(at.source.as_str().to_owned()), path, at.reference.clone(), subject];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            format!("{} {}", number(finding), parts.join(" "))
        };
        let mut lines: Vec<String> = found.iter().map(line).collect();
        lines.sort_by_key(|line| line.split(' ').next().unwrap().parse::<u32>().unwrap());
        lines
    }
}
