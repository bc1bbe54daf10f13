//! The auditor's questions, on a real ledger with a clock that is set by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod change;
mod export;
mod incident;
mod report;
mod review;
mod world;
