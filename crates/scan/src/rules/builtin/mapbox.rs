//! Mapbox.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Mapbox";

const HELP: &str = "Delete it under Access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mapbox-secret-token",
    description: "Mapbox secret token",
    help: HELP,
    literals: &["sk.eyJ"],
    regex: r"sk\.eyJ[\w-]{50,160}\.[\w-]{22}",
    tail: (URL64, 50),
    edges: (WORD, URL64),
    examples: &["sk.eyJ{b64u:80}.{b64u:22}"],
    ..Spec::DEFAULT
}];
