//! `ClickUp`.

use crate::rules::class::DIGIT;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "ClickUp";

const HELP: &str = "Regenerate it under Settings, Apps.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "clickup-api-token",
    description: "ClickUp personal token",
    help: HELP,
    literals: &["pk_"],
    regex: "pk_[0-9]{7,9}_[0-9A-Za-z]{32}",
    tail: (DIGIT, 7),
    examples: &["pk_{d1:8}_{AN:32}"],
    ..Spec::DEFAULT
}];
