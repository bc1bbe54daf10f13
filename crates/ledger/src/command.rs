//! Commands: what somebody wants. Values only; texts are checked in `decide`.

use patrol_token::{Prefix, TokenDigest, TokenId};
use ulid::Ulid;

use crate::event::{
    Cause, Format, KeyRotated, MapCommitted, RevokeReason, RollbackAccepted, ScanBypassed,
    Sighting, Verdict, Via,
};
use crate::policy::Change;
use crate::scope::Scopes;
use crate::time::{Lifetime, Timestamp};
use crate::token::Token;

/// A command with who gives it and why.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who, in plain text.
    pub actor: String,
    /// Through what.
    pub via: Via,
    /// The operating system's user id of a local caller.
    pub uid: Option<u32>,
    /// What led to it.
    pub cause: Option<Cause>,
    /// What is wanted.
    pub command: Command,
}

/// Which token is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By its public id.
    Id(TokenId),
    /// By the whole secret, of which only this is left: the digest must match.
    Whole {
        /// The id that stands in it, if it is of our format.
        id: Option<TokenId>,
        /// Its digest.
        digest: TokenDigest,
    },
}

impl Selector {
    /// The id that was said, if one was.
    pub fn id(&self) -> Option<TokenId> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Whole { id, .. } => *id,
        }
    }

    /// Whether this token is the one that is meant.
    pub fn means(&self, token: &Token) -> bool {
        match self {
            Self::Id(id) => token.id == *id,
            Self::Whole { digest, .. } => token.digest == *digest,
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub enum Command {
    /// A new token. It was minted by the caller; only the digest comes here.
    Issue(Issue),
    /// Tokens made elsewhere, all or none.
    Import(Vec<Import>),
    /// Another name.
    Rename {
        /// Which.
        token: Selector,
        /// The new name.
        name: String,
    },
    /// Other scopes: `set` first if given, then `add`, then `remove`.
    Scope {
        /// Which.
        token: Selector,
        /// In place of those it has.
        set: Option<Scopes>,
        /// Besides.
        add: Scopes,
        /// Without these.
        remove: Scopes,
    },
    /// Another end.
    Expire {
        /// Which.
        token: Selector,
        /// When.
        at: Expiry,
    },
    /// A successor.
    Rotate(Rotate),
    /// No use until resumed.
    Suspend {
        /// Which.
        token: Selector,
        /// Why, in words.
        reason: String,
    },
    /// Use again.
    Resume {
        /// Which.
        token: Selector,
        /// Why the risk of a known leak is accepted, in words.
        accept_leak: Option<String>,
    },
    /// The end, for good.
    Revoke(Revoke),
    /// A token was found where it must not be: record it and respond by policy.
    Leak(Box<Leak>),
    /// Record that a push was let past a scan.
    Bypass(Box<ScanBypassed<String>>),
    /// Commit to every token's latest version.
    CommitMap(MapCommitted),
    /// Sign checkpoints with another key, endorsed by the present one.
    RotateKey(KeyRotated),
    /// Accept that the log ended later once.
    AcceptRollback(Box<RollbackBy>),
    /// Begin a review of tokens.
    StartReview {
        /// Its id.
        id: Ulid,
        /// Who begins it, in plain text; its name is sealed as theirs.
        by: String,
        /// What it is called.
        name: String,
        /// The tokens it is about.
        tokens: Vec<TokenId>,
    },
    /// Say what shall become of tokens under review; what is to be revoked ends at once.
    Decide(Decide),
    /// Sign a review off.
    CloseReview {
        /// Which.
        review: Ulid,
        /// Who, in plain text; the words are sealed as theirs.
        by: String,
        /// In words.
        comment: Option<String>,
    },
    /// Destroy a person's key.
    Forget(Forget),
    /// A change of policy.
    SetPolicy(Change),
    /// A further prefix, for new tokens from now on.
    AddPrefix(Prefix),
    /// Record what the clock has ended, at most this many tokens.
    Sweep {
        /// The bound.
        limit: usize,
    },
}

/// What a reviewer says of tokens under review.
#[derive(Clone, Debug)]
pub struct Decide {
    /// Which review.
    pub review: Ulid,
    /// The reviewer, in plain text: nobody reviews their own tokens.
    pub by: String,
    /// Which tokens.
    pub tokens: Vec<Selector>,
    /// What shall become of them.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// A person to be forgotten.
#[derive(Clone, Debug)]
pub struct Forget {
    /// Whom.
    pub owner: String,
    /// Who does it, in plain text; the reason is sealed as theirs.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Whether to end what they still hold; else they are not forgotten while they hold anything.
    pub revoke: bool,
}

/// A rollback that somebody accepts.
#[derive(Clone, Debug)]
pub struct RollbackBy {
    /// Who, in plain text; the reason is sealed as theirs.
    pub by: String,
    /// What, and why.
    pub accepted: RollbackAccepted<String>,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The id that stands in it.
    pub id: TokenId,
    /// Its prefix.
    pub prefix: Prefix,
    /// Its digest.
    pub digest: TokenDigest,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends.
    pub expires: Expiry,
}

/// A token made elsewhere.
#[derive(Clone, Debug)]
pub struct Import {
    /// The line it stands on in the import, from 1: for messages.
    pub line: usize,
    /// The id to give it; for a token of our format, the one that stands in it.
    pub id: TokenId,
    /// Its prefix, if it is of our format.
    pub prefix: Option<Prefix>,
    /// What its text looks like.
    pub format: Format,
    /// Its digest.
    pub digest: TokenDigest,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// A successor for a token.
#[derive(Clone, Debug)]
pub struct Rotate {
    /// The token to take over from.
    pub token: Selector,
    /// The successor's id.
    pub successor: TokenId,
    /// The successor's prefix.
    pub prefix: Prefix,
    /// The successor's digest.
    pub digest: TokenDigest,
    /// How long the old token goes on.
    pub overlap: Lifetime,
    /// When the successor ends.
    pub expires: Expiry,
}

/// The end of tokens: those named, and, if a filter is given, all that fit every filter.
#[derive(Clone, Debug)]
pub struct Revoke {
    /// Named.
    pub tokens: Vec<Selector>,
    /// Filter: this owner's.
    pub owner: Option<String>,
    /// Filter: issued before this instant.
    pub issued_before: Option<Timestamp>,
    /// Why.
    pub reason: RevokeReason,
    /// Why, in words.
    pub comment: Option<String>,
}

impl Default for Revoke {
    /// Nothing yet, on request.
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            owner: None,
            issued_before: None,
            reason: RevokeReason::Requested,
            comment: None,
        }
    }
}

/// A token found where it must not be.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The whole token's id and digest: an id alone proves nothing.
    pub token: Selector,
    /// Where.
    pub sighting: Sighting<String>,
}

/// When a command wants a token to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// As the policy says.
    Default,
    /// This long from now.
    After(Lifetime),
    /// At this instant.
    At(Timestamp),
    /// Never; must be said.
    Never,
}
