//! `CircleCI`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "CircleCI";

const HELP: &str = "Delete it under Personal API Tokens, or in the project settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "circleci-token",
    description: "CircleCI API token",
    help: HELP,
    literals: &["CCIPAT_", "CCIPRJ_"],
    regex: "CCIP(?:AT|RJ)_[0-9A-Za-z]{20,24}_[0-9a-f]{40}",
    tail: (ALNUM, 20),
    examples: &["CCIPAT_{b62:22}_{hex:40}"],
    ..Spec::DEFAULT
}];
