//! `MaxMind`.

use crate::rules::class::ANY;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "MaxMind";

const HELP: &str = "Delete it under Manage License Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "maxmind-license-key",
    description: "MaxMind licence key",
    help: HELP,
    literals: &["_mmk"],
    regex: "[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk",
    before: 36,
    tail: (ANY, 0),
    examples: &["{b62:6}_{b62:29}_mmk"],
    ..Spec::DEFAULT
}];
