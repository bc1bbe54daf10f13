//! Frame.io.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Frame.io";

const HELP: &str = "Delete it in the developer portal.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "frameio-api-token",
    description: "Frame.io token",
    help: HELP,
    literals: &["fio-u-"],
    regex: r"fio-u-[\w=-]{64}",
    tail: (URL64, 64),
    edges: (WORD, URL64),
    examples: &["fio-u-{b64u:64}"],
    ..Spec::DEFAULT
}];
