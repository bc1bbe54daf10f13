//! `patrol list`: tokens, by issue time.

use patrol_app::view::TokenView;
use patrol_app::{App, TokenQuery};
use patrol_ledger::{Lifetime, Scope, Status, Timestamp, Token};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::words;

/// How many tokens are listed unless said otherwise.
const PAGE: usize = 1000;

/// List tokens
///
/// Active ones unless --status says otherwise, in the order of issue. A long list comes in pages:
/// the line below the table (in JSON `next`) says what to give --after for the next one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol list --owner alice@example.com --status all
  patrol list --expiring-within 14d
  patrol list --unused-for 90d --format json | jq -r '.tokens[].id'
  patrol list --at 2026-03-03 --status all")]
pub(crate) struct Args {
    /// Only this owner's; owners are compared exactly
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only these: active (unless said otherwise), suspended, expired, revoked or all
    #[arg(long, value_name = "STATUS", default_value = "active", hide_default_value = true, value_parser = status)]
    status: Wanted,
    /// Only those that may do this, such as repo:read
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Scope>,
    /// Only those that end within this time
    #[arg(long, value_name = "DURATION")]
    expiring_within: Option<Lifetime>,
    /// Only those that nobody used for this long
    #[arg(long, value_name = "DURATION")]
    unused_for: Option<Lifetime>,
    /// As things were at this instant
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = PAGE, value_parser = page_size)]
    limit: usize,
    /// Only those issued after this token: the next page
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Which states are wanted.
#[derive(Clone, Copy, Debug)]
struct Wanted(Option<Status>);

fn status(text: &str) -> Result<Wanted, String> {
    match text {
        "all" => Ok(Wanted(None)),
        _ => text
            .parse()
            .map(Some)
            .map(Wanted)
            .map_err(|_| "choose active, suspended, expired, revoked or all".to_owned()),
    }
}

/// The largest page, in tokens or events: what is answered at once is held in memory.
const PAGE_MAX: usize = 1_000_000;

/// The size of a page, at least one.
pub(super) fn page_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=PAGE_MAX) => Ok(count),
        _ => Err(format!("choose a whole number from 1 to {PAGE_MAX}")),
    }
}

#[derive(Serialize)]
struct Answer {
    tokens: Vec<TokenView>,
    next: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open_to_tell()?;
    let is_filtered = args.owner.is_some()
        || args.scope.is_some()
        || args.expiring_within.is_some()
        || args.unused_for.is_some()
        || args.after.is_some();
    let asked = Asked { status: args.status.0, is_filtered };
    let query = TokenQuery {
        owner: args.owner,
        status: args.status.0,
        scope: args.scope,
        expiring_within: args.expiring_within,
        unused_for: args.unused_for,
        limit: args.limit,
        after: args.after.as_deref().map(crate::input::id).transpose()?,
    };
    let page = app.tokens(&query, args.at)?;
    let now = args.at.map_or_else(|| app.now(), Ok)?;
    let next = page.next.map(|id| id.to_string());
    if cx.ui.is_json() {
        let view = |token: &Token| super::token::view(&app, token, now);
        let tokens = page.tokens.iter().map(view).collect::<Result<_, _>>()?;
        cx.ui.json(&Answer { tokens, next })?;
        return Ok(Exit::Yes);
    }
    if page.tokens.is_empty() {
        cx.ui.note(&nothing(&app, asked, args.at)?);
        return Ok(Exit::Yes);
    }
    cx.ui.print(&words::token::table(&page.tokens, now, &cx.ui))?;
    if let Some(next) = next {
        cx.ui.note(&format!("there are more: --after {next}"));
    }
    Ok(Exit::Yes)
}

/// What was asked for, as far as an empty answer goes into it.
#[derive(Clone, Copy)]
struct Asked {
    status: Option<Status>,
    is_filtered: bool,
}

/// Why there is nothing to list, and what else to ask for.
fn nothing(app: &App, asked: Asked, at: Option<Timestamp>) -> Result<String, CliError> {
    let then = at.map(|at| format!(" at {}", at.in_words())).unwrap_or_default();
    let began = app.ledger().reader()?.recorded_at(0)?;
    let status = asked.status.map(|status| format!("{status} ")).unwrap_or_default();
    Ok(match (at, asked) {
        (Some(at), _) if at < began => {
            format!("there were no tokens{then}: the ledger begins at {}", began.in_words())
        }
        (_, Asked { status: Some(_), is_filtered }) => {
            let fit = if is_filtered { " that fit" } else { "" };
            format!(
                "there are no {status}tokens{fit}{then}; --status all lists those of any status"
            )
        }
        (_, Asked { is_filtered: true, .. }) => {
            format!("no tokens fit{then}; owners are compared exactly")
        }
        (_, Asked { is_filtered: false, .. }) => {
            format!("there are no tokens{then}; `patrol issue` makes one")
        }
    })
}
