//! Segment.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Segment";

const HELP: &str = "Delete it under Workspace settings, Access Management, Tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "segment-public-api-token",
    description: "Segment public API token",
    help: HELP,
    literals: &["sgp_"],
    regex: "sgp_[0-9A-Za-z]{64}",
    tail: (ALNUM, 64),
    examples: &["sgp_{b62:64}"],
    ..Spec::DEFAULT
}];
