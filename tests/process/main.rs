//! Real processes on one ledger: killed at random moments, racing for one token, out of disk.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test panics and tells what it leaves out"
)]

mod disk;
mod kill;
mod power;
mod race;
mod world;
