//! The names of the types of events.

use super::Event;
use crate::words::words;

words! {
    /// The types of events, by the names they have in the log.
    Kind, "type of event" {
        /// [`Event::LedgerOpened`]
        LedgerOpened = "ledger.opened",
        /// [`Event::PolicyChanged`]
        PolicyChanged = "ledger.policy_changed",
        /// [`Event::PrefixAdded`]
        PrefixAdded = "ledger.prefix_added",
        /// [`Event::ScanBypassed`]
        ScanBypassed = "ledger.scan_bypassed",
        /// [`Event::MapCommitted`]
        MapCommitted = "ledger.map_committed",
        /// [`Event::KeyRotated`]
        KeyRotated = "ledger.key_rotated",
        /// [`Event::RollbackAccepted`]
        RollbackAccepted = "ledger.rollback_accepted",
        /// [`Event::OwnerForgotten`]
        OwnerForgotten = "owner.forgotten",
        /// [`Event::ReviewStarted`]
        ReviewStarted = "review.started",
        /// [`Event::ReviewDecided`]
        ReviewDecided = "review.decided",
        /// [`Event::ReviewClosed`]
        ReviewClosed = "review.closed",
        /// [`Event::TokenIssued`]
        TokenIssued = "token.issued",
        /// [`Event::TokenImported`]
        TokenImported = "token.imported",
        /// [`Event::TokenRenamed`]
        TokenRenamed = "token.renamed",
        /// [`Event::TokenScoped`]
        TokenScoped = "token.scoped",
        /// [`Event::TokenExpiryChanged`]
        TokenExpiryChanged = "token.expiry_changed",
        /// [`Event::TokenRotated`]
        TokenRotated = "token.rotated",
        /// [`Event::TokenSuspended`]
        TokenSuspended = "token.suspended",
        /// [`Event::TokenResumed`]
        TokenResumed = "token.resumed",
        /// [`Event::TokenLeaked`]
        TokenLeaked = "token.leaked",
        /// [`Event::TokenRevoked`]
        TokenRevoked = "token.revoked",
        /// [`Event::TokenExpired`]
        TokenExpired = "token.expired",
    }
}

impl Event {
    /// The type's name in the log.
    pub fn kind(&self) -> Kind {
        match self {
            Self::LedgerOpened(_) => Kind::LedgerOpened,
            Self::PolicyChanged(_) => Kind::PolicyChanged,
            Self::PrefixAdded(_) => Kind::PrefixAdded,
            Self::ScanBypassed(_) => Kind::ScanBypassed,
            Self::MapCommitted(_) => Kind::MapCommitted,
            Self::KeyRotated(_) => Kind::KeyRotated,
            Self::RollbackAccepted(_) => Kind::RollbackAccepted,
            Self::OwnerForgotten { .. } => Kind::OwnerForgotten,
            Self::ReviewStarted { .. } => Kind::ReviewStarted,
            Self::ReviewDecided { .. } => Kind::ReviewDecided,
            Self::ReviewClosed { .. } => Kind::ReviewClosed,
            Self::TokenIssued(_) => Kind::TokenIssued,
            Self::TokenImported(_) => Kind::TokenImported,
            Self::TokenRenamed(_) => Kind::TokenRenamed,
            Self::TokenScoped { .. } => Kind::TokenScoped,
            Self::TokenExpiryChanged(_) => Kind::TokenExpiryChanged,
            Self::TokenRotated { .. } => Kind::TokenRotated,
            Self::TokenSuspended { .. } => Kind::TokenSuspended,
            Self::TokenResumed { .. } => Kind::TokenResumed,
            Self::TokenLeaked(_) => Kind::TokenLeaked,
            Self::TokenRevoked { .. } => Kind::TokenRevoked,
            Self::TokenExpired(_) => Kind::TokenExpired,
        }
    }
}
