//! `MailerSend`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "MailerSend";

const HELP: &str = "Revoke it under API tokens of the domain.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mailersend-api-token",
    description: "MailerSend API token",
    help: HELP,
    literals: &["mlsn."],
    regex: r"mlsn\.[0-9A-Za-z]{30,100}",
    tail: (ALNUM, 30),
    examples: &["mlsn.{hex:64}"],
    ..Spec::DEFAULT
}];
