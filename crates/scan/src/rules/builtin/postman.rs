//! Postman.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Postman";

const HELP: &str = "Revoke it under Settings, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "postman-api-token",
    description: "Postman API key",
    help: HELP,
    literals: &["PMAK-"],
    regex: "PMAK-[0-9a-fA-F]{24}-[0-9a-fA-F]{34}",
    tail: (HEX, 24),
    examples: &["PMAK-{hex:24}-{hex:34}"],
    ..Spec::DEFAULT
}];
