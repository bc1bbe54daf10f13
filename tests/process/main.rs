//! Real processes on one ledger: killed at random moments, racing for one token, out of disk.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod disk;
mod kill;
mod race;
mod world;
