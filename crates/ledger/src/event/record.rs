//! What is recorded with each event: its place in the log, who did it and what led to it.

use ulid::Ulid;

use super::{Event, Stream};
use crate::person::Personal;
use crate::time::Timestamp;
use crate::words::words;

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
