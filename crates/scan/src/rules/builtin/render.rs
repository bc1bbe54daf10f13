//! Render.

use super::words::is_mixed;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Render";

const HELP: &str = "Revoke it under Account Settings, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "render-api-key",
    description: "Render API key",
    help: HELP,
    literals: &["rnd_"],
    regex: "rnd_[0-9A-Za-z]{28}",
    tail: (ALNUM, 28),
    accept: Some(is_mixed),
    examples: &["rnd_{b62:28}"],
    ..Spec::DEFAULT
}];
