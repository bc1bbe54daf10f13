//! The incident: when a token was issued, exposed, found, ended and told of, and whether it was used
//! meanwhile. What the ledger does not record is said to be not known.

use patrol_ledger::{
    Event, EventQuery, LAST_USED_GRAIN, Lifetime, Recorded, Selector, Timestamp, Token,
};
use serde::Serialize;

use super::page::{Document, Section, Table, fact};
use super::words::{scopes, span, span_of_commits, when, when_or};
use crate::app::App;
use crate::error::AppError;
use crate::view::TokenView;

/// A token's incident.
#[derive(Clone, Debug, Serialize)]
pub struct Exposure {
    /// The token, as it is now.
    pub token: TokenView,
    /// Whether it was ever found where it must not be.
    pub exposed: bool,
    /// When it was first exposed: the earliest date of a commit that holds it, or, where no commit
    /// tells, when it was found.
    pub exposed_at: Option<String>,
    /// Whether a commit's date tells that, or only the finding.
    pub exposed_known_by: Option<&'static str>,
    /// When it was found.
    pub detected_at: Option<String>,
    /// When it could not be used any more, or `null`: it can be.
    pub ended_at: Option<String>,
    /// By what: `revoked`, `suspended` or `expired`.
    pub ended_by: Option<&'static str>,
    /// When somebody was told; `null`, as this ledger does not record it.
    pub notified_at: Option<String>,
    /// Whether it was used after it was exposed: `yes`, `not_noted` or `unknown`.
    pub used_since: &'static str,
    /// From exposed to found, in seconds.
    pub exposed_to_detected_seconds: Option<f64>,
    /// From found to ended, in seconds; `null` also if it had ended before.
    pub detected_to_ended_seconds: Option<f64>,
    /// How long it was exposed and could be used, in seconds; to the present if it still can.
    pub live_seconds: Option<f64>,
    /// Sightings beyond those that the log records.
    pub unrecorded_sightings: u64,
    /// What happened, in order.
    pub timeline: Vec<Step>,
}

/// One step of a timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// When.
    pub at: String,
    /// What: an event's type, `exposed` or `last_used`.
    pub what: String,
    /// In words.
    pub says: String,
    /// Where the event stands in the log; `null` for what is no event.
    pub position: Option<u64>,
    #[serde(skip)]
    order: (Timestamp, u8, u64),
}

/// When a token was exposed, found and ended: the instants that reports count with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Incident {
    pub(super) exposed: Option<Timestamp>,
    pub(super) by_commit: bool,
    pub(super) detected: Option<Timestamp>,
    pub(super) ended: Option<(Timestamp, &'static str)>,
}

/// What commits' dates are told to.
const SECOND: Lifetime = Lifetime::seconds(1);

impl Incident {
    /// Takes in one event of the token's stream. `came` is when the token came to the ledger.
    pub(super) fn take(&mut self, recorded: &Recorded, came: Timestamp) {
        match &recorded.event {
            Event::TokenLeaked(found) => {
                self.detected = self.detected.or(Some(recorded.recorded_at));
                let committed = found.date.as_deref().and_then(|date| date.parse().ok());
                // A commit's date is what its author's clock said, to the second: one from before
                // the token was there, or from the future, cannot be when it was exposed.
                let committed = committed
                    .filter(|at: &Timestamp| at.plus(SECOND) > came && *at <= recorded.recorded_at)
                    .map(|at| at.max(came));
                self.by_commit |=
                    committed.is_some() && self.exposed.is_none_or(|at| committed < Some(at));
                let found = committed.unwrap_or(recorded.recorded_at);
                self.exposed = Some(self.exposed.map_or(found, |at| at.min(found)));
            }
            Event::TokenSuspended { .. } if self.ended.is_none() => {
                self.ended = Some((recorded.recorded_at, "suspended"));
            }
            Event::TokenResumed { .. } => self.ended = None,
            _ => {}
        }
    }

    /// When it could not be used any more, as the token's state at `now` says.
    pub(super) fn end(&self, token: &Token, now: Timestamp) -> Option<(Timestamp, &'static str)> {
        let revoked = token.revocation(now).map(|revoked| (revoked.at, "revoked"));
        let expired = token.expired_at.or(token.expires_at.filter(|end| *end <= now));
        let expired = expired.map(|at| (at, "expired"));
        [self.ended, revoked, expired].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

impl App {
    /// The incident of one token.
    ///
    /// # Errors
    /// An unknown token, or a store error.
    pub fn exposure(&self, which: &Selector) -> Result<Exposure, AppError> {
        let token = self.token(which, None)?;
        let now = self.now()?;
        let query =
            EventQuery { token: Some(token.id), limit: usize::MAX, ..EventQuery::default() };
        let events = self.events(&query)?.events;
        let last_used = self.last_used(token.id)?;
        let unrecorded = self.reader()?.unrecorded_sightings(token.id)?;
        Ok(exposure(&token, &events, last_used, unrecorded, now))
    }
}

fn exposure(
    token: &Token,
    events: &[Recorded],
    last_used: Option<Timestamp>,
    unrecorded_sightings: u64,
    now: Timestamp,
) -> Exposure {
    let came = events.first().map_or(token.created_at, |first| first.recorded_at);
    let mut incident = Incident::default();
    events.iter().for_each(|event| incident.take(event, came));
    let ended = incident.end(token, now);
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        from.zip(to).map(|(from, to)| Lifetime::between(from, to))
    };
    let end = ended.map(|(at, _)| at);
    let mut timeline: Vec<_> = events.iter().map(|event| step(event, token)).collect();
    if let Some(at) = incident.exposed.filter(|_| incident.by_commit) {
        let says = "first exposed, as the date of a commit that holds it says".into();
        let mut step = Step::new(at, "exposed", says, None);
        // Nothing is exposed before it is there.
        if let Some(first) = events.first().filter(|first| first.recorded_at == at) {
            step.order = (at, 1, first.position);
        }
        timeline.push(step);
    }
    if let Some(at) = last_used {
        timeline.push(Step::new(at, "last_used", "last noted in use, to the day".into(), None));
    }
    if let Some((at, how)) = ended.filter(|(at, _)| !events.iter().any(|e| e.recorded_at == *at)) {
        timeline.push(Step::new(at, how, format!("{how} by the clock"), None));
    }
    timeline.sort_by_key(|step| step.order);
    Exposure {
        token: TokenView::new(token, last_used, now),
        exposed: incident.detected.is_some(),
        exposed_at: incident.exposed.map(|at| at.to_string()),
        exposed_known_by: incident
            .exposed
            .map(|_| if incident.by_commit { "commit" } else { "finding" }),
        detected_at: incident.detected.map(|at| at.to_string()),
        ended_at: end.map(|at| at.to_string()),
        ended_by: ended.map(|(_, how)| how),
        notified_at: None,
        used_since: used_since(last_used, incident.exposed),
        exposed_to_detected_seconds: seconds(between(incident.exposed, incident.detected)),
        detected_to_ended_seconds: seconds(between(
            incident.detected,
            end.filter(|end| incident.detected.is_some_and(|found| *end >= found)),
        )),
        live_seconds: seconds(between(incident.exposed, Some(end.unwrap_or(now)))),
        unrecorded_sightings,
        timeline,
    }
}

/// Use is noted at most once a day: a use within a day after a noted one leaves no trace.
fn used_since(last_used: Option<Timestamp>, exposed: Option<Timestamp>) -> &'static str {
    match (last_used, exposed) {
        (Some(used), Some(exposed)) if used >= exposed => "yes",
        (Some(used), Some(exposed)) if used.plus(LAST_USED_GRAIN) >= exposed => "unknown",
        (_, None) => "unknown",
        _ => "not_noted",
    }
}

pub(super) fn seconds(length: Option<Lifetime>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
    length.map(|length| length.as_micros() as f64 / 1e6)
}

impl Step {
    fn new(at: Timestamp, what: &str, says: String, position: Option<u64>) -> Self {
        // Of one instant, what led to an event stands before it.
        let order = (at, u8::from(position.is_some()), position.unwrap_or_default());
        Self { at: at.to_string(), what: what.into(), says, position, order }
    }
}

fn step(recorded: &Recorded, token: &Token) -> Step {
    let by = recorded.actor.name.text.as_deref().unwrap_or("(forgotten)");
    // Nothing revokes what an overlap's end has ended: what comes after it records it.
    let had_ended = token.superseded_at.filter(|end| *end <= recorded.recorded_at);
    let says = super::export::event_sentence(recorded, had_ended);
    let says = format!("{says}, by {by} ({})", recorded.actor.via);
    Step::new(recorded.recorded_at, recorded.event.kind().as_str(), says, Some(recorded.position))
}

impl Exposure {
    /// The incident as a document.
    pub fn document(&self) -> Document {
        let instant = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let length = |seconds: Option<f64>| {
            #[expect(clippy::cast_possible_truncation, reason = "made from microseconds")]
            let micros = |seconds: f64| Timestamp::from_micros((seconds * 1e6) as i64);
            seconds.map(|s| Lifetime::between(Timestamp::EPOCH, micros(s)))
        };
        let ended = instant(&self.ended_at)
            .map(|at| format!("{} ({})", when(at), self.ended_by.unwrap_or("ended")));
        let used = match self.used_since {
            "yes" => "yes",
            "not_noted" => "no use was noted",
            _ => "not known",
        };
        let exposed_at = instant(&self.exposed_at);
        let none = || "–".to_owned();
        let before = || match self.exposed && self.ended_at.is_some() {
            true => "it had ended before".to_owned(),
            false => none(),
        };
        // Only what counts from a commit's date is as coarse as that.
        let since = match self.exposed_known_by {
            Some("commit") => span_of_commits,
            _ => span,
        };
        let mut gaps =
            vec!["when anybody was told: this ledger records no notifications".to_owned()];
        if self.used_since != "yes" {
            gaps.push(
                "every single use: a use is noted at most once a day, and only where this ledger \
                 itself verifies the token"
                    .into(),
            );
        }
        if self.exposed_known_by == Some("finding") {
            gaps.push(
                "when it was exposed: no commit tells; counted from when it was found".into(),
            );
        }
        let verdict = match (self.exposed, ended.is_some()) {
            (false, _) => "It was never found where it must not be.",
            (true, true) => "It was found where it must not be, and can no longer be used.",
            (true, false) => "It was found where it must not be, and CAN STILL BE USED.",
        };
        let summary = Section {
            title: "The incident".into(),
            says: vec![verdict.into()],
            facts: vec![
                fact("exposed", when_or(exposed_at, "never")),
                fact("found", when_or(instant(&self.detected_at), "never")),
                fact("ended", ended.unwrap_or_else(|| "it still works".into())),
                fact("told", "not recorded"),
                fact("used since", used),
                fact(
                    "exposed → found",
                    length(self.exposed_to_detected_seconds).map_or_else(none, since),
                ),
                fact(
                    "found → ended",
                    length(self.detected_to_ended_seconds).map_or_else(before, span),
                ),
                fact("exposed and usable", length(self.live_seconds).map_or_else(none, since)),
            ],
            gaps: if self.exposed { gaps } else { Vec::new() },
            controls: super::controls::INCIDENTS.to_vec(),
            ..Section::default()
        };
        let rows = self.timeline.iter().map(|step| {
            let at = step.at.parse().map_or_else(|_| step.at.clone(), when);
            let position = step.position.map(|at| at.to_string()).unwrap_or_default();
            vec![at, step.what.clone(), step.says.clone(), position]
        });
        let mut timeline = Section {
            title: "Timeline".into(),
            tables: vec![Table::new(&["when", "what", "in words", "position"], rows)],
            ..Section::default()
        };
        if self.unrecorded_sightings > 0 {
            timeline.says.push(format!(
                "{} further sightings are counted and not recorded one by one.",
                self.unrecorded_sightings
            ));
        }
        Document {
            title: "Exposure of a token".into(),
            about: vec![
                fact("token", &self.token.id),
                fact("owner", self.token.owner.as_deref().unwrap_or("(forgotten)")),
                fact("name", self.token.name.as_deref().unwrap_or("(forgotten)")),
                fact("scopes", scopes(&self.token.scopes)),
                fact("status", self.token.status),
            ],
            sections: vec![summary, timeline],
            closing: Vec::new(),
        }
    }
}
