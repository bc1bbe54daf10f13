//! A closed world: a clock that is set by hand, randomness that repeats, requests in one line.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use patrol_ledger::store::memory::MemoryStore;
use patrol_ledger::store::{Batch, Store};
use patrol_ledger::{
    Clock, Command, CommandError, Expiry, Issue, LedgerOpened, Receipt, Request, Scopes, Selector,
    Timestamp, Via,
};
use patrol_token::{Entropy, EntropyError, PlainToken, TokenId};
use ulid::Ulid;

/// A clock that stands until it is set.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn at(text: &str) -> Arc<Self> {
        let at: Timestamp = text.parse().unwrap();
        Arc::new(Self(AtomicI64::new(at.as_micros())))
    }

    pub(crate) fn set(&self, text: &str) {
        let at: Timestamp = text.parse().unwrap();
        self.0.store(at.as_micros(), Ordering::SeqCst);
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness that is the same in every run (`SplitMix64`).
#[derive(Default)]
pub(crate) struct Repeating(AtomicU64);

impl Repeating {
    pub(crate) fn seeded(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Entropy for Repeating {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A request of the test's actor.
pub(crate) fn request(command: Command) -> Request {
    Request { actor: "tester".into(), via: Via::Cli, uid: Some(1000), cause: None, command }
}

/// A new token and the command that issues it.
pub(crate) fn issue(entropy: &dyn Entropy, owner: &str, name: &str) -> (PlainToken, Issue) {
    let mut random = [0; 10];
    entropy.fill(&mut random).unwrap();
    let id = TokenId::new(1_772_000_000_000, random);
    let prefix = "acme_pat".parse().unwrap();
    let plain = PlainToken::mint(&prefix, id, entropy).unwrap();
    let issue = Issue {
        id,
        prefix,
        digest: plain.digest(),
        owner: owner.into(),
        name: name.into(),
        description: None,
        scopes: scopes("repo:read"),
        expires: Expiry::Default,
    };
    (plain, issue)
}

/// Scopes, separated by spaces.
pub(crate) fn scopes(text: &str) -> Scopes {
    text.split_whitespace().map(|scope| scope.parse().unwrap()).collect()
}

pub(crate) fn id(token: TokenId) -> Selector {
    Selector::Id(token)
}

pub(crate) fn opened() -> LedgerOpened {
    LedgerOpened {
        ledger: Ulid::from(42u128),
        prefix: "acme_pat".parse().unwrap(),
        origin: "patrol.example/test".into(),
        verifier_key: "patrol.example/test+00000000+AQ".into(),
    }
}

/// Opens a store's ledger.
pub(crate) fn open(store: &mut impl Store, clock: &dyn Clock, entropy: &dyn Entropy) {
    let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), entropy).unwrap();
    batch.open(opened(), ("tester", Via::Cli, Some(1000)), clock).unwrap();
    batch.commit().unwrap();
}

/// Runs one command in a transaction of its own.
pub(crate) fn run(
    store: &mut impl Store,
    command: Command,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Receipt, CommandError> {
    let mut batch = Batch::new(store.begin(Duration::from_secs(30)).unwrap(), entropy).unwrap();
    let receipt = batch.run(&request(command), clock)?;
    batch.commit().unwrap();
    Ok(receipt)
}

/// A ledger in memory with a clock at noon on 1 March 2026.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<Repeating>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut store = MemoryStore::default();
        let clock = HandClock::at("2026-03-01T12:00:00Z");
        let entropy = Repeating::seeded(1);
        open(&mut store, &*clock, &*entropy);
        Self { store, clock, entropy }
    }

    pub(crate) fn run(&mut self, command: Command) -> Result<Receipt, CommandError> {
        run(&mut self.store, command, &*self.clock, &*self.entropy)
    }

    /// Issues a token to alice.
    pub(crate) fn token(&mut self) -> (TokenId, PlainToken) {
        let (plain, issue) = issue(&*self.entropy, "alice", "ci");
        let id = issue.id;
        self.run(Command::Issue(issue)).unwrap();
        (id, plain)
    }

    /// Puts a token's row where no event did: only for what deciding reads.
    pub(crate) fn put(&mut self, token: patrol_ledger::Token) {
        use patrol_ledger::Rows as _;
        use patrol_ledger::store::Tx as _;
        let mut tx = self.store.begin(Duration::ZERO).unwrap();
        tx.put_token(token).unwrap();
        tx.commit().unwrap();
    }

    /// The words of a refusal.
    pub(crate) fn refused(&mut self, command: Command) -> String {
        match self.run(command) {
            Err(CommandError::Refused(refusal)) => refusal.to_string(),
            other => panic!("not refused: {other:?}"),
        }
    }
}
