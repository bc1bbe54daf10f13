//! Together AI.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Together AI";

const HELP: &str = "Delete it under API Keys of the settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "together-api-key",
    description: "Together AI API key",
    help: HELP,
    literals: &["tgp_v1_"],
    regex: r"tgp_v1_[\w-]{43}",
    tail: (URL64, 43),
    edges: (WORD, URL64),
    examples: &["tgp_v1_{b64u:43}"],
    ..Spec::DEFAULT
}];
