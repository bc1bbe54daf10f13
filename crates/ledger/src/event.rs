//! Events: facts in the past tense. Each says only what it changed; before and after are derived
//! when shown. This is the in-memory form; `envelope` knows the frozen bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use patrol_token::{Prefix, TokenDigest, TokenId};
use ulid::Ulid;

use crate::person::{PersonId, Personal};
use crate::policy::Change;
use crate::review::Verdict;
use crate::scope::Scopes;
use crate::time::{Lifetime, Timestamp};

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

/// Declares an enum of unit variants with a fixed text for each: as events store them and as the
/// command line spells them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value's fixed text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { what: $what, known: [$($text),+].join(", ") }),
                }
            }
        }
    };
}
pub(crate) use words;

/// A text that is none of the words allowed in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a {what}: choose one of {known}")]
pub struct UnknownWord {
    pub(crate) what: &'static str,
    pub(crate) known: String,
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
    /// Through what an actor acted.
    Via, "channel" {
        /// The command line.
        Cli = "cli",
        /// The HTTP service.
        Api = "api",
        /// `patrol watch`.
        Watcher = "watcher",
        /// A git hook.
        Hook = "hook",
        /// GitHub's secret scanning.
        GitHub = "github",
        /// GitLab's secret detection.
        GitLab = "gitlab",
        /// `patrol sweep`.
        Sweeper = "sweeper",
    }
}

/// Who did something, through what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who, as they or the login name say.
    pub name: Personal,
    /// Through what.
    pub via: Via,
    /// The operating system's user id of a local caller, whatever the name says.
    pub uid: Option<u32>,
}

/// What led to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `finding` or `request`.
    pub kind: String,
    /// Its id: the place of a finding, the id of a request.
    pub id: String,
    /// SHA-256 of the idempotency key, if there was one.
    pub key_hash: Option<[u8; 32]>,
}

/// What an event belongs to: the unit of versions and of compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The ledger itself: its opening, policy and prefixes, and what was let past a scan.
    Ledger,
    /// One token.
    Token(TokenId),
    /// One review campaign.
    Review(Ulid),
    /// One person, by their name in the log.
    Owner(PersonId),
}

impl Stream {
    /// The token, if this is a token's stream.
    pub fn token(self) -> Option<TokenId> {
        match self {
            Self::Ledger | Self::Review(_) | Self::Owner(_) => None,
            Self::Token(id) => Some(id),
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger => f.write_str("ledger"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Review(id) => write!(f, "review:{id}"),
            Self::Owner(person) => write!(f, "owner:{person}"),
        }
    }
}

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        match text.split_once(':') {
            None if text == "ledger" => Ok(Self::Ledger),
            Some(("token", id)) => id.parse().map(Self::Token).map_err(|_| UnknownStream),
            Some(("review", id)) => {
                Ulid::from_string(id).map(Self::Review).map_err(|_| UnknownStream)
            }
            Some(("owner", id)) => id.parse().map(Self::Owner).map_err(|_| UnknownStream),
            _ => Err(UnknownStream),
        }
    }
}

/// A text that names no stream this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stream is `ledger`, or `token:`, `review:` or `owner:` and an id")]
pub struct UnknownStream;

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the log, gapless from 0: the index of its leaf.
    pub position: u64,
    /// The event's own id.
    pub id: Ulid,
    /// What it belongs to.
    pub stream: Stream,
    /// Place in the stream, from 1.
    pub version: u64,
    /// When it was recorded; never before the previous event.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What led to it.
    pub cause: Option<Cause>,
    /// What happened.
    pub event: Event,
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
