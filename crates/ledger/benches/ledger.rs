//! The ledger's promises of speed, each beside its floor in the same run, as ratios.
//!
//! `cargo bench -p patrol-ledger` prints one table. Sizes can be set: `-- --tokens 1000000
//! --events 500000`; `--ledger PATH` keeps the ledger that is replayed. Rounds of both sides
//! alternate, so that a machine whose speed drifts drifts for both; the medians are compared.
//! `-- once --ledger PATH` does all that reads a whole log a single time, for one that is too large
//! for rounds, and tells how much memory each took.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and panics if it cannot run"
)]

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use patrol_ledger::merkle::leaf_hash;
use patrol_ledger::store::sqlite::SqliteStore;
use patrol_ledger::store::{Batch, Store as _};
use patrol_ledger::{
    By, Clock, Command, Expiry, Init, Issue, Ledger, Request, Revoke, Selector, Timestamp, Via,
};
use patrol_token::{Entropy, EntropyError, PlainToken, TokenDigest, TokenId};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use rustix::time::{ClockId, clock_gettime};

struct Os;

impl Entropy for Os {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError(error.to_string()))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_772_366_400_000_000)
    }
}

fn request(command: Command) -> Request {
    Request { actor: "bench".into(), via: Via::Cli, uid: None, cause: None, command }
}

fn new_token(n: u64) -> (PlainToken, Issue) {
    let mut random = [0; 10];
    Os.fill(&mut random).unwrap();
    let id = TokenId::new(1_772_366_400_000 + n, random);
    let prefix = "acme_pat".parse().unwrap();
    let plain = PlainToken::mint(&prefix, id, &Os).unwrap();
    let issue = Issue {
        id,
        prefix,
        digest: plain.digest(),
        owner: format!("owner{}@example.com", n % 5000),
        name: format!("deployment {n}"),
        description: None,
        scopes: ["repo:read", "ci:*"].iter().map(|scope| scope.parse().unwrap()).collect(),
        expires: Expiry::Default,
    };
    (plain, issue)
}

fn init(path: &Path) -> Ledger {
    let prefix = "acme_pat".parse().unwrap();
    let init = Init { prefix: &prefix, origin: None, actor: "bench", uid: None };
    Ledger::init(path, &init, Arc::new(Noon), Arc::new(Os)).unwrap()
}

/// Issues tokens, 4,096 a transaction.
fn fill(path: &Path, tokens: u64) -> Vec<PlainToken> {
    drop(init(path));
    let mut store = SqliteStore::open(path).unwrap();
    let mut plain = Vec::new();
    let mut n = 0;
    while n < tokens {
        let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &Os).unwrap();
        for _ in 0..4096.min(tokens - n) {
            let (token, issue) = new_token(n);
            batch.run(&request(Command::Issue(issue)), &Noon).unwrap();
            plain.push(token);
            n += 1;
        }
        batch.commit().unwrap();
    }
    plain
}

/// What some work took: on the clock, and of all processors. On a machine that others use, the
/// second says more.
#[derive(Clone, Copy, Default)]
struct Took {
    wall: Duration,
    processor: Duration,
}

impl Took {
    fn by(work: &mut dyn FnMut()) -> Self {
        let (start, busy) = (Instant::now(), processor_time());
        work();
        Self { wall: start.elapsed(), processor: processor_time() - busy }
    }
}

/// What this process has used of all processors.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort();
    times[times.len() / 2]
}

/// Alternates the two sides and returns their medians.
fn paired(rounds: usize, mut ours: impl FnMut(), mut floor: impl FnMut()) -> (Took, Took) {
    ours();
    floor();
    let both: Vec<_> = (0..rounds).map(|_| (Took::by(&mut ours), Took::by(&mut floor))).collect();
    let medians = |side: fn(&(Took, Took)) -> Took| Took {
        wall: median(both.iter().map(|both| side(both).wall)),
        processor: median(both.iter().map(|both| side(both).processor)),
    };
    (medians(|both| both.0), medians(|both| both.1))
}

fn micros(time: Duration, per: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(per)
}

fn verify(tokens: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let plain = fill(&path, tokens);
    let ledger = Ledger::open(&path, Arc::new(Noon), Arc::new(Os)).unwrap();
    let mut verifier = ledger.verifier().unwrap();
    let reader = ledger.reader().unwrap();
    let map: HashMap<u128, TokenDigest> = plain
        .iter()
        .map(|token| {
            let id = patrol_token::TokenRef::parse(token.expose()).unwrap().id();
            (u128::from_be_bytes(id.to_bytes()), token.digest())
        })
        .collect();
    // A stride that visits tokens in no order the memory could foresee.
    let asked: Vec<&PlainToken> =
        (0..20_000usize).map(|n| &plain[n.wrapping_mul(7_919_317) % plain.len()]).collect();
    let ids: Vec<u128> = asked
        .iter()
        .map(|token| {
            let id = patrol_token::TokenRef::parse(token.expose()).unwrap().id();
            u128::from_be_bytes(id.to_bytes())
        })
        .collect();
    let scope = ["repo:read".parse().unwrap()];
    let now = Noon.now();
    let (ours, floor) = paired(
        15,
        || {
            for token in &asked {
                verifier.verify(token.expose(), &scope, now).unwrap().unwrap();
            }
        },
        || {
            for (token, id) in asked.iter().zip(&ids) {
                black_box(reader.data_version().unwrap());
                let digest = TokenDigest::of(token.expose().as_bytes());
                assert!(map.get(id) == Some(&digest));
            }
        },
    );
    let (sha, fresh) = paired(
        15,
        || {
            for token in &asked {
                black_box(TokenDigest::of(token.expose().as_bytes()));
            }
        },
        || {
            for _ in &asked {
                black_box(reader.data_version().unwrap());
            }
        },
    );
    let count = u32::try_from(asked.len()).unwrap();
    row("verify, one token", ours, floor, count, "≤ 2.0");
    println!(
        "  parts of the floor: SHA-256 {:.2} µs, freshness check {:.2} µs, look-up the rest; {tokens} tokens",
        micros(sha.wall, count),
        micros(fresh.wall, count),
    );
}

fn issue(writers: u64) {
    const EACH: u64 = 60;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = init(&path);
    // The same rows by plain rusqlite: an event and a token, one synced transaction each.
    let plain_path = folder.path().join("plain.db");
    drop(init(&plain_path));
    let plain = Connection::open(&plain_path).unwrap();
    plain.pragma_update(None, "synchronous", "FULL").unwrap();
    let rows: Vec<_> = {
        let sample = folder.path().join("sample.db");
        fill(&sample, 400);
        let db = Connection::open(&sample).unwrap();
        let mut statement =
            db.prepare("SELECT stream, envelope, leaf FROM events WHERE position > 0").unwrap();
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<Result<Vec<(String, Vec<u8>, [u8; 32])>, _>>()
            .unwrap()
    };
    let mut position = 0i64;
    let (ours, floor) = paired(
        5,
        || {
            std::thread::scope(|scope| {
                for writer in 0..writers {
                    let ledger = &ledger;
                    scope.spawn(move || {
                        for n in 0..EACH {
                            let (_, issue) = new_token(writer * 1000 + n);
                            ledger.submit(request(Command::Issue(issue))).unwrap();
                        }
                    });
                }
            });
        },
        || {
            for (n, (stream, envelope, leaf)) in rows.iter().take(200).enumerate() {
                position += 1;
                let stream = format!("{stream}{position}");
                let n = i64::try_from(n).unwrap();
                plain.execute_batch("BEGIN IMMEDIATE").unwrap();
                plain
                    .prepare_cached("INSERT INTO events VALUES (?, ?, 1, 'token.issued', 0, ?, ?)")
                    .unwrap()
                    .execute((position, &stream, envelope, leaf))
                    .unwrap();
                plain
                    .prepare_cached(
                        "INSERT INTO tokens (issued_position, id, digest, imported, prefix, owner, \
                         owner_name, name, scopes, created_at, expires_at, sightings, version, \
                         position) VALUES (?1, ?2, randomblob(32), 0, 'acme_pat', x'00', 'owner', \
                         'name', 'ci:* repo:read', ?3, 9, 0, 1, ?1)",
                    )
                    .unwrap()
                    .execute((position, &stream, n))
                    .unwrap();
                plain.execute_batch("COMMIT").unwrap();
            }
        },
    );
    let ours = micros(ours.wall, u32::try_from(writers * EACH).unwrap());
    let floor = micros(floor.wall, 200);
    println!(
        "durable issue, {writers} writers       {:>9.0}/s  plain {:>9.0}/s   {:>6.1}× (target ≥ 20×)",
        1e6 / ours,
        1e6 / floor,
        floor / ours
    );
}

/// Makes a log: a third issued, a third renamed, a third revoked.
fn story(path: &Path, events: u64) {
    let tokens = fill(path, events / 3);
    let mut store = SqliteStore::open(path).unwrap();
    for chunk in tokens.chunks(2000) {
        let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &Os).unwrap();
        for plain in chunk {
            let id = patrol_token::TokenRef::parse(plain.expose()).unwrap().id();
            let token = Selector::Id(id);
            let name = format!("renamed {id}");
            batch.run(&request(Command::Rename { token, name }), &Noon).unwrap();
            let revoke = Revoke { tokens: vec![token], ..Revoke::default() };
            batch.run(&request(Command::Revoke(revoke)), &Noon).unwrap();
        }
        batch.commit().unwrap();
    }
}

/// The floor of what reads a whole log.
const EVERYTHING: &str = "SELECT position, stream, version, type, recorded_at, envelope, leaf \
                          FROM events ORDER BY position";

/// `kept`: where the ledger is, or is to be; making a large one takes longer than all the rest.
fn replay(events: u64, kept: Option<&Path>, what: impl Fn(&str) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = kept.map_or_else(|| folder.path().join("ledger.db"), Path::to_owned);
    if !path.exists() {
        story(&path, events);
    }
    let ledger = Ledger::open(&path, Arc::new(Noon), Arc::new(Os)).unwrap();
    let db = Connection::open(&path).unwrap();
    let select = || {
        let mut statement = db.prepare(EVERYTHING).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut bytes = 0;
        while let Some(row) = rows.next().unwrap() {
            bytes += row.get_ref(5).unwrap().as_blob().unwrap().len();
            black_box(row.get_ref(6).unwrap().as_blob().unwrap());
        }
        black_box(bytes);
    };
    // The floor does not look at what SQLite points to. What a reader costs who asks for every
    // column and looks at every byte, and one who hashes the envelopes, is told beside it.
    let sum = |bytes: &[u8]| {
        let (words, rest) = bytes.as_chunks::<8>();
        let words = words.iter().fold(0, |sum, word| sum ^ u64::from_ne_bytes(*word));
        rest.iter().fold(words, |sum, byte| sum ^ u64::from(*byte))
    };
    let read = |of_envelope: &dyn Fn(&[u8]) -> u64| {
        let mut statement = db.prepare(EVERYTHING).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut seen = 0u64;
        while let Some(row) = rows.next().unwrap() {
            for at in 0..7 {
                seen = seen.wrapping_add(match row.get_ref(at).unwrap() {
                    ValueRef::Integer(number) => number.cast_unsigned(),
                    ValueRef::Blob(bytes) if at == 5 => of_envelope(bytes),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => sum(bytes),
                    other => panic!("{other:?}"),
                });
            }
        }
        black_box(seen);
    };
    let events = ledger.reader().unwrap().head().unwrap().tree.size();
    let count = u32::try_from(events).unwrap();
    let touched = paired(5, || read(&sum), select).0;
    let hashed = paired(5, || read(&|bytes| u64::from(leaf_hash(bytes)[0])), select).0;
    for (what, took) in [("every byte looked at", touched), ("every envelope hashed", hashed)] {
        let (clock, processor) = (micros(took.wall, count), micros(took.processor, count));
        println!("  SELECT, {what:<24} {clock:>6.2} µs, processor {processor:>6.2} µs");
    }
    if what("rebuild") {
        let (ours, floor) = paired(5, || assert!(ledger.rebuild().unwrap() > 0), select);
        row("rebuild, per event", ours, floor, count, "≤ 2.0");
    }
    if what("check") {
        let (ours, floor) = paired(5, || assert!(ledger.check().unwrap().is_sound()), select);
        row("check, per event", ours, floor, count, "≤ 3.0");
    }
}

/// The most memory that this process had since it was last asked, in MB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    kilobytes / 1024
}

/// What reads a whole log, each a single time.
fn once(path: &Path) {
    let ledger = Ledger::open(path, Arc::new(Noon), Arc::new(Os)).unwrap();
    let size = ledger.reader().unwrap().head().unwrap().tree.size();
    let by = By { actor: "bench".into(), via: Via::Cli, uid: None };
    println!("{size} events");
    let timed = |what: &str, work: &mut dyn FnMut()| {
        peak_memory();
        let took = Took::by(work);
        let (clock, processor) = (took.wall.as_secs_f64(), took.processor.as_secs_f64());
        let memory = peak_memory();
        println!("{what:<40} {clock:>9.3} s, processor {processor:>9.3} s, at most {memory} MB");
    };
    let select = || {
        let db = Connection::open(path).unwrap();
        let mut statement = db.prepare(EVERYTHING).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            black_box(row.get_ref(5).unwrap().as_blob().unwrap());
        }
    };
    timed("SELECT", &mut { select });
    timed("check", &mut || assert_eq!(ledger.check().unwrap().problems, Vec::<String>::new()));
    let reader = ledger.reader().unwrap();
    timed("1,000 proofs of inclusion", &mut || {
        for n in 0..1000u64 {
            let at = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % size;
            black_box(reader.inclusion(at, size).unwrap().unwrap());
        }
    });
    drop(reader);
    timed("audit checkpoint, the first", &mut || drop(ledger.checkpoint(&by).unwrap()));
    let (_, issue) = new_token(size);
    ledger.submit(request(Command::Issue(issue))).unwrap();
    timed("audit checkpoint, one event later", &mut || drop(ledger.checkpoint(&by).unwrap()));
    timed("rebuild", &mut || assert!(ledger.rebuild().unwrap() > 0));
    timed("SELECT", &mut { select });
}

fn row(what: &str, ours: Took, floor: Took, per: u32, target: &str) {
    let ratio = |ours: Duration, floor: Duration| ours.as_secs_f64() / floor.as_secs_f64();
    println!(
        "{what:<28} {:>8.2} µs  floor {:>6.2} µs  {:>6.2}× (target {target}×)   processors {:>6.2} µs, {:>6.2} µs, {:>6.2}×",
        micros(ours.wall, per),
        micros(floor.wall, per),
        ratio(ours.wall, floor.wall),
        micros(ours.processor, per),
        micros(floor.processor, per),
        ratio(ours.processor, floor.processor),
    );
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let size = |name: &str, default: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).map_or(default, |text| text.parse().unwrap())
    };
    let only = args
        .iter()
        .skip(1)
        .find(|arg| ["verify", "issue", "rebuild", "check", "once"].contains(&arg.as_str()));
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let kept = args.iter().position(|arg| arg == "--ledger").and_then(|at| args.get(at + 1));
    if let Some(kept) = kept
        && only.is_some_and(|only| only == "once")
    {
        return once(Path::new(kept));
    }
    if wanted("verify") {
        verify(size("--tokens", 1_000_000));
    }
    if wanted("issue") {
        issue(64);
    }
    if wanted("rebuild") || wanted("check") {
        replay(size("--events", 300_000), kept.map(Path::new), wanted);
    }
}
