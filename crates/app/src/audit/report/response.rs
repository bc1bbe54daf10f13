//! How incidents and leavers were answered: the instants, and how long each answer took.

use std::collections::HashMap;

use patrol_ledger::{Lifetime, PersonId, RevokeReason};

use super::count::End;
use super::figures::Times;
use super::gather::Life;
use super::{Incident, Leaks, LeaverEntry, Leavers};
use crate::audit::leaver::ended;

impl End<'_> {
    pub(super) fn leaks(&self) -> Leaks {
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
            // Most of what a search of a whole history finds had ended long before: it took nobody
            // any time, and would make every answer look quick.
            match end {
                Some((at, _)) if at < detected_at => {
                    leaks.ended_before_found += 1;
                    if at > exposed_at {
                        whole.push(Lifetime::between(exposed_at, at));
                    }
                }
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

    pub(super) fn leavers(&self) -> Leavers {
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
            // Those held when they left. One that came later is somebody's return, or a mistake: it
            // is told apart, and does not make the answer slower.
            let (held, later): (Vec<&Life>, Vec<_>) =
                lives.iter().copied().partition(|life| life.token.created_at <= first);
            let ends: Vec<_> = held.iter().map(|life| ended(&life.token, at)).collect();
            let living = ends.iter().filter(|end| end.is_none()).count() as u64;
            let last = ends.iter().flatten().map(|(at, _)| *at).max().filter(|_| living == 0);
            lags.extend(last.map(|last| Lifetime::between(first, last)));
            let owner = lives.first().and_then(|life| life.token.owner.text.clone());
            entries.push((first, owner, last, revoked.len() as u64, living, later.len() as u64));
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
}
