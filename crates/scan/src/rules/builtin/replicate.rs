//! Replicate.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Replicate";

const HELP: &str = "Delete it under API tokens of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "replicate-api-token",
    description: "Replicate API token",
    help: HELP,
    literals: &["r8_"],
    regex: "r8_[0-9A-Za-z]{37}",
    tail: (ALNUM, 37),
    examples: &["r8_{b62:37}"],
    ..Spec::DEFAULT
}];
