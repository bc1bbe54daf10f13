//! The token ledger: an append-only log of events, and what is folded from it.
//!
//! The core is pure. [`decide()`] turns a [`Command`] into events or a [`Refusal`];
//! [`evolve_token`] and [`evolve_ledger`] say what an event makes of the state before it;
//! [`project()`] folds an event into [`Rows`]. `envelope` is the frozen byte form of an event, and
//! [`merkle`] the tree over those bytes, which [`tlog`] makes verifiable by outsiders. With the default feature `sqlite`, [`Ledger`] is all of it
//! on one SQLite file that several processes may use at once.

pub mod bundle;
#[cfg(feature = "sqlite")]
mod check;
#[cfg(feature = "sqlite")]
mod check_event;
#[cfg(feature = "sqlite")]
mod check_signed;
mod command;
mod decide;
pub mod envelope;
mod event;
mod evolve;
#[cfg(feature = "sqlite")]
mod files;
#[cfg(feature = "sqlite")]
mod gate;
mod key;
#[cfg(feature = "sqlite")]
mod ledger;
pub mod merkle;
mod person;
mod policy;
mod project;
#[cfg(feature = "sqlite")]
mod publish;
mod refusal;
mod review;
mod scope;
mod seal;
#[cfg(feature = "sqlite")]
mod signer;
mod state;
pub mod store;
pub mod text;
mod time;
pub mod tlog;
mod token;
#[cfg(feature = "sqlite")]
mod verifier;
mod verify;
mod words;
#[cfg(feature = "sqlite")]
mod writer;

#[cfg(feature = "sqlite")]
pub use check::CheckReport;
pub use command::{
    Command, Decide, Expiry, Forget, Import, Issue, Leak, Request, Revoke, RollbackBy, Rotate,
    Selector,
};
pub use decide::{Decided, actor, decide};
pub use event::{
    Actor, Bypass, Cause, Event, Format, KeyRotated, Kind, LedgerOpened, MapCommitted, Recorded,
    RevokeReason, RollbackAccepted, ScanBypassed, Sighting, Stream, SuspendReason, TokenImported,
    TokenIssued, UnknownStream, Verdict, Via,
};
pub use evolve::{Impossible, evolve_ledger, evolve_token, recording_time};
pub use key::{LedgerKey, endorsement, is_origin};
#[cfg(feature = "sqlite")]
pub use ledger::{Init, LAST_USED_GRAIN, Ledger, SharedEntropy, key_path};
pub use person::{Person, PersonId, PersonKey, Personal};
pub use policy::{Change, LeakResponse, Policy, PolicyError};
pub use project::{Lookup, MemoryRows, Rows, StoreError, project};
#[cfg(feature = "sqlite")]
pub use publish::{Extent, PublishError, Published, publish};
pub use refusal::Refusal;
pub use review::{Judged, REVIEW_MAX, Review, evolve_review};
pub use scope::{Scope, ScopeError, Scopes};
#[cfg(feature = "sqlite")]
pub use signer::{Behind, By, How, SignError, record_path};
pub use state::State;
#[cfg(feature = "sqlite")]
pub use store::sqlite::{EventQuery, FileMode, KnownWitness, Reader, TokenQuery};
pub use store::{CommandError, Receipt};
pub use text::TextError;
pub use time::{Clock, Lifetime, TimeError, Timestamp};
pub use token::{LedgerRow, Revoked, Status, Token};
#[cfg(feature = "sqlite")]
pub use verifier::{Verified, Verifier};
pub use verify::{Reason, judge};
pub use words::UnknownWord;
