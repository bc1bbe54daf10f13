//! Verification: active or not, in one answer. Fails closed.

use crate::scope::Scope;
use crate::time::Timestamp;
use crate::token::{Status, Token};
use crate::words::words;

words! {
    /// Why a token is not accepted, for the operator, in order of precedence. An outsider is told
    /// only that it is not.
    Reason, "reason" {
        /// Not a token's text at all; no storage was asked.
        Malformed = "malformed",
        /// No such token, or the secret does not match.
        Unknown = "unknown",
        /// Ended by somebody.
        Revoked = "revoked",
        /// Ended by the clock.
        Expired = "expired",
        /// Laid to rest.
        Suspended = "suspended",
        /// Good, but not for this.
        InsufficientScope = "insufficient_scope",
    }
}

/// Judges a token whose digest was found to match.
///
/// # Errors
/// The first reason, in order of precedence, why it is not accepted.
pub fn judge(token: &Token, asked: &[Scope], now: Timestamp) -> Result<(), Reason> {
    match token.status(now) {
        Status::Revoked => Err(Reason::Revoked),
        Status::Expired => Err(Reason::Expired),
        Status::Suspended => Err(Reason::Suspended),
        Status::Active if asked.iter().all(|scope| token.scopes.cover(scope)) => Ok(()),
        Status::Active => Err(Reason::InsufficientScope),
    }
}
