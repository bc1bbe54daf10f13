//! `RunPod`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "RunPod";

const HELP: &str = "Revoke it under Settings, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "runpod-api-key",
    description: "RunPod API key",
    help: HELP,
    literals: &["rpa_"],
    regex: "rpa_[0-9A-Z]{40}[0-9A-Za-z]{6}",
    tail: (ALNUM, 46),
    examples: &["rpa_{AN:40}{b62:6}"],
    ..Spec::DEFAULT
}];
