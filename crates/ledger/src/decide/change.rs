//! Changes to a token that lives, and to the ledger itself.

use patrol_token::Prefix;

use super::{Decided, comment, end, living, of};
use crate::command::{Expiry, Selector};
use crate::event::{Event, Stream, SuspendReason};
use crate::person::Personal;
use crate::policy::Change;
use crate::refusal::Refusal;
use crate::scope::Scopes;
use crate::state::State;
use crate::text;
use crate::time::Timestamp;

pub(super) fn rename(
    state: &State,
    which: &Selector,
    name: &str,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let token = living(state, which, now)?;
    let name = text::name(name)?;
    if token.name.as_ref() == Some(&name) {
        return Ok(Vec::new());
    }
    let name = Personal::new(token.owner.person, name);
    Ok(vec![of(token.id, Event::TokenRenamed(name))])
}

pub(super) fn scope(
    state: &State,
    which: &Selector,
    set: Option<&Scopes>,
    add: &Scopes,
    remove: &Scopes,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let token = living(state, which, now)?;
    let wanted = set.unwrap_or(&token.scopes).with(add).without(remove);
    if wanted.len() > Scopes::MAX {
        return Err(Refusal::TooManyScopes(wanted.len()));
    }
    let (added, removed) = (wanted.without(&token.scopes), token.scopes.without(&wanted));
    if added.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![of(token.id, Event::TokenScoped { added, removed })])
}

pub(super) fn expire(
    state: &State,
    which: &Selector,
    at: Expiry,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let token = living(state, which, now)?;
    // The longest life counts from the token's birth: moving the end again and again does not
    // lengthen it.
    let expires_at = end(&state.ledger.policy, at, token.created_at, now)?;
    if expires_at == token.expires_at {
        return Ok(Vec::new());
    }
    Ok(vec![of(token.id, Event::TokenExpiryChanged(expires_at))])
}

pub(super) fn suspend(
    state: &State,
    which: &Selector,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let token = living(state, which, now)?;
    let comment = Some(comment(token, "reason", reason)?);
    if token.suspended_at.is_some() {
        return Ok(Vec::new());
    }
    let event = Event::TokenSuspended { reason: SuspendReason::Requested, comment };
    Ok(vec![of(token.id, event)])
}

pub(super) fn resume(
    state: &State,
    which: &Selector,
    accept_leak: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let token = living(state, which, now)?;
    let accepted = accept_leak.map(|words| comment(token, "reason", words)).transpose()?;
    if token.suspended_at.is_none() {
        return Ok(Vec::new());
    }
    if token.has_open_leak() && accepted.is_none() {
        return Err(Refusal::OpenLeak { id: token.id, at: token.leaked_at.unwrap_or(now) });
    }
    // Words that accept no leak accept nothing; they are not kept as if they did.
    let accepted_leak = accepted.filter(|_| token.has_open_leak());
    Ok(vec![of(token.id, Event::TokenResumed { accepted_leak })])
}

pub(super) fn policy(state: &State, change: &Change) -> Vec<Decided> {
    let before = &state.ledger.policy;
    if before.clone().with(change) == *before {
        return Vec::new();
    }
    vec![(Stream::Ledger, Event::PolicyChanged(change.clone()))]
}

pub(super) fn prefix(state: &State, prefix: &Prefix) -> Vec<Decided> {
    if state.ledger.current_prefix() == Some(prefix) {
        return Vec::new();
    }
    vec![(Stream::Ledger, Event::PrefixAdded(prefix.clone()))]
}
