//! Reports: findings and coverage as text. Pure: they write to whatever they are given.
//!
//! The machine formats have the version in their name, or follow somebody's standard, and have
//! structs of their own, so that a change to an inner type never changes what scripts read.
//! Every text of others that stands in one is made safe for whoever reads it.

mod csv;
mod github;
mod gitlab;
mod human;
mod inert;
mod json_v1;
mod jsonl;
mod junit;
mod line_hash;
mod root;
mod run;
mod sarif;
mod words;

pub use csv::csv;
pub use github::github;
pub use gitlab::gitlab;
pub use human::{Detail, Paint, Plain, Tone, human, summary};
pub use json_v1::{CoverageV1, FindingV1, SCHEMA, SkippedV1, json_v1};
pub use jsonl::{jsonl_coverage, jsonl_finding};
pub use junit::junit;
pub use line_hash::{Line, Text};
pub use root::Root;
pub use run::{Accepted, AcceptedBy, Run};
pub use sarif::sarif;
pub use words::{place, short_id};

use crate::Finding;

/// Sorts findings into the order of reports.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
}
