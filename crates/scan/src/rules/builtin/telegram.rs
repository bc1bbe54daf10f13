//! Telegram.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Telegram";

const HELP: &str = "Revoke it with /revoke of @BotFather.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "telegram-bot-api-token",
    description: "Telegram bot token",
    help: HELP,
    literals: &[":AA"],
    regex: r"[0-9]{5,16}:AA[\w-]{33}",
    before: 16,
    tail: (URL64, 33),
    edges: (WORD, URL64),
    examples: &["{d1:10}:AA{b64u:33}"],
    ..Spec::DEFAULT
}];
