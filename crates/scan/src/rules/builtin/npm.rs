//! npm.

use crate::rules::checksum::Recipe;
use crate::rules::class::{ALNUM, GRAPH, NO};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "npm";

const HELP: &str = "Revoke it with `npm token revoke`, or under Access Tokens of the account.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "npm-access-token",
        description: "npm access token",
        help: HELP,
        literals: &["npm_"],
        regex: "npm_[0-9A-Za-z]{36}",
        tail: (ALNUM, 36),
        edges: (NO, NO),
        checksum: Some(Recipe::GitHub),
        examples: &["npm_{b62:30}{sum:npm,npm_}"],
        near_misses: &["npm_{b62:36}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "npmrc-auth-token",
        description: "Token in an .npmrc file",
        help: HELP,
        literals: &[":_authToken", ":_password"],
        regex: r#":_(?:authToken|password)[ \t]?=[ \t]?"?([0-9A-Za-z+/=_.-]{20,})"#,
        group: 1,
        tail: (GRAPH, 1),
        edges: (NO, NO),
        is_general: true,
        examples: &[
            "//registry.company.internal/:_authToken={uuid}",
            "//npm.company.internal/:_password={b64:28}",
        ],
        near_misses: &[
            "//registry.company.internal/:_authToken=${open}NPM_TOKEN{close}",
            "priv_password={b62:32}",
            "//registry.company.internal/:_authToken=your_registry_token_here",
        ],
        ..Spec::DEFAULT
    },
];
