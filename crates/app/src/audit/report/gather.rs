//! One pass over the log, up to the report's end; then the state at both ends, counted.

use std::collections::{BTreeMap, HashMap};

use patrol_ledger::{
    Event, EventQuery, Lifetime, PersonId, Recorded, RevokeReason, Status, Timestamp, Token,
    evolve_token,
};
use patrol_token::TokenId;

use super::figures::{Period, Periods, Times};
use super::{
    Bypassed, Counts, Entry, Granted, GrantedScope, Incident, Inventory, LIST_MAX, Leaks,
    LeaverEntry, Leavers, Lifecycle, List, Log, LogCheckpoint, OfItself, Owner, PolicyChange,
    Report, Rotation, UNUSED, Unused,
};
use crate::app::App;
use crate::audit::exposure::Incident as Course;
use crate::audit::leaver::ended;
use crate::audit::{Past, ReviewView};
use crate::error::AppError;

/// Events read at once.
const PAGE: usize = 2048;

/// A token with what only its events tell.
struct Life {
    token: Token,
    came: Timestamp,
    rotated: Option<Timestamp>,
    course: Course,
    first_found: Option<u64>,
}

struct Gathering {
    from: Timestamp,
    to: Timestamp,
    lives: HashMap<TokenId, Life>,
    start: Option<Counts>,
    suspended: u64,
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

/// Reviews that were started or signed off in this time, or were open during it.
fn reviews(app: &App, from: Timestamp, to: Timestamp) -> Result<Vec<ReviewView>, AppError> {
    let mut reviews = app.reviews()?;
    let at = |text: &str| text.parse().unwrap_or(Timestamp::EPOCH);
    reviews.retain(|it| {
        at(&it.started_at) < to && it.closed_at.as_ref().is_none_or(|closed| at(closed) >= from)
    });
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
            "the checkpoint of {} events is honoured no more, and what came then is lost: {}",
            it.size,
            words(&it.reason)
        )),
        (Event::KeyRotated(it), _) => {
            Some(format!("checkpoints are signed with {} from here on", it.verifier_key))
        }
        (Event::OwnerForgotten { reason }, patrol_ledger::Stream::Owner(person)) => {
            Some(format!("the person {person} was forgotten: {}", words(reason)))
        }
        _ => None,
    }
}

fn counts(lives: &HashMap<TokenId, Life>, at: Timestamp) -> Counts {
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

/// The end of the report: what was gathered, with what is noted of use.
struct End<'a> {
    all: &'a Gathering,
    used: &'a HashMap<TokenId, Timestamp>,
}

impl End<'_> {
    /// The last instant that belongs to the report: states are judged there.
    fn at(&self) -> Timestamp {
        just_before(self.all.to)
    }

    fn lives(&self) -> impl Iterator<Item = &Life> {
        self.all.lives.values()
    }

    /// Tokens that live at the end, in the order of issue.
    fn living(&self) -> Vec<&Token> {
        let at = self.at();
        let lives = |token: &&Token| matches!(token.status(at), Status::Active | Status::Suspended);
        let mut living: Vec<_> = self.lives().map(|life| &life.token).filter(lives).collect();
        living.sort_unstable_by_key(|token| token.issued_position);
        living
    }

    fn within(&self, at: Timestamp) -> bool {
        at >= self.all.from && at < self.all.to
    }

    /// The use last noted, as far as it had been by the end.
    fn last_used(&self, token: &Token) -> Option<Timestamp> {
        self.used.get(&token.id).copied().filter(|at| *at < self.all.to)
    }

    fn entry(&self, token: &Token) -> Entry {
        Entry {
            token_id: token.id.to_string(),
            owner: token.owner.text.clone(),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            created_at: token.created_at.to_string(),
            last_used_at: self.last_used(token).map(|at| at.to_string()),
        }
    }

    fn list(&self, wanted: impl Fn(&Token) -> bool) -> List<Entry> {
        let mut list = List::default();
        for token in self.living().into_iter().filter(|token| wanted(token)) {
            list.push(|| self.entry(token));
        }
        list
    }

    fn inventory(&self, start: Counts) -> Inventory {
        let mut owners: BTreeMap<PersonId, Owner> = BTreeMap::new();
        for token in self.living() {
            let owner = owners.entry(token.owner_id()).or_insert_with(|| Owner {
                owner: token.owner.text.clone(),
                living: 0,
                unlimited: 0,
            });
            owner.living += 1;
            owner.unlimited += u64::from(is_unlimited(token));
        }
        let mut owners: Vec<_> = owners.into_values().collect();
        owners.sort_by(|a, b| b.living.cmp(&a.living).then_with(|| a.owner.cmp(&b.owner)));
        Inventory { start, end: counts(&self.all.lives, self.at()), owners: cut(owners) }
    }

    fn lifecycle(&self) -> Lifecycle {
        let periods = Periods::over(self.all.from, self.all.to);
        let mut over = vec![Period::default(); periods.count()];
        let mut lifecycle = Lifecycle { suspended: self.all.suspended, ..Lifecycle::default() };
        // How the number of the living changes in each period, from what it was at the start.
        let mut change = vec![0_i64; over.len()];
        let mut living = 0_i64;
        for life in self.lives() {
            let end = ended(&life.token, self.at());
            match periods.index(life.came) {
                Some(index) => {
                    over[index].issued += 1;
                    change[index] += 1;
                    let brought = if life.token.imported {
                        &mut lifecycle.imported
                    } else {
                        &mut lifecycle.issued
                    };
                    *brought += 1;
                }
                None => living += 1,
            }
            if let Some(index) = life.rotated.and_then(|at| periods.index(at)) {
                over[index].rotated += 1;
                lifecycle.rotated += 1;
            }
            let Some((at, how)) = end else { continue };
            // One that came with its end behind it ended when it came.
            let at = at.max(life.came);
            match periods.index(at) {
                Some(index) => {
                    change[index] -= 1;
                    let revoked = life.token.revocation(self.at()).filter(|_| how == "revoked");
                    if let Some(revoked) = revoked {
                        over[index].revoked += 1;
                        lifecycle.revoked += 1;
                        *lifecycle.revoked_by_reason.entry(revoked.reason.as_str()).or_default() +=
                            1;
                    } else {
                        over[index].expired += 1;
                        lifecycle.expired += 1;
                    }
                }
                None if at < self.all.from => living -= 1,
                None => {}
            }
        }
        for (index, period) in over.iter_mut().enumerate() {
            living += change[index];
            period.from = periods.begin(index).to_string();
            period.living = living.unsigned_abs();
        }
        lifecycle.periods = over;
        lifecycle
    }

    fn leaks(&self) -> Leaks {
        let mut found: Vec<_> = self
            .lives()
            .filter(|life| life.course.detected.is_some_and(|at| self.within(at)))
            .collect();
        found.sort_unstable_by_key(|life| life.first_found);
        let mut leaks = Leaks { tokens: found.len() as u64, ..Leaks::default() };
        let (mut detected, mut ended, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for life in found {
            let (Some(exposed_at), Some(detected_at)) = (life.course.exposed, life.course.detected)
            else {
                continue;
            };
            let end = life.course.end(&life.token, self.at());
            if life.course.by_commit {
                leaks.exposure_known += 1;
                detected.push(Lifetime::between(exposed_at, detected_at));
            }
            match end {
                // It could do nothing any more when it was found, and nobody had to be quick.
                Some((at, _)) if at <= detected_at => leaks.ended_before_found += 1,
                Some((at, _)) => {
                    ended.push(Lifetime::between(detected_at, at));
                    whole.push(Lifetime::between(exposed_at, at));
                }
                None => leaks.still_usable += 1,
            }
            leaks.incidents.push(|| Incident {
                token_id: life.token.id.to_string(),
                owner: life.token.owner.text.clone(),
                exposed_at: exposed_at.to_string(),
                detected_at: detected_at.to_string(),
                ended_at: end.map(|(at, _)| at.to_string()),
                ended_by: end.map(|(_, how)| how),
                position: life.first_found.unwrap_or_default(),
            });
        }
        leaks.exposed_to_detected = Times::of(detected);
        leaks.detected_to_ended = Times::of(ended);
        leaks.exposed_to_ended = Times::of(whole);
        leaks
    }

    fn leavers(&self) -> Leavers {
        let mut by_owner: HashMap<PersonId, Vec<&Life>> = HashMap::new();
        for life in self.lives() {
            by_owner.entry(life.token.owner_id()).or_default().push(life);
        }
        let at = self.at();
        let mut entries = Vec::new();
        let mut lags = Vec::new();
        for lives in by_owner.values() {
            let for_leaving = |life: &&Life| {
                life.token.revocation(at).filter(|it| it.reason == RevokeReason::Leaver)
            };
            let revoked: Vec<_> = lives.iter().filter_map(for_leaving).collect();
            let Some(first) = revoked.iter().map(|it| it.at).min().filter(|at| self.within(*at))
            else {
                continue;
            };
            // Those held when they left: one that came later is somebody's return, or a mistake.
            let (held, later): (Vec<&Life>, Vec<&Life>) =
                lives.iter().partition(|life| life.token.created_at <= first);
            let ends: Vec<_> = held.iter().map(|life| ended(&life.token, at)).collect();
            let later = later.len() as u64;
            let living = ends.iter().filter(|end| end.is_none()).count() as u64;
            let last = ends.iter().flatten().map(|(at, _)| *at).max().filter(|_| living == 0);
            lags.extend(last.map(|last| Lifetime::between(first, last)));
            let owner = lives.first().and_then(|life| life.token.owner.text.clone());
            entries.push((first, owner, last, revoked.len() as u64, living, later));
        }
        entries.sort();
        let mut leavers = Leavers { owners: entries.len() as u64, ..Leavers::default() };
        for (first, owner, last, revoked, living, issued_later) in entries {
            leavers.incomplete += u64::from(living > 0);
            leavers.list.push(|| LeaverEntry {
                owner,
                first_revoked_at: first.to_string(),
                last_ended_at: last.map(|at| at.to_string()),
                revoked,
                living,
                issued_later,
            });
        }
        leavers.lag = Times::of(lags);
        leavers
    }

    fn rotation(&self) -> Rotation {
        const AGES: [(&str, i64); 5] = [
            ("up to 30 days", 30),
            ("31 to 90 days", 90),
            ("91 to 180 days", 180),
            ("181 to 365 days", 365),
            ("over a year", i64::MAX / 86_400_000_000),
        ];
        let mut living = self.living();
        let age = |token: &&Token| Lifetime::between(token.created_at, self.all.to);
        let mut by_age = AGES.map(|(name, _)| (name, 0));
        for token in &living {
            let bin = AGES.iter().position(|(_, days)| age(token) <= Lifetime::days(*days));
            by_age[bin.unwrap_or(AGES.len() - 1)].1 += 1;
        }
        let rotated = self.lives().filter_map(|life| {
            let at = life.rotated.filter(|at| self.within(*at))?;
            Some(Lifetime::between(life.token.created_at, at))
        });
        let ages = living.iter().map(age).collect();
        living.sort_by_key(|token| (token.created_at, token.issued_position));
        let mut oldest = List::default();
        for token in &living {
            oldest.push(|| self.entry(token));
        }
        // The whole inventory is elsewhere; here the oldest matter.
        oldest.entries.truncate(25);
        Rotation {
            age: Times::of(ages),
            age_at_rotation: Times::of(rotated.collect()),
            by_age: by_age.to_vec(),
            oldest,
        }
    }

    fn unused(&self) -> Unused {
        let since = self.all.to.minus(UNUSED);
        let mut unused = Unused { any_use_noted: !self.used.is_empty(), ..Unused::default() };
        for token in self.living() {
            if self.used.get(&token.id).is_some_and(|at| *at >= self.all.to) {
                unused.used_later += 1;
                continue;
            }
            let used = self.last_used(token);
            if token.created_at < since && used.is_none_or(|at| at < since) {
                unused.never_used += u64::from(used.is_none());
                unused.unused.push(|| self.entry(token));
            }
        }
        unused
    }

    fn scopes(&self) -> Granted {
        let mut granted = Granted::default();
        let mut scopes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for token in self.living() {
            let never_used = !self.used.contains_key(&token.id);
            granted.unlimited += u64::from(is_unlimited(token));
            granted.none += u64::from(token.scopes.is_empty());
            for scope in token.scopes.iter() {
                let (tokens, unused) = scopes.entry(scope.to_string()).or_default();
                *tokens += 1;
                *unused += u64::from(never_used);
            }
        }
        granted.on_never_used =
            scopes.values().filter(|(tokens, unused)| tokens == unused).count() as u64;
        let scopes = scopes.into_iter();
        let mut scopes: Vec<_> = scopes
            .map(|(scope, (tokens, never_used))| GrantedScope { scope, tokens, never_used })
            .collect();
        scopes.sort_by(|a, b| b.tokens.cmp(&a.tokens).then_with(|| a.scope.cmp(&b.scope)));
        granted.scopes = cut(scopes);
        granted
    }
}

fn is_unlimited(token: &Token) -> bool {
    token.scopes.iter().any(|scope| scope.as_str() == "*")
}

fn cut<T>(mut all: Vec<T>) -> List<T> {
    let count = all.len() as u64;
    all.truncate(LIST_MAX);
    List { count, entries: all }
}

/// The last instant before another: what happens at the beginning of a time belongs to that time.
fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() - 1)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
