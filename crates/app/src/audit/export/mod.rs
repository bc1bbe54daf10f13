//! Export: the log, event by event, in the formats that other systems read. It goes on from any
//! position, so whoever collects events keeps one number.
//!
//! The log is read a page at a time, each in a transaction of its own: memory stays constant however
//! long the log is, and a slow reader of the output holds up no writer.

mod cef;
mod cloudevents;
mod csv;
mod ocsf;
mod words;

pub(super) use csv::cell;
pub use words::found_at;
pub(super) use words::sentence as event_sentence;

use patrol_ledger::{EventQuery, LedgerRow, Recorded, Token};

use super::change::{Changed, Past};
use crate::app::App;
use crate::error::AppError;
use crate::view::EventView;

/// Events that are read at once: some hundred kilobytes, a few milliseconds.
const PAGE: usize = 512;

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// patrol's own event object.
    Jsonl,
    /// A table, with a line of headings where it begins at the log's beginning.
    Csv,
    /// OCSF 1.8: Entity Management and Detection Finding.
    Ocsf,
    /// `CloudEvents` 1.0, structured.
    CloudEvents,
    /// `ArcSight` Common Event Format, version 0.
    Cef,
}

/// What is wanted of the log.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// In which form.
    pub format: ExportFormat,
    /// After this position; `None`: from the beginning.
    pub after: Option<u64>,
    /// At most this many events.
    pub limit: Option<u64>,
}

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many events.
    pub events: u64,
    /// The position to go on after: of the last event, or as asked if there was none.
    pub next: Option<u64>,
    /// Whether the log has more.
    pub more: bool,
}

/// An event with all that a line may tell of it.
struct Line<'a> {
    ledger: &'a LedgerRow,
    recorded: &'a Recorded,
    changed: &'a Changed,
    /// The token as it is after the event.
    token: Option<&'a Token>,
}

impl ExportFormat {
    fn line(self, line: &Line<'_>) -> String {
        match self {
            Self::Jsonl => json(&EventView::with(line.recorded, line.changed.clone())),
            Self::Csv => csv::line(line),
            Self::Ocsf => json(&ocsf::event(line)),
            Self::CloudEvents => json(&cloudevents::event(line)),
            Self::Cef => cef::line(line),
        }
    }
}

impl App {
    /// Hands the log's events, as lines of some format, to `sink`, some hundred at a time.
    ///
    /// # Errors
    /// [`AppError::BeyondEnd`] if the position to go on after is not in the log: it was read from
    /// another ledger, or from one that has since been put back to an older copy. A store error, or
    /// what `sink` says.
    pub fn export<E: From<AppError>>(
        &self,
        export: &Export,
        mut sink: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<Exported, E> {
        let ledger = self.info()?;
        let size = self.reader()?.head().map_err(AppError::from)?.tree.size();
        if let Some(after) = export.after.filter(|after| *after >= size) {
            return Err(AppError::BeyondEnd { position: after, size }.into());
        }
        let mut done = Exported { events: 0, next: export.after, more: false };
        let mut past = Past::default();
        if export.format == ExportFormat::Csv && export.after.is_none() {
            sink(csv::HEADER)?;
        }
        loop {
            let left = export.limit.map_or(u64::MAX, |limit| limit - done.events);
            let limit = PAGE.min(usize::try_from(left).unwrap_or(usize::MAX));
            let query = EventQuery { after: done.next, limit, ..EventQuery::default() };
            let page = self.events(&query)?;
            let mut lines = String::new();
            {
                let reader = self.reader()?;
                for recorded in &page.events {
                    let changed = past.changed(&reader, recorded).map_err(AppError::from)?;
                    let token = recorded.stream.token().and_then(|id| past.token(id));
                    let line = Line { ledger: &ledger, recorded, changed: &changed, token };
                    lines.push_str(&export.format.line(&line));
                    lines.push('\n');
                }
            }
            sink(&lines)?;
            done.events += page.events.len() as u64;
            done.next = page.events.last().map(|last| last.position).or(done.next);
            done.more = page.next.is_some();
            if !done.more || export.limit == Some(done.events) {
                return Ok(done);
            }
        }
    }
}

/// A value as JSON on one line. What is exported always can be written so: it has string keys only.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
