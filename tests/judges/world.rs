//! A ledger with many events, the shipped program run on it, and a witness.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use patrol_app::{App, Caller};
use patrol_ledger::store::sqlite::SqliteStore;
use patrol_ledger::store::{Batch, Store as _};
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::{Algorithm, SignerKey, VerifierKey};
use patrol_ledger::tlog::proof::verify_consistency;
use patrol_ledger::tlog::witness::AddCheckpoint;
use patrol_ledger::{Change, Clock, Request, Timestamp, Via};
use patrol_token::{Entropy, EntropyError};

pub(crate) struct World {
    folder: tempfile::TempDir,
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_772_366_400_000_000)
    }
}

/// Ids need not be secret here, only different.
struct Counting(std::sync::atomic::AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        let bytes = patrol_ledger::merkle::leaf_hash(&n.to_be_bytes());
        buffer.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Ok(())
    }
}

impl World {
    /// A ledger of so many events.
    pub(crate) fn new(events: u64) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let by = Caller { actor: "tester".into(), via: Via::Cli, uid: Some(1000) };
        let prefix = "acme_pat".parse().unwrap();
        drop(App::init(&world.ledger(), &prefix, Some("log.acme.example/tokens"), &by).unwrap());
        world.grow(events - 1);
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ledger(&self) -> PathBuf {
        self.path().join("ledger.db")
    }

    /// So many events more, in one transaction.
    pub(crate) fn grow(&self, events: u64) {
        let entropy = Counting(std::sync::atomic::AtomicU64::new(1 + self.len()));
        let mut store = SqliteStore::open(&self.ledger()).unwrap();
        let mut batch = Batch::new(store.begin(Duration::from_secs(9)).unwrap(), &entropy).unwrap();
        for n in 0..events {
            // One day more each time: a change that is none would be no event.
            let days = 1 + (n + batch_days(events)) % 999;
            let change = Change::parse("default-expiry", &format!("{days}d")).unwrap();
            let command = patrol_ledger::Command::SetPolicy(change);
            let actor = "tester".to_owned();
            let request = Request { actor, via: Via::Cli, uid: None, cause: None, command };
            batch.run(&request, &Noon).unwrap();
        }
        batch.commit().unwrap();
    }

    fn len(&self) -> u64 {
        App::open(&self.ledger()).unwrap().ledger().reader().unwrap().head().unwrap().tree.size()
            << 20
    }

    pub(crate) fn verifier_key(&self) -> String {
        App::open(&self.ledger()).unwrap().info().unwrap().verifier_key
    }

    /// Exit code, output, talk.
    pub(crate) fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_patrol"))
            .args(args)
            .env_clear()
            .env("HOME", self.path())
            .env("PATROL_LEDGER", self.ledger())
            .current_dir(self.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Runs a verb that must do.
    pub(crate) fn patrol(&self, args: &[&str]) -> String {
        let (code, said, talk) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {said}{talk}");
        said
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        let ledger = rusqlite::Connection::open(self.ledger()).unwrap();
        ledger.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// One more event, by the program.
    pub(crate) fn issue(&self, name: &str) {
        self.patrol(&["issue", "--owner", "alice", "--name", name]);
    }

    pub(crate) fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.ledger()).unwrap().execute_batch(sql).unwrap();
    }
}

/// Where a run of changes begins, so that it does not begin with what is set already.
fn batch_days(events: u64) -> u64 {
    events * 7
}

/// A key of another log.
pub(crate) fn other_key() -> String {
    SignerKey::from_seed("log.acme.example/tokens", Algorithm::Ed25519, &[9; 32])
        .verifier()
        .to_string()
}

/// A witness that goes by the rules of c2sp.org/tlog-witness, on a port of this machine. It is only
/// as good as our reading of them; no witness of another hand runs here.
pub(crate) struct Witness {
    port: u16,
    key: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Witness {
    pub(crate) fn start(log: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let signer = SignerKey::from_seed("witness.example/w1", Algorithm::Cosignature, &[5; 32]);
        let key = signer.verifier().to_string();
        let log = VerifierKey::parse(log).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut seen = None;
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                serve(stream.unwrap(), &signer, &log, &mut seen);
            }
        });
        Self { port, key, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/w1", self.port)
    }

    pub(crate) fn key(&self) -> String {
        self.key.clone()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn serve(
    mut stream: TcpStream,
    signer: &SignerKey,
    log: &VerifierKey,
    seen: &mut Option<Checkpoint>,
) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let body = loop {
        let n = stream.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            assert!(head.starts_with("POST /w1/add-checkpoint HTTP/1.1\r\n"), "{head}");
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
            });
            if length.is_none_or(|length| body.len() >= length.unwrap()) {
                break body.to_owned();
            }
        }
        assert!(n > 0, "the request ended early");
    };
    let (status, answer) = judge(&body, signer, log, seen);
    let length = answer.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
    )
    .unwrap();
}

fn judge(
    body: &str,
    signer: &SignerKey,
    log: &VerifierKey,
    seen: &mut Option<Checkpoint>,
) -> (u16, String) {
    let Ok(request) = AddCheckpoint::parse(body.as_bytes()) else { return (400, String::new()) };
    let Ok(signed) = Checkpoint::open(request.checkpoint.to_string().as_bytes(), log) else {
        return (403, String::new());
    };
    let known = seen.as_ref().map_or(0, |seen| seen.size);
    if request.old != known {
        return (409, format!("{known}\n"));
    }
    if let Some(seen) = seen {
        let (old, new) =
            ((seen.size, &seen.root), (signed.checkpoint.size, &signed.checkpoint.root));
        if verify_consistency(old, new, &request.proof).is_err() {
            return (422, String::new());
        }
    }
    *seen = Some(signed.checkpoint);
    (200, format!("{}\n", signer.sign(request.checkpoint.text(), 1_767_139_200)))
}
