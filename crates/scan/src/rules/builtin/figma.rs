//! Figma.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Figma";

const HELP: &str = "Revoke it under Settings, Security.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "figma-personal-access-token",
        description: "Figma personal access token",
        help: HELP,
        literals: &["figd_"],
        regex: r"figd_[\w-]{38,43}",
        tail: (URL64, 38),
        edges: (WORD, URL64),
        examples: &["figd_{b64u:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "figma-plan-access-token",
        description: "Figma plan access token",
        help: HELP,
        literals: &["figp_"],
        regex: r"figp_[\w-]{40,54}",
        tail: (URL64, 40),
        edges: (WORD, URL64),
        examples: &["figp_{b64u:48}"],
        ..Spec::DEFAULT
    },
];
