//! How long a leaked token lives: from `git commit` returning until a verification in another
//! process than the watcher's refuses it.
//!
//! ```text
//! cargo bench --bench leak_latency            200 leaks, a small and a larger repository
//! cargo bench --bench leak_latency -- 1000    as many as you like
//! ```
//!
//! The watcher is the program itself. This process issues the tokens, runs real `git commit`s and
//! asks its own connection to the ledger until the answer is no. Nothing is asserted: it prints.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, or stops")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use patrol_app::{App, Caller, NewToken, Verdict};
use patrol_ledger::{Expiry, Via};

/// A leak that lives longer than this is reported as lost.
const LOST: Duration = Duration::from_secs(30);

fn main() {
    let leaks = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    println!("{leaks} leaks each; git commit returned → refused by another process");
    measure("small repository", leaks, Size { commits: 1, files: 1, refs: 1 });
    measure("larger repository", leaks, Size { commits: 5_000, files: 2_000, refs: 500 });
}

/// How large the repository is before the first leak.
#[derive(Clone, Copy)]
struct Size {
    commits: usize,
    files: usize,
    refs: usize,
}

fn measure(what: &str, leaks: usize, size: Size) {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, repo) = (dir.path().join("ledger.db"), dir.path().join("repo"));
    let caller = Caller { actor: "bench".into(), via: Via::Cli, uid: None };
    let app = App::init(&ledger, &"acme_pat".parse().unwrap(), None, &caller).unwrap();
    fill(dir.path(), &repo, size);
    let watcher = Watcher::start(dir.path(), &ledger, &repo);
    let mut lived: Vec<Duration> = Vec::new();
    let mut commits: Vec<Duration> = Vec::new();
    for n in 0..leaks {
        let new = NewToken {
            owner: "bench@example.org".into(),
            name: format!("leak {n}"),
            description: None,
            scopes: ["repo:read".parse().unwrap()].into_iter().collect(),
            expires: Expiry::Default,
        };
        let token = app.issue(&caller, new).unwrap().plain;
        let line = format!("API_TOKEN={}\n", token.expose());
        std::fs::write(repo.join("deploy.env"), line).unwrap();
        git(&repo, &["add", "deploy.env"]);
        let begun = Instant::now();
        git(&repo, &["commit", "-q", "-m", "deploy"]);
        let committed = Instant::now();
        commits.push(committed - begun);
        let is_active = || matches!(app.verify(&token, &[]).unwrap(), Verdict::Active(_));
        while is_active() && committed.elapsed() < LOST {
            std::thread::sleep(Duration::from_micros(100));
        }
        lived.push(committed.elapsed());
    }
    drop(watcher);
    println!("{what} ({} commits, {} files, {} refs)", size.commits, size.files, size.refs);
    print("  git commit itself", &mut commits);
    print("  then until refused", &mut lived);
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (p50, p95, p99, max) = (ms(at(50)), ms(at(95)), ms(at(99)), ms(at(100)));
    println!("{what:<20}  p50 {p50:7.1} ms  p95 {p95:7.1} ms  p99 {p99:7.1} ms  max {max:7.1} ms");
}

/// A repository of this size, made at once by `git fast-import`.
fn fill(dir: &Path, repo: &Path, size: Size) {
    git(dir, &["init", "-q", "-b", "main", "repo"]);
    let mut stream = String::new();
    for n in 0..size.commits {
        let message = format!("commit {n}");
        writeln!(stream, "commit refs/heads/main").unwrap();
        writeln!(stream, "mark :{}", n + 1).unwrap();
        writeln!(stream, "committer Bench <bench@example.org> {} +0000", 1_700_000_000 + n)
            .unwrap();
        writeln!(stream, "data {}\n{message}", message.len()).unwrap();
        if n > 0 {
            writeln!(stream, "from :{n}").unwrap();
        }
        let content = format!("content {n}\n").repeat(20);
        let path = format!("src/{}/{}.txt", n % size.files % 50, n % size.files);
        writeln!(stream, "M 644 inline {path}\ndata {}\n{content}", content.len()).unwrap();
    }
    for n in 0..size.refs {
        let mark = n % size.commits + 1;
        writeln!(stream, "reset refs/heads/topic/{n}\nfrom :{mark}\n").unwrap();
    }
    let mut import =
        command(repo).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    git(repo, &["reset", "-q", "--hard", "main"]);
}

fn git(at: &Path, args: &[&str]) {
    assert!(command(at).args(args).status().unwrap().success(), "git {args:?}");
}

fn command(at: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(at)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Bench")
        .env("GIT_AUTHOR_EMAIL", "bench@example.org")
        .env("GIT_COMMITTER_NAME", "Bench")
        .env("GIT_COMMITTER_EMAIL", "bench@example.org");
    command
}

/// `patrol watch` that is ready; ended when dropped.
struct Watcher(Child);

impl Watcher {
    fn start(home: &Path, ledger: &Path, repo: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_patrol"))
            .args(["watch", "--format", "json", "--ledger"])
            .args([ledger, repo])
            .env("XDG_CACHE_HOME", home.join("cache"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("\"ready\"")), "watch ended early");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
