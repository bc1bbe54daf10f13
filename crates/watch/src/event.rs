//! What a watcher tells: values, not texts. Every text in them is redacted; whoever shows them to
//! people escapes them.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use patrol_scan::{Finding, redact_lossy};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The catch-up of all repositories that were named at the start is over: what is committed
    /// from now on is seen within milliseconds.
    Ready {
        /// Repositories followed.
        repositories: usize,
    },
    /// A repository is followed from now on.
    RepositoryAdded {
        /// The path that leads to it.
        repository: String,
    },
    /// A repository is no longer there. When it comes back it is followed again.
    RepositoryGone {
        /// The path that led to it.
        repository: String,
    },
    /// A token of our format in a place where it was not seen before by this watcher.
    Finding(Box<Finding>),
    /// The token of this finding was revoked because of it.
    Revoked(Box<Finding>),
    /// The token of this finding was suspended because of it.
    Suspended(Box<Finding>),
    /// The token of this finding still works, as the policy says to report only.
    Reported(Box<Finding>),
    /// A token that works stands in a work tree and is not committed yet. Nothing was done.
    Unsaved(Box<Finding>),
    /// Something to know about; the watcher goes on.
    Warning(Warning),
    /// The watcher has ended because it was asked to.
    Stopped,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind of thing.
    pub kind: WarningKind,
    /// Where, if it is about one repository.
    pub repository: Option<String>,
    /// What, why, and what happens next.
    pub message: String,
}

/// The kinds of warnings, for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WarningKind {
    /// A part of a repository could not be read; it is tried again.
    Unread,
    /// A repository could not be read at all; it is tried again.
    Repository,
    /// The ledger could not be asked or written; it is tried again and nothing is lost.
    Ledger,
    /// The operating system does not tell about changes here; the slow poll does.
    Events,
    /// A named path leads nowhere now; it is looked for again.
    Missing,
    /// The cache of what was seen is not used.
    Cache,
    /// The reader of the events was too slow, and some were left out.
    Dropped,
}

impl WarningKind {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Repository => "repository",
            Self::Ledger => "ledger",
            Self::Events => "events",
            Self::Missing => "missing",
            Self::Cache => "cache",
            Self::Dropped => "dropped",
        }
    }
}

/// A path as events name it.
pub(crate) fn shown(path: &Path) -> String {
    redact_lossy(path.as_os_str().as_bytes())
}
