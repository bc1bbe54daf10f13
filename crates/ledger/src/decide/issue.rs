//! New tokens: issued, imported, rotated.

use std::collections::HashSet;

use super::{Decided, end, living, of, person};
use crate::command::{Expiry, Import, Issue, Rotate};
use crate::event::{Event, Format, TokenImported, TokenIssued};
use crate::person::Personal;
use crate::refusal::Refusal;
use crate::scope::Scopes;
use crate::state::State;
use crate::text;
use crate::time::Timestamp;

pub(super) fn issue(state: &State, issue: &Issue, now: Timestamp) -> Result<Vec<Decided>, Refusal> {
    if !state.ledger.prefixes.contains(&issue.prefix) {
        return Err(Refusal::UnknownPrefix(issue.prefix.clone()));
    }
    let owner = person(state, "owner", &issue.owner)?;
    let new = TokenIssued {
        prefix: issue.prefix.clone(),
        name: Personal::new(owner.person, text::name(&issue.name)?),
        description: description(&owner, issue.description.as_deref())?,
        owner,
        scopes: few(&issue.scopes)?,
        expires_at: end(&state.ledger.policy, issue.expires, now, now)?,
        digest: issue.digest,
        rotated_from: None,
    };
    if exists(state, issue.id, issue.digest.as_bytes()) {
        return Err(Refusal::Duplicate { lines: Vec::new() });
    }
    Ok(vec![of(issue.id, Event::TokenIssued(new))])
}

pub(super) fn import(
    state: &State,
    imports: &[Import],
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let mut decided = Vec::with_capacity(imports.len());
    let mut duplicates = Vec::new();
    let (mut ids, mut digests) = (HashSet::new(), HashSet::new());
    for import in imports {
        let again = !ids.insert(import.id) | !digests.insert(*import.digest.as_bytes());
        if again || exists(state, import.id, import.digest.as_bytes()) {
            duplicates.push(import.line);
            continue;
        }
        let event = imported(state, import, now)
            .map_err(|why| Refusal::ImportLine { line: import.line, why: Box::new(why) })?;
        decided.push(of(import.id, event));
    }
    if !duplicates.is_empty() {
        return Err(Refusal::Duplicate { lines: duplicates });
    }
    Ok(decided)
}

fn imported(state: &State, import: &Import, now: Timestamp) -> Result<Event, Refusal> {
    // An end that has passed is kept as it is: an inventory may hold dead tokens. One to come
    // obeys the policy, counted from now, as nobody can vouch for when the life began.
    if let Some(at) = import.created_at.filter(|at| *at > now) {
        return Err(Refusal::CreatedInFuture { at, now });
    }
    if let Format::Legacy { prefix, pattern } = &import.format {
        text::shape("format's prefix", prefix)?;
        text::shape("format's pattern", pattern)?;
    }
    let expires = import.expires_at.map_or(Expiry::Never, Expiry::At);
    let expires_at = match import.expires_at {
        Some(past) if past <= now => Some(past),
        _ => end(&state.ledger.policy, expires, now, now)?,
    };
    let owner = person(state, "owner", &import.owner)?;
    Ok(Event::TokenImported(TokenImported {
        format: import.format.clone(),
        prefix: import.prefix.clone(),
        name: Personal::new(owner.person, text::name(&import.name)?),
        description: description(&owner, import.description.as_deref())?,
        owner,
        scopes: few(&import.scopes)?,
        created_at: import.created_at,
        expires_at,
        digest: import.digest,
    }))
}

pub(super) fn rotate(
    state: &State,
    rotate: &Rotate,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let old = living(state, &rotate.token, now)?;
    if let Some(successor) = old.rotated_to {
        return Err(Refusal::AlreadyRotated { id: old.id, successor });
    }
    if !state.ledger.prefixes.contains(&rotate.prefix) {
        return Err(Refusal::UnknownPrefix(rotate.prefix.clone()));
    }
    if exists(state, rotate.successor, rotate.digest.as_bytes()) {
        return Err(Refusal::Duplicate { lines: Vec::new() });
    }
    let ends_at = now.plus(rotate.overlap);
    let ends_at = old.expires_at.map_or(ends_at, |expiry| ends_at.min(expiry));
    let kept = |text: &Option<String>| Personal { person: old.owner.person, text: text.clone() };
    let new = TokenIssued {
        prefix: rotate.prefix.clone(),
        owner: old.owner.clone(),
        name: kept(&old.name),
        description: old.description.as_ref().map(|_| kept(&old.description)),
        scopes: old.scopes.clone(),
        expires_at: end(&state.ledger.policy, rotate.expires, now, now)?,
        digest: rotate.digest,
        rotated_from: Some(old.id),
    };
    Ok(vec![
        of(old.id, Event::TokenRotated { successor: rotate.successor, ends_at }),
        of(rotate.successor, Event::TokenIssued(new)),
    ])
}

/// A description; an empty one is none.
fn description(owner: &Personal, words: Option<&str>) -> Result<Option<Personal>, Refusal> {
    let words = words.filter(|words| !words.trim().is_empty());
    let text = words.map(|words| text::comment("description", words)).transpose()?;
    Ok(text.map(|text| Personal::new(owner.person, text)))
}

fn few(scopes: &Scopes) -> Result<Scopes, Refusal> {
    if scopes.len() > Scopes::MAX {
        return Err(Refusal::TooManyScopes(scopes.len()));
    }
    Ok(scopes.clone())
}

fn exists(state: &State, id: patrol_token::TokenId, digest: &[u8; 32]) -> bool {
    state.tokens.contains_key(&id) || state.by_digest.contains_key(digest)
}
