//! Why nothing was signed or published, and what to do next.

use patrol_ledger::{PublishError, SignError};

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
                "put the key of this ledger in its place; `patrol init` made it beside the ledger",
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

impl From<PublishError> for CliError {
    fn from(error: PublishError) -> Self {
        let message = error.to_string();
        match error {
            PublishError::Foreign { .. } => Self::new(Kind::Refused, message).hint(
                "nothing was written over it; publish to another folder, or take away what is not \
                 of this log",
            ),
            PublishError::Io { .. } => Self::new(Kind::Io, message)
                .hint("see who owns the folder, and whether there is room; the next run goes on"),
            PublishError::Store(error) => error.into(),
        }
    }
}
