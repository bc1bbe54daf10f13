//! Forgetting a person: the event that says so, after the end of whatever they still hold.

use super::{Decided, of, person};
use crate::command::Forget;
use crate::event::{Event, RevokeReason, Stream};
use crate::person::Personal;
use crate::refusal::Refusal;
use crate::state::State;
use crate::text;
use crate::time::Timestamp;
use crate::token::Status;

/// Records that somebody is forgotten. What the event makes happen (the key destroyed, the rows
/// blanked) is the store's to do with it.
pub(super) fn forget(state: &State, it: &Forget, now: Timestamp) -> Result<Vec<Decided>, Refusal> {
    let forgotten = state.forgotten.ok_or(Refusal::UnknownPerson)?;
    let by = person(state, "actor", &it.by)?;
    let reason = Personal::new(by.person, text::comment("reason", &it.reason)?);
    let selected = state.selected.iter().filter_map(|id| state.tokens.get(id));
    let living: Vec<_> = selected
        .filter(|token| matches!(token.status(now), Status::Active | Status::Suspended))
        .map(|token| token.id)
        .collect();
    if !living.is_empty() && !it.revoke {
        return Err(Refusal::HoldsLiving(living.len()));
    }
    let revoked = Event::TokenRevoked { reason: RevokeReason::Leaver, comment: None };
    let mut decided: Vec<_> = living.into_iter().map(|id| of(id, revoked.clone())).collect();
    decided.push((Stream::Owner(forgotten), Event::OwnerForgotten { reason }));
    Ok(decided)
}
