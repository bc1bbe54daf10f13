//! Tests of the ledger, in one program: the pure core, the frozen bytes, the stores' contract, and
//! what is particular to SQLite.
#![expect(clippy::unwrap_used, clippy::use_debug, reason = "a test panics and shows values")]

mod attack;
mod contract;
mod decide;
mod envelope;
mod model;
mod signer;
mod sqlite;
mod support;
mod tlog;
mod tree;
mod verifier;
