//! Weights and Biases.

use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Weights and Biases";

const HELP: &str = "Delete it under User settings, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "wandb-api-key",
    description: "Weights and Biases API key",
    help: HELP,
    literals: &["wandb_v1_"],
    regex: "wandb_v1_[0-9A-Za-z_]{70,90}",
    tail: (WORD, 70),
    examples: &["wandb_v1_{b62:77}"],
    ..Spec::DEFAULT
}];
