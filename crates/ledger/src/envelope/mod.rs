//! The byte form of events. Frozen: a version, once released, is read for ever.

pub mod v1;
