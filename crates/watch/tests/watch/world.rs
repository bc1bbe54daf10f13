//! A closed world for each test: a temporary directory with a ledger, repositories and watchers.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use patrol_app::{App, Caller, EventQuery, NewToken};
use patrol_ledger::{Change, Expiry, Kind, Recorded, Selector, Status, Via};
use patrol_token::{Prefix, TokenId};
use patrol_watch::{AppResponder, Config, Deps, Event, Outbox, Responder, Stopper, Watcher, stop};
use tempfile::TempDir;

/// How long a test waits for what should take milliseconds, on a machine busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A token and its text.
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) text: String,
}

pub(crate) struct World {
    dir: TempDir,
    pub(crate) app: Arc<App>,
    pub(crate) repo: PathBuf,
}

impl World {
    /// A ledger, and a repository with one commit.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let prefix = "acme_pat".parse().unwrap();
        let app = App::init(&root.join("ledger.db"), &prefix, None, &caller(Via::Cli)).unwrap();
        let world = Self { dir, app: Arc::new(app), repo: root.join("repo") };
        world.init(&world.repo);
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// A repository with one commit.
    pub(crate) fn init(&self, at: &Path) {
        std::fs::create_dir_all(at).unwrap();
        self.git(at, &["init", "-q", "-b", "main"]);
        self.commit(at, "README", "hello\n");
    }

    pub(crate) fn issue(&self) -> Token {
        let new = NewToken {
            owner: "ada@example.org".into(),
            name: "laptop".into(),
            description: None,
            scopes: ["repo:read".parse().unwrap()].into_iter().collect(),
            expires: Expiry::Default,
        };
        let minted = self.app.issue(&caller(Via::Cli), new).unwrap();
        Token { id: minted.token.id, text: minted.plain.expose().to_owned() }
    }

    pub(crate) fn policy(&self, key: &str, value: &str) {
        let change = Change::parse(key, value).unwrap();
        self.app.set_policy(&caller(Via::Cli), change).unwrap();
    }

    pub(crate) fn add_prefix(&self, prefix: &str) {
        let prefix: Prefix = prefix.parse().unwrap();
        self.app.add_prefix(&caller(Via::Cli), prefix).unwrap();
    }

    pub(crate) fn status(&self, token: &Token) -> Status {
        let found = self.app.token(&Selector::Id(token.id), None).unwrap();
        found.status(self.app.now().unwrap())
    }

    /// Waits until the token has this status.
    pub(crate) fn becomes(&self, token: &Token, status: Status) {
        let until = Instant::now() + PATIENCE;
        while self.status(token) != status {
            assert!(Instant::now() < until, "{} stayed {:?}", token.id, self.status(token));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn becomes_revoked(&self, token: &Token) {
        self.becomes(token, Status::Revoked);
    }

    /// A token's events of one type.
    pub(crate) fn events(&self, token: &Token, kind: Kind) -> Vec<Recorded> {
        let query = EventQuery {
            token: Some(token.id),
            kind: Some(kind),
            limit: 1000,
            ..EventQuery::default()
        };
        self.app.events(&query).unwrap().events
    }

    /// Runs git; it has to succeed.
    pub(crate) fn git(&self, at: &Path, args: &[impl AsRef<OsStr>]) -> String {
        let output = self.try_git(at, args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    #[expect(clippy::disallowed_methods, reason = "a test has to find git")]
    pub(crate) fn try_git(&self, at: &Path, args: &[impl AsRef<OsStr>]) -> Output {
        Command::new("git")
            .current_dir(at)
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.org")
            .output()
            .unwrap()
    }

    pub(crate) fn write(&self, at: &Path, path: &str, content: &str) {
        let path = at.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes one file and commits all there is.
    pub(crate) fn commit(&self, at: &Path, path: &str, content: &str) -> String {
        self.write(at, path, content);
        self.git(at, &["add", "-A"]);
        self.git(at, &["commit", "-q", "-m", "a change"]);
        self.git(at, &["rev-parse", "HEAD"])
    }

    pub(crate) fn config(&self, paths: &[&Path]) -> Config {
        let mut config = Config::new(paths.iter().map(|path| (*path).to_owned()).collect());
        config.cache_dir = Some(self.root().join("cache"));
        config
    }

    /// A watcher of these paths that is ready.
    pub(crate) fn watch(&self, paths: &[&Path]) -> Watching {
        let watching = self.start(self.config(paths));
        watching.ready();
        watching
    }

    pub(crate) fn start(&self, config: Config) -> Watching {
        let app = Arc::clone(&self.app);
        self.start_with(config, Arc::new(AppResponder::new(app, caller(Via::Watcher))))
    }

    pub(crate) fn start_with(&self, config: Config, responder: Arc<dyn Responder>) -> Watching {
        Watching::start(config, responder)
    }
}

pub(crate) fn caller(via: Via) -> Caller {
    Caller { actor: "tests".into(), via, uid: None }
}

/// A watcher on a thread of its own, and what it has told.
pub(crate) struct Watching {
    stopper: Stopper,
    told: Arc<Mutex<Vec<Event>>>,
    thread: Option<JoinHandle<()>>,
}

impl Watching {
    fn start(config: Config, responder: Arc<dyn Responder>) -> Self {
        let outbox = Arc::new(Outbox::new(10_000));
        let (stopper, stop) = stop();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (listening, list) = (Arc::clone(&outbox), Arc::clone(&told));
        std::thread::spawn(move || {
            while let Some(event) = listening.next() {
                list.lock().unwrap().push(event);
                listening.done();
            }
        });
        let thread = std::thread::spawn(move || {
            let deps = Deps { responder, outbox: Arc::clone(&outbox) };
            Watcher::new(config, deps).run(stop).unwrap();
            assert!(outbox.drained(PATIENCE));
            outbox.close();
        });
        Self { stopper, told, thread: Some(thread) }
    }

    pub(crate) fn ready(&self) {
        self.tells("ready");
    }

    /// Everything told so far, one line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().map(line).collect()
    }

    /// Waits until a line that contains `text` has been told.
    pub(crate) fn tells(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            assert!(Instant::now() < until, "not told of {text}: {:#?}", self.lines());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.lines().iter().filter(|line| line.starts_with(beginning)).count()
    }

    /// Ends it and counts what it told.
    pub(crate) fn end_and_count(self, beginning: &str) -> usize {
        self.end().iter().filter(|line| line.starts_with(beginning)).count()
    }

    /// Ends it and returns all it told.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.stopper.stop();
        self.thread.take().unwrap().join().unwrap();
        let lines = self.lines();
        assert_eq!(lines.last().map(String::as_str), Some("stopped"));
        lines
    }
}

fn line(event: &Event) -> String {
    let place = |finding: &patrol_scan::Finding| {
        let at = &finding.location;
        let path = at.path.as_ref().or(None).map(ToString::to_string);
        let path = path.or_else(|| at.reference.clone()).unwrap_or_default();
        format!("{} {path}:{}:{}", at.source.as_str(), at.line, at.column)
    };
    match event {
        Event::Ready { repositories } => format!("ready {repositories}"),
        Event::RepositoryAdded { repository } => format!("added {repository}"),
        Event::RepositoryGone { repository } => format!("gone {repository}"),
        Event::Finding(finding) => {
            let status = finding.status.map_or("none", |status| status.as_str());
            format!("finding {} {status}", place(finding))
        }
        Event::Revoked(finding) => format!("revoked {}", place(finding)),
        Event::Suspended(finding) => format!("suspended {}", place(finding)),
        Event::Reported(finding) => format!("reported {}", place(finding)),
        Event::Unsaved(finding) => format!("unsaved {}", place(finding)),
        Event::Warning(warning) => format!("warning {} {}", warning.kind.as_str(), warning.message),
        Event::Stopped => "stopped".into(),
    }
}
