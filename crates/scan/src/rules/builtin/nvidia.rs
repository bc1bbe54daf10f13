//! NVIDIA.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "NVIDIA";

const HELP: &str = "Revoke it under Setup, Keys, of NGC.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "nvidia-api-key",
    description: "NVIDIA API key",
    help: HELP,
    literals: &["nvapi-"],
    regex: r"nvapi-[\w-]{60,70}",
    tail: (URL64, 60),
    edges: (WORD, URL64),
    examples: &["nvapi-{b64u:64}"],
    ..Spec::DEFAULT
}];
