//! Ends: revocation, and recording what the clock has ended.

use std::collections::BTreeSet;

use super::{Decided, comment, of};
use crate::command::Revoke;
use crate::event::{Event, RevokeReason};
use crate::refusal::Refusal;
use crate::state::State;
use crate::time::Timestamp;
use crate::token::{Status, Token};

/// Revokes what is named and what the filter selects. Unknown names refuse nothing: a revocation
/// of others must not wait for a typing error to be mended. The caller tells them by their absence.
pub(super) fn revoke(
    state: &State,
    revoke: &Revoke,
    now: Timestamp,
) -> Result<Vec<Decided>, Refusal> {
    if state.owner_has_none {
        return Err(Refusal::UnknownOwner);
    }
    let named = revoke.tokens.iter().filter_map(|which| state.token(which).ok());
    // Named tokens may have expired: that revocation is a fact worth recording. A filter means
    // what still lives.
    let alive = |token: &&Token| matches!(token.status(now), Status::Active | Status::Suspended);
    let selected = state.selected.iter().filter_map(|id| state.tokens.get(id)).filter(alive);
    let mut done = BTreeSet::new();
    let mut decided = Vec::new();
    for token in named.chain(selected) {
        if token.revocation(now).is_some() || !done.insert(token.id) {
            continue;
        }
        let words = revoke.comment.as_deref().filter(|words| !words.trim().is_empty());
        let comment = words.map(|words| comment(token, "comment", words)).transpose()?;
        decided.push(of(token.id, Event::TokenRevoked { reason: revoke.reason, comment }));
    }
    Ok(decided)
}

/// Records ends that the clock has brought: of overlaps, as revoked; of lives, as expired.
pub(super) fn sweep(state: &State, now: Timestamp) -> Vec<Decided> {
    let due = state.selected.iter().filter_map(|id| state.tokens.get(id));
    due.filter(|token| token.is_due(now))
        .map(|token| {
            let ended_by_rotation = token.superseded_at.is_some_and(|end| end <= now);
            let event = match token.expires_at {
                _ if ended_by_rotation => {
                    Event::TokenRevoked { reason: RevokeReason::Superseded, comment: None }
                }
                end => Event::TokenExpired(end.unwrap_or(now)),
            };
            of(token.id, event)
        })
        .collect()
}
