//! Buildkite.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Buildkite";

const HELP: &str = "Revoke it under Personal Settings, API Access Tokens, or on the agents page.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "buildkite-token",
    description: "Buildkite token",
    help: HELP,
    literals: &["bkua_", "bkaa_", "bkct_", "bkpat_", "bkar_"],
    regex: "bk(?:ua|aa|ct|pat|ar)_[0-9A-Za-z_-]{40,80}",
    tail: (URL64, 40),
    edges: (WORD, URL64),
    examples: &["bkua_{hex:40}"],
    ..Spec::DEFAULT
}];
