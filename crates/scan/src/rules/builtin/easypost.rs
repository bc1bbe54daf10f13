//! `EasyPost`.

use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "EasyPost";

const HELP: &str = "Disable it under API Keys of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "easypost-api-token",
    description: "EasyPost API key",
    help: HELP,
    literals: &["EZAK", "EZTK"],
    regex: "EZ[AT]K[0-9A-Za-z]{54}",
    tail: (ALNUM, 54),
    edges: (STRETCH, BASE64URL),
    examples: &["EZAK{b62:54}"],
    ..Spec::DEFAULT
}];
