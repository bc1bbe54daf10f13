//! What the log says of itself: commitments, its key, and that a part of it was lost.

use super::{Decided, person};
use crate::command::RollbackBy;
use crate::event::{Event, KeyRotated, MapCommitted, RollbackAccepted, Stream};
use crate::key::is_endorsed;
use crate::person::Personal;
use crate::refusal::Refusal;
use crate::state::State;
use crate::text;

/// Records a commitment. Whether it is the right one, `check` tells.
pub(super) fn commit_map(map: MapCommitted) -> Vec<Decided> {
    vec![(Stream::Ledger, Event::MapCommitted(map))]
}

/// Takes another key, if the present one endorses it.
pub(super) fn rotate_key(state: &State, rotated: &KeyRotated) -> Result<Vec<Decided>, Refusal> {
    if state.ledger.verifier_key == rotated.verifier_key {
        return Ok(Vec::new());
    }
    match is_endorsed(&state.ledger.verifier_key, rotated) {
        true => Ok(vec![(Stream::Ledger, Event::KeyRotated(rotated.clone()))]),
        false => Err(Refusal::NotEndorsed),
    }
}

/// Records that a checkpoint is no longer honoured, with the reason in words.
pub(super) fn accept_rollback(state: &State, it: &RollbackBy) -> Result<Vec<Decided>, Refusal> {
    let by = person(state, "actor", &it.by)?;
    let reason = Personal::new(by.person, text::comment("reason", &it.accepted.reason)?);
    let RollbackAccepted { size, root, .. } = it.accepted;
    let event = Event::RollbackAccepted(RollbackAccepted { size, root, reason });
    Ok(vec![(Stream::Ledger, event)])
}
