//! Atlassian.

use crate::rules::checksum::Recipe;
use crate::rules::class::URL64;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Atlassian";

const HELP: &str = "Revoke it under Account settings, Security, API tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "atlassian-api-token",
        description: "Atlassian API token",
        help: HELP,
        literals: &["ATATT3xFfGF0"],
        regex: r"ATATT3xFfGF0[\w-]{100,}=[0-9A-F]{8}",
        tail: (URL64, 100),
        checksum: Some(Recipe::HexOfAll),
        examples: &[
            "{start}ATATT3xFfGF0{b64u:171}={sum:crc32-hex-of-all}",
            "ATATT3xFfGF0{b64u:171}={HEX:8}",
        ],
        ..Spec::DEFAULT
    },
    Spec {
        id: "atlassian-access-token",
        description: "Atlassian access token of a repository, project or organization",
        help: HELP,
        literals: &["ATCTT3xFf"],
        regex: r"ATCTT3xFf[\w-]{100,}=[0-9A-F]{8}",
        tail: (URL64, 100),
        checksum: Some(Recipe::HexOfAll),
        examples: &["ATCTT3xFf{b64u:174}={HEX:8}"],
        ..Spec::DEFAULT
    },
];
