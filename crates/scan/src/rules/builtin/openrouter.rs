//! `OpenRouter`.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "OpenRouter";

const HELP: &str = "Delete it under Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "openrouter-api-key",
    description: "OpenRouter API key",
    help: HELP,
    literals: &["sk-or-v1-"],
    regex: "sk-or-v1-[0-9a-f]{64}",
    tail: (HEX, 64),
    examples: &["sk-or-v1-{hex:64}"],
    ..Spec::DEFAULT
}];
