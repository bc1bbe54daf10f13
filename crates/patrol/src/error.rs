//! Errors at the edge: what went wrong, why, and what to do next. This file alone decides which
//! kind of error ends in which exit code.

pub(crate) mod ledger;
pub(crate) mod log;
mod scan;

use std::io::{Error as IoError, ErrorKind};
use std::path::Path;

use patrol_scan::plain_system_words;

use crate::guard::hush;

/// How the program ends. These numbers are an interface; `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Yes, clean, done.
    Yes = 0,
    /// The negative answer: an inactive token, findings, an unknown id, a refusal.
    No = 1,
    /// The command line does not make sense.
    Usage = 2,
    /// The settings do not make sense.
    Config = 3,
    /// A file, the store or the operating system refused.
    Store = 4,
    /// Nothing was found, but something was not read.
    Incomplete = 5,
    /// A bug in patrol.
    Bug = 70,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What sort of thing went wrong, as `error.kind` in JSON names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The id, owner or digest is not in the ledger.
    Unknown,
    /// The state or the policy does not allow it.
    Refused,
    /// Another process changed the same thing first.
    Conflict,
    /// The command line does not make sense.
    Usage,
    /// The settings do not make sense.
    Config,
    /// There is no ledger where one was asked for.
    NoLedger,
    /// The store cannot be used.
    Store,
    /// A file, a pipe or the operating system refused.
    Io,
    /// Something was not read.
    Incomplete,
    /// A bug in patrol.
    Bug,
}

impl Kind {
    /// The name in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Usage => "usage",
            Self::Config => "config",
            Self::NoLedger => "no_ledger",
            Self::Store => "store",
            Self::Io => "io",
            Self::Incomplete => "incomplete",
            Self::Bug => "bug",
        }
    }

    /// How the program ends on it.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Unknown | Self::Refused | Self::Conflict => Exit::No,
            Self::Usage => Exit::Usage,
            Self::Config => Exit::Config,
            Self::NoLedger | Self::Store | Self::Io => Exit::Store,
            Self::Incomplete => Exit::Incomplete,
            Self::Bug => Exit::Bug,
        }
    }
}

/// An error as it is shown: one message, and a hint when there is something to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CliError {
    /// What sort of thing went wrong.
    pub(crate) kind: Kind,
    /// What and why.
    pub(crate) message: String,
    /// What next.
    pub(crate) hint: Option<String>,
}

impl CliError {
    /// An error with no hint yet. Tokens in the message, broken ones too, are hidden here, and what
    /// the system says is put as people say it.
    pub(crate) fn new(kind: Kind, message: impl AsRef<str>) -> Self {
        Self { kind, message: hush(&plain_system_words(message.as_ref())), hint: None }
    }

    /// The command line does not make sense.
    pub(crate) fn usage(message: impl AsRef<str>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The settings do not make sense.
    pub(crate) fn config(message: impl AsRef<str>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// The operating system refused something about `what`. Whoever knows more about it gives
    /// another hint.
    pub(crate) fn io(what: impl AsRef<str>, error: &IoError) -> Self {
        let it = Self::new(Kind::Io, format!("{}: {error}", what.as_ref()));
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => it.hint("check the path"),
            ErrorKind::PermissionDenied => {
                it.hint("`ls -ld` with its path tells who owns it and who may read or write it")
            }
            ErrorKind::AlreadyExists => it.hint("choose another name; nothing is written over it"),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                it.hint("make room and run it again")
            }
            ErrorKind::ReadOnlyFilesystem => it.hint("choose a place that can be written to"),
            _ => it,
        }
    }

    /// A file that was to be written is there already.
    pub(crate) fn exists(path: &Path) -> Self {
        let message = format!("{} exists already; nothing is ever written over it", path.display());
        Self::new(Kind::Io, message).hint("choose another name")
    }

    /// The same with what to do next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Some(hush(hint.as_ref()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_end_as_the_contract_says() {
        let ends = |kind: Kind| kind.exit() as u8;
        assert_eq!([Kind::Unknown, Kind::Refused, Kind::Conflict].map(ends), [1, 1, 1]);
        assert_eq!([Kind::Usage, Kind::Config].map(ends), [2, 3]);
        assert_eq!([Kind::NoLedger, Kind::Store, Kind::Io].map(ends), [4, 4, 4]);
        assert_eq!([Kind::Incomplete, Kind::Bug].map(ends), [5, 70]);
    }

    #[test]
    fn the_system_is_put_into_words() {
        let error = CliError::io("a.txt", &IoError::from_raw_os_error(2));
        assert_eq!(error.message, "a.txt: no such file or directory");
        assert_eq!(error.hint.as_deref(), Some("check the path"));
        let error = CliError::new(Kind::Store, "it: Permission denied (os error 13)");
        assert_eq!(error.message, "it: permission denied");
    }

    #[test]
    fn whole_tokens_never_stand_in_an_error() {
        let token = crate::guard::tests::token();
        let error = CliError::usage(format!("what is {token}?")).hint(&token);
        assert!(!error.message.contains(&token) && error.hint.is_some_and(|h| h != token));
    }
}
