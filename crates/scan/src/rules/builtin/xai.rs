//! `xAI`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "xAI";

const HELP: &str = "Delete it under API Keys of the console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "xai-api-key",
    description: "xAI API key",
    help: HELP,
    literals: &["xai-"],
    regex: "xai-[0-9A-Za-z_-]{70,120}",
    tail: (URL64, 70),
    edges: (WORD, URL64),
    examples: &["xai-{b62:80}"],
    ..Spec::DEFAULT
}];
