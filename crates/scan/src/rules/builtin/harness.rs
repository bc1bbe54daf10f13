//! Harness.

use crate::rules::class::URL64;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Harness";

const HELP: &str = "Delete it under the API keys of the user or service account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "harness-api-key",
    description: "Harness API key",
    help: HELP,
    literals: &["pat.", "sat."],
    regex: r"[ps]at\.[\w-]{22}\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{20}",
    tail: (URL64, 22),
    examples: &["pat.{b64u:22}.{hex:24}.{b62:20}"],
    ..Spec::DEFAULT
}];
