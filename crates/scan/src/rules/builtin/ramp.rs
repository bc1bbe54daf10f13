//! Ramp.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Ramp";

const HELP: &str = "Rotate the client secret of the developer app.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "ramp-client-secret",
    description: "Ramp client secret",
    help: HELP,
    literals: &["ramp_sec_"],
    regex: "ramp_sec_[0-9A-Za-z]{48}",
    tail: (ALNUM, 48),
    examples: &["ramp_sec_{b62:48}"],
    ..Spec::DEFAULT
}];
