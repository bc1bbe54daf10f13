//! Sonar.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Sonar";

const HELP: &str = "Revoke it under My Account, Security.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "sonar-api-token",
    description: "SonarQube or SonarCloud token",
    help: HELP,
    literals: &["squ_", "sqp_", "sqa_"],
    regex: "sq[upa]_[0-9a-f]{40}",
    tail: (HEX, 40),
    examples: &["squ_{hex:40}"],
    ..Spec::DEFAULT
}];
