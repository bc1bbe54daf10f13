//! ngrok.

use crate::rules::class::{ANY, NO, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "ngrok";

const HELP: &str = "Reset it under Your Authtoken.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "ngrok-authtoken",
    description: "ngrok authtoken",
    help: HELP,
    literals: &["authtoken", "AUTHTOKEN"],
    regex: r#"(?i:authtoken)(?:\\?["'])?[ \t]{0,4}(?:=>|:=|[=:,])?[ \t]{0,4}(?:\\?["'])?(2[0-9A-Za-z]{24,28}_[0-9][0-9A-Za-z]{20})"#,
    group: 1,
    span: 100,
    tail: (ANY, 0),
    edges: (NO, WORD),
    examples: &["authtoken: 2{b62:26}_7{b62:20}", r#"\"authtoken\":\"2{b62:26}_7{b62:20}\""#],
    ..Spec::DEFAULT
}];
