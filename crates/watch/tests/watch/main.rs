//! The watcher against real repositories, changed by real git, on a real ledger.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]

mod leaks;
mod lifecycle;
mod trouble;
mod unsaved;
mod world;
