//! The rules of gitleaks 8.30, from its own configuration files.
//!
//! Read as gitleaks reads them, from its source: `config/config.go`, `config/rule.go`,
//! `config/allowlist.go` and `detect/detect.go`. What cannot be honoured is an error that names
//! rule, key and place, never silence.

mod allowlist;
mod baseline;
mod compile;
mod config;
mod decode;
mod detect;
mod extend;
mod facts;
mod ignore;
mod keys;
mod pattern;
mod required;

pub use baseline::{Baseline, BaselineError};
pub use facts::Facts;
pub use ignore::Ignore;

pub(super) use allowlist::{Allowlist, asks_place, content, settle};
pub(super) use config::load;
pub(super) use decode::{DEPTH, Layer, MARGIN, may_hold};
pub(super) use detect::{Fragment, drop_generic, search};
pub(super) use required::Required;
