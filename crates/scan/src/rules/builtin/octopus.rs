//! Octopus Deploy.

use super::words::has_digit;
use crate::rules::class::{ALNUM, URL64};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Octopus Deploy";

const HELP: &str = "Delete it under My API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "octopus-deploy-api-key",
    description: "Octopus Deploy API key",
    help: HELP,
    literals: &["API-"],
    regex: "API-[0-9A-Z]{26}",
    tail: (ALNUM, 26),
    edges: (URL64, URL64),
    accept: Some(has_digit),
    examples: &["API-{AN:12}7{AN:13}"],
    ..Spec::DEFAULT
}];
