//! Slack.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, Class, DIGIT, GRAPH, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Slack";

const HELP: &str =
    "Revoke it with the method auth.revoke, or regenerate it in the settings of the app.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "slack-bot-token",
        description: "Slack bot token",
        help: HELP,
        literals: &["xoxb-"],
        regex: "xoxb-[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{16,40}",
        tail: (DIGIT, 10),
        edges: (WORD, URL64),
        examples: &["xoxb-{d1:12}-{d1:13}-{b62:24}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-user-token",
        description: "Slack user token",
        help: HELP,
        literals: &["xoxp-", "xoxe-"],
        regex: "xox[pe](?:-[0-9]{10,13}){3}-[0-9A-Za-z-]{28,34}",
        tail: (DIGIT, 10),
        edges: (WORD, URL64),
        examples: &["xoxp-{d1:12}-{d1:12}-{d1:13}-{hex:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-config-access-token",
        description: "Slack configuration access token",
        help: HELP,
        literals: &["xoxe.xoxb-", "xoxe.xoxp-"],
        regex: r"xoxe\.xox[bp]-\d-[0-9A-Za-z]{160,170}",
        tail: (DIGIT, 1),
        examples: &["xoxe.xoxp-1-{b62:166}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-config-refresh-token",
        description: "Slack configuration refresh token",
        help: HELP,
        literals: &["xoxe-"],
        regex: r"xoxe-\d-[0-9A-Za-z]{140,150}",
        tail: (DIGIT, 1),
        examples: &["xoxe-1-{b62:146}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-app-token",
        description: "Slack app-level token",
        help: HELP,
        literals: &["xapp-"],
        regex: r"xapp-\d-[0-9A-Za-z]{8,16}-\d{10,14}-[0-9a-f]{40,80}",
        tail: (DIGIT, 1),
        examples: &["xapp-1-A{AN:10}-{d1:13}-{hex:64}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-legacy-workspace-token",
        description: "Slack legacy workspace token",
        help: HELP,
        literals: &["xoxa-", "xoxr-"],
        regex: r"xox[ar]-(?:\d-)?[0-9A-Za-z]{20,48}",
        tail: (URL64, 22),
        edges: (WORD, URL64),
        accept: Some(is_mixed),
        examples: &["xoxa-2-{b62:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-legacy-token",
        description: "Slack legacy token",
        help: HELP,
        literals: &["xoxo-", "xoxs-"],
        regex: r"xox[os]-\d{6,14}-\d{6,14}-\d{6,14}-[0-9a-fA-F]{8,64}",
        tail: (DIGIT, 6),
        edges: (WORD, URL64),
        examples: &["xoxs-{d1:12}-{d1:12}-{d1:12}-{hex:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-session-token",
        description: "Slack session token",
        help: HELP,
        literals: &["xoxc-"],
        regex: r"xoxc-\d{8,14}-\d{8,14}-\d{8,14}-[0-9a-f]{40,80}",
        tail: (DIGIT, 8),
        examples: &["xoxc-{d1:12}-{d1:12}-{d1:12}-{hex:64}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-session-cookie",
        description: "Slack session cookie",
        help: HELP,
        literals: &["xoxd-"],
        regex: "xoxd-[0-9A-Za-z%+/=_-]{60,}",
        tail: (COOKIE, 60),
        edges: (WORD, BASE64URL),
        examples: &["xoxd-{b64:120}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "slack-webhook-url",
        description: "Slack incoming webhook",
        help: HELP,
        literals: &["hooks.slack.com/"],
        regex: r"hooks\.slack\.com/(?:services|workflows|triggers)/(T[0-9A-Z]{7,12}/[AB]?[0-9A-Z]{7,13}(?:/[0-9A-Z]{10,24})?/[0-9A-Za-z]{16,32})",
        group: 1,
        tail: (GRAPH, 20),
        edges: (ALNUM, WORD),
        examples: &["https://hooks.slack.com/services/T{AN:10}/B{AN:10}/{b62:24}"],
        near_misses: &[
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        ],
        ..Spec::DEFAULT
    },
];

const COOKIE: Class = Class::of(b"0-9A-Za-z%+/=_-");
