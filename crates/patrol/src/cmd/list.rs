//! `patrol list`: tokens, by issue time.

use patrol_app::TokenQuery;
use patrol_app::view::TokenView;
use patrol_ledger::{Lifetime, Scope, Status, Timestamp, Token};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::words;

/// How many tokens are listed unless said otherwise.
const PAGE: usize = 1000;

/// List tokens
///
/// Active ones by default, in the order of issue. A long list comes in pages: `next` (or the hint
/// below the table) is what to give `--after` for the next one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol list --owner alice@example.com --status all
  patrol list --expiring-within 14d
  patrol list --unused-for 90d --format json | jq -r '.tokens[].id'
  patrol list --at 2026-03-03")]
pub(crate) struct Args {
    /// Only this owner's
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only these: active, suspended, expired, revoked or all
    #[arg(long, value_name = "STATUS", default_value = "active", hide_default_value = true, value_parser = status)]
    status: Wanted,
    /// Only those that may do this
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Scope>,
    /// Only those that end within this time
    #[arg(long, value_name = "DURATION")]
    expiring_within: Option<Lifetime>,
    /// Only those that nobody used for this long
    #[arg(long, value_name = "DURATION")]
    unused_for: Option<Lifetime>,
    /// As it was at this instant
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = PAGE, value_parser = page_size)]
    limit: usize,
    /// Those issued after this token
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
        cx.ui.note("no tokens fit; --status all lists those that have ended too");
        return Ok(Exit::Yes);
    }
    cx.ui.print(&words::token::table(&page.tokens, now, &cx.ui))?;
    if let Some(next) = next {
        cx.ui.note(&format!("there are more: --after {next}"));
    }
    Ok(Exit::Yes)
}
