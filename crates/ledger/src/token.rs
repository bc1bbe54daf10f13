//! A token as the ledger knows it now: the row that events are folded into, and its status.

use patrol_token::{Prefix, TokenDigest, TokenId};

use crate::event::{Format, RevokeReason};
use crate::person::{PersonId, Personal};
use crate::scope::Scopes;
use crate::time::Timestamp;
use crate::words::words;

/// One token. Rows are tombstones when the token has ended; they are never deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its public id.
    pub id: TokenId,
    /// What its text looks like.
    pub format: Format,
    /// Whether it was made elsewhere: then its id need not stand in its text.
    pub imported: bool,
    /// The prefix it was minted with; `None` for imports that did not name one.
    pub prefix: Option<Prefix>,
    /// Whose it is. The text is `None` once the owner is forgotten.
    pub owner: Personal,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// By what it is recognised.
    pub digest: TokenDigest,
    /// When it was issued, or, for an import, made.
    pub created_at: Timestamp,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// When its end was recorded.
    pub expired_at: Option<Timestamp>,
    /// When and why it was revoked.
    pub revoked: Option<Revoked>,
    /// When a rotation's overlap ends; from then on it counts as revoked, by the clock.
    pub superseded_at: Option<Timestamp>,
    /// The token it took over from.
    pub rotated_from: Option<TokenId>,
    /// The token that took over from it.
    pub rotated_to: Option<TokenId>,
    /// When it was first found where it must not be.
    pub leaked_at: Option<Timestamp>,
    /// Places where it was found, as far as they are recorded.
    pub sightings: u32,
    /// When the risk of the leaks known by then was accepted.
    pub leak_accepted_at: Option<Timestamp>,
    /// Where its first event stands.
    pub issued_position: u64,
    /// How many events it has: its stream's version.
    pub version: u64,
    /// Where its last event stands.
    pub position: u64,
}

/// When and why a token was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RevokeReason,
}

words! {
    /// What a token is good for.
    Status, "status" {
        /// It is accepted.
        Active = "active",
        /// It is refused until resumed.
        Suspended = "suspended",
        /// Its time is over.
        Expired = "expired",
        /// It was ended.
        Revoked = "revoked",
    }
}

impl Token {
    /// The status at an instant. Ends that the clock brings (expiry, the end of an overlap) count
    /// before they are recorded; what is recorded counts whatever the clock says.
    pub fn status(&self, now: Timestamp) -> Status {
        if self.revocation(now).is_some() {
            Status::Revoked
        } else if self.expired_at.is_some() || self.expires_at.is_some_and(|end| end <= now) {
            Status::Expired
        } else if self.suspended_at.is_some() {
            Status::Suspended
        } else {
            Status::Active
        }
    }

    /// When and why it was revoked, the end of an overlap included.
    pub fn revocation(&self, now: Timestamp) -> Option<Revoked> {
        let superseded = self.superseded_at.filter(|end| *end <= now);
        self.revoked.or(superseded.map(|at| Revoked { at, reason: RevokeReason::Superseded }))
    }

    /// Whether it leaked and nobody accepted the risk. Accepting covers the places known then; a
    /// sighting in a new place clears the acceptance.
    pub fn has_open_leak(&self) -> bool {
        self.leaked_at.is_some() && self.leak_accepted_at.is_none()
    }

    /// Blanks what is said of its owner in plain text, if that is who is meant.
    pub(crate) fn forget(&mut self, person: PersonId) {
        if self.owner.person == person {
            (self.owner.text, self.name, self.description) = (None, None, None);
        }
    }

    /// The owner's name in the log.
    pub fn owner_id(&self) -> PersonId {
        self.owner.person
    }

    /// Whether the clock has ended it and the log does not say so yet.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let ended = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        self.revoked.is_none()
            && (ended(self.superseded_at) || (self.expired_at.is_none() && ended(self.expires_at)))
    }
}

/// The ledger itself, as its own stream's events leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The ledger's id.
    pub id: ulid::Ulid,
    /// The log's name.
    pub origin: String,
    /// The public key of its checkpoints.
    pub verifier_key: String,
    /// Every prefix it ever had, in the order they came; new tokens get the last.
    pub prefixes: Vec<Prefix>,
    /// Its policy.
    pub policy: crate::policy::Policy,
    /// The version of the ledger's own stream.
    pub version: u64,
}

impl LedgerRow {
    /// The prefix that new tokens get: the one added last.
    pub fn current_prefix(&self) -> Option<&Prefix> {
        self.prefixes.last()
    }
}
