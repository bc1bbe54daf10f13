//! A model beside the machine: random commands against a ledger and against a dozen lines that say
//! what should be; then replay, rebuild and check must agree with what was kept live.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use patrol_ledger::{
    Clock as _, Command, CommandError, Expiry, Init, Ledger, Lifetime, Revoke, Rotate, Selector,
    Status, TokenQuery,
};
use patrol_token::TokenId;
use proptest::prelude::*;

use crate::support::{HandClock, Repeating, issue, request, scopes};

#[derive(Clone, Debug)]
enum Op {
    Issue { owner: u8, days: u8 },
    Rename(usize, String),
    Scope(usize, u8),
    Expire(usize, u8),
    Rotate(usize, u8),
    Suspend(usize),
    Resume(usize),
    Revoke(usize),
    RevokeOwner(u8),
    Forget(u8),
    Review(Vec<bool>),
    Sweep,
    Forward(u32),
    Back(u32),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let token = || 0usize..8;
    let op = prop_oneof![
        4 => (0u8..3, 1u8..60).prop_map(|(owner, days)| Op::Issue { owner, days }),
        2 => (token(), "[a-z][a-z\\PC]{0,19}").prop_map(|(t, name)| Op::Rename(t, name)),
        2 => (token(), 0u8..8).prop_map(|(t, bits)| Op::Scope(t, bits)),
        1 => (token(), 1u8..60).prop_map(|(t, days)| Op::Expire(t, days)),
        2 => (token(), 0u8..3).prop_map(|(t, days)| Op::Rotate(t, days)),
        1 => token().prop_map(Op::Suspend),
        1 => token().prop_map(Op::Resume),
        1 => token().prop_map(Op::Revoke),
        1 => (0u8..3).prop_map(Op::RevokeOwner),
        1 => (0u8..3).prop_map(Op::Forget),
        1 => prop::collection::vec(any::<bool>(), 1..6).prop_map(Op::Review),
        1 => Just(Op::Sweep),
        2 => (0u32..20 * 86_400).prop_map(Op::Forward),
        1 => (0u32..86_400).prop_map(Op::Back),
    ];
    prop::collection::vec(op, 1..60)
}

/// What the model knows of a token.
#[derive(Clone, Debug)]
struct Known {
    owner: u8,
    forgotten: bool,
    name: String,
    ends: i64,
    superseded: Option<i64>,
    rotated: bool,
    suspended: bool,
    revoked: bool,
}

impl Known {
    fn status(&self, now: i64) -> Status {
        if self.revoked || self.superseded.is_some_and(|end| end <= now) {
            Status::Revoked
        } else if self.ends <= now {
            Status::Expired
        } else if self.suspended {
            Status::Suspended
        } else {
            Status::Active
        }
    }

    fn lives(&self, now: i64) -> bool {
        matches!(self.status(now), Status::Active | Status::Suspended)
    }
}

const DAY: i64 = 86_400_000_000;

struct Both {
    ledger: Ledger,
    clock: Arc<HandClock>,
    entropy: Arc<Repeating>,
    model: BTreeMap<TokenId, Known>,
    order: Vec<TokenId>,
    /// When the last event was recorded: from there the log's time never goes back.
    recorded: i64,
}

impl Both {
    fn pick(&self, index: usize) -> Option<TokenId> {
        self.order.get(index % self.order.len().max(1)).copied()
    }

    fn now(&self) -> i64 {
        self.recorded.max(self.clock.now().as_micros())
    }

    /// Does one operation on both sides and compares whether it was accepted.
    fn apply(&mut self, op: Op) {
        let now = self.now();
        let (command, expected): (Command, bool) = match op {
            Op::Forward(seconds) => return self.clock.forward(i64::from(seconds)),
            Op::Back(seconds) => return self.clock.forward(-i64::from(seconds)),
            Op::Issue { owner, days } => {
                let (_, mut new) = issue(&*self.entropy, &format!("owner {owner}"), "n");
                new.expires = Expiry::After(Lifetime::days(days.into()));
                let known = Known {
                    owner,
                    forgotten: false,
                    name: "n".into(),
                    ends: now + i64::from(days) * DAY,
                    superseded: None,
                    rotated: false,
                    suspended: false,
                    revoked: false,
                };
                self.model.insert(new.id, known);
                self.order.push(new.id);
                (Command::Issue(new), true)
            }
            Op::RevokeOwner(owner) => {
                let theirs = self.model.values_mut();
                let theirs = theirs.filter(|known| known.owner == owner && !known.forgotten);
                let mut any = false;
                for known in theirs {
                    any = true;
                    known.revoked |= known.lives(now);
                }
                let owner = Some(format!("owner {owner}"));
                (Command::Revoke(Revoke { owner, ..Revoke::default() }), any)
            }
            Op::Forget(owner) => {
                let mut any = false;
                for known in self.model.values_mut() {
                    if known.owner == owner && !known.forgotten {
                        known.revoked |= known.lives(now);
                        (known.forgotten, any) = (true, true);
                    }
                }
                let forget = patrol_ledger::Forget {
                    owner: format!("owner {owner}"),
                    by: "tester".into(),
                    reason: "asked".into(),
                    revoke: true,
                };
                (Command::Forget(forget), any)
            }
            Op::Review(verdicts) => return self.review(&verdicts),
            Op::Sweep => (Command::Sweep { limit: 1000 }, true),
            Op::Rename(index, name) => self.on(index, |known| {
                known.name.clone_from(&name);
                (|token| Command::Rename { token, name }, true)
            }),
            Op::Scope(index, bits) => self.on(index, |_| {
                let text = ["a:r", "b:r", "c:r"];
                let set = (0..3).filter(|bit| bits >> bit & 1 == 1).map(|bit| text[bit]);
                let set = Some(scopes(&set.collect::<Vec<_>>().join(" ")));
                let none = scopes("");
                (move |token| Command::Scope { token, set, add: none.clone(), remove: none }, true)
            }),
            Op::Expire(index, days) => self.on(index, |known| {
                known.ends = now + i64::from(days) * DAY;
                let at = Expiry::After(Lifetime::days(days.into()));
                (move |token| Command::Expire { token, at }, true)
            }),
            Op::Suspend(index) => self.on(index, |known| {
                known.suspended = true;
                (|token| Command::Suspend { token, reason: "why".into() }, true)
            }),
            Op::Resume(index) => self.on(index, |known| {
                known.suspended = false;
                (|token| Command::Resume { token, accept_leak: None }, true)
            }),
            Op::Revoke(index) => match self.pick(index) {
                None => return,
                Some(id) => {
                    if let Some(known) = self.model.get_mut(&id) {
                        known.revoked = true;
                    }
                    let tokens = vec![Selector::Id(id)];
                    (Command::Revoke(Revoke { tokens, ..Revoke::default() }), true)
                }
            },
            Op::Rotate(index, days) => {
                let Some(id) = self.pick(index) else { return };
                let (_, new) = issue(&*self.entropy, "-", "-");
                let overlap = Lifetime::days(days.into());
                let old = self.model.get_mut(&id).unwrap();
                let fine = old.lives(now) && !old.rotated;
                if fine {
                    old.rotated = true;
                    old.superseded = Some(old.ends.min(now + overlap.as_micros()));
                    let heir = Known {
                        superseded: None,
                        rotated: false,
                        suspended: false,
                        revoked: false,
                        ends: now + 90 * DAY,
                        ..old.clone()
                    };
                    self.model.insert(new.id, heir);
                    self.order.push(new.id);
                }
                let rotate = Rotate {
                    token: Selector::Id(id),
                    successor: new.id,
                    prefix: new.prefix,
                    digest: new.digest,
                    overlap,
                    expires: Expiry::Default,
                };
                (Command::Rotate(rotate), fine)
            }
        };
        match self.ledger.submit(request(command.clone())) {
            Ok(receipt) => {
                assert!(expected, "accepted: {command:?}");
                if receipt.position.is_some() {
                    self.recorded = now;
                }
            }
            Err(CommandError::Refused(_)) => assert!(!expected, "refused: {command:?}"),
            Err(error) => panic!("{error}"),
        }
    }

    /// A whole review: each living token is kept or revoked, then it is signed off.
    fn review(&mut self, verdicts: &[bool]) {
        use patrol_ledger::{Decide, Verdict};
        let now = self.now();
        let living: Vec<_> =
            self.order.iter().copied().filter(|id| self.model[id].lives(now)).collect();
        let mut random = [0; 16];
        patrol_token::Entropy::fill(&*self.entropy, &mut random).unwrap();
        let id = ulid::Ulid(u128::from_be_bytes(random));
        let (by, name) = ("tester".to_owned(), "all".into());
        let start = Command::StartReview { id, by: by.clone(), name, tokens: living.clone() };
        let started = self.ledger.submit(request(start));
        assert_eq!(started.is_ok(), !living.is_empty());
        if living.is_empty() {
            return;
        }
        let close = Command::CloseReview { review: id, by: by.clone(), comment: None };
        self.ledger.submit(request(close.clone())).unwrap_err();
        for (token, keep) in living.iter().zip(verdicts.iter().cycle()) {
            let verdict = if *keep { Verdict::Keep } else { Verdict::Revoke };
            self.model.get_mut(token).unwrap().revoked |= !keep;
            let (tokens, reason) = (vec![Selector::Id(*token)], "looked".into());
            let decide = Decide { review: id, by: by.clone(), tokens, verdict, reason };
            self.ledger.submit(request(Command::Decide(decide))).unwrap();
        }
        self.ledger.submit(request(close)).unwrap();
        self.recorded = now;
    }

    /// A command on a token that must live for it to be accepted.
    fn on<C: FnOnce(Selector) -> Command>(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut Known) -> (C, bool),
    ) -> (Command, bool) {
        let now = self.now();
        let nobody = "01JD3KQ8Z5V7W2N9X4C6B8M0T1".parse().unwrap();
        let id = self.pick(index).unwrap_or(nobody);
        let mut spare = Known {
            owner: 9,
            forgotten: false,
            name: String::new(),
            ends: 0,
            superseded: None,
            rotated: false,
            suspended: false,
            revoked: true,
        };
        let known = self.model.get_mut(&id).unwrap_or(&mut spare);
        let lives = known.lives(now);
        let mut copy = known.clone();
        let (command, fine) = change(&mut copy);
        if lives {
            *known = copy;
        }
        (command(Selector::Id(id)), lives && fine)
    }
}

/// Every row as text, through plain SQL.
fn dump(path: &std::path::Path) -> String {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut text = String::new();
    for table in ["ledger", "tokens", "sightings", "reviews", "review_tokens"] {
        let mut statement = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                write!(text, "{:?}|", row.get_ref(column).unwrap()).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn random_commands_agree_with_the_model_and_survive_a_rebuild(ops in ops()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let clock = HandClock::at("2026-03-01");
        let entropy = Repeating::seeded(7);
        let prefix = "acme_pat".parse().unwrap();
        let init = Init { prefix: &prefix, origin: None, actor: "tester", uid: None };
        let recorded = clock.now().as_micros();
        let ledger = Ledger::init(&path, &init, clock.clone(), entropy.clone()).unwrap();
        let mut both = Both {
            ledger, clock, entropy, model: BTreeMap::new(), order: Vec::new(),
            recorded,
        };
        for op in ops {
            both.apply(op);
        }
        let now = patrol_ledger::Timestamp::from_micros(both.now());
        let all = TokenQuery { limit: usize::MAX, ..TokenQuery::default() };
        let (tokens, _) = both.ledger.reader().unwrap().tokens(&all, now, None).unwrap();
        prop_assert_eq!(tokens.len(), both.model.len());
        for token in &tokens {
            let known = &both.model[&token.id];
            prop_assert_eq!(token.status(now), known.status(both.now()));
            let owner = format!("owner {}", known.owner);
            let (name, owner) = (Some(known.name.as_str()), Some(owner.as_str()));
            let (name, owner) = if known.forgotten { (None, None) } else { (name, owner) };
            prop_assert_eq!(token.name.as_deref(), name);
            prop_assert_eq!(token.owner.text.as_deref(), owner);
        }
        // As of now, by replay, is as kept live.
        let (replayed, _) = both.ledger.reader().unwrap().tokens(&all, now, Some(now)).unwrap();
        prop_assert_eq!(&replayed, &tokens);
        let report = both.ledger.check().unwrap();
        prop_assert!(report.is_sound(), "{:?}", report.problems);
        let live = dump(&path);
        prop_assert_eq!(both.ledger.rebuild().unwrap(), report.events);
        prop_assert_eq!(dump(&path), live);
        prop_assert!(both.ledger.check().unwrap().is_sound());
    }
}
