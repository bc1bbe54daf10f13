//! Brevo.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Brevo";

const HELP: &str = "Delete it under SMTP and API.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "sendinblue-api-token",
    description: "Brevo (Sendinblue) API key",
    help: HELP,
    literals: &["xkeysib-"],
    regex: "xkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16}",
    tail: (HEX, 64),
    examples: &["xkeysib-{hex:64}-{b62:16}"],
    ..Spec::DEFAULT
}];
