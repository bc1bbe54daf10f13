//! Fly.io.

use crate::rules::class::{BASE64URL, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Fly.io";

const HELP: &str = "Revoke it with `fly tokens revoke`.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "flyio-access-token",
    description: "Fly.io access token",
    help: HELP,
    literals: &["fm1_", "fm1a_", "fm1r_", "fm2_"],
    regex: "fm(?:1|1a|1r|2)_[0-9A-Za-z+/_-]{100,}={0,3}",
    span: 4100,
    tail: (BASE64URL, 100),
    edges: (WORD, BASE64URL),
    examples: &["fm2_{b64:400}"],
    ..Spec::DEFAULT
}];
