//! Neon.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Neon";

const HELP: &str = "Revoke it under Account settings, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "neon-api-key",
    description: "Neon API key",
    help: HELP,
    literals: &["napi_"],
    regex: "napi_[0-9a-z]{64}",
    tail: (ALNUM, 64),
    examples: &["napi_{an:64}"],
    ..Spec::DEFAULT
}];
