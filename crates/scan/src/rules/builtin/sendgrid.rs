//! `SendGrid`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "SendGrid";

const HELP: &str = "Delete it under Settings, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "sendgrid-api-token",
    description: "SendGrid API key",
    help: HELP,
    literals: &["SG."],
    regex: r"SG\.[\w-]{22}\.[\w-]{43}",
    tail: (URL64, 22),
    edges: (WORD, URL64),
    examples: &["SG.{b64u:22}.{b64u:43}"],
    ..Spec::DEFAULT
}];
