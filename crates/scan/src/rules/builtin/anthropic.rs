//! Anthropic.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Anthropic";

const HELP: &str = "Delete it under API keys of the console.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "anthropic-api-key",
        description: "Anthropic API key",
        help: HELP,
        literals: &["sk-ant-api03-"],
        regex: r"sk-ant-api03-[\w-]{93}AA",
        tail: (URL64, 93),
        edges: (WORD, URL64),
        examples: &["sk-ant-api03-{b64u:93}AA"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "anthropic-admin-api-key",
        description: "Anthropic admin API key",
        help: HELP,
        literals: &["sk-ant-admin01-"],
        regex: r"sk-ant-admin01-[\w-]{93}AA",
        tail: (URL64, 93),
        edges: (WORD, URL64),
        examples: &["sk-ant-admin01-{b64u:93}AA"],
        ..Spec::DEFAULT
    },
];
