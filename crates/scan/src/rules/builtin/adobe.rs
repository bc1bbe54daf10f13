//! Adobe.

use super::words::is_mixed;
use crate::rules::class::URL64;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Adobe";

const HELP: &str = "Rotate the client secret in the developer console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "adobe-client-secret",
    description: "Adobe client secret",
    help: HELP,
    literals: &["p8e-"],
    regex: "p8e-[0-9A-Za-z_-]{32}",
    tail: (URL64, 32),
    edges: (URL64, URL64),
    accept: Some(is_mixed),
    examples: &["p8e-{b62:32}"],
    ..Spec::DEFAULT
}];
