//! Why a scan could not be done at all. What could not be read *within* a scan is not an error
//! but an entry of the coverage.

use crate::{plain_system_words, redact_lossy};

/// A scan that could not begin or go on. The texts are redacted and made of fragments: the
/// command line adds what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// A root path that does not exist.
    #[error("{path}: no such file or directory")]
    NoSuchPath {
        /// The path as it was given.
        path: String,
    },
    /// A root path that cannot be looked at.
    #[error("{path}: {why}")]
    Unreadable {
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        why: String,
    },
    /// There is no repository where one was asked for.
    #[error("{path} is not in a git repository")]
    NotARepository {
        /// The path as it was given.
        path: String,
    },
    /// The repository is there but cannot be used.
    #[error("the repository {path} cannot be read: {why}")]
    Repository {
        /// The repository.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A revision that names nothing.
    #[error("{spec} does not name a revision here: {why}")]
    Revision {
        /// The revision as it was given.
        spec: String,
        /// What could not be resolved.
        why: String,
    },
    /// The index of the repository is damaged or cannot be opened.
    #[error("the index {path} cannot be read: {why}")]
    Index {
        /// The index file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

/// An error with its causes in one line, redacted.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    redact_lossy(plain_system_words(&text).as_bytes())
}
