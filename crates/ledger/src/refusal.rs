//! Refusals: why the state or the policy does not allow a command. Data; the edge makes sentences
//! and hints of it.

use patrol_token::{Prefix, TokenId};

use ulid::Ulid;

use crate::event::RevokeReason;
use crate::text::TextError;
use crate::time::{Lifetime, Timestamp};

/// Why a command was refused. Nothing of it happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token has this id, or the whole token given does not match it.
    #[error("{}", match .id { Some(id) => format!("no token {id} is known to this ledger"), None => "this token is not known to this ledger".into() })]
    UnknownToken {
        /// The id that was said.
        id: Option<TokenId>,
    },
    /// The owner has no tokens.
    #[error("this owner has no tokens in this ledger")]
    UnknownOwner,
    /// Nobody of this name is known.
    #[error("nobody of this name is known to this ledger")]
    UnknownPerson,
    /// Somebody who is to be forgotten still holds tokens.
    #[error("they still hold {0} living token{s}", s = if *.0 == 1 { "" } else { "s" })]
    HoldsLiving(usize),
    /// No review has this id.
    #[error("no review {0} is known to this ledger")]
    UnknownReview(Ulid),
    /// The review was signed off; that is final.
    #[error("review {review} was closed at {}; that is final", .at.in_words())]
    ReviewClosed {
        /// Which.
        review: Ulid,
        /// When.
        at: Timestamp,
    },
    /// The review has tokens of which nothing was said.
    #[error("review {review} is open for {}", name_tokens(.open))]
    OpenReview {
        /// Which.
        review: Ulid,
        /// Those tokens.
        open: Vec<TokenId>,
    },
    /// The token is not part of the review.
    #[error("token {token} is not part of review {review}")]
    NotInReview {
        /// Which review.
        review: Ulid,
        /// Which token.
        token: TokenId,
    },
    /// A reviewer is the token's owner.
    #[error("token {token} belongs to the reviewer; somebody else must review it")]
    OwnReview {
        /// Which.
        token: TokenId,
    },
    /// A reviewer may well be the token's owner, under another name.
    #[error(
        "token {token} belongs to {owner}, and the reviewer is called {by}: the same before the @; \
         somebody else must review it"
    )]
    AlikeReview {
        /// Which.
        token: TokenId,
        /// Whose it is.
        owner: String,
        /// Who would review it.
        by: String,
    },
    /// A review of nothing.
    #[error("no living token fits; there is nothing to review")]
    NothingToReview,
    /// More tokens than one review takes.
    #[error("{0} tokens fit; one review takes at most {max}", max = crate::review::REVIEW_MAX)]
    ReviewTooLarge(usize),
    /// The token was revoked; that is final.
    #[error("token {id} was revoked ({reason}) at {}; that is final", .at.in_words())]
    Revoked {
        /// Which.
        id: TokenId,
        /// When.
        at: Timestamp,
        /// Why.
        reason: RevokeReason,
    },
    /// The token expired; that is final.
    #[error("token {id} expired at {}; its end cannot be moved any more", .at.in_words())]
    Expired {
        /// Which.
        id: TokenId,
        /// When.
        at: Timestamp,
    },
    /// The token has a successor already.
    #[error("token {id} was already rotated; its successor is {successor}")]
    AlreadyRotated {
        /// Which.
        id: TokenId,
        /// By which.
        successor: TokenId,
    },
    /// The token leaked and nobody accepted the risk.
    #[error("token {id} leaked at {}; resuming it needs the risk to be accepted in words", .at.in_words())]
    OpenLeak {
        /// Which.
        id: TokenId,
        /// When.
        at: Timestamp,
    },
    /// An end that has passed already.
    #[error("the end {} is not in the future (now {})", .at.in_words(), .now.in_words())]
    ExpiryInPast {
        /// The end asked for.
        at: Timestamp,
        /// The present.
        now: Timestamp,
    },
    /// A birth that is yet to come.
    #[error("created_at {} is in the future (now {})", .at.in_words(), .now.in_words())]
    CreatedInFuture {
        /// The birth that was said.
        at: Timestamp,
        /// The present.
        now: Timestamp,
    },
    /// An end beyond what the policy allows.
    #[error("the policy lets a token live at most {max}, that is until {}", .latest.in_words())]
    ExpiryBeyondPolicy {
        /// The longest life.
        max: Lifetime,
        /// The latest end.
        latest: Timestamp,
    },
    /// The ledger never had this prefix.
    #[error("this ledger has no prefix {0}")]
    UnknownPrefix(Prefix),
    /// A digest or id is known already.
    #[error("already known: {}", name_lines(.lines))]
    Duplicate {
        /// The lines of the import, from 1, or empty for a single token.
        lines: Vec<usize>,
    },
    /// Line `line` of an import was refused.
    #[error("line {line}: {why}")]
    ImportLine {
        /// The line, from 1.
        line: usize,
        /// Why.
        why: Box<Self>,
    },
    /// More scopes than a token may hold.
    #[error("{0} scopes; a token holds at most {max}", max = crate::Scopes::MAX)]
    TooManyScopes(usize),
    /// A new key that the present one did not endorse.
    #[error("the new signing key is not endorsed by the present one")]
    NotEndorsed,
    /// A text that may not be kept.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The event would not fit the log.
    #[error("the event would have {0} bytes; the log takes at most 65535")]
    TooLarge(usize),
    /// A retry may succeed: another process changed the same stream first.
    #[error("another process changed the same token at the same moment")]
    Conflict,
}

/// Names at most ten tokens.
fn name_tokens(tokens: &[TokenId]) -> String {
    let shown: Vec<_> = tokens.iter().take(10).map(ToString::to_string).collect();
    let more = tokens.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Names at most ten lines.
fn name_lines(lines: &[usize]) -> String {
    let shown: Vec<_> = lines.iter().take(10).map(ToString::to_string).collect();
    match lines.len() {
        0 => "this token".into(),
        1..=10 => format!("line {}", shown.join(", ")),
        more => format!("line {} and {} more", shown.join(", "), more - 10),
    }
}
