//! Plaid.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Plaid";

const HELP: &str = "Rotate it with /item/access_token/invalidate.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "plaid-api-token",
    description: "Plaid access token",
    help: HELP,
    literals: &["access-sandbox-", "access-development-", "access-production-"],
    regex: "access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    tail: (HEX, 8),
    examples: &["access-production-{uuid}"],
    ..Spec::DEFAULT
}];
