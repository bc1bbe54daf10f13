//! Finds tokens of our own format where they do not belong: files, standard input, the git
//! index, ranges of commits, and every object of a repository.
//!
//! ```text
//! bytes ─► Candidate ─► Match ─► Finding ─► report
//! source   literal      checksum  place
//! ```
//!
//! A prefix literal and a fixed shape make a [`Candidate`]; the checksum makes it a [`Match`],
//! so a look-alike is never reported; a source adds where it stands and makes it a [`Finding`].
//! Whether the token was ever issued, and what is to be done, is not known here: the caller
//! fills [`Finding::status`], [`Finding::owner`] and [`Finding::action`] from its ledger.
//!
//! The crate is pure but for [`source`]: with `default-features = false` it opens no file and
//! knows no git. It reads no environment variable and runs no program. A secret never leaves:
//! every text in a [`Finding`], a [`Coverage`] or a [`ScanError`] has been redacted at birth.

#[cfg(feature = "archive")]
pub mod archive;
pub mod baseline;
#[cfg(feature = "git")]
pub mod cache;
mod candidate;
mod coverage;
mod detector;
mod disguise;
mod encoding;
mod error;
mod escape;
mod excludes;
mod finding;
#[cfg(any(feature = "git", feature = "rules"))]
mod judged;
mod lines;
mod options;
mod place;
mod reason;
mod redact;
pub mod report;
#[cfg(feature = "rules")]
pub mod rules;
mod secret;
pub mod source;
mod system;
mod tally;

pub use candidate::{Candidate, Match};
pub use coverage::{Coverage, Skipped};
pub use detector::Detector;
pub use disguise::Work;
pub use encoding::Encoding;
pub use error::ScanError;
pub use escape::escape_for_terminal;
pub use excludes::{ExcludeError, Excludes};
pub use finding::{Action, Finding, Location, OrderKey, SourceKind, Status};
pub use lines::{LineCounter, Position};
pub use options::{Options, Sink};
pub use place::{Origin, Place};
pub use reason::{Class, Reason};
pub use redact::{redact_bytes, redact_lossy};
pub use secret::{Checksum, Foreign, OwnToken, RULE, RuleInfo, Secret};
pub use system::plain_system_words;
pub use tally::Tally;
