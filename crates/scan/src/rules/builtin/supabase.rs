//! Supabase.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Supabase";

const HELP: &str = "Revoke it under Account, Access Tokens, or rotate the API keys of the project.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "supabase-access-token",
        description: "Supabase access token",
        help: HELP,
        literals: &["sbp_"],
        regex: "sbp_(?:oauth_)?[0-9a-f]{40}",
        tail: (WORD, 40),
        examples: &["sbp_{hex:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "supabase-secret-key",
        description: "Supabase secret API key",
        help: HELP,
        literals: &["sb_secret_"],
        regex: r"sb_secret_[\w-]{31}",
        tail: (URL64, 31),
        edges: (WORD, URL64),
        examples: &["sb_secret_{b62:22}_{b62:8}"],
        ..Spec::DEFAULT
    },
];
