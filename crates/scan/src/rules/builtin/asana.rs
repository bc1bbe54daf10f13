//! Asana.

use crate::rules::class::{ANY, NO, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Asana";

const HELP: &str = "Delete it under the developer console, My apps.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "asana-personal-access-token",
    description: "Asana personal access token",
    help: HELP,
    literals: &["asana", "Asana", "ASANA"],
    regex: r"(?i:asana)[^\r\n]{0,60}?[^0-9A-Za-z/]([0-9]{1,2}/[0-9]{14,20}(?:/[0-9]{14,20})?:[0-9a-z]{32,40})",
    group: 1,
    span: 200,
    tail: (ANY, 0),
    edges: (NO, WORD),
    examples: &[r#"ASANA_TOKEN = "2/{d1:16}/{d1:16}:{hex:32}""#],
    ..Spec::DEFAULT
}];
