//! Confluent.

use crate::rules::checksum::Recipe;
use crate::rules::class::{BASE64, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Confluent";

const HELP: &str = "Delete it under API keys of the cloud account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "confluent-cloud-api-secret",
    description: "Confluent Cloud API secret",
    help: HELP,
    literals: &["cflt"],
    regex: "cflt[0-9A-Za-z+/]{60}",
    tail: (BASE64, 60),
    edges: (STRETCH, BASE64URL),
    checksum: Some(Recipe::Confluent),
    examples: &["cflt{b64:54}{sum:confluent,cflt}", "cflt{b64:60}"],
    ..Spec::DEFAULT
}];
