//! Snyk.

use crate::rules::class::{HEX, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Snyk";

const HELP: &str = "Revoke it under Account settings, API tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "snyk-api-token",
    description: "Snyk API token",
    help: HELP,
    literals: &["snyk_uat."],
    regex: r"snyk_uat\.[0-9a-f]{8}\.[\w-]{20,}(?:\.[\w-]{20,})?",
    span: 700,
    tail: (HEX, 8),
    edges: (WORD, URL64),
    examples: &["snyk_uat.{hex:8}.{b64u:60}.{b64u:40}"],
    ..Spec::DEFAULT
}];
