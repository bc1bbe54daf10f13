//! What the verbs that end with one token share: reading ends, showing the token that came of it.

use patrol_app::view::TokenView;
use patrol_app::{App, EventQuery, Minted};
use patrol_ledger::{Command, Expiry, Kind, Revoke, RevokeReason, Selector, Timestamp, Token};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::input::Which;
use crate::ui::{Look, paint};
use crate::words;

/// How an end is written, for help texts.
pub(super) const EXPIRY_HELP: &str = "DURATION|INSTANT|never";

/// Reads an end as the command line spells it.
pub(super) fn expiry(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    // What begins like a date is one: its error then speaks of dates.
    let is_date = text.len() >= 5 && text.as_bytes()[4] == b'-';
    match text.parse() {
        Ok(lifetime) => Ok(Expiry::After(lifetime)),
        Err(_) if is_date => text
            .parse()
            .map(Expiry::At)
            .map_err(|error: patrol_ledger::TimeError| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Changes one token and shows it as it is then.
pub(super) fn change(
    cx: &Context,
    token: &str,
    done: &str,
    command: impl FnOnce(Selector) -> Command,
) -> Result<Exit, CliError> {
    let which = Which::parse(token)?;
    let app = cx.open_to_tell()?;
    let selector = which.selector(&app, &cx.ui)?;
    let before = app.token(&selector, None)?;
    let after = app.change(&cx.cli(), selector, command(selector))?;
    let done = if after.version == before.version { "unchanged" } else { done };
    show(&app, cx, &after, Some(done), None)
}

/// Shows one token, with what was done about it.
pub(super) fn show(
    app: &App,
    cx: &Context,
    token: &Token,
    done: Option<&str>,
    at: Option<Timestamp>,
) -> Result<Exit, CliError> {
    let now = at.map_or_else(|| app.now(), Ok)?;
    if cx.ui.is_json() {
        cx.ui.json(&view(app, token, now)?)?;
        return Ok(Exit::Yes);
    }
    let head = done.map(|done| format!("{} ", paint(Look::Good, done))).unwrap_or_default();
    let last_used = app.last_used(token.id)?.filter(|used| *used <= now);
    let why = suspended_why(app, token)?;
    let card = words::token::card(token, last_used, why.as_deref(), now);
    cx.ui.print(&format!("{head}{card}"))?;
    Ok(Exit::Yes)
}

/// Why a token is suspended, from the event that did it.
fn suspended_why(app: &App, token: &Token) -> Result<Option<String>, CliError> {
    let Some(at) = token.suspended_at else { return Ok(None) };
    let query = EventQuery {
        token: Some(token.id),
        kind: Some(Kind::TokenSuspended),
        since: Some(at),
        limit: 1,
        ..EventQuery::default()
    };
    let events = app.events(&query)?.events;
    Ok(events.first().and_then(|it| words::event::suspended_why(&it.event)))
}

/// The token object of the JSON answers.
pub(super) fn view(app: &App, token: &Token, now: Timestamp) -> Result<TokenView, CliError> {
    // Of an instant in the past nobody knows when a token used since had been used last.
    let last_used = app.last_used(token.id)?.filter(|used| *used <= now);
    Ok(TokenView::new(token, last_used, now))
}

/// Hands over a token that was minted just now. It is recorded already: should nobody be there to
/// take it whole, it is revoked in the same breath.
pub(super) fn hand_over(
    minted: &Minted,
    done: &str,
    app: &App,
    cx: &Context,
) -> Result<Exit, CliError> {
    show_whole(minted, done, app, cx).map_err(|error| lost(minted, done, app, cx, &error))?;
    Ok(Exit::Yes)
}

/// Everything that can fail after the token was recorded.
fn show_whole(minted: &Minted, done: &str, app: &App, cx: &Context) -> Result<(), CliError> {
    let token = &minted.token;
    let now = app.now()?;
    let old = token.rotated_from.map(|old| app.token(&Selector::Id(old), None)).transpose()?;
    let head = paint(Look::Good, done);
    let card = words::token::card(token, None, None, now);
    let end = old.as_ref().and_then(|old| Some((old, old.revocation(Timestamp::MAX)?.at)));
    let told = end.map(|(old, at)| match at > now {
        true => format!("The old token {} goes on until {}.\n", old.id, words::time::both(at, now)),
        false => format!("The old token {} ended now.\n", old.id),
    });
    let told = told.unwrap_or_default();
    let card = format!("{head} {card}{told}The token, shown this once:\n");
    let view = Rotated {
        view: view(app, token, now)?,
        rotated_from_ends_at: end.map(|(_, at)| at.to_string()),
    };
    cx.ui.hand_over(&minted.plain, &view, &card)
}

/// A minted token in JSON: the token object, and for a successor when the old one ends.
#[derive(Serialize)]
struct Rotated {
    #[serde(flatten)]
    view: TokenView,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated_from_ends_at: Option<String>,
}

/// Ends a token that could not be shown, as nobody can say who has a part of it.
fn lost(minted: &Minted, done: &str, app: &App, cx: &Context, error: &CliError) -> CliError {
    let id = minted.token.id;
    let revoke = Revoke {
        tokens: vec![Selector::Id(id)],
        reason: RevokeReason::Other,
        comment: Some("it could not be shown when it was minted".into()),
        ..Revoke::default()
    };
    let lost = format!("token {id} was {done}, but could not be shown: {}", error.message);
    match app.submit(&cx.cli(), Command::Revoke(revoke)) {
        Ok(_) => CliError::new(error.kind, format!("{lost}; it was revoked at once"))
            .hint("nobody has it; issue another, with an output that can be written"),
        Err(why) => CliError::new(error.kind, format!("{lost}; nor could it be revoked: {why}"))
            .hint(format!("nobody has it; end it with `patrol revoke {id}` and issue another")),
    }
}
