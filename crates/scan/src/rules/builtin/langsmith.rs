//! `LangSmith`.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "LangSmith";

const HELP: &str = "Delete it under Settings, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "langsmith-api-key",
    description: "LangSmith API key",
    help: HELP,
    literals: &["lsv2_pt_", "lsv2_sk_"],
    regex: "lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
    tail: (HEX, 32),
    examples: &["lsv2_pt_{hex:32}_{hex:10}"],
    ..Spec::DEFAULT
}];
