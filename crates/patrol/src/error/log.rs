//! Why nothing was signed or published, and what to do next.

use std::io::ErrorKind;

use patrol_ledger::bundle::MakeError;
use patrol_ledger::{PublishError, RestoreError, SignError};

use super::{CliError, Kind};

/// What to do about a ledger that does not continue what was signed of it.
pub(crate) const BEHIND: &str = "find the newer ledger and its record, and do there again what was \
     done here since; if they are lost, revoke what must not live again, and: \
     `patrol audit accept-rollback --reason WHY`";

impl From<SignError> for CliError {
    fn from(error: SignError) -> Self {
        let message = error.to_string();
        match error {
            SignError::NoKey(_) => Self::new(Kind::Io, message).hint(
                "everything but signing works without it; put the key back from where it is kept",
            ),
            SignError::LooseKey { path, .. } => Self::new(Kind::Io, message)
                .hint(format!("take that away with: chmod 600 {}", path.display())),
            SignError::UnreadableKey { .. } | SignError::BadKey { .. } => {
                Self::new(Kind::Io, message).hint("put the key back from where it is kept")
            }
            SignError::OtherKey { .. } => Self::new(Kind::Io, message).hint(
                "put the key of this ledger in its place; `patrol init` made it beside the ledger. Of a \
                 copy from before `patrol audit rotate-key`: put the signer's record (<ledger>.signed) from \
                 after it beside the ledger, which leads to the present key, or a copy of the old key",
            ),
            SignError::Behind(_) => Self::new(Kind::Refused, message).hint(BEHIND),
            SignError::NothingLost => Self::new(Kind::Refused, message),
            SignError::RootsDiffer { .. } | SignError::MapDiffers { .. } => {
                Self::new(Kind::Store, message).hint("`patrol check` names what does not hold")
            }
            SignError::Record { .. } | SignError::NoLock { .. } => {
                Self::new(Kind::Io, message).hint("make room or mend the folder, and run it again")
            }
            SignError::Checkpoint(_) => Self::new(Kind::Bug, message),
            SignError::Refused(refusal) => refusal.into(),
            SignError::Store(error) => error.into(),
        }
    }
}

impl From<RestoreError> for CliError {
    fn from(error: RestoreError) -> Self {
        let message = error.to_string();
        let refused = |hint: &str| Self::new(Kind::Refused, &message).hint(hint);
        match error {
            RestoreError::NoBackup { .. } => {
                Self::new(Kind::Io, message).hint("give a file that `patrol backup` wrote")
            }
            RestoreError::NotSound { .. } => refused(
                "nothing was changed; take another backup. `patrol --ledger FILE check` tells all that is \
                 wrong with a copy of this one",
            ),
            RestoreError::OtherLedger { .. } => {
                refused("nothing was changed; name the ledger it belongs to with --ledger")
            }
            RestoreError::Signer(error) => error.into(),
            RestoreError::Store(error) => error.into(),
        }
    }
}

impl From<PublishError> for CliError {
    fn from(error: PublishError) -> Self {
        let message = error.to_string();
        match error {
            PublishError::Foreign { .. } => Self::new(Kind::Refused, message).hint(
                "nothing was written over it; publish to another folder, or take away what is not \
                 of this log",
            ),
            PublishError::Io { error, .. }
                if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) =>
            {
                Self::new(Kind::Io, message).hint("name a folder; it is made where there is none")
            }
            PublishError::Io { .. } => Self::new(Kind::Io, message)
                .hint("see who owns the folder, and whether there is room; the next run goes on"),
            PublishError::Store(error) => error.into(),
        }
    }
}

impl From<MakeError> for CliError {
    fn from(error: MakeError) -> Self {
        let message = error.to_string();
        match error {
            MakeError::TooLarge { .. } => Self::new(Kind::Refused, message).hint(
                "ask for a shorter time (--from, --to), or for one token at a time; `patrol audit publish` \
                 hands over the whole log",
            ),
            MakeError::Store(error) => error.into(),
        }
    }
}
