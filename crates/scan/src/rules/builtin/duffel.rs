//! Duffel.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Duffel";

const HELP: &str = "Delete it under Access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "duffel-api-token",
    description: "Duffel API token",
    help: HELP,
    literals: &["duffel_live_", "duffel_test_"],
    regex: r"duffel_(?:live|test)_[\w=-]{43}",
    tail: (URL64, 43),
    edges: (WORD, URL64),
    examples: &["duffel_live_{b64u:43}"],
    ..Spec::DEFAULT
}];
