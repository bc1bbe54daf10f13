//! Rootly.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Rootly";

const HELP: &str = "Revoke it under Organization settings, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "rootly-api-key",
    description: "Rootly API key",
    help: HELP,
    literals: &["rootly_"],
    regex: "rootly_[0-9a-f]{64}",
    tail: (HEX, 64),
    examples: &["rootly_{hex:64}"],
    ..Spec::DEFAULT
}];
