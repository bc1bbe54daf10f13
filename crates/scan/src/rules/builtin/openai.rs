//! `OpenAI`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "OpenAI";

const HELP: &str = "Delete it under API keys of the project or the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "openai-api-key",
    description: "OpenAI API key",
    help: HELP,
    literals: &["T3BlbkFJ"],
    regex: r"sk-(?:(?:proj|svcacct|service|admin|None)-[\w-]{20,100}|[0-9A-Za-z]{20})T3BlbkFJ[\w-]{20,100}",
    before: 116,
    tail: (URL64, 20),
    edges: (WORD, URL64),
    examples: &[
        "sk-proj-{b64u:74}T3BlbkFJ{b64u:74}",
        "sk-{b62:20}T3BlbkFJ{b62:20}",
        "sk-admin-{b64u:58}T3BlbkFJ{b64u:58}",
    ],
    ..Spec::DEFAULT
}];
