//! A bundle: one file with events, their proofs and the signed checkpoint, to be verified offline
//! by somebody who has no ledger. Proof files and checkpoints are verified here, too ([`verify_text`]).
//!
//! The file's form is frozen here as version 1 (JSON, documented in `docs/ledger-format.md`).
//! Nothing in it is believed: the checkpoint by its signature, an event by its way to the
//! checkpoint's root, a token's completeness by the map whose root is an event of the log.

#[cfg(feature = "sqlite")]
mod make;
mod omission;
mod report;
mod text;
mod trust;
mod verify;

use serde::{Deserialize, Serialize};

#[cfg(feature = "sqlite")]
pub use make::{MakeError, Selection, make, make_within};
pub use report::Report;
pub use text::verify_text;
pub use trust::Trust;
pub use verify::{BundleError, verify};

/// The name and version that a bundle begins with.
pub const SCHEMA: &str = "patrol.bundle/v1";
/// The largest bundle that is made or read, in bytes: some 130,000 events. Both hold all of it in
/// memory, some three times over.
pub const MAX_LEN: u64 = 256 << 20;

/// A number of things, in words.
fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleV1 {
    schema: String,
    manifest: ManifestV1,
    /// The signed note.
    checkpoint: String,
    /// The log's keys, oldest first: each but the first endorsed by the one before.
    keys: Vec<KeyV1>,
    /// From checkpoints that were handed out before.
    consistency: Vec<ConsistencyV1>,
    /// The event that commits to the tokens, if the bundle speaks of whole tokens.
    map: Option<EventV1>,
    tokens: Vec<TokenV1>,
    events: Vec<EventV1>,
    /// What was recorded from the commitment on and is none of `events`: other tokens', mostly
    /// nothing at all.
    after: Vec<EventV1>,
}

/// What is in the bundle, for people; verified against what is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestV1 {
    origin: String,
    size: u64,
    root: String,
    selection: SelectionV1,
    events: u64,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SelectionV1 {
    Token(String),
    /// The tokens of one owner, who is not named.
    Owner,
    /// What was recorded from one instant until before another: events `[first, next)`.
    Time {
        from: String,
        to: String,
        first: u64,
        next: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyV1 {
    verifier_key: String,
    /// By the key before; base64.
    endorsement: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyV1 {
    size: u64,
    proof: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventV1 {
    position: u64,
    /// The exact bytes, which are UTF-8.
    envelope: String,
    proof: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenV1 {
    id: String,
    /// From the map's root down.
    siblings: Vec<String>,
    /// What stands at the end of the way.
    end: Option<LeafV1>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeafV1 {
    key: String,
    count: u64,
    last: u64,
}
