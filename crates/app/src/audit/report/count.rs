//! What the report counts at its end: who holds what, what was issued and ended, how old secrets
//! are, what nobody uses.

use std::collections::{BTreeMap, HashMap};

use patrol_ledger::{Lifetime, PersonId, Status, Timestamp, Token};
use patrol_token::TokenId;

use super::figures::{Period, Periods, Times};
use super::gather::{Gathering, Life, counts, just_before};
use super::{
    Counts, Entry, Granted, GrantedScope, Inventory, LIST_MAX, Lifecycle, List, Owner, Rotation,
    UNUSED, Unused,
};
use crate::audit::leaver::ended;

/// The end of the report: what was gathered, with what is noted of use.
pub(super) struct End<'a> {
    pub(super) all: &'a Gathering,
    pub(super) used: &'a HashMap<TokenId, Timestamp>,
}

impl End<'_> {
    /// The last instant that belongs to the report: states are judged there.
    pub(super) fn at(&self) -> Timestamp {
        just_before(self.all.to)
    }

    pub(super) fn lives(&self) -> impl Iterator<Item = &Life> {
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

    pub(super) fn within(&self, at: Timestamp) -> bool {
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

    pub(super) fn list(&self, wanted: impl Fn(&Token) -> bool) -> List<Entry> {
        let mut list = List::default();
        for token in self.living().into_iter().filter(|token| wanted(token)) {
            list.push(|| self.entry(token));
        }
        list
    }

    pub(super) fn inventory(&self, start: Counts) -> Inventory {
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

    pub(super) fn lifecycle(&self) -> Lifecycle {
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

    pub(super) fn rotation(&self) -> Rotation {
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

    pub(super) fn unused(&self) -> Unused {
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

    pub(super) fn scopes(&self) -> Granted {
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
