//! Cloudsmith.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Cloudsmith";

const HELP: &str = "Refresh it under API Settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "cloudsmith-api-key",
    description: "Cloudsmith API key",
    help: HELP,
    literals: &["csa_"],
    regex: "csa_[0-9a-f]{30}[0-9A-Za-z]{6}",
    tail: (ALNUM, 36),
    examples: &["csa_{hex:30}{b62:6}"],
    ..Spec::DEFAULT
}];
