//! `NuGet`.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "NuGet";

const HELP: &str = "Delete it under API Keys of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "nuget-api-key",
    description: "NuGet API key",
    help: HELP,
    literals: &["oy2"],
    regex: "oy2[a-z0-9]{43}",
    tail: (ALNUM, 43),
    edges: (STRETCH, BASE64URL),
    accept: Some(is_mixed),
    examples: &["oy2{an:43}"],
    near_misses: &["oy2{az:43}"],
    ..Spec::DEFAULT
}];
