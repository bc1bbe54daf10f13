//! Polar.

use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Polar";

const HELP: &str = "Delete it under Settings, Developers.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "polar-access-token",
    description: "Polar access token",
    help: HELP,
    literals: &["polar_pat_", "polar_oat_"],
    regex: "polar_[po]at_[0-9A-Za-z_]{20,100}",
    tail: (WORD, 20),
    examples: &["polar_pat_{b62:43}"],
    ..Spec::DEFAULT
}];
