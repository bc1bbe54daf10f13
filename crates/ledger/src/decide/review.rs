//! Review campaigns: started over tokens that live, decided by others than their owners, and closed
//! when nothing is left open.

use std::collections::BTreeSet;

use patrol_token::TokenId;
use ulid::Ulid;

use super::{Decided, comment, living, of, person};
use crate::command::{Decide, Selector};
use crate::event::{Event, RevokeReason, Stream, Verdict};
use crate::person::Personal;
use crate::refusal::Refusal;
use crate::review::{REVIEW_MAX, Review};
use crate::state::State;
use crate::text;
use crate::time::Timestamp;
use crate::token::{Status, Token};

pub(super) fn start(
    state: &State,
    id: Ulid,
    by: &str,
    name: &str,
    tokens: &[TokenId],
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let by = person(state, "actor", by)?;
    let name = Personal::new(by.person, text::name(name)?);
    let tokens: BTreeSet<_> = tokens.iter().copied().collect();
    if tokens.is_empty() {
        return Err(Refusal::NothingToReview);
    }
    if tokens.len() > REVIEW_MAX {
        return Err(Refusal::ReviewTooLarge(tokens.len()));
    }
    for token in &tokens {
        living(state, &Selector::Id(*token), now)?;
    }
    let tokens = tokens.into_iter().collect();
    Ok(vec![(Stream::Review(id), Event::ReviewStarted { name, tokens })])
}

pub(super) fn decide(state: &State, it: &Decide, now: Timestamp) -> Result<Vec<Decided>, Refusal> {
    let review = open(state, it.review)?;
    let by = person(state, "actor", &it.by)?;
    let mut decided = Vec::new();
    let mut seen = BTreeSet::new();
    for which in &it.tokens {
        let token = state.token(which)?;
        let Some(before) = review.tokens.get(&token.id) else {
            return Err(Refusal::NotInReview { review: review.id, token: token.id });
        };
        if token.owner.person == by.person {
            return Err(Refusal::OwnReview { token: token.id });
        }
        let reason = comment(token, "reason", &it.reason)?;
        if !seen.insert(token.id) || before.is_some_and(|judged| judged.verdict == it.verdict) {
            continue;
        }
        living(state, which, now)?;
        let event =
            Event::ReviewDecided { token: token.id, verdict: it.verdict, reason: reason.clone() };
        decided.push((Stream::Review(review.id), event));
        if it.verdict == Verdict::Revoke {
            let event =
                Event::TokenRevoked { reason: RevokeReason::Requested, comment: Some(reason) };
            decided.push(of(token.id, event));
        }
    }
    Ok(decided)
}

pub(super) fn close(
    state: &State,
    id: Ulid,
    by: &str,
    words: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    let review = open(state, id)?;
    let by = person(state, "actor", by)?;
    let words = words.filter(|words| !words.trim().is_empty());
    let words = words.map(|words| text::comment("comment", words)).transpose()?;
    let (mut kept, mut revoked, mut ended, mut left) = (0, 0, 0, Vec::new());
    for (token, judged) in &review.tokens {
        let alive = |token: &Token| matches!(token.status(now), Status::Active | Status::Suspended);
        match judged.map(|judged| judged.verdict) {
            Some(Verdict::Keep) => kept += 1,
            Some(Verdict::Revoke) => revoked += 1,
            // What ended in another way meanwhile has nothing left to be said of it.
            None if state.tokens.get(token).is_some_and(alive) => left.push(*token),
            None => ended += 1,
        }
    }
    if !left.is_empty() {
        return Err(Refusal::OpenReview { review: id, open: left });
    }
    let comment = words.map(|words| Personal::new(by.person, words));
    Ok(vec![(Stream::Review(id), Event::ReviewClosed { kept, revoked, ended, comment })])
}

/// The review that is meant, if it still takes decisions.
fn open(state: &State, id: Ulid) -> Result<&Review, Refusal> {
    let review = state.review.as_ref().ok_or(Refusal::UnknownReview(id))?;
    match review.closed_at {
        Some(at) => Err(Refusal::ReviewClosed { review: id, at }),
        None => Ok(review),
    }
}
