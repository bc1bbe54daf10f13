//! Events: facts in the past tense. Each says only what it changed; before and after are derived
//! when shown. This is the in-memory form; `envelope` knows the frozen bytes.

mod facts;
mod kind;
mod record;
mod stream;

use patrol_token::{Prefix, TokenId};

pub use self::facts::{
    Bypass, Format, KeyRotated, LedgerOpened, MapCommitted, RevokeReason, RollbackAccepted,
    ScanBypassed, Sighting, SuspendReason, TokenImported, TokenIssued, Verdict,
};
pub use self::kind::Kind;
pub use self::record::{Actor, Cause, Recorded, Via};
pub use self::stream::{Stream, UnknownStream};
use crate::person::Personal;
use crate::policy::Change;
use crate::scope::Scopes;
use crate::time::Timestamp;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The ledger came to be. Position 0, and nowhere else.
    LedgerOpened(LedgerOpened),
    /// A member of the ledger's policy changed.
    PolicyChanged(Change),
    /// A prefix joined those the ledger honours, and is the one new tokens get.
    PrefixAdded(Prefix),
    /// A push was let through though its scan did not say that it may.
    ScanBypassed(Box<ScanBypassed>),
    /// The log commits to every token's latest version.
    MapCommitted(MapCommitted),
    /// Checkpoints are signed with another key from here on.
    KeyRotated(KeyRotated),
    /// It was accepted that the log ended later once, and that what came then is lost.
    RollbackAccepted(RollbackAccepted),
    /// A person's key was destroyed: what the log says of them can no longer be read.
    OwnerForgotten {
        /// Why, in the words of whoever did it.
        reason: Personal,
    },
    /// A review of tokens began.
    ReviewStarted {
        /// What it is called, in the words of whoever began it.
        name: Personal,
        /// The tokens it is about, in the order of their ids.
        tokens: Vec<TokenId>,
    },
    /// A reviewer said what shall become of a token.
    ReviewDecided {
        /// Which.
        token: TokenId,
        /// What.
        verdict: Verdict,
        /// Why.
        reason: Personal,
    },
    /// A review was signed off.
    ReviewClosed {
        /// Tokens that are kept.
        kept: u64,
        /// Tokens that the review ended.
        revoked: u64,
        /// Tokens that ended otherwise before anything was said of them.
        ended: u64,
        /// In words.
        comment: Option<Personal>,
    },
    /// A token came to be.
    TokenIssued(TokenIssued),
    /// A token made elsewhere came under the ledger's rule.
    TokenImported(TokenImported),
    /// A token got another name.
    TokenRenamed(Personal),
    /// A token gained and lost scopes.
    TokenScoped {
        /// Scopes it did not hold before.
        added: Scopes,
        /// Scopes it no longer holds.
        removed: Scopes,
    },
    /// A token got another end, or none.
    TokenExpiryChanged(Option<Timestamp>),
    /// A successor was issued; this token ends at `ends_at`.
    TokenRotated {
        /// The token that takes over.
        successor: TokenId,
        /// The end of the overlap.
        ends_at: Timestamp,
    },
    /// A token was laid to rest until resumed.
    TokenSuspended {
        /// Why.
        reason: SuspendReason,
        /// In words.
        comment: Option<Personal>,
    },
    /// A suspended token came back to use.
    TokenResumed {
        /// Why the risk of a known leak is accepted, in words.
        accepted_leak: Option<Personal>,
    },
    /// A token was found where it must not be.
    TokenLeaked(Box<Sighting>),
    /// A token ended for good.
    TokenRevoked {
        /// Why.
        reason: RevokeReason,
        /// In words.
        comment: Option<Personal>,
    },
    /// A token's end passed, at this instant.
    TokenExpired(Timestamp),
}
