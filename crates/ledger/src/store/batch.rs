//! A batch: commands decided one after another inside one exclusive transaction, each seeing what
//! those before it did, then written and committed together.
//!
//! Nothing is written before all is decided: the rows read and changed are held here, over the
//! transaction. So a refusal leaves nothing to undo, and a row that ten commands change is written
//! once.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use patrol_token::{Entropy, EntropyError, TokenDigest, TokenId};
use ulid::Ulid;
use zeroize::Zeroizing;

use super::tree::{self, Stored};
use super::{AppendError, Entry, Head, Tx};
use crate::command::{Command, Request};
use crate::decide::{actor, decide};
use crate::envelope::{EnvelopeError, encode};
use crate::event::{Event, Recorded, Stream};
use crate::evolve::recording_time;
use crate::merkle::leaf_hash;
use crate::person::{Person, PersonId, PersonKey};
use crate::project::{Lookup, Rows, StoreError, project};
use crate::refusal::Refusal;
use crate::review::Review;
use crate::state::State;
use crate::time::{Clock, Timestamp};
use crate::token::{LedgerRow, Token};

/// What a command did.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The instant it was decided at.
    pub at: Timestamp,
    /// Where its last event stands; `None` if all was already as wanted.
    pub position: Option<u64>,
    /// Its events.
    pub events: Vec<Recorded>,
    /// The tokens it named, selected or made, as they are after it.
    pub tokens: BTreeMap<TokenId, Token>,
}

/// Why a command did nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommandError {
    /// The state or the policy does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Commands being decided inside one transaction.
pub struct Batch<'e, T: Tx> {
    tx: T,
    entropy: &'e dyn Entropy,
    head: Head,
    /// The size of the log before this batch, and the stored hashes of the tree that it completed.
    before: u64,
    above: Vec<Stored>,
    ledger: Option<LedgerRow>,
    ledger_changed: bool,
    tokens: HashMap<TokenId, Token>,
    changed: HashSet<TokenId>,
    by_digest: HashMap<[u8; 32], TokenId>,
    sightings: HashMap<(TokenId, [u8; 32]), u64>,
    reviews: HashMap<Ulid, Review>,
    forgotten: HashSet<PersonId>,
    persons: HashMap<String, PersonId>,
    keys: RefCell<HashMap<PersonId, PersonKey>>,
    new_persons: Vec<Person>,
    unrecorded: Vec<TokenId>,
    entries: Vec<Entry>,
    bytes: usize,
}

impl<'e, T: Tx> Batch<'e, T> {
    /// Begins on a transaction.
    ///
    /// # Errors
    /// When the head cannot be read.
    pub fn new(mut tx: T, entropy: &'e dyn Entropy) -> Result<Self, StoreError> {
        let head = tx.head()?;
        let ledger = tx.ledger()?;
        Ok(Self {
            tx,
            entropy,
            before: head.tree.size(),
            above: Vec::new(),
            head,
            ledger,
            ledger_changed: false,
            tokens: HashMap::new(),
            changed: HashSet::new(),
            by_digest: HashMap::new(),
            sightings: HashMap::new(),
            reviews: HashMap::new(),
            forgotten: HashSet::new(),
            persons: HashMap::new(),
            keys: RefCell::default(),
            new_persons: Vec::new(),
            unrecorded: Vec::new(),
            entries: Vec::new(),
            bytes: 0,
        })
    }

    /// Events decided so far.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has been decided.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Envelope bytes of the events decided so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Decides one command and holds what it does. A refusal leaves the batch as it was.
    ///
    /// # Errors
    /// The refusal; or a store error, after which the whole batch must be dropped.
    pub fn run(&mut self, request: &Request, clock: &dyn Clock) -> Result<Receipt, CommandError> {
        let at = recording_time(clock.now(), self.head.recorded_at);
        let mut fresh = Vec::new();
        let entropy = self.entropy;
        let state = State::gather(self, request, at, &mut |name| {
            let person = new_person(name, entropy)?;
            let id = person.id;
            fresh.push(person);
            Ok(id)
        })?;
        let decided = decide(&state, &request.command, at)?;
        let actor = actor(&state, &request.actor, request.via, request.uid)?;
        let mut versions = HashMap::new();
        let mut recorded = Vec::with_capacity(decided.len());
        for (stream, event) in decided {
            let version = versions.entry(stream).or_insert_with(|| match stream {
                Stream::Ledger => state.ledger.version,
                Stream::Token(id) => state.tokens.get(&id).map_or(0, |token| token.version),
                Stream::Review(_) => state.review.as_ref().map_or(0, |review| review.version),
                // A person is forgotten once; whoever comes by the same name is another.
                Stream::Owner(_) => 0,
            });
            *version += 1;
            recorded.push(Recorded {
                position: self.head.tree.size() + recorded.len() as u64,
                id: event_id(at, self.entropy).map_err(StoreError::from)?,
                stream,
                version: *version,
                recorded_at: at,
                actor: actor.clone(),
                cause: request.cause.clone(),
                event,
            });
        }
        let entries = self.seal(state.ledger.id, &recorded, &mut fresh)?;
        self.hold(&recorded, entries)?;
        if let Command::Leak(leak) = &request.command
            && !state.place_is_known
            && !recorded.iter().any(|e| matches!(e.event, Event::TokenLeaked(_)))
        {
            self.unrecorded.push(state.token(&leak.token)?.id);
        }
        let mut tokens = BTreeMap::new();
        let made = recorded.iter().filter_map(|recorded| recorded.stream.token());
        for id in state.tokens.keys().copied().chain(made) {
            if let Some(token) = self.token(id)? {
                tokens.insert(id, token);
            }
        }
        let position = recorded.last().map(|last| last.position);
        Ok(Receipt { at, position, events: recorded, tokens })
    }

    /// The first event, of a ledger that is being made.
    ///
    /// # Errors
    /// When randomness or the store fails.
    pub fn open(
        &mut self,
        opened: crate::event::LedgerOpened,
        request: (&str, crate::event::Via, Option<u32>),
        clock: &dyn Clock,
    ) -> Result<(), CommandError> {
        let (name, via, uid) = request;
        let name = crate::text::person("actor", name).map_err(Refusal::from)?;
        let person = new_person(&name, self.entropy)?;
        let at = clock.now();
        let ledger = opened.ledger;
        let recorded = Recorded {
            position: 0,
            id: event_id(at, self.entropy).map_err(StoreError::from)?,
            stream: Stream::Ledger,
            version: 1,
            recorded_at: at,
            actor: crate::event::Actor {
                name: crate::person::Personal::new(person.id, name),
                via,
                uid,
            },
            cause: None,
            event: Event::LedgerOpened(opened),
        };
        let entries = self.seal(ledger, std::slice::from_ref(&recorded), &mut vec![person])?;
        Ok(self.hold(&[recorded], entries)?)
    }

    /// Writes the envelopes. Persons of `fresh` that the events speak of are introduced by the
    /// first event that does; the others never were.
    fn seal(
        &mut self,
        ledger: Ulid,
        recorded: &[Recorded],
        fresh: &mut Vec<Person>,
    ) -> Result<Vec<Entry>, CommandError> {
        let mut introduced = Vec::new();
        let mut entries = Vec::with_capacity(recorded.len());
        for recorded in recorded {
            let mut introduces = Vec::new();
            for id in persons_of(recorded) {
                if let Some(found) = fresh.iter().position(|person| person.id == id) {
                    let person = fresh.swap_remove(found);
                    introduces.push((id, person.key.commitment()));
                    self.keys.borrow_mut().insert(id, person.key.clone());
                    introduced.push(person);
                } else {
                    self.load_key(id)?;
                }
            }
            let keys = |id: PersonId| self.keys.borrow().get(&id).cloned();
            let envelope =
                encode(recorded, ledger, &introduces, &keys, self.entropy).map_err(|error| {
                    match error {
                        EnvelopeError::TooLarge(len) => {
                            CommandError::Refused(Refusal::TooLarge(len))
                        }
                        EnvelopeError::Entropy(error) => StoreError::from(error).into(),
                        EnvelopeError::NoKey(_) | EnvelopeError::Json(_) => {
                            StoreError::Other(error.to_string()).into()
                        }
                    }
                })?;
            entries.push(Entry {
                position: recorded.position,
                stream: recorded.stream,
                version: recorded.version,
                kind: recorded.event.kind(),
                recorded_at: recorded.recorded_at,
                leaf: leaf_hash(&envelope),
                envelope,
            });
        }
        self.persons.extend(introduced.iter().map(|person| (person.name.clone(), person.id)));
        self.new_persons.append(&mut introduced);
        Ok(entries)
    }

    fn load_key(&mut self, id: PersonId) -> Result<(), StoreError> {
        if !self.forgotten.contains(&id)
            && !self.keys.borrow().contains_key(&id)
            && let Some(key) = self.tx.person_key(id)?
        {
            self.keys.borrow_mut().insert(id, key);
        }
        Ok(())
    }

    /// Takes decided events into the rows held here.
    fn hold(&mut self, recorded: &[Recorded], entries: Vec<Entry>) -> Result<(), StoreError> {
        for (recorded, entry) in recorded.iter().zip(entries) {
            project(self, recorded)?;
            let above = &mut self.above;
            tree::push(&mut self.head.tree, entry.leaf, |stored| {
                above.extend((stored.level > 0).then_some(stored));
            });
            self.head.recorded_at = Some(recorded.recorded_at);
            self.bytes += entry.envelope.len();
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Writes everything and commits. On success it is durable.
    ///
    /// # Errors
    /// See [`Tx::commit`] and [`Tx::append`].
    pub fn commit(mut self) -> Result<(), AppendError> {
        if self.entries.is_empty() && self.unrecorded.is_empty() {
            // Nothing changed: nobody is made to look, and nothing is synced.
            return Ok(());
        }
        // Sightings beyond the bound, and nothing else, may come without an event.
        for id in std::mem::take(&mut self.unrecorded) {
            self.tx.count_unrecorded(id)?;
        }
        // First, as somebody new may come by the name of somebody forgotten.
        for person in std::mem::take(&mut self.forgotten) {
            self.tx.destroy_person(person)?;
        }
        for person in &self.new_persons {
            self.tx.put_person(person)?;
        }
        self.tx.append(&self.entries)?;
        tree::grow(&mut self.tx, self.before, &self.entries, &self.above)?;
        // In the order of issue: rows are then appended, not scattered.
        let mut changed: Vec<_> =
            self.changed.iter().filter_map(|id| self.tokens.remove(id)).collect();
        changed.sort_by_key(|token| token.issued_position);
        for token in changed {
            self.tx.put_token(token)?;
        }
        for ((id, place), position) in std::mem::take(&mut self.sightings) {
            self.tx.put_sighting(id, place, position)?;
        }
        for review in std::mem::take(&mut self.reviews).into_values() {
            self.tx.put_review(review)?;
        }
        if let Some(ledger) = self.ledger.take().filter(|_| self.ledger_changed) {
            self.tx.put_ledger(ledger)?;
        }
        self.tx.put_head(&self.head)?;
        Ok(self.tx.commit()?)
    }

    /// The token as held here, if it is.
    fn overlay(&self, token: Token) -> Token {
        self.tokens.get(&token.id).cloned().unwrap_or(token)
    }

    fn made_here(&self) -> impl Iterator<Item = &Token> {
        self.changed.iter().filter_map(|id| self.tokens.get(id)).filter(|token| token.version > 0)
    }
}

impl<T: Tx> Rows for Batch<'_, T> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        Ok(self.ledger.clone())
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        if let Some(token) = self.tokens.get(&id) {
            return Ok(Some(token.clone()));
        }
        let token = self.tx.token(id)?;
        self.tokens.extend(token.iter().map(|token| (id, token.clone())));
        Ok(token)
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        self.ledger = Some(row);
        self.ledger_changed = true;
        Ok(())
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        self.changed.insert(token.id);
        self.by_digest.insert(*token.digest.as_bytes(), token.id);
        self.tokens.insert(token.id, token);
        Ok(())
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.sightings.insert((id, place), at);
        Ok(())
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        match self.reviews.get(&id) {
            Some(review) => Ok(Some(review.clone())),
            None => self.tx.review(id),
        }
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        self.reviews.insert(review.id, review);
        Ok(())
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        for mut token in self.tokens_of(Some(person), None)? {
            token.forget(person);
            self.put_token(token)?;
        }
        self.persons.retain(|_, known| *known != person);
        self.keys.borrow_mut().remove(&person);
        self.new_persons.retain(|new| new.id != person);
        self.forgotten.insert(person);
        Ok(())
    }
}

impl<T: Tx> Lookup for Batch<'_, T> {
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        match self.by_digest.get(digest.as_bytes()) {
            Some(id) => self.token(*id),
            None => Ok(self.tx.token_with_digest(digest)?.map(|token| self.overlay(token))),
        }
    }

    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        issued_before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError> {
        let stored = self.tx.tokens_of(owner, issued_before)?;
        let known: HashSet<_> = stored.iter().map(|token| token.id).collect();
        let mut tokens: Vec<_> = stored.into_iter().map(|token| self.overlay(token)).collect();
        let fits = |token: &&Token| {
            !known.contains(&token.id)
                && owner.is_none_or(|owner| token.owner.person == owner)
                && issued_before.is_none_or(|before| token.created_at < before)
        };
        tokens.extend(self.made_here().filter(fits).cloned());
        tokens.sort_by_key(|token| token.issued_position);
        Ok(tokens)
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError> {
        let stored = self.tx.due(now, limit)?;
        let overlaid = stored.into_iter().map(|token| self.overlay(token));
        Ok(overlaid.filter(|token| token.is_due(now)).collect())
    }

    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.sightings.contains_key(&(id, *place)) || self.tx.has_sighting(id, place)?)
    }

    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError> {
        if let Some(id) = self.persons.get(name) {
            return Ok(Some(*id));
        }
        let id = self.tx.person_named(name)?.filter(|id| !self.forgotten.contains(id));
        self.persons.extend(id.map(|id| (name.to_owned(), id)));
        Ok(id)
    }
}

/// Everybody an event speaks of, the actor first.
fn persons_of(recorded: &Recorded) -> Vec<PersonId> {
    let of = |text: &Option<crate::person::Personal>| text.as_ref().map(|text| text.person);
    let mut persons = vec![recorded.actor.name.person];
    persons.extend(match &recorded.event {
        Event::TokenIssued(issued) => Some(issued.owner.person),
        Event::TokenImported(imported) => Some(imported.owner.person),
        Event::TokenRenamed(name) => Some(name.person),
        Event::TokenSuspended { comment, .. } | Event::TokenRevoked { comment, .. } => of(comment),
        Event::TokenResumed { accepted_leak } => of(accepted_leak),
        Event::TokenLeaked(sighting) => of(&sighting.author),
        Event::ScanBypassed(it) => Some(it.pusher.person),
        Event::RollbackAccepted(it) => Some(it.reason.person),
        Event::OwnerForgotten { reason } | Event::ReviewDecided { reason, .. } => {
            Some(reason.person)
        }
        Event::ReviewStarted { name, .. } => Some(name.person),
        Event::ReviewClosed { comment, .. } => of(comment),
        Event::LedgerOpened(_)
        | Event::MapCommitted(_)
        | Event::KeyRotated(_)
        | Event::PolicyChanged(_)
        | Event::PrefixAdded(_)
        | Event::TokenScoped { .. }
        | Event::TokenExpiryChanged(_)
        | Event::TokenRotated { .. }
        | Event::TokenExpired(_) => None,
    });
    persons
}

fn new_person(name: &str, entropy: &dyn Entropy) -> Result<Person, StoreError> {
    let (mut id, mut key) = ([0; 16], Zeroizing::new([0; 32]));
    entropy.fill(&mut id)?;
    entropy.fill(key.as_mut_slice())?;
    Ok(Person {
        id: PersonId::from_bytes(id),
        name: name.to_owned(),
        key: PersonKey::from_bytes(*key),
    })
}

fn event_id(at: Timestamp, entropy: &dyn Entropy) -> Result<Ulid, EntropyError> {
    let mut random = [0; 16];
    entropy.fill(&mut random[6..])?;
    Ok(Ulid::from_parts(at.as_millis(), u128::from_be_bytes(random)))
}
