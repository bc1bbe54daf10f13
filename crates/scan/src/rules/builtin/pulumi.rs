//! Pulumi.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Pulumi";

const HELP: &str = "Revoke it under Access Tokens of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "pulumi-api-token",
    description: "Pulumi access token",
    help: HELP,
    literals: &["pul-"],
    regex: "pul-[0-9a-f]{40}",
    tail: (HEX, 40),
    examples: &["pul-{hex:40}"],
    ..Spec::DEFAULT
}];
