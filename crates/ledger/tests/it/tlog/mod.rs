//! The transparency formats: the published vectors, and properties against naive definitions.

mod policy;
mod properties;
mod vectors;
