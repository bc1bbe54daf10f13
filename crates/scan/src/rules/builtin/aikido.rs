//! Aikido.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Aikido";

const HELP: &str = "Revoke it under Integrations, CI.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "aikido-ci-token",
    description: "Aikido CI token",
    help: HELP,
    literals: &["AIK_CI_"],
    regex: "AIK_CI_[0-9A-Za-z]{20,64}",
    tail: (ALNUM, 20),
    examples: &["AIK_CI_{b62:44}"],
    ..Spec::DEFAULT
}];
