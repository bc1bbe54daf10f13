//! Infracost.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, URL64};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Infracost";

const HELP: &str = "Rotate it under Org settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "infracost-api-token",
    description: "Infracost API key",
    help: HELP,
    literals: &["ico-"],
    regex: "ico-[0-9A-Za-z]{32}",
    tail: (ALNUM, 32),
    edges: (URL64, URL64),
    accept: Some(is_mixed),
    examples: &["ico-{b62:32}"],
    ..Spec::DEFAULT
}];
