//! Unkey.

use super::words::is_mixed;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Unkey";

const HELP: &str = "Delete the root key under Settings.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "unkey-root-key",
    description: "Unkey root key",
    help: HELP,
    literals: &["unkey_"],
    regex: "unkey_[0-9A-Za-z]{20,32}",
    tail: (ALNUM, 20),
    accept: Some(is_mixed),
    examples: &["unkey_{b62:24}"],
    ..Spec::DEFAULT
}];
