//! `PostHog`.

use super::words::is_mixed;
use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "PostHog";

const HELP: &str = "Delete it under Personal API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "posthog-personal-api-key",
    description: "PostHog personal API key",
    help: HELP,
    literals: &["phx_"],
    regex: "phx_[0-9A-Za-z_]{41,49}",
    tail: (WORD, 41),
    accept: Some(is_mixed),
    examples: &["phx_{b62:43}"],
    ..Spec::DEFAULT
}];
