//! Resend.

use super::words::is_mixed;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Resend";

const HELP: &str = "Delete it under API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "resend-api-key",
    description: "Resend API key",
    help: HELP,
    literals: &["re_"],
    regex: "re_[0-9A-Za-z]{8}_[0-9A-Za-z]{24}",
    tail: (ALNUM, 8),
    accept: Some(is_mixed),
    examples: &["re_{b62:8}_{b62:24}"],
    ..Spec::DEFAULT
}];
