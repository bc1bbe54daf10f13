//! What the stored tree costs an append, and what a proof costs.
//!
//! `cargo bench -p patrol-ledger --bench tree`. Rounds of both sides alternate, so that a machine
//! whose speed drifts drifts for both; the medians are compared.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and panics if it cannot run"
)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use patrol_ledger::merkle::{Hash, leaf_hash};
use patrol_ledger::store::sqlite::{SqliteStore, SqliteTx};
use patrol_ledger::store::{AppendError, Batch, Entry, Head, Store as _, Tx};
use patrol_ledger::tlog::proof::{MemoryTiles, verify_inclusion};
use patrol_ledger::tlog::tile::tile_bytes;
use patrol_ledger::{
    Clock, Command, Expiry, Init, Issue, Ledger, LedgerRow, Lookup, Person, PersonId, PersonKey,
    Request, Review, Rows, StoreError, Timestamp, Token, Via,
};
use patrol_token::{Entropy, EntropyError, PlainToken, TokenDigest, TokenId};
use rusqlite::Connection;
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

/// A transaction that stores no tree.
struct NoTree<'s>(SqliteTx<'s>);

impl Tx for NoTree<'_> {
    fn leaves(&mut self, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(vec![[0; 32]; usize::try_from(to - from).unwrap()])
    }
    fn add_hashes(&mut self, _: u8, _: u64, _: &[Hash]) -> Result<(), StoreError> {
        Ok(())
    }
    fn head(&mut self) -> Result<Head, StoreError> {
        self.0.head()
    }
    fn person_key(&mut self, id: PersonId) -> Result<Option<PersonKey>, StoreError> {
        self.0.person_key(id)
    }
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        self.0.append(entries)
    }
    fn put_person(&mut self, person: &Person) -> Result<(), StoreError> {
        self.0.put_person(person)
    }
    fn destroy_person(&mut self, id: PersonId) -> Result<(), StoreError> {
        self.0.destroy_person(id)
    }
    fn put_head(&mut self, head: &Head) -> Result<(), StoreError> {
        self.0.put_head(head)
    }
    fn count_unrecorded(&mut self, id: TokenId) -> Result<(), StoreError> {
        self.0.count_unrecorded(id)
    }
    fn commit(self) -> Result<(), StoreError> {
        self.0.commit()
    }
}

impl Rows for NoTree<'_> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        self.0.ledger()
    }
    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        self.0.token(id)
    }
    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.0.put_ledger(row)
    }
    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.0.put_token(token)
    }
    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.0.put_sighting(id, place, at)
    }
    fn review(&mut self, id: ulid::Ulid) -> Result<Option<Review>, StoreError> {
        self.0.review(id)
    }
    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.0.put_review(review)
    }
    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.0.forget(person)
    }
}

impl Lookup for NoTree<'_> {
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        self.0.token_with_digest(digest)
    }
    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError> {
        self.0.tokens_of(owner, before)
    }
    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError> {
        self.0.due(now, limit)
    }
    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError> {
        self.0.has_sighting(id, place)
    }
    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError> {
        self.0.person_named(name)
    }
}

fn init(path: &Path) {
    let prefix = "acme_pat".parse().unwrap();
    let init = Init { prefix: &prefix, origin: None, actor: "bench", uid: None };
    drop(Ledger::init(path, &init, Arc::new(Noon), Arc::new(Os)).unwrap());
}

fn issue(n: u64) -> Request {
    let mut random = [0; 10];
    Os.fill(&mut random).unwrap();
    let id = TokenId::new(1_772_366_400_000 + n, random);
    let prefix = "acme_pat".parse().unwrap();
    let plain = PlainToken::mint(&prefix, id, &Os).unwrap();
    let issue = Issue {
        id,
        prefix,
        digest: plain.digest(),
        owner: format!("owner{}@example.com", n % 500),
        name: format!("deployment {n}"),
        description: None,
        scopes: ["repo:read", "ci:*"].iter().map(|scope| scope.parse().unwrap()).collect(),
        expires: Expiry::Default,
    };
    let command = Command::Issue(issue);
    Request { actor: "bench".into(), via: Via::Cli, uid: None, cause: None, command }
}

/// One transaction: decided, sealed, written, and durable.
fn append<T: Tx>(tx: T, requests: &[Request]) {
    let mut batch = Batch::new(tx, &Os).unwrap();
    for request in requests {
        batch.run(request, &Noon).unwrap();
    }
    batch.commit().unwrap();
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn appends(per_commit: u64, rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["with", "without"].map(|name| folder.path().join(name));
    let mut stores = paths.each_ref().map(|path| {
        init(path);
        SqliteStore::open(path).unwrap()
    });
    let mut times = [Vec::new(), Vec::new()];
    let mut n = 0;
    for round in 0..rounds {
        for side in [round % 2, 1 - round % 2].map(|side| usize::try_from(side).unwrap()) {
            let requests: Vec<_> = (0..per_commit).map(|at| issue(n + at)).collect();
            n += per_commit;
            let start = Instant::now();
            // As much as fills a tile at least, so that its share is in every round.
            for chunk in requests.chunks(256.min(requests.len())) {
                let tx = stores[side].begin(Duration::ZERO).unwrap();
                match side {
                    0 => append(tx, chunk),
                    _ => append(NoTree(tx), chunk),
                }
            }
            times[side].push(start.elapsed() / u32::try_from(per_commit).unwrap());
        }
    }
    let [with, without] = times.map(median);
    println!(
        "append, {per_commit:>4} a round      with the tree {with:>8.2} µs  without {without:>8.2} µs   {:>5.2}× (target ≤ 1.25×)",
        with / without
    );
}

/// Proofs in a log of `size` events, whose leaves are written straight into the tiles.
fn proofs(size: u64) {
    let size = size / 256 * 256;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    init(&path);
    let mut tiles = MemoryTiles::default();
    (0..size).for_each(|n| tiles.push(leaf_hash(&n.to_be_bytes())));
    let mut db = Connection::open(&path).unwrap();
    let tx = db.transaction().unwrap();
    for level in 0..8u8 {
        for tile in 0.. {
            let Some(hashes) = tiles.tile(level, tile) else { break };
            let slot = i64::from(level) << 48 | tile.cast_signed();
            tx.execute("INSERT INTO tiles VALUES (?, ?)", (slot, tile_bytes(hashes))).unwrap();
        }
    }
    tx.commit().unwrap();
    let root = tiles.tree().root();
    let ledger = Ledger::open(&path, Arc::new(Noon), Arc::new(Os)).unwrap();
    let reader = ledger.reader().unwrap();
    let (mut inclusion, mut consistency, mut verified) = (Vec::new(), Vec::new(), Vec::new());
    let mut processor = Vec::new();
    for n in 0..2000u64 {
        // A stride that visits events in no order that a cache could foresee.
        let at = n.wrapping_mul(7_919_317) % (size - 1);
        let busy = thread_time();
        let start = Instant::now();
        let proof = reader.inclusion(at, size).unwrap().unwrap();
        inclusion.push(start.elapsed());
        processor.push(thread_time() - busy);
        let start = Instant::now();
        verify_inclusion(at, size, &leaf_hash(&at.to_be_bytes()), &proof, &root).unwrap();
        verified.push(start.elapsed());
        let busy = thread_time();
        let start = Instant::now();
        black_box(reader.consistency(at + 1, size).unwrap().unwrap());
        consistency.push(start.elapsed());
        processor.push(thread_time() - busy);
    }
    let first = inclusion[0].as_secs_f64() * 1e6;
    let mut all: Vec<_> = inclusion.iter().chain(&consistency).copied().collect();
    all.sort();
    processor.sort();
    let at = |times: &[Duration], share: f64| {
        times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6
    };
    println!(
        "proofs in {size:>9} events    inclusion {:>6.1} µs  consistency {:>6.1} µs  verifying {:>4.1} µs  first {first:>6.1} µs\n  \
         slowest (target < 1,000 µs): on the clock p99 {:>6.1} µs, p99.9 {:>6.1} µs, max {:>6.1} µs; of a processor p99 {:>6.1} µs, p99.9 {:>6.1} µs, max {:>6.1} µs",
        median(inclusion),
        median(consistency),
        median(verified),
        at(&all, 0.99),
        at(&all, 0.999),
        at(&all, 1.0),
        at(&processor, 0.99),
        at(&processor, 0.999),
        at(&processor, 1.0),
    );
}

/// What this thread has used of a processor: without what others do on the machine meanwhile.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

fn main() {
    appends(1024, 41);
    // One event a commit: what a sync costs covers the rest.
    appends(1, 1201);
    proofs(1_000_000);
    proofs(10_000_000);
}
