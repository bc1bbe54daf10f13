//! What events tell.

use std::collections::BTreeMap;

use patrol_token::{Prefix, TokenDigest, TokenId};
use ulid::Ulid;

use crate::person::Personal;
use crate::scope::Scopes;
use crate::time::Timestamp;
use crate::words::words;

/// How the ledger began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerOpened {
    /// The ledger's own id.
    pub ledger: Ulid,
    /// The prefix of its first tokens.
    pub prefix: Prefix,
    /// The log's name, unique to this ledger (C2SP origin).
    pub origin: String,
    /// The public key that its checkpoints verify with (C2SP verifier key).
    pub verifier_key: String,
}

/// A commitment to every token's latest version, as the log's first events leave it; see
/// [`crate::tlog::map`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapCommitted {
    /// How many events it is of.
    pub size: u64,
    /// How many tokens it knows.
    pub tokens: u64,
    /// The map's root.
    pub root: [u8; 32],
}

/// A change of the key that signs checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// The new key's verifier half (C2SP verifier key).
    pub verifier_key: String,
    /// The old key's signature over [`crate::endorsement`].
    pub endorsement: Vec<u8>,
}

/// A signed checkpoint that the log no longer honours. `A` is how people are named: in the log, as
/// persons; in a command, in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackAccepted<A = Personal> {
    /// The checkpoint's size.
    pub size: u64,
    /// The checkpoint's root.
    pub root: [u8; 32],
    /// Why.
    pub reason: A,
}

/// What a token was issued as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIssued {
    /// The prefix it was minted with.
    pub prefix: Prefix,
    /// Whose it is.
    pub owner: Personal,
    /// What its owner calls it.
    pub name: Personal,
    /// What it is for.
    pub description: Option<Personal>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// By what the ledger knows it.
    pub digest: TokenDigest,
    /// The token it takes over from.
    pub rotated_from: Option<TokenId>,
}

/// What a token was imported as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenImported {
    /// What its text looks like.
    pub format: Format,
    /// Its prefix, if it is of our format and the import named it.
    pub prefix: Option<Prefix>,
    /// Whose it is.
    pub owner: Personal,
    /// What its owner calls it.
    pub name: Personal,
    /// What it is for.
    pub description: Option<Personal>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made, as the import says.
    pub created_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// By what the ledger knows it.
    pub digest: TokenDigest,
}

/// What a token's text looks like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The patrol format, version 1.
    V1,
    /// Another service's: a literal prefix, then what the pattern (a regular expression) matches.
    Legacy {
        /// How every such token begins.
        prefix: String,
        /// What follows the prefix, whole.
        pattern: String,
    },
}

/// One place where a token was found. `A` is how its author is named: in the log, as a person; in a
/// command, in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting<A = Personal> {
    /// `SHA-256(kind of source, git object id or content digest, byte offset)`: the same for every
    /// clone, path and rebase.
    pub place: [u8; 32],
    /// The kind of source, as scan reports name it.
    pub source: String,
    /// The repository, as it was called.
    pub repository: Option<String>,
    /// The git object.
    pub object: Option<String>,
    /// The ref.
    pub reference: Option<String>,
    /// The path.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1, in bytes.
    pub column: Option<u64>,
    /// The commit that introduced it.
    pub commit: Option<String>,
    /// That commit's author.
    pub author: Option<A>,
    /// That commit's date, as it says.
    pub date: Option<String>,
}

/// A push that a scan would have refused and that was let through. `A` is how people are named: in
/// the log, as persons; in a command, in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanBypassed<A = Personal> {
    /// What let it through.
    pub by: Bypass,
    /// Who pushed, as the server that received it knows them.
    pub pusher: A,
    /// Why, in the pusher's words.
    pub reason: Option<A>,
    /// The repository, as it was called.
    pub repository: Option<String>,
    /// The refs that were pushed; of many, the first.
    pub refs: Vec<String>,
    /// How many more there were.
    pub more_refs: u64,
    /// The number of findings of each rule.
    pub findings: BTreeMap<String, u64>,
    /// Whether everything that was pushed had been read.
    pub complete: bool,
}

words! {
    /// Why a token was revoked.
    RevokeReason, "reason" {
        /// It was found where it must not be.
        Leaked = "leaked",
        /// Its owner left.
        Leaver = "leaver",
        /// A successor took over.
        Superseded = "superseded",
        /// Nobody used it.
        Unused = "unused",
        /// Somebody asked.
        Requested = "requested",
        /// Another reason; the comment says which.
        Other = "other",
    }
}

words! {
    /// Why a token was suspended.
    SuspendReason, "reason" {
        /// It was found where it must not be, and the policy says suspend.
        Leaked = "leaked",
        /// Somebody asked; the comment says why.
        Requested = "requested",
    }
}

words! {
    /// What let a push through that a scan would have refused.
    Bypass, "way around a scan" {
        /// The pusher asked, with a reason.
        PushOption = "push-option",
        /// The scan took too long, and the server's setting says to let such pushes pass.
        TimeLimit = "time-limit",
    }
}

words! {
    /// What a reviewer says of a token.
    Verdict, "verdict" {
        /// It is still needed as it is.
        Keep = "keep",
        /// It is not; it ends with the verdict.
        Revoke = "revoke",
    }
}
