//! Honeycomb.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Honeycomb";

const HELP: &str = "Disable it under Environment settings, API Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "honeycomb-ingest-key",
    description: "Honeycomb ingest key",
    help: HELP,
    literals: &["hcaik_", "hcxik_"],
    regex: "hc[ax]ik_[0-9a-z]{58}",
    tail: (ALNUM, 58),
    examples: &["hcaik_{an:58}"],
    ..Spec::DEFAULT
}];
