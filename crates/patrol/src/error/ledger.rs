//! What the use cases refuse, in words: message, kind and what to do next.

use patrol_app::AppError;
use patrol_ledger::{Refusal, StoreError};

use super::{CliError, Kind};

/// What to do about a damaged ledger.
pub(crate) const DAMAGED: &str =
    "do not write to it; `patrol check` names the place, a backup has the rest";

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::Refused(refusal) => refusal.into(),
            AppError::Store(error) => error.into(),
            AppError::YetToCome { .. } => {
                Self::usage(message).hint("name an instant that has passed")
            }
            AppError::Backwards { .. } => Self::usage(message).hint("give the earlier instant first"),
            AppError::BeyondEnd { .. } | AppError::WentBack(_) => {
                Self::new(Kind::Unknown, message).hint(
                "if the position came from this ledger, it was put back to an older copy since: \
                 `patrol check`, and compare roots",
                )
            }
            AppError::NotYet { .. } => Self::new(Kind::Unknown, message)
                .hint("choose a later instant; `patrol history TOKEN` shows its whole life"),
            AppError::NotAToken(_) => Self::new(Kind::Unknown, message).hint(
                "the ledger knows tokens by their whole text or by their id; `patrol list` shows ids",
            ),
            AppError::Origin => {
                Self::usage(message).hint("write it like log.acme.example/tokens")
            }
            AppError::Import { .. } => {
                Self::new(Kind::Refused, message).hint("nothing was imported; see `patrol help import`")
            }
            AppError::ImportUnreadable(_) => Self::new(Kind::Io, message),
        }
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let refused = |hint: &str| Self::new(Kind::Refused, &message).hint(hint);
        match refusal {
            Refusal::UnknownToken { .. } => Self::new(Kind::Unknown, message)
                .hint("`patrol list --status all` shows what this ledger knows"),
            Refusal::UnknownPerson => Self::new(Kind::Unknown, message).hint(
                "names are compared exactly; somebody who was forgotten has no name any more",
            ),
            Refusal::HoldsLiving(_) => {
                refused("end them first, or say --revoke to end them with it")
            }
            Refusal::UnknownReview(_) => Self::new(Kind::Unknown, message)
                .hint("`patrol audit review status` shows the reviews there are"),
            Refusal::ReviewClosed { .. } => {
                refused("start another with `patrol audit review start`")
            }
            Refusal::OpenReview { review, .. } => refused(&format!(
                "decide them: `patrol audit review decide {review} TOKEN --keep --reason WHY`, or --revoke"
            )),
            Refusal::NotInReview { review, .. } => {
                refused(&format!("`patrol audit review status {review}` shows its tokens"))
            }
            Refusal::OwnReview { .. } => {
                refused("nobody reviews their own tokens; --actor says who acts")
            }
            Refusal::AlikeReview { .. } => refused(
                "if they are two persons, the reviewer says so with a name of their own: --actor NAME",
            ),
            Refusal::NothingToReview => {
                Self::new(Kind::Unknown, message).hint("see `patrol list` with the same filters")
            }
            Refusal::ReviewTooLarge(_) => {
                refused("start several, such as one for each owner: --owner, --scope")
            }
            Refusal::UnknownOwner => Self::new(Kind::Unknown, message)
                .hint("owners are compared exactly; `patrol list --status all` shows them"),
            Refusal::Revoked { .. } | Refusal::Expired { .. } => {
                refused("issue another with `patrol issue`")
            }
            Refusal::AlreadyRotated { successor, .. } => {
                refused(&format!("rotate the successor: `patrol rotate {successor}`"))
            }
            Refusal::OpenLeak { id, .. } => refused(&format!(
                "rotate it, or say why the leak does no harm: `patrol resume {id} --accept-leak WHY`"
            )),
            Refusal::CreatedInFuture { .. } => refused("leave created_at out, or mend it"),
            Refusal::ExpiryInPast { .. } => {
                refused("choose a later end; to end a token now, revoke it")
            }
            Refusal::ExpiryBeyondPolicy { .. } => {
                refused("choose an earlier end; `patrol policy` shows the rule")
            }
            Refusal::NotEndorsed => refused("rotate it with `patrol audit rotate-key`"),
            Refusal::UnknownPrefix(_) => refused("add it with `patrol prefix add`"),
            Refusal::Duplicate { ref lines } if lines.is_empty() => refused("run it again"),
            Refusal::Duplicate { .. } => {
                refused("nothing was imported; take these lines out and import the rest")
            }
            Refusal::ImportLine { .. } => {
                refused("nothing was imported; mend this line and import all again")
            }
            Refusal::TooManyScopes(_) => refused("a scope like repo:* covers many"),
            Refusal::Text(_) => Self::usage(message),
            Refusal::TooLarge(_) => refused("shorten its texts, or give it fewer scopes"),
            Refusal::Conflict => Self::new(Kind::Conflict, message).hint("run it again"),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        let store = |hint: &str| Self::new(Kind::Store, &message).hint(hint);
        match error {
            StoreError::Missing(_) => Self::new(Kind::NoLedger, message).hint(
                "create one with `patrol init`, or name another with --ledger or PATROL_LEDGER",
            ),
            StoreError::NotALedger => store("name the ledger's own file with --ledger"),
            StoreError::Exists(_) => store("choose another name"),
            StoreError::Newer { .. } => {
                store("use the version of patrol that wrote it, or a later one")
            }
            StoreError::Unusable(_) => {
                store("see who owns the file and its directory, and whether the disk is writable")
            }
            StoreError::RolledBack(_) => store(super::log::BEHIND),
            StoreError::Full => store("make room and run it again"),
            StoreError::Busy(_) => store("see what else writes to it, and run it again"),
            StoreError::Damaged(_) | StoreError::Impossible(_) => store(DAMAGED),
            StoreError::OutcomeUnknown(_) => store(
                "ask the ledger before you repeat it: `patrol history` shows what is recorded",
            ),
            StoreError::Stopped | StoreError::Other(_) => store("`patrol check` may tell more"),
            StoreError::Entropy(_) => store("nothing was minted; run it again"),
        }
    }
}
