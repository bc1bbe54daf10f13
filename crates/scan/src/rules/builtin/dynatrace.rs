//! Dynatrace.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Dynatrace";

const HELP: &str = "Delete it under Access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "dynatrace-api-token",
    description: "Dynatrace API token",
    help: HELP,
    literals: &["dt0c01."],
    regex: r"dt0c01\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{64}",
    tail: (ALNUM, 24),
    examples: &["dt0c01.{B32:24}.{B32:64}"],
    ..Spec::DEFAULT
}];
