//! Reports: findings and coverage as text. Pure: they write to whatever they are given.
//!
//! The machine formats have the version in their name and structs of their own, so that a change
//! to an inner type never changes what scripts read.

mod human;
mod json_v1;
mod jsonl;

pub use human::{Paint, Plain, Tone, human};
pub use json_v1::{CoverageV1, FindingV1, SCHEMA, SkippedV1, json_v1};
pub use jsonl::{jsonl_coverage, jsonl_finding};

use crate::Finding;

/// Sorts findings into the order of reports.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
}
