//! Packagist.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Packagist";

const HELP: &str = "Revoke it under the tokens of the organization or user.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "packagist-token",
    description: "Private Packagist token",
    help: HELP,
    literals: &["packagist_ort_", "packagist_out_", "packagist_uut_"],
    regex: "packagist_(?:ort|out|uut)_[0-9A-Za-z]?[0-9a-f]{68}",
    tail: (ALNUM, 68),
    examples: &["packagist_ort_{hex:68}"],
    ..Spec::DEFAULT
}];
