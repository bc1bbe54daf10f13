//! Cerebras.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Cerebras";

const HELP: &str = "Delete it under API Keys of the console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "cerebras-api-key",
    description: "Cerebras API key",
    help: HELP,
    literals: &["csk-"],
    regex: "csk-[0-9a-z]{48}",
    tail: (ALNUM, 48),
    examples: &["csk-{an:48}"],
    ..Spec::DEFAULT
}];
