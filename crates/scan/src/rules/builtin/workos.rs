//! `WorkOS`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "WorkOS";

const HELP: &str = "Delete it under API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "workos-api-key",
    description: "WorkOS API key",
    help: HELP,
    literals: &["sk_live_a2V5Xz", "sk_test_a2V5Xz"],
    regex: "sk_(?:live|test)_a2V5Xz[0-9A-Za-z]{50,200}",
    tail: (ALNUM, 50),
    examples: &["sk_live_a2V5Xz{b62:64}"],
    ..Spec::DEFAULT
}];
