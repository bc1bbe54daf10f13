//! Other people's tokens: a set of rules, and one search for all of them.
//!
//! ```text
//! Rules ─► literals ─► a rule's expression around the literal ─► checks ─► Match ─► settle
//! pack or file   one pass           a few hundred bytes                        path, commit
//! ```
//!
//! The built-in pack knows the tokens of some hundred providers by their own marks; a user's file
//! may add rules in a small form of our own, or be the configuration of gitleaks. What a rule says
//! about the content is decided by [`Rules::search`]; what it says about path and commit is decided
//! by [`Rules::settle`], once a finding has a place.

mod builtin;
mod checksum;
mod class;
mod entropy;
mod error;
#[cfg(test)]
mod fixture;
pub mod gitleaks;
mod imported;
mod index;
mod inline;
mod literals;
mod load;
#[cfg(test)]
mod oracle;
mod own;
mod path;
mod rule;
mod search;
mod set;
mod source;
mod suggest;
mod utf16;
mod weigh;
mod wide;

pub use error::{Problem, RulesError};
pub use set::Rules;
