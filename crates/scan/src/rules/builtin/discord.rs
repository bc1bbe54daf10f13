//! Discord.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::rules::class::{ANY, Class, NO};
use crate::rules::rule::{Seen, Spec};

pub(super) const PROVIDER: &str = "Discord";

const HELP: &str = "Reset the token under Bot of the application.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "discord-bot-token",
    description: "Discord bot token",
    help: HELP,
    literals: &["discord", "Discord", "DISCORD"],
    regex: r"(?i:discord)[^\r\n]{0,80}?[^\w.-]((?-i:[MNO])[0-9A-Za-z_-]{22,27}\.[\w-]{6}\.[\w-]{27,38})",
    group: 1,
    span: 240,
    tail: (ANY, 0),
    edges: (NO, URL64DOT),
    accept: Some(discord),
    examples: &[r#"DISCORD_TOKEN="{start}{base64:<d1=18>}.{b64u:6}.{b64u:38}""#],
    ..Spec::DEFAULT
}];

const URL64DOT: Class = Class::of(b"0-9A-Za-z_.-");

/// The first part is the id of the bot, a number, in base64.
fn discord(seen: &Seen<'_>) -> bool {
    let id = seen.secret().split(|byte| *byte == b'.').next().unwrap_or_default();
    STANDARD_NO_PAD.decode(id).is_ok_and(|id| id.iter().all(u8::is_ascii_digit))
}
