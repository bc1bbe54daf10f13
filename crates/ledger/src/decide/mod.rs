//! Deciding: what a command makes happen, given the state before it. Pure: values in, events out,
//! or the reason why not. An empty list means that all is already as wanted.

mod bypass;
mod change;
mod end;
mod forget;
mod issue;
mod leak;
mod log;
mod review;

use patrol_token::TokenId;

use crate::command::{Command, Expiry, Selector};
use crate::event::{Actor, Event, Stream};
use crate::person::Personal;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::state::{State, normal};
use crate::text::{self, TextError};
use crate::time::Timestamp;
use crate::token::{Status, Token};

/// An event that shall be recorded, with the stream it belongs to.
pub type Decided = (Stream, Event);

/// Decides a command at an instant.
///
/// # Errors
/// The reason why the state or the policy does not allow it. Nothing has happened then.
pub fn decide(state: &State, command: &Command, now: Timestamp) -> Result<Vec<Decided>, Refusal> {
    match command {
        Command::Issue(issue) => issue::issue(state, issue, now),
        Command::Import(imports) => issue::import(state, imports, now),
        Command::Rotate(rotate) => issue::rotate(state, rotate, now),
        Command::Rename { token, name } => change::rename(state, token, name, now),
        Command::Scope { token, set, add, remove } => {
            change::scope(state, token, set.as_ref(), add, remove, now)
        }
        Command::Expire { token, at } => change::expire(state, token, *at, now),
        Command::Suspend { token, reason } => change::suspend(state, token, reason, now),
        Command::Resume { token, accept_leak } => {
            change::resume(state, token, accept_leak.as_deref(), now)
        }
        Command::Bypass(it) => bypass::bypass(state, it),
        Command::CommitMap(map) => Ok(log::commit_map(*map)),
        Command::RotateKey(rotated) => log::rotate_key(state, rotated),
        Command::AcceptRollback(it) => log::accept_rollback(state, it),
        Command::StartReview { id, by, name, tokens } => {
            review::start(state, *id, by, name, tokens, now)
        }
        Command::Decide(it) => review::decide(state, it, now),
        Command::CloseReview { review, by, comment } => {
            review::close(state, *review, by, comment.as_deref(), now)
        }
        Command::Forget(it) => forget::forget(state, it, now),
        Command::SetPolicy(change) => Ok(change::policy(state, change)),
        Command::AddPrefix(prefix) => Ok(change::prefix(state, prefix)),
        Command::Revoke(revoke) => end::revoke(state, revoke, now),
        Command::Sweep { .. } => Ok(end::sweep(state, now)),
        Command::Leak(leak) => leak::leak(state, leak, now),
    }
}

/// Who acts, as the log will name them.
///
/// # Errors
/// A name that may not be kept.
pub fn actor(
    state: &State,
    name: &str,
    via: crate::event::Via,
    uid: Option<u32>,
) -> Result<Actor, Refusal> {
    Ok(Actor { name: person(state, "actor", name)?, via, uid })
}

/// A person named in a command, sealed under their own key.
fn person(state: &State, what: &'static str, name: &str) -> Result<Personal, Refusal> {
    text::person(what, name)?;
    normal(name)
        .and_then(|name| Some(Personal::new(*state.persons.get(&name)?, name)))
        .ok_or(Refusal::Text(TextError::Empty(what)))
}

/// A comment on a token, which speaks of the token's owner. Of somebody who was forgotten, nothing
/// more is kept.
fn comment(token: &Token, what: &'static str, words: &str) -> Result<Personal, Refusal> {
    let text = Some(text::comment(what, words)?).filter(|_| token.owner.text.is_some());
    Ok(Personal { person: token.owner.person, text })
}

/// The token that is meant, if it can still change.
fn living<'s>(state: &'s State, which: &Selector, now: Timestamp) -> Result<&'s Token, Refusal> {
    let token = state.token(which)?;
    match token.status(now) {
        Status::Active | Status::Suspended => Ok(token),
        Status::Expired => Err(Refusal::Expired {
            id: token.id,
            at: token.expired_at.or(token.expires_at).unwrap_or(now),
        }),
        Status::Revoked => Err(revoked(token, now)),
    }
}

fn revoked(token: &Token, now: Timestamp) -> Refusal {
    let revoked = token.revocation(now);
    Refusal::Revoked {
        id: token.id,
        at: revoked.map_or(now, |revoked| revoked.at),
        reason: revoked.map_or(crate::event::RevokeReason::Other, |revoked| revoked.reason),
    }
}

/// The end that a command asks for, if the policy allows it for a life that begins at `from`.
fn end(
    policy: &Policy,
    asked: Expiry,
    from: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let latest = policy.max_lifetime.map(|max| (max, from.plus(max)));
    let end = match asked {
        // What nobody asked for is cut to what is allowed; what somebody asked for is refused.
        Expiry::Default => {
            let default = policy.default_expiry.map(|lifetime| now.plus(lifetime));
            return Ok(match (default, latest) {
                (Some(default), Some((_, latest))) => Some(default.min(latest)),
                (default, latest) => default.or(latest.map(|(_, latest)| latest)),
            });
        }
        Expiry::After(lifetime) => Some(now.plus(lifetime)),
        Expiry::At(at) => Some(at),
        Expiry::Never => None,
    };
    if let Some(at) = end.filter(|at| *at <= now) {
        return Err(Refusal::ExpiryInPast { at, now });
    }
    match latest {
        Some((max, latest)) if end.is_none_or(|end| end > latest) => {
            Err(Refusal::ExpiryBeyondPolicy { max, latest })
        }
        _ => Ok(end),
    }
}

/// An event of a token's stream.
fn of(id: TokenId, event: Event) -> Decided {
    (Stream::Token(id), event)
}
