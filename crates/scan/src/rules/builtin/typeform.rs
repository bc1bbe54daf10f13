//! Typeform.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Typeform";

const HELP: &str = "Delete it under Personal tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "typeform-api-token",
    description: "Typeform personal token",
    help: HELP,
    literals: &["tfp_"],
    regex: r"tfp_[\w.=-]{59}",
    tail: (URL64, 16),
    edges: (WORD, URL64),
    examples: &["tfp_{b64u:59}"],
    ..Spec::DEFAULT
}];
