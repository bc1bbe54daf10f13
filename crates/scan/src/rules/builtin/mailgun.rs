//! Mailgun.

use super::words::is_near;
use crate::rules::class::{HEX, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Mailgun";

const HELP: &str = "Reset it under API security of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mailgun-private-api-token",
    description: "Mailgun private API key",
    help: HELP,
    literals: &["key-"],
    regex: "key-[0-9a-f]{32}",
    tail: (HEX, 32),
    edges: (URL64, WORD),
    accept: Some(|seen| is_near(seen, &["mailgun"])),
    examples: &[r#"mailgun_api_key = "key-{hex:32}""#],
    near_misses: &[r#"cache_key = "key-{hex:32}""#],
    ..Spec::DEFAULT
}];
