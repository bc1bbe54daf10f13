//! Perplexity.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Perplexity";

const HELP: &str = "Revoke it under Settings, API.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "perplexity-api-key",
    description: "Perplexity API key",
    help: HELP,
    literals: &["pplx-"],
    regex: "pplx-[0-9A-Za-z]{48}",
    tail: (ALNUM, 48),
    examples: &["pplx-{b62:48}"],
    ..Spec::DEFAULT
}];
