//! Datadog.

use crate::rules::class::{ANY, NO, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Datadog";

const HELP: &str = "Revoke it under Organization Settings, API Keys or Application Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "datadog-access-token",
    description: "Datadog API or application key",
    help: HELP,
    literals: &[
        "DD_API_KEY",
        "DD_APP_KEY",
        "DD_APPLICATION_KEY",
        "dd_api_key",
        "dd_app_key",
        "DATADOG_API_KEY",
        "DATADOG_APP_KEY",
        "datadog_api_key",
        "datadog_app_key",
    ],
    regex: r#"(?i)(?:dd|datadog)_(?:api|app|application)_key(?:\\?["'])?\]?[ \t]{0,8}(?:=>|:=|[=:,])[ \t]{0,8}(?:\\?["'])?([0-9a-f]{40}|[0-9a-f]{32})"#,
    group: 1,
    span: 120,
    tail: (ANY, 0),
    edges: (NO, WORD),
    examples: &[
        "DD_API_KEY={hex:32}",
        r#""DATADOG_APP_KEY": "{hex:40}""#,
        r#"\"DATADOG_APP_KEY\":\"{hex:40}\""#,
    ],
    ..Spec::DEFAULT
}];
