//! The stores' contract, as one suite over every store. A new back end adds one line to `stores!`.

use std::time::Duration;

use patrol_ledger::store::memory::MemoryStore;
use patrol_ledger::store::{AppendError, Batch, Entry, Store, Tx as _};
use patrol_ledger::{Command, Kind, Lookup as _, Rows as _, Stream, Timestamp};

use crate::support::{HandClock, Repeating, issue, open, request, run};

/// A store and what keeps it alive.
pub(crate) trait Fixture {
    type Store: Store;
    fn new() -> Self;
    /// Another handle on the same ledger, as another process would have.
    fn handle(&self) -> Self::Store;
}

pub(crate) struct InMemory(MemoryStore);

impl Fixture for InMemory {
    type Store = MemoryStore;
    fn new() -> Self {
        Self(MemoryStore::default())
    }
    fn handle(&self) -> MemoryStore {
        self.0.clone()
    }
}

pub(crate) struct OnSqlite(tempfile::TempDir);

impl Fixture for OnSqlite {
    type Store = patrol_ledger::store::sqlite::SqliteStore;
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(
            patrol_ledger::store::sqlite::SqliteStore::create(&folder.path().join("l.db")).unwrap(),
        );
        Self(folder)
    }
    fn handle(&self) -> Self::Store {
        Self::Store::open(&self.0.path().join("l.db")).unwrap()
    }
}

macro_rules! stores {
    ($($module:ident: $fixture:ty),+) => { $(
        mod $module {
            #[test]
            fn what_is_committed_is_there_for_everybody() { super::committed_is_visible::<$fixture>(); }
            #[test]
            fn what_is_dropped_never_was() { super::dropped_is_gone::<$fixture>(); }
            #[test]
            fn events_that_do_not_continue_are_a_conflict() { super::conflicts::<$fixture>(); }
            #[test]
            fn a_refusal_undoes_only_itself() { super::refusals_undo_only_themselves::<$fixture>(); }
            #[test]
            fn reviews_are_kept_and_persons_forgotten() { super::reviews_and_the_forgotten::<$fixture>(); }
            #[test]
            fn commands_of_a_batch_see_each_other() { super::batch_is_sequential::<$fixture>(); }
        }
    )+ };
}

stores! { memory: super::InMemory, sqlite: super::OnSqlite }

fn committed_is_visible<F: Fixture>() {
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut here = fixture.handle();
    let mut there = fixture.handle();
    open(&mut here, &*clock, &*entropy);
    for expected in 2..20 {
        let (_, new) = issue(&*entropy, "alice", "ci");
        let id = new.id;
        let receipt = run(&mut here, Command::Issue(new), &*clock, &*entropy).unwrap();
        assert_eq!(receipt.position, Some(expected - 1));
        let mut tx = there.begin(Duration::from_secs(5)).unwrap();
        assert_eq!(tx.head().unwrap().tree.size(), expected);
        assert_eq!(tx.token(id).unwrap().as_ref(), receipt.tokens.get(&id));
    }
}

fn dropped_is_gone<F: Fixture>() {
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut store = fixture.handle();
    open(&mut store, &*clock, &*entropy);
    let (_, new) = issue(&*entropy, "alice", "ci");
    let id = new.id;
    {
        let tx = store.begin(Duration::ZERO).unwrap();
        let mut batch = Batch::new(tx, &*entropy).unwrap();
        batch.run(&request(Command::Issue(new)), &*clock).unwrap();
    }
    let mut tx = store.begin(Duration::ZERO).unwrap();
    assert_eq!((tx.head().unwrap().tree.size(), tx.token(id).unwrap()), (1, None));
    assert_eq!(tx.person_named("alice").unwrap(), None);
}

fn conflicts<F: Fixture>() {
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut store = fixture.handle();
    open(&mut store, &*clock, &*entropy);
    let entry = |position, version| Entry {
        position,
        stream: Stream::Ledger,
        version,
        kind: Kind::PrefixAdded,
        recorded_at: Timestamp::EPOCH,
        envelope: b"{}".to_vec(),
        leaf: [0; 32],
    };
    // A position or a version that is taken, as a writer with an old view would ask for.
    for (position, version) in [(0, 2), (1, 1)] {
        let mut tx = store.begin(Duration::ZERO).unwrap();
        let outcome = tx.append(&[entry(position, version)]);
        assert!(matches!(outcome, Err(AppendError::Conflict)), "{position} {version}: {outcome:?}");
    }
    let mut tx = store.begin(Duration::ZERO).unwrap();
    tx.append(&[entry(1, 2)]).unwrap();
}

fn refusals_undo_only_themselves<F: Fixture>() {
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut store = fixture.handle();
    open(&mut store, &*clock, &*entropy);
    let (_, good) = issue(&*entropy, "alice", "good");
    let (_, bad) = issue(&*entropy, "mallory", " ");
    let (_, last) = issue(&*entropy, "bob", "last");
    let (first_id, last_id) = (good.id, last.id);
    let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &*entropy).unwrap();
    batch.run(&request(Command::Issue(good)), &*clock).unwrap();
    batch.run(&request(Command::Issue(bad)), &*clock).unwrap_err();
    let receipt = batch.run(&request(Command::Issue(last)), &*clock).unwrap();
    assert_eq!(receipt.position, Some(2), "a refusal leaves no gap");
    batch.commit().unwrap();
    let mut tx = store.begin(Duration::ZERO).unwrap();
    assert!(tx.token(first_id).unwrap().is_some() && tx.token(last_id).unwrap().is_some());
    assert_eq!(tx.person_named("mallory").unwrap(), None, "who did nothing is not kept");
}

fn reviews_and_the_forgotten<F: Fixture>() {
    use patrol_ledger::{Decide, Forget, Selector, Verdict};
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut store = fixture.handle();
    open(&mut store, &*clock, &*entropy);
    let (_, one) = issue(&*entropy, "alice", "one");
    let (_, two) = issue(&*entropy, "alice", "two");
    let (ids, review) = ([one.id, two.id], ulid::Ulid(5));
    let decide = |token, verdict| {
        let (by, reason, tokens) = ("bob".into(), "why".into(), vec![Selector::Id(token)]);
        Command::Decide(Decide { review, by, tokens, verdict, reason })
    };
    let forget =
        Forget { owner: "alice".into(), by: "bob".into(), reason: "asked".into(), revoke: true };
    let (_, again) = issue(&*entropy, "alice", "again");
    let again_id = again.id;
    // All in one batch: each command sees those before it, the forgetting too.
    let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &*entropy).unwrap();
    for command in [
        Command::Issue(one),
        Command::Issue(two),
        Command::StartReview {
            id: review,
            by: "bob".into(),
            name: "r".into(),
            tokens: ids.to_vec(),
        },
        decide(ids[0], Verdict::Keep),
        decide(ids[1], Verdict::Revoke),
        Command::CloseReview { review, by: "bob".into(), comment: None },
        Command::Forget(forget),
        Command::Issue(again),
    ] {
        batch.run(&request(command), &*clock).unwrap();
    }
    batch.commit().unwrap();
    let mut tx = store.begin(Duration::ZERO).unwrap();
    let stored = tx.review(review).unwrap().unwrap();
    let said = |id| stored.tokens[&id].unwrap().verdict;
    assert_eq!((said(ids[0]), said(ids[1])), (Verdict::Keep, Verdict::Revoke));
    assert_eq!((stored.version, stored.closed_at), (4, Some(stored.started_at)));
    let gone = tx.token(ids[0]).unwrap().unwrap();
    assert!(gone.revoked.is_some() && gone.owner.text.is_none() && gone.name.is_none());
    assert!(tx.person_key(gone.owner.person).unwrap().is_none());
    let new = tx.token(again_id).unwrap().unwrap();
    assert_ne!(new.owner.person, gone.owner.person);
    assert_eq!(tx.person_named("alice").unwrap(), Some(new.owner.person));
    assert!(tx.person_key(new.owner.person).unwrap().is_some());
}

fn batch_is_sequential<F: Fixture>() {
    let (fixture, clock, entropy) = (F::new(), HandClock::at("2026-03-01"), Repeating::seeded(1));
    let mut store = fixture.handle();
    open(&mut store, &*clock, &*entropy);
    let (_, new) = issue(&*entropy, "alice", "one");
    let token = patrol_ledger::Selector::Id(new.id);
    let id = new.id;
    let mut batch = Batch::new(store.begin(Duration::ZERO).unwrap(), &*entropy).unwrap();
    batch.run(&request(Command::Issue(new)), &*clock).unwrap();
    for name in ["two", "three", "three"] {
        let rename = Command::Rename { token, name: name.into() };
        batch.run(&request(rename), &*clock).unwrap();
    }
    let owner = patrol_ledger::Revoke { owner: Some("alice".into()), ..Default::default() };
    let receipt = batch.run(&request(Command::Revoke(owner)), &*clock).unwrap();
    assert_eq!(receipt.tokens[&id].version, 4, "issued, renamed twice, revoked");
    batch.commit().unwrap();
    let stored = store.begin(Duration::ZERO).unwrap().token(id).unwrap().unwrap();
    assert_eq!(stored, receipt.tokens[&id]);
}
