//! Tests of the ledger, in one program: the pure core, the frozen bytes, the stores' contract, and
//! what is particular to SQLite.
#![expect(clippy::unwrap_used, clippy::use_debug, reason = "a test panics and shows values")]

mod attack;
mod bundle;
mod contract;
mod decide;
mod envelope;
mod forget;
mod indexes;
mod model;
mod oracle;
mod publish;
mod restore;
mod review;
mod signer;
mod sqlite;
mod support;
mod tamper;
mod tlog;
mod tree;
mod verifier;
