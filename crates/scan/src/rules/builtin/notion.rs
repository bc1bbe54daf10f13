//! Notion.

use super::words::is_near;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Notion";

const HELP: &str = "Refresh the secret of the integration.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "notion-api-token",
        description: "Notion integration token",
        help: HELP,
        literals: &["ntn_"],
        regex: "ntn_[0-9]{11}[0-9A-Za-z]{35}",
        tail: (ALNUM, 46),
        examples: &["ntn_{d1:11}{b62:35}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "notion-api-token-legacy",
        description: "Notion integration token (older form)",
        help: HELP,
        literals: &["secret_"],
        regex: "secret_[0-9A-Za-z]{43}",
        tail: (ALNUM, 43),
        accept: Some(|seen| is_near(seen, &["notion"])),
        examples: &["NOTION_TOKEN=secret_{b62:43}"],
        near_misses: &["client secret_{b62:43}"],
        ..Spec::DEFAULT
    },
];
