//! The byte form of events. Frozen: a version, once released, is read for ever.
//!
//! An envelope is written once, stored as it is, and hashed as it stands; nothing is ever
//! serialized again to check it, and a person can check it with `sha256sum`.

mod data_v1;
mod frozen;
pub mod v1;

pub use v1::{Decoded, Detail, EnvelopeError, Keys, MAX_LEN, decode, encode};
