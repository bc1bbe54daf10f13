//! Cargo registry.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Cargo registry";

const HELP: &str = "Revoke it under Account Settings, API Tokens, of the registry.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "cargo-registry-token",
        description: "Cargo registry API token",
        help: HELP,
        literals: &["cio"],
        regex: "cio[0-9A-Za-z]{32}",
        tail: (ALNUM, 32),
        edges: (STRETCH, BASE64URL),
        accept: Some(is_mixed),
        examples: &["cio{b62:32}"],
        near_misses: &["cio{az:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "cargo-trusted-publishing-token",
        description: "Cargo registry token of trusted publishing",
        help: HELP,
        literals: &["cio_tp_"],
        regex: "cio_tp_[0-9A-Za-z]{32}",
        tail: (ALNUM, 32),
        examples: &["cio_tp_{b62:32}"],
        ..Spec::DEFAULT
    },
];
