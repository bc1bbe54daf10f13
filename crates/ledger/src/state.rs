//! What a command is decided on: the rows it needs, gathered beforehand, so that deciding is pure.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use patrol_token::{TokenDigest, TokenId};

use crate::command::{Command, Request, Selector};
use crate::person::PersonId;
use crate::project::{Lookup, StoreError};
use crate::refusal::Refusal;
use crate::review::Review;
use crate::time::Timestamp;
use crate::token::{LedgerRow, Token};

/// The rows that one command needs.
#[derive(Clone, Debug)]
pub struct State {
    /// The ledger itself.
    pub ledger: LedgerRow,
    /// The tokens it names or selects.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Tokens found by digest.
    pub by_digest: BTreeMap<[u8; 32], TokenId>,
    /// Everybody it mentions, by normal name; new persons have an id already.
    pub persons: BTreeMap<String, PersonId>,
    /// What its filter selects.
    pub selected: Vec<TokenId>,
    /// Whether its filter names an owner who has no tokens.
    pub owner_has_none: bool,
    /// The review that it is about.
    pub review: Option<Review>,
    /// Whom it forgets, if they are known.
    pub forgotten: Option<PersonId>,
    /// Whether a leak's place is recorded.
    pub place_is_known: bool,
}

impl State {
    /// The token that is meant.
    ///
    /// # Errors
    /// [`Refusal::UnknownToken`] if there is none, or the whole token does not match.
    pub fn token(&self, selector: &Selector) -> Result<&Token, Refusal> {
        let by_id = selector.id().and_then(|id| self.tokens.get(&id));
        let by_digest = || match selector {
            Selector::Id(_) => None,
            Selector::Whole { digest, .. } => {
                self.tokens.get(self.by_digest.get(digest.as_bytes())?)
            }
        };
        let found = by_id.filter(|token| selector.means(token)).or_else(by_digest);
        found.ok_or(Refusal::UnknownToken { id: selector.id() })
    }

    /// Reads the rows that a request needs. `new_person` gives ids to persons seen for the first
    /// time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn gather<R: Lookup + ?Sized>(
        rows: &mut R,
        request: &Request,
        now: Timestamp,
        new_person: &mut dyn FnMut(&str) -> Result<PersonId, StoreError>,
    ) -> Result<Self, StoreError> {
        let mut state = Self {
            ledger: rows.ledger()?.ok_or(StoreError::NotALedger)?,
            tokens: BTreeMap::new(),
            by_digest: BTreeMap::new(),
            persons: BTreeMap::new(),
            selected: Vec::new(),
            owner_has_none: false,
            review: None,
            forgotten: None,
            place_is_known: false,
        };
        let mut people = vec![request.actor.as_str()];
        match &request.command {
            Command::Issue(issue) => {
                people.push(&issue.owner);
                state.load_new(rows, issue.id, &issue.digest)?;
            }
            Command::Import(imports) => {
                for import in imports {
                    people.push(&import.owner);
                    state.load_new(rows, import.id, &import.digest)?;
                }
            }
            Command::Rename { token, .. }
            | Command::Scope { token, .. }
            | Command::Expire { token, .. }
            | Command::Suspend { token, .. }
            | Command::Resume { token, .. } => state.load(rows, token)?,
            Command::Rotate(rotate) => {
                state.load(rows, &rotate.token)?;
                state.load_new(rows, rotate.successor, &rotate.digest)?;
            }
            Command::Revoke(revoke) => {
                for token in &revoke.tokens {
                    state.load(rows, token)?;
                }
                if revoke.owner.is_some() || revoke.issued_before.is_some() {
                    let owner = match &revoke.owner {
                        Some(name) => match normal(name).map(|name| rows.person_named(&name)) {
                            Some(person) => person?,
                            None => None,
                        },
                        None => None,
                    };
                    if owner.is_some() || revoke.owner.is_none() {
                        let mut found = rows.tokens_of(owner, None)?;
                        state.owner_has_none = revoke.owner.is_some() && found.is_empty();
                        if let Some(before) = revoke.issued_before {
                            found.retain(|token| token.created_at < before);
                        }
                        state.select(found);
                    } else {
                        state.owner_has_none = true;
                    }
                }
            }
            Command::Leak(leak) => {
                people.extend(leak.sighting.author.as_deref());
                state.load(rows, &leak.token)?;
                if let Ok(id) = state.token(&leak.token).map(|token| token.id) {
                    state.place_is_known = rows.has_sighting(id, &leak.sighting.place)?;
                }
            }
            Command::Sweep { limit } => {
                let due = rows.due(now, *limit)?;
                state.select(due);
            }
            Command::Bypass(bypass) => people.push(&bypass.pusher),
            Command::AcceptRollback(rollback) => people.push(&rollback.by),
            Command::StartReview { by, tokens, .. } => {
                people.push(by);
                for token in tokens {
                    state.load(rows, &Selector::Id(*token))?;
                }
            }
            Command::Decide(it) => {
                people.push(&it.by);
                state.review = rows.review(it.review)?;
                for token in &it.tokens {
                    state.load(rows, token)?;
                }
            }
            Command::CloseReview { review, by, .. } => {
                people.push(by);
                state.review = rows.review(*review)?;
                let tokens = state.review.iter().flat_map(|review| review.tokens.keys().copied());
                for token in tokens.collect::<Vec<_>>() {
                    state.load(rows, &Selector::Id(token))?;
                }
            }
            Command::Forget(it) => {
                people.push(&it.by);
                if let Some(name) = normal(&it.owner)
                    && let Some(person) = rows.person_named(&name)?
                {
                    state.forgotten = Some(person);
                    let theirs = rows.tokens_of(Some(person), None)?;
                    state.select(theirs);
                }
            }
            Command::SetPolicy(_)
            | Command::AddPrefix(_)
            | Command::CommitMap(_)
            | Command::RotateKey(_) => {}
        }
        for name in people.into_iter().filter_map(normal) {
            if let Entry::Vacant(place) = state.persons.entry(name) {
                let id = match rows.person_named(place.key())? {
                    Some(id) => id,
                    None => new_person(place.key())?,
                };
                place.insert(id);
            }
        }
        Ok(state)
    }

    fn select(&mut self, tokens: Vec<Token>) {
        for token in tokens {
            self.selected.push(token.id);
            self.tokens.insert(token.id, token);
        }
    }

    fn load<R: Lookup + ?Sized>(
        &mut self,
        rows: &mut R,
        which: &Selector,
    ) -> Result<(), StoreError> {
        if let Some(id) = which.id()
            && let Some(token) = rows.token(id)?
        {
            self.tokens.insert(id, token);
        }
        if let Selector::Whole { digest, .. } = which {
            self.load_digest(rows, digest)?;
        }
        Ok(())
    }

    /// Looks whether a token about to come exists already.
    fn load_new<R: Lookup + ?Sized>(
        &mut self,
        rows: &mut R,
        id: TokenId,
        digest: &TokenDigest,
    ) -> Result<(), StoreError> {
        if let Some(token) = rows.token(id)? {
            self.tokens.insert(id, token);
        }
        self.load_digest(rows, digest)
    }

    fn load_digest<R: Lookup + ?Sized>(
        &mut self,
        rows: &mut R,
        digest: &TokenDigest,
    ) -> Result<(), StoreError> {
        if let Some(token) = rows.token_with_digest(digest)? {
            self.by_digest.insert(*digest.as_bytes(), token.id);
            self.tokens.insert(token.id, token);
        }
        Ok(())
    }
}

/// A person's name as it is compared; `None` if it is none, which `decide` will say in words.
pub(crate) fn normal(name: &str) -> Option<String> {
    crate::text::person("person", name).ok()
}
