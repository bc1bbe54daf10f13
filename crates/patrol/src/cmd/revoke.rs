//! `patrol revoke`: the end of tokens, for good.

use patrol_app::{App, Revocation};
use patrol_ledger::{Revoke, RevokeReason, Selector, Timestamp};
use patrol_token::TokenId;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::input::Which;
use crate::ui::{Look, paint, shown};

/// End tokens for good
///
/// Several at once are one transaction. A token that is revoked already stays as it is, and that is
/// no error. Ids that are not known are named, the others are revoked nevertheless, and the exit
/// code is 1. With --owner or --issued-before, all living tokens that fit are revoked, without
/// asking: `patrol list` with the same --owner shows them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol revoke 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --reason leaked --comment 'seen on a public gist'
  patrol revoke - < found-token.txt
  patrol revoke --owner alice@example.com --reason leaver")]
pub(crate) struct Args {
    /// Token ids, or - to read an id or a whole token from standard input
    #[arg(value_name = "TOKEN", required_unless_present_any = ["owner", "issued_before"])]
    tokens: Vec<String>,
    /// All living tokens of this owner
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// All living tokens issued before this instant
    #[arg(long, value_name = "INSTANT")]
    issued_before: Option<Timestamp>,
    /// Why: leaked, leaver, superseded, unused, requested or other
    #[arg(long, value_name = "REASON", default_value = "requested")]
    reason: RevokeReason,
    /// Why, in words, for the record
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    revoked: Vec<String>,
    already: Vec<String>,
    unknown: Vec<String>,
    position: Option<u64>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let mut named: Vec<Selector> = Vec::new();
    let mut unreadable = Vec::new();
    for (place, text) in args.tokens.iter().enumerate() {
        match Which::parse(text).and_then(|which| which.selector(&app, &cx.ui)) {
            Ok(selector) => named.push(selector),
            // A revocation of others must not wait for a typing error to be mended.
            Err(error) if matches!(error.kind, Kind::Usage | Kind::Unknown) => {
                unreadable.push((name(text, place + 1), error.message));
            }
            Err(error) => return Err(error),
        }
    }
    let has_filter = args.owner.is_some() || args.issued_before.is_some();
    let Revocation { revoked, already, unknown, position } = if named.is_empty() && !has_filter {
        Revocation::default()
    } else {
        app.revoke(
            &cx.cli(),
            Revoke {
                tokens: named,
                owner: args.owner,
                issued_before: args.issued_before,
                reason: args.reason,
                comment: args.comment,
            },
        )?
    };
    let mut unknown: Vec<_> = unknown.into_iter().map(said).collect();
    let told: Vec<_> = unknown.iter().cloned().chain(unreadable.iter().map(with_reason)).collect();
    unknown.extend(unreadable.into_iter().map(|(name, _)| name));
    let answer = Answer {
        revoked: revoked.iter().map(ToString::to_string).collect(),
        already: already.iter().map(ToString::to_string).collect(),
        unknown,
        position,
    };
    if cx.ui.is_json() {
        cx.ui.json(&answer)?;
    } else {
        cx.ui.print(&lines(&answer, &already_ended(&app, &already)?))?;
    }
    match told.len() {
        0 => Ok(Exit::Yes),
        count => Err(CliError::new(
            Kind::Unknown,
            match count {
                1 => format!("not known to this ledger: {}", told[0]),
                count => {
                    format!("{count} tokens are not known to this ledger: {}", told.join(", "))
                }
            },
        )
        .hint(match answer.revoked.is_empty() && answer.already.is_empty() {
            true => "nothing was revoked; `patrol list --status all` shows the ids",
            false => "the others are revoked; `patrol list --status all` shows the ids",
        })),
    }
}

/// What an unknown token was called: its id, if one was said.
fn said(id: Option<TokenId>) -> String {
    id.map_or_else(|| "the token on standard input".into(), |id| id.to_string())
}

/// What is no id, with what is wrong with it.
fn with_reason((name, why): &(String, String)) -> String {
    format!("{name} ({why})")
}

/// How tokens had ended that were to be revoked again: nothing of that changes.
fn already_ended(app: &App, already: &[TokenId]) -> Result<Vec<String>, CliError> {
    let line = |id: &TokenId| {
        let token = app.token(&Selector::Id(*id), None)?;
        let how = token.revocation(app.now()?);
        let how = how.map(|how| format!(" ({}, {})", how.reason, how.at.in_words()));
        let was = paint(Look::Faint, "was revoked already");
        Ok(format!("{id} {was}{}; nothing changed\n", how.unwrap_or_default()))
    };
    already.iter().map(line).collect()
}

/// What to call an argument that is no id. Its text is repeated only if it can be nothing but a
/// mistyped id.
fn name(text: &str, place: usize) -> String {
    let is_harmless = (1..=patrol_token::ID_LEN + 2).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    match text {
        "-" => "the token on standard input".into(),
        _ if is_harmless => text.into(),
        _ => format!("argument {place}"),
    }
}

fn lines(answer: &Answer, already: &[String]) -> String {
    let revoked = answer.revoked.iter();
    let revoked = revoked.map(|id| format!("{} {}\n", paint(Look::Good, "revoked"), shown(id)));
    let lines: String = revoked.chain(already.iter().cloned()).collect();
    match lines.is_empty() && answer.unknown.is_empty() {
        true => "no living token fits; nothing was revoked\n".into(),
        false => lines,
    }
}
