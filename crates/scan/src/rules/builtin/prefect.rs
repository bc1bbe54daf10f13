//! Prefect.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Prefect";

const HELP: &str = "Delete it under API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "prefect-api-token",
    description: "Prefect API key",
    help: HELP,
    literals: &["pnu_"],
    regex: "pnu_[0-9A-Za-z]{36}",
    tail: (ALNUM, 36),
    examples: &["pnu_{b62:36}"],
    ..Spec::DEFAULT
}];
