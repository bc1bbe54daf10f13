//! Shippo.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Shippo";

const HELP: &str = "Regenerate it under API settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "shippo-api-token",
    description: "Shippo API token",
    help: HELP,
    literals: &["shippo_live_", "shippo_test_"],
    regex: "shippo_(?:live|test)_[0-9a-f]{40}",
    tail: (HEX, 40),
    examples: &["shippo_live_{hex:40}"],
    ..Spec::DEFAULT
}];
