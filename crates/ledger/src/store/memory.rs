//! A store in memory: for tests and models. It keeps the contract but for durability beyond the
//! process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patrol_token::{TokenDigest, TokenId};
use ulid::Ulid;

use super::{AppendError, Entry, Head, Store, Tx};
use crate::merkle::Hash;
use crate::person::{Person, PersonId, PersonKey};
use crate::project::{Lookup, MemoryRows, Rows, StoreError};
use crate::review::Review;
use crate::time::Timestamp;
use crate::token::{LedgerRow, Token};

/// Everything a ledger keeps.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The log.
    pub entries: Vec<Entry>,
    /// What is folded from it.
    pub rows: MemoryRows,
    /// Persons' keys.
    pub keys: HashMap<PersonId, PersonKey>,
    /// Where the log ends.
    pub head: Head,
    /// The stored tree: tiles by level and number.
    pub tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    /// Sightings beyond those recorded.
    pub unrecorded: BTreeMap<TokenId, u64>,
}

/// A ledger's contents, shared by all clones of the store.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Contents>>);

impl MemoryStore {
    /// A copy of what is committed.
    pub fn contents(&self) -> Contents {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        // A panic elsewhere cannot leave half a commit: commits replace the whole value.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Tx<'s> = MemoryTx<'s>;

    fn begin(&mut self, _patience: Duration) -> Result<MemoryTx<'_>, StoreError> {
        let committed = self.lock();
        Ok(MemoryTx { working: committed.clone(), committed })
    }
}

/// A transaction: a copy that replaces the original at commit, under its lock.
pub struct MemoryTx<'s> {
    committed: MutexGuard<'s, Contents>,
    working: Contents,
}

impl Tx for MemoryTx<'_> {
    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(self.working.head.clone())
    }

    fn person_key(&mut self, id: PersonId) -> Result<Option<PersonKey>, StoreError> {
        Ok(self.working.keys.get(&id).cloned())
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        for entry in entries {
            let log = &mut self.working.entries;
            let streams = log.iter().filter(|known| known.stream == entry.stream);
            if entry.position != log.len() as u64 || entry.version != streams.count() as u64 + 1 {
                return Err(AppendError::Conflict);
            }
            log.push(entry.clone());
        }
        Ok(())
    }

    fn leaves(&mut self, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        let within = |entry: &&Entry| (from..to).contains(&entry.position);
        Ok(self.working.entries.iter().filter(within).map(|entry| entry.leaf).collect())
    }

    fn add_hashes(&mut self, level: u8, tile: u64, hashes: &[Hash]) -> Result<(), StoreError> {
        self.working.tiles.entry((level, tile)).or_default().extend_from_slice(hashes);
        Ok(())
    }

    fn put_person(&mut self, person: &Person) -> Result<(), StoreError> {
        self.working.rows.persons.insert(person.name.clone(), person.id);
        self.working.keys.insert(person.id, person.key.clone());
        Ok(())
    }

    fn destroy_person(&mut self, id: PersonId) -> Result<(), StoreError> {
        self.working.rows.persons.retain(|_, known| *known != id);
        self.working.keys.remove(&id);
        Ok(())
    }

    fn put_head(&mut self, head: &Head) -> Result<(), StoreError> {
        self.working.head = head.clone();
        Ok(())
    }

    fn count_unrecorded(&mut self, id: TokenId) -> Result<(), StoreError> {
        *self.working.unrecorded.entry(id).or_default() += 1;
        Ok(())
    }

    fn commit(mut self) -> Result<(), StoreError> {
        *self.committed = self.working;
        Ok(())
    }
}

impl Rows for MemoryTx<'_> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        self.working.rows.ledger()
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        self.working.rows.token(id)
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.working.rows.put_ledger(row)
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.working.rows.put_token(token)
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.working.rows.put_sighting(id, place, at)
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        self.working.rows.review(id)
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.working.rows.put_review(review)
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.working.rows.forget(person)
    }
}

impl Lookup for MemoryTx<'_> {
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        self.working.rows.token_with_digest(digest)
    }

    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        issued_before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError> {
        self.working.rows.tokens_of(owner, issued_before)
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError> {
        self.working.rows.due(now, limit)
    }

    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError> {
        self.working.rows.has_sighting(id, place)
    }

    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError> {
        self.working.rows.person_named(name)
    }
}
