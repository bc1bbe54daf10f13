//! `patrol history`: what happened, in log order.

use std::thread::sleep;
use std::time::Duration;

use patrol_app::audit::Past;
use patrol_app::view::EventView;
use patrol_app::{App, EventPage, EventQuery};
use patrol_ledger::{Kind, Recorded, Timestamp};
use serde::Serialize;

use super::Context;
use super::list::page_size;
use crate::error::{CliError, Exit};
use crate::input::Which;
use crate::words;

/// Events that are shown unless said otherwise.
const PAGE: usize = 1000;

/// How often `--follow` looks for new events. Looking costs one read of a counter in memory that
/// all processes share.
const PAUSE: Duration = Duration::from_millis(100);

/// Show what happened
///
/// Events in log order, of the whole ledger, of one token, or of one owner's tokens, each with what
/// it changed: as it was before and as it is after. Texts about people are sealed in the log and
/// shown in plain while their key exists.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol history 01JD3KQ8Z5V7W2N9X4C6B8M0T1
  patrol history --type token.leaked --since 2026-03-01
  patrol history --owner alice@example.com --by bob@example.com
  patrol history --follow --format json | jq -c .data")]
pub(crate) struct Args {
    /// Only of this token: its id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// Only of this owner's tokens; owners are compared exactly
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only what this actor did, by the whole name, such as alice@laptop (--actor says who asks)
    #[arg(long = "by", value_name = "ACTOR")]
    by: Option<String>,
    /// Only of this type, such as token.revoked; a wrong one is answered with all there are
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,
    /// Recorded at this instant or later
    #[arg(long, value_name = "INSTANT")]
    since: Option<Timestamp>,
    /// Recorded before this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// Only after this position, the number at the beginning of a line: the next page
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// At most this many [default: 1000; with --follow, all]
    #[arg(long, value_name = "N", value_parser = page_size)]
    limit: Option<usize>,
    /// Go on, and show events as they are recorded; JSON is then one event a line
    #[arg(long, conflicts_with = "until")]
    follow: bool,
}

#[derive(Serialize)]
struct Answer {
    events: Vec<EventView>,
    next: Option<u64>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let which = args.token.as_deref().map(Which::parse).transpose()?;
    let app = cx.open_to_tell()?;
    let token = match which {
        None => None,
        Some(which) => Some(app.token(&which.selector(&app, &cx.ui)?, None)?.id),
    };
    let (by, by_owner) = (args.by, args.owner.is_some());
    let query = EventQuery {
        token,
        owner: args.owner,
        actor: by.clone(),
        kind: args.kind,
        since: args.since,
        until: args.until,
        after: args.after,
        limit: args.limit.unwrap_or(PAGE),
    };
    super::audit::span(args.since, args.until)?;
    if args.follow {
        return follow(&app, query, args.limit, cx);
    }
    let page = app.events(&query)?;
    let mut past = Past::default();
    if cx.ui.is_json() {
        let changed = app.changed(&mut past, &page.events)?;
        let events = page.events.iter().zip(changed);
        let events = events.map(|(event, changed)| EventView::with(event, changed)).collect();
        cx.ui.json(&Answer { events, next: page.next })?;
        return Ok(Exit::Yes);
    }
    show(&app, &page, &mut past, cx)?;
    if page.events.is_empty() {
        let alike = match &by {
            Some(name) => app.ledger().reader()?.persons_like(name)?,
            None => Vec::new(),
        };
        cx.ui.note(&match (alike.is_empty(), by, by_owner) {
            (false, ..) => {
                format!(
                    "no events fit; names are compared whole, and there is {}",
                    alike.join(", ")
                )
            }
            (_, Some(_), _) => {
                "no events fit; --by takes the whole name, as `by …` at the end of a line says it"
                    .to_owned()
            }
            (_, None, true) => "no events fit; owners are compared exactly".to_owned(),
            (_, None, false) => "no events fit".to_owned(),
        });
    }
    if let Some(next) = page.next {
        cx.ui.note(&format!("there are more: --after {next}"));
    }
    Ok(Exit::Yes)
}

/// Shows what is there, then what comes, until so many were shown, nobody reads or the process is
/// ended.
fn follow(
    app: &App,
    mut query: EventQuery,
    most: Option<usize>,
    cx: &Context,
) -> Result<Exit, CliError> {
    let mut left = most.unwrap_or(usize::MAX);
    let mut past = Past::default();
    let mut seen: Option<Recorded> = None;
    loop {
        // Read before the events: a commit in between is found by the next look.
        let version = app.data_version()?;
        // A log that was put back and has grown again would be read on in its midst.
        seen.as_ref().map_or(Ok(()), |seen| app.assure_still_there(seen))?;
        loop {
            query.limit = left.min(PAGE);
            let mut page = app.events(&query)?;
            let Some(last) = page.events.last() else { break };
            query.after = Some(last.position);
            left -= page.events.len();
            if cx.ui.is_json() {
                let changed = app.changed(&mut past, &page.events)?;
                for (event, changed) in page.events.iter().zip(changed) {
                    cx.ui.json_line(&EventView::with(event, changed))?;
                }
            } else {
                show(app, &page, &mut past, cx)?;
            }
            seen = page.events.pop();
            if left == 0 {
                return Ok(Exit::Yes);
            }
        }
        while app.data_version()? == version {
            if cx.ui.is_closed() {
                return Ok(Exit::Yes);
            }
            sleep(PAUSE);
        }
    }
}

fn show(app: &App, page: &EventPage, past: &mut Past, cx: &Context) -> Result<(), CliError> {
    let changed = app.changed(past, &page.events)?;
    let lines = page.events.iter().zip(&changed);
    let lines: String = lines.map(|(event, changed)| words::event::line(event, changed)).collect();
    cx.ui.print(&lines)
}
