//! Square.

use crate::rules::class::{BASE64URL, STRETCH, URL64};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Square";

const HELP: &str = "Replace it in the developer dashboard.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "square-access-token",
    description: "Square access token",
    help: HELP,
    literals: &["EAAA", "sq0atp-", "sq0csp-"],
    regex: r"(?:EAAA[\w-]{60}|sq0atp-[\w-]{22}|sq0csp-[\w-]{43})",
    tail: (URL64, 22),
    edges: (STRETCH, BASE64URL),
    examples: &["EAAA{b64u:60}", "sq0atp-{b64u:22}"],
    ..Spec::DEFAULT
}];
