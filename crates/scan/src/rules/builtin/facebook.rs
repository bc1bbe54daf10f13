//! Facebook.

use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Facebook";

const HELP: &str = "Reset the app secret or the page token in the app dashboard.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "facebook-page-access-token",
    description: "Facebook page or user access token",
    help: HELP,
    literals: &["EAAM", "EAAC"],
    regex: "EAA[MC][0-9A-Za-z]{100,}",
    tail: (ALNUM, 100),
    edges: (STRETCH, BASE64URL),
    examples: &["EAAC{b62:160}"],
    ..Spec::DEFAULT
}];
