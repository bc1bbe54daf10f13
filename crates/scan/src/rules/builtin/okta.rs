//! Okta.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Okta";

const HELP: &str = "Revoke it under Security, API, Tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "okta-access-token",
    description: "Okta API token",
    help: HELP,
    literals: &["SSWS "],
    regex: r"SSWS (00[\w-]{40})",
    group: 1,
    tail: (URL64, 42),
    edges: (WORD, URL64),
    examples: &["Authorization: SSWS 00{b64u:40}"],
    ..Spec::DEFAULT
}];
