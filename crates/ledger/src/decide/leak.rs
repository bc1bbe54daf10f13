//! The leak response: what happens to a token that was found where it must not be.

use super::{Decided, of, person};
use crate::command::Leak;
use crate::event::{Event, RevokeReason, Sighting, SuspendReason};
use crate::policy::LeakResponse;
use crate::refusal::Refusal;
use crate::state::State;
use crate::text::clip;
use crate::time::Timestamp;
use crate::token::Status;

/// Places recorded per token. A token pasted into ten thousand files is one incident; its further
/// places are counted, not written.
pub(crate) const SIGHTINGS_MAX: u32 = 100;

/// The longest path, ref, repository, object or commit that is kept of a finding, in bytes as they
/// stand in the envelope: five of them leave room for the rest.
const LOCATION_MAX: usize = 8192;

/// Records the place, once, and responds by policy, anew at every sighting.
pub(super) fn leak(state: &State, leak: &Leak, now: Timestamp) -> Result<Vec<Decided>, Refusal> {
    let token = state.token(&leak.token)?;
    let mut decided = Vec::new();
    if !state.place_is_known && token.sightings < SIGHTINGS_MAX {
        decided.push(of(token.id, Event::TokenLeaked(Box::new(sighting(state, &leak.sighting)))));
    }
    // Accepting a leak accepts the places known then. A place never seen before is a new leak; but
    // beyond the bound places are only counted, and cannot be told apart.
    let told_apart = token.sightings < SIGHTINGS_MAX;
    let accepted = token.leak_accepted_at.is_some() && (state.place_is_known || !told_apart);
    let response = match (token.status(now), state.ledger.policy.leak_response_for(&token.scopes)) {
        (Status::Expired | Status::Revoked, _) | (_, LeakResponse::Report) => None,
        (Status::Active | Status::Suspended, LeakResponse::Revoke) => {
            Some(Event::TokenRevoked { reason: RevokeReason::Leaked, comment: None })
        }
        (Status::Active, LeakResponse::Suspend) if !accepted => {
            Some(Event::TokenSuspended { reason: SuspendReason::Leaked, comment: None })
        }
        (Status::Active | Status::Suspended, LeakResponse::Suspend) => None,
    };
    decided.extend(response.map(|event| of(token.id, event)));
    Ok(decided)
}

/// What is kept of a finding: redacted and bounded. Nothing in it can make a leak be refused, or
/// a hostile commit could protect the token it leaks.
fn sighting(state: &State, found: &Sighting<String>) -> Sighting {
    let short = |text: &Option<String>| text.as_deref().map(|text| clip(text, LOCATION_MAX));
    Sighting {
        place: found.place,
        source: clip(&found.source, 64),
        repository: short(&found.repository),
        object: short(&found.object),
        reference: short(&found.reference),
        path: short(&found.path),
        line: found.line,
        column: found.column,
        commit: short(&found.commit),
        // `intake` has clipped it; an author that still cannot be kept is left out.
        author: found.author.as_deref().and_then(|author| person(state, "author", author).ok()),
        date: found.date.as_deref().map(|date| clip(date, 64)),
    }
}
