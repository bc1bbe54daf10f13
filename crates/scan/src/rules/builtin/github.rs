//! `GitHub`.

use crate::rules::checksum::Recipe;
use crate::rules::class::{ALNUM, NO, URL64, WORD};
use crate::rules::rule::{Randomness, Spec};

pub(super) const PROVIDER: &str = "GitHub";

const HELP: &str =
    "Revoke it under Settings, Developer settings; then look at the audit log for its use.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "github-pat",
        description: "GitHub personal access token (classic)",
        help: HELP,
        literals: &["ghp_"],
        regex: "ghp_[0-9A-Za-z]{36}",
        tail: (ALNUM, 36),
        edges: (NO, NO),
        checksum: Some(Recipe::GitHub),
        examples: &["ghp_{b62:30}{sum:github,ghp_}"],
        near_misses: &["ghp_{b62:36}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "github-oauth",
        description: "GitHub OAuth access token",
        help: HELP,
        literals: &["gho_"],
        regex: "gho_[0-9A-Za-z]{36}",
        tail: (ALNUM, 36),
        edges: (NO, NO),
        checksum: Some(Recipe::GitHub),
        examples: &["gho_{b62:30}{sum:github,gho_}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "github-app-token",
        description: "GitHub app token, of a user or an installation",
        help: HELP,
        literals: &["ghu_", "ghs_"],
        regex: "gh[us]_[0-9A-Za-z]{36}",
        tail: (ALNUM, 36),
        edges: (NO, NO),
        checksum: Some(Recipe::GitHub),
        examples: &["ghu_{b62:30}{sum:github,ghu_}", "ghs_{b62:30}{sum:github,ghs_}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "github-app-jwt",
        description: "GitHub app token, the form since 2026",
        help: HELP,
        literals: &["ghs_", "ghu_"],
        regex: r"gh[us]_[0-9]{1,12}_eyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{20,}",
        span: 8192,
        tail: (WORD, 10),
        edges: (WORD, URL64),
        randomness: Randomness::Any,
        examples: &["ghs_{d1:7}_{jwt}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "github-refresh-token",
        description: "GitHub refresh token",
        help: HELP,
        literals: &["ghr_"],
        regex: "ghr_[0-9A-Za-z]{36}",
        tail: (ALNUM, 36),
        edges: (NO, NO),
        checksum: Some(Recipe::GitHub),
        examples: &["ghr_{b62:30}{sum:github,ghr_}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "github-fine-grained-pat",
        description: "GitHub personal access token (fine-grained)",
        help: HELP,
        literals: &["github_pat_"],
        regex: "github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
        tail: (ALNUM, 22),
        examples: &["github_pat_{b62:22}_{b62:59}"],
        near_misses: &["github_pat_{b62:22}_{b62:58}"],
        ..Spec::DEFAULT
    },
];
