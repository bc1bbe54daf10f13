//! Review campaigns: a set of tokens of which somebody other than the owner says keep or revoke,
//! each with a reason.

use std::collections::BTreeMap;

use patrol_token::TokenId;
use ulid::Ulid;

use crate::event::{Event, Recorded, Stream, Verdict};
use crate::evolve::Impossible;
use crate::time::Timestamp;

/// The most tokens of one campaign: its first event names them all, and an event has a bound. More
/// are reviewed in several campaigns, such as one for each owner.
pub const REVIEW_MAX: usize = 1500;

/// A campaign, as its events leave it. Who said what, and why, stands in the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: Ulid,
    /// When it was started.
    pub started_at: Timestamp,
    /// Its tokens, with what was said of each last.
    pub tokens: BTreeMap<TokenId, Option<Judged>>,
    /// When it was signed off.
    pub closed_at: Option<Timestamp>,
    /// How many events it has.
    pub version: u64,
    /// Where its last event stands.
    pub position: u64,
}

/// What was said of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// Where the event stands.
    pub position: u64,
}

/// The campaign after an event of its stream.
///
/// # Errors
/// An event that does not fit.
pub fn evolve_review(before: Option<Review>, recorded: &Recorded) -> Result<Review, Impossible> {
    let stop = |why: &str| Impossible::new(recorded.position, why);
    let expected = before.as_ref().map_or(1, |review| review.version + 1);
    if recorded.version != expected {
        return Err(stop(&format!("version {}, expected {expected}", recorded.version)));
    }
    let Stream::Review(id) = recorded.stream else {
        return Err(stop("a review's event in another stream"));
    };
    let mut review = match (&recorded.event, before) {
        (Event::ReviewStarted { tokens, .. }, None) => Review {
            id,
            started_at: recorded.recorded_at,
            tokens: tokens.iter().map(|token| (*token, None)).collect(),
            closed_at: None,
            version: 0,
            position: 0,
        },
        (Event::ReviewStarted { .. }, Some(_)) => {
            return Err(stop("the review was started before"));
        }
        (_, None) => return Err(stop("the review was never started")),
        (_, Some(review)) if review.closed_at.is_some() => {
            return Err(stop("the review was closed before"));
        }
        (_, Some(review)) => review,
    };
    match &recorded.event {
        Event::ReviewStarted { .. } => {}
        Event::ReviewDecided { token, verdict, .. } => {
            let judged =
                Judged { verdict: *verdict, at: recorded.recorded_at, position: recorded.position };
            match review.tokens.get_mut(token) {
                Some(place) => *place = Some(judged),
                None => return Err(stop("a token that is not part of the review")),
            }
        }
        Event::ReviewClosed { .. } => review.closed_at = Some(recorded.recorded_at),
        _ => return Err(stop("another event in a review's stream")),
    }
    review.version = recorded.version;
    review.position = recorded.position;
    Ok(review)
}
