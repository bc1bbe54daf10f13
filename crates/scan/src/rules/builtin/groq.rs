//! Groq.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Groq";

const HELP: &str = "Delete it under API Keys of the console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "groq-api-key",
    description: "Groq API key",
    help: HELP,
    literals: &["gsk_"],
    regex: "gsk_[0-9A-Za-z]{52}",
    tail: (ALNUM, 52),
    examples: &["gsk_{b62:52}"],
    ..Spec::DEFAULT
}];
