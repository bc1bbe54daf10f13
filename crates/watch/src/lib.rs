//! Follows git repositories and hands what is new to the leak response.
//!
//! ```text
//! change ─► Plan ─► look ─► Finding ─► Responder ─► Event
//! watches   pure    scan    respond    the ledger   Outbox
//! ```
//!
//! The [`Watcher`] first reads everything in the named repositories that it does not remember, and
//! then whatever a commit, merge, stash, fetch or push brings, a few milliseconds after it
//! happened. What is only added to the index is left alone. The order is always: find, respond,
//! tell; and nobody who listens can hold up the first two.
//!
//! What a crash leaves: the ledger has what was responded to. The memory of what was seen holds
//! only what was clean, and is written after the walk; so at worst things are read and judged
//! again, and judging again writes nothing twice.
//!
//! The pure parts are [`plan`] (when to look at which repository) and [`relevant`] (which changes
//! count). [`Responder`] is the ledger's side, implemented over the use cases by [`AppResponder`].

mod cache;
mod desk;
mod discover;
mod driver;
mod event;
mod fingerprint;
mod look;
mod outbox;
pub mod plan;
mod pulse;
pub mod relevant;
mod respond;
mod responder;
mod search;
mod seen;
mod stop;
mod unsaved;
mod watcher;
mod watches;
mod workers;

pub use event::{Event, Warning, WarningKind};
pub use outbox::Outbox;
pub use responder::{AppResponder, Responder, ResponderError};
pub use stop::{Stop, Stopper, stop};
pub use watcher::{Config, Deps, WatchError, Watcher};
