//! Sourcegraph.

use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Sourcegraph";

const HELP: &str = "Delete it under Settings, Access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "sourcegraph-access-token",
    description: "Sourcegraph access token",
    help: HELP,
    literals: &["sgp_"],
    regex: "sgp_(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}",
    tail: (WORD, 40),
    examples: &["sgp_{hex:16}_{hex:40}", "sgp_local_{hex:40}", "sgp_{hex:40}"],
    ..Spec::DEFAULT
}];
