//! Mercury.

use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Mercury";

const HELP: &str = "Revoke it under Settings, API tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mercury-api-token",
    description: "Mercury API token",
    help: HELP,
    literals: &["mercury_production_"],
    regex: "mercury_production_[a-z]{3,6}_[0-9A-Za-z]{40,50}_yrucrem",
    tail: (WORD, 40),
    examples: &["mercury_production_wma_{b62:44}_yrucrem"],
    ..Spec::DEFAULT
}];
