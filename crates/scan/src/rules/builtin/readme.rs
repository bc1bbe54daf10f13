//! `ReadMe`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "ReadMe";

const HELP: &str = "Delete it under Configuration, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "readme-api-token",
    description: "ReadMe API key",
    help: HELP,
    literals: &["rdme_"],
    regex: "rdme_[0-9a-z]{70}",
    tail: (ALNUM, 70),
    examples: &["rdme_{an:70}"],
    ..Spec::DEFAULT
}];
