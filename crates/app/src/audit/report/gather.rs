//! One pass over the log, up to the report's end; then the state at both ends, counted.

use std::collections::HashMap;

use patrol_ledger::merkle::hex;
use patrol_ledger::{
    Event, EventQuery, Recorded, Status, Stream, Timestamp, Token, counted, evolve_token,
};
use patrol_token::TokenId;

use super::count::End;
use super::{Bypassed, Counts, List, Log, LogCheckpoint, OfItself, PolicyChange, Report};
use crate::app::App;
use crate::audit::exposure::Incident as Course;
use crate::audit::{Past, ReviewView};
use crate::error::AppError;

/// Events read at once.
const PAGE: usize = 2048;

/// A token with what only its events tell.
pub(super) struct Life {
    pub(super) token: Token,
    pub(super) came: Timestamp,
    pub(super) rotated: Option<Timestamp>,
    pub(super) course: Course,
    pub(super) first_found: Option<u64>,
}

pub(super) struct Gathering {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) lives: HashMap<TokenId, Life>,
    start: Option<Counts>,
    pub(super) suspended: u64,
    policy: List<PolicyChange>,
    bypasses: List<Bypassed>,
    of_itself: List<OfItself>,
    covered: u64,
}

pub(super) fn gather(
    app: &App,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Report, AppError> {
    let head = app.reader()?.head()?;
    let mut all = Gathering {
        from,
        to,
        lives: HashMap::new(),
        start: None,
        suspended: 0,
        policy: List::default(),
        bypasses: List::default(),
        of_itself: List::default(),
        covered: 0,
    };
    let mut past = Past::default();
    let mut query = EventQuery { until: Some(to), limit: PAGE, ..EventQuery::default() };
    loop {
        let page = app.events(&query)?;
        for recorded in page.events {
            query.after = Some(recorded.position);
            if recorded.position >= head.tree.size() {
                break;
            }
            all.take(app, &mut past, recorded)?;
        }
        if page.next.is_none() || query.after.is_some_and(|at| at + 1 >= head.tree.size()) {
            break;
        }
    }
    let start = all.start.take().unwrap_or_else(|| counts(&all.lives, just_before(from)));
    let mut used = HashMap::new();
    {
        let reader = app.reader()?;
        for life in all.lives.values() {
            used.extend(reader.last_used(life.token.id)?.map(|at| (life.token.id, at)));
        }
    }
    let end = End { all: &all, used: &used };
    Ok(Report {
        schema: "patrol.audit-report/v1",
        from: from.to_string(),
        to: to.to_string(),
        made_at: now.to_string(),
        inventory: end.inventory(start),
        lifecycle: end.lifecycle(),
        leaks: end.leaks(),
        leavers: end.leavers(),
        rotation: end.rotation(),
        never_expiring: end.list(|token| token.expires_at.is_none()),
        unused: end.unused(),
        scopes: end.scopes(),
        reviews: reviews(app, from, to)?,
        policy_changes: all.policy.clone(),
        bypasses: all.bypasses.clone(),
        log: Log {
            origin: app.info()?.origin,
            covered: all.covered,
            events: all.of_itself.clone(),
            behind: app.behind()?,
            size: head.tree.size(),
            root: hex(&head.tree.root()),
            checkpoint: app.ledger().latest_checkpoint()?.map(|signed| LogCheckpoint {
                size: signed.checkpoint.size,
                root: hex(&signed.checkpoint.root),
                note: signed.note.to_string(),
            }),
        },
    })
}

/// Reviews that were started or signed off in this time, or were open during it, as they stood at
/// its end.
fn reviews(app: &App, from: Timestamp, to: Timestamp) -> Result<Vec<ReviewView>, AppError> {
    let mut reviews = app.reviews(Some(to))?;
    let at = |text: &str| text.parse().unwrap_or(Timestamp::EPOCH);
    reviews.retain(|it| it.closed_at.as_ref().is_none_or(|closed| at(closed) >= from));
    Ok(reviews)
}

impl Gathering {
    fn take(&mut self, app: &App, past: &mut Past, recorded: Recorded) -> Result<(), AppError> {
        self.covered = recorded.position + 1;
        let within = recorded.recorded_at >= self.from;
        if within && self.start.is_none() {
            self.start = Some(counts(&self.lives, just_before(self.from)));
        }
        let Some(id) = recorded.stream.token() else {
            return if within { self.take_ledger(app, past, &recorded) } else { Ok(()) };
        };
        let at = recorded.recorded_at;
        // Taken out and put back: a token is never copied.
        let (token, came, rotated, course, first_found) = match self.lives.remove(&id) {
            Some(it) => (Some(it.token), it.came, it.rotated, it.course, it.first_found),
            None => (None, at, None, Course::default(), None),
        };
        let token = evolve_token(token, &recorded).map_err(patrol_ledger::StoreError::from)?;
        let mut life = Life { token, came, rotated, course, first_found };
        life.course.take(&recorded, came);
        match &recorded.event {
            Event::TokenRotated { .. } => life.rotated = Some(at),
            Event::TokenSuspended { .. } if within => self.suspended += 1,
            Event::TokenLeaked(_) => {
                life.first_found = life.first_found.or(Some(recorded.position));
            }
            _ => {}
        }
        self.lives.insert(id, life);
        Ok(())
    }

    fn take_ledger(
        &mut self,
        app: &App,
        past: &mut Past,
        recorded: &Recorded,
    ) -> Result<(), AppError> {
        let actor = recorded.actor.name.text.clone();
        let at = recorded.recorded_at.to_string();
        if let Event::ScanBypassed(it) = &recorded.event {
            self.bypasses.push(|| Bypassed {
                position: recorded.position,
                at,
                pusher: it.pusher.text.clone(),
                repository: it.repository.clone(),
                reason: it.reason.as_ref().and_then(|reason| reason.text.clone()),
                by: it.by.as_str(),
            });
            return Ok(());
        }
        if let Some(says) = of_itself(recorded) {
            self.of_itself.push(|| OfItself {
                position: recorded.position,
                at: at.clone(),
                actor: actor.clone(),
                what: recorded.event.kind().as_str(),
                says,
            });
        }
        let changed = app.changed(past, std::slice::from_ref(recorded))?.swap_remove(0);
        // What the ledger began with is no change.
        let (Some(before), Some(after)) = (changed.before, changed.after) else { return Ok(()) };
        for (key, value) in &after {
            let text = |value: Option<&serde_json::Value>| match value {
                None | Some(serde_json::Value::Null) => None,
                Some(serde_json::Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            self.policy.push(|| PolicyChange {
                position: recorded.position,
                at: at.clone(),
                actor: actor.clone(),
                key: key.clone(),
                before: text(before.get(key)),
                after: text(Some(value)),
            });
        }
        Ok(())
    }
}

/// What an event says of the log itself, if it is one that an auditor asks for.
fn of_itself(recorded: &Recorded) -> Option<String> {
    let words = |text: &patrol_ledger::Personal| text.text.clone().unwrap_or_default();
    match (&recorded.event, recorded.stream) {
        (Event::RollbackAccepted(it), _) => Some(format!(
            "the checkpoint of {} is honoured no more, and what came then is lost: {}",
            counted(it.size, "event"),
            words(&it.reason)
        )),
        (Event::KeyRotated(it), _) => {
            Some(format!("checkpoints are signed with {} from here on", it.verifier_key))
        }
        (Event::OwnerForgotten { reason }, Stream::Owner(person)) => {
            Some(format!("the person {person} was forgotten: {}", words(reason)))
        }
        _ => None,
    }
}

pub(super) fn counts(lives: &HashMap<TokenId, Life>, at: Timestamp) -> Counts {
    let mut counts = Counts::default();
    for life in lives.values() {
        *match life.token.status(at) {
            Status::Active => &mut counts.active,
            Status::Suspended => &mut counts.suspended,
            Status::Expired => &mut counts.expired,
            Status::Revoked => &mut counts.revoked,
        } += 1;
    }
    counts
}

/// The last instant before another: what happens at the beginning of a time belongs to that time.
pub(super) fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() - 1)
}
