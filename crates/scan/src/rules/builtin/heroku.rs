//! Heroku.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Heroku";

const HELP: &str = "Revoke it with `heroku authorizations:revoke`.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "heroku-api-key-v2",
    description: "Heroku API key",
    help: HELP,
    literals: &["HRKU-AA"],
    regex: r"HRKU-AA[\w-]{58}",
    tail: (URL64, 58),
    edges: (WORD, URL64),
    examples: &["HRKU-AA{b64u:58}"],
    ..Spec::DEFAULT
}];
