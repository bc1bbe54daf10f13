//! What is to be responded to and what has been. Every finding is judged, what is ours is responded
//! to, and only then is anybody told. Pure but for the responder it is handed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Sender;
use patrol_scan::{Action, Finding, Place, Status};

use crate::event::{Event, Warning, WarningKind};
use crate::responder::{Responder, ResponderError};

/// What comes in.
pub(crate) enum Report {
    /// A token was seen.
    Seen(Box<Finding>),
    /// To be answered once everything before it has been dealt with.
    Barrier(Sender<()>),
}

/// Findings dealt with before others are let in between.
const TURN: usize = 64;

/// One place in one repository: a clone of the same leak is told of, too.
type Key = (Place, Option<String>);

/// Who comes first. A thousand places of one token must not keep another token alive: the first
/// sighting of each goes before all further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A token never dealt with.
    NewToken,
    /// A place never seen.
    NewPlace,
    /// A place that is known.
    Known,
}

/// What is to be dealt with, and what has been. Pure but for the responder it is handed.
pub(crate) struct Desk {
    pending: BTreeMap<(Rank, Key), Finding>,
    /// The rank under which a key is pending.
    ranks: HashMap<Key, Rank>,
    /// Tokens, by digest, of which a sighting was taken in.
    met: HashSet<[u8; 32]>,
    barriers: Vec<Sender<()>>,
    known: HashMap<Key, Status>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            pending: BTreeMap::new(),
            ranks: HashMap::new(),
            met: HashSet::new(),
            barriers: Vec::new(),
            known: HashMap::new(),
        }
    }

    pub(crate) fn take(&mut self, report: Report) {
        match report {
            Report::Seen(finding) => {
                let key = (finding.place, finding.location.repository.clone());
                // One that was revoked is judged again, too: it lives if a backup was put in the
                // ledger's place.
                let is_known = self.known.contains_key(&key);
                let is_met = !self.met.insert(*finding.secret.digest());
                let rank = *self.ranks.entry(key.clone()).or_insert(match (is_met, is_known) {
                    (false, _) => Rank::NewToken,
                    (true, false) => Rank::NewPlace,
                    (true, true) => Rank::Known,
                });
                self.pending.insert((rank, key), *finding);
            }
            Report::Barrier(answer) => self.barriers.push(answer),
        }
    }

    /// Findings that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.pending.len()
    }

    fn done(&mut self, key: &Key) {
        if let Some(rank) = self.ranks.remove(key) {
            self.pending.remove(&(rank, key.clone()));
        }
    }

    /// Deals with some of what is pending, new tokens and places first. What was not dealt with
    /// when an error stops it stays.
    ///
    /// # Errors
    /// What the ledger said.
    pub(crate) fn work(
        &mut self,
        responder: &dyn Responder,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), String> {
        let mut findings: Vec<Finding> = self.pending.values().take(TURN).cloned().collect();
        responder.judge(&mut findings).map_err(|error| error.to_string())?;
        for mut finding in findings {
            let key = (finding.place, finding.location.repository.clone());
            if finding.is_nobodys() {
                self.done(&key);
                continue;
            }
            if needs_response(finding.status, self.known.get(&key).copied()) {
                let respond = AssertUnwindSafe(|| responder.respond(&mut finding));
                match catch_unwind(respond) {
                    Ok(Ok(())) => {}
                    Ok(Err(ResponderError::Later(why))) => return Err(why),
                    Ok(Err(ResponderError::Refused(why))) => {
                        tell(warning(format!(
                            "{} was left as it is: {why}",
                            finding.secret.redacted()
                        )));
                    }
                    // Not known, so the next look brings it back; others do not wait for it.
                    Err(_) => {
                        self.done(&key);
                        let token = finding.secret.redacted();
                        tell(warning(format!("{token} met a bug, and is tried again later")));
                        continue;
                    }
                }
            }
            self.done(&key);
            let before = finding.status.and_then(|status| self.known.insert(key, status));
            tell_of(finding, before, tell);
        }
        if self.pending.is_empty() {
            for barrier in self.barriers.drain(..) {
                // Whoever asked may have been stopped meanwhile.
                barrier.send(()).ok();
            }
        }
        Ok(())
    }
}

/// A token that may work is responded to at every sighting, as policy or state may have changed;
/// one that has ended only once, so that the place is on record.
fn needs_response(status: Option<Status>, known: Option<Status>) -> bool {
    match status {
        None | Some(Status::Unknown) => false,
        Some(Status::Active | Status::Suspended) => true,
        Some(Status::Expired | Status::Revoked) => known.is_none(),
    }
}

/// Tells of what is new: a place, another status, something done.
fn tell_of(finding: Finding, before: Option<Status>, tell: &mut dyn FnMut(Event)) {
    let is_news = before != finding.status;
    let done: Option<fn(Box<Finding>) -> Event> = match finding.action {
        Action::Revoked => Some(Event::Revoked),
        Action::Suspended => Some(Event::Suspended),
        Action::None if finding.status == Some(Status::Active) && is_news => Some(Event::Reported),
        Action::None | Action::Already => None,
    };
    let finding = Box::new(finding);
    if is_news || done.is_some() {
        tell(Event::Finding(finding.clone()));
    }
    if let Some(done) = done {
        tell(done(finding));
    }
}

/// A warning about the ledger.
pub(crate) fn warning(message: String) -> Event {
    Event::Warning(Warning { kind: WarningKind::Ledger, repository: None, message })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use patrol_scan::rules::Rules;
    use patrol_scan::{Detector, Options, source};
    use patrol_token::{Entropy, EntropyError, PlainToken, Prefix, TokenId};

    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill(7);
            Ok(())
        }
    }

    /// Tokens of these ids.
    pub(crate) fn tokens(ids: &[u8]) -> Vec<String> {
        let prefix: Prefix = "acme_pat".parse().unwrap();
        let mint = |id: &u8| {
            let id = TokenId::new(1, [*id; 10]);
            PlainToken::mint(&prefix, id, &Fixed).unwrap().expose().to_owned()
        };
        ids.iter().map(mint).collect()
    }

    pub(crate) fn findings(ids: &[u8]) -> Vec<Finding> {
        let prefix: Prefix = "acme_pat".parse().unwrap();
        let text = tokens(ids);
        let found = Mutex::new(Vec::new());
        let sink = |finding| found.lock().unwrap().push(finding);
        let detector = Detector::new(&[prefix]);
        let mut text: &[u8] = &text.join("\n").into_bytes();
        let _coverage = source::stdin(&mut text, &detector, &Options::default(), &sink);
        found.into_inner().unwrap()
    }

    /// A ledger that holds one status for all that it did not revoke, and fails as often as it is told
    /// to.
    pub(crate) struct Fake {
        state: Mutex<(Status, u32)>,
        revoked: Mutex<HashSet<TokenId>>,
        responses: Mutex<u32>,
        bug: Option<TokenId>,
    }

    impl Fake {
        pub(crate) fn new(status: Status, failures: u32) -> Self {
            Self {
                state: Mutex::new((status, failures)),
                revoked: Mutex::default(),
                responses: Mutex::new(0),
                bug: None,
            }
        }

        fn works(&self) -> Result<Status, ResponderError> {
            let mut state = self.state.lock().unwrap();
            if state.1 > 0 {
                state.1 -= 1;
                return Err(ResponderError::Later("the disk is full".into()));
            }
            Ok(state.0)
        }
    }

    impl Responder for Fake {
        fn prefixes(&self) -> Result<Vec<Prefix>, ResponderError> {
            Ok(Vec::new())
        }

        fn imported(&self) -> Result<Rules, ResponderError> {
            Ok(Rules::none())
        }

        fn judge(&self, findings: &mut [Finding]) -> Result<(), ResponderError> {
            let status = self.state.lock().unwrap().0;
            let revoked = self.revoked.lock().unwrap();
            for finding in findings {
                let is_revoked = finding.own().is_some_and(|own| revoked.contains(&own.id));
                finding.status = Some(if is_revoked { Status::Revoked } else { status });
            }
            Ok(())
        }

        fn respond(&self, finding: &mut Finding) -> Result<(), ResponderError> {
            assert_ne!(Some(finding.own().unwrap().id), self.bug, "a bug");
            let status = self.works()?;
            *self.responses.lock().unwrap() += 1;
            (finding.status, finding.action) = match status {
                Status::Active => {
                    self.revoked.lock().unwrap().insert(finding.own().unwrap().id);
                    (Some(Status::Revoked), Action::Revoked)
                }
                other => (Some(other), Action::Already),
            };
            Ok(())
        }
    }

    fn work(desk: &mut Desk, fake: &Fake) -> (Result<(), String>, Vec<&'static str>) {
        let mut told = Vec::new();
        let result = desk.work(fake, &mut |event| {
            told.push(match event {
                Event::Finding(_) => "finding",
                Event::Revoked(_) => "revoked",
                Event::Warning(_) => "warning",
                _ => "other",
            });
        });
        (result, told)
    }

    #[test]
    fn many_places_of_one_token_do_not_keep_another_alive() {
        let mut desk = Desk::new();
        let fake = Fake::new(Status::Active, 0);
        let flood = vec![1u8; 300];
        for finding in findings(&flood) {
            desk.take(Report::Seen(Box::new(finding)));
        }
        work(&mut desk, &fake).0.unwrap();
        for finding in findings(&[2]) {
            desk.take(Report::Seen(Box::new(finding)));
        }
        let next = desk.pending.values().next().map(|finding| finding.own().unwrap().id);
        assert_eq!(next, Some(TokenId::new(1, [2; 10])));
        while desk.waiting() > 0 {
            work(&mut desk, &fake).0.unwrap();
        }
        assert!(desk.ranks.is_empty() && desk.pending.is_empty());
    }

    #[test]
    fn what_the_ledger_did_not_take_stays_and_nobody_is_told_before() {
        let fake = Fake::new(Status::Active, 2);
        let mut desk = Desk::new();
        for finding in findings(&[1, 2, 1]) {
            desk.take(Report::Seen(Box::new(finding)));
        }
        let (answer, answered) = crossbeam_channel::bounded(1);
        desk.take(Report::Barrier(answer));
        assert_eq!(work(&mut desk, &fake), (Err("the disk is full".into()), vec![]));
        assert_eq!(work(&mut desk, &fake), (Err("the disk is full".into()), vec![]));
        assert_eq!(desk.pending.len(), 3);
        assert!(answered.try_recv().is_err());
        let (result, told) = work(&mut desk, &fake);
        assert_eq!(result, Ok(()));
        assert_eq!(told, ["finding", "revoked"].repeat(3));
        assert!(desk.pending.is_empty() && answered.try_recv().is_ok());
    }

    #[test]
    fn a_known_place_is_told_of_again_only_when_something_changed() {
        let fake = Fake::new(Status::Expired, 0);
        let mut desk = Desk::new();
        let see = |desk: &mut Desk| {
            desk.take(Report::Seen(Box::new(findings(&[1]).remove(0))));
            work(desk, &fake).1
        };
        let nothing = Vec::<&str>::new();
        assert_eq!(see(&mut desk), ["finding"]);
        assert_eq!(see(&mut desk), nothing);
        assert_eq!(*fake.responses.lock().unwrap(), 1);
        fake.state.lock().unwrap().0 = Status::Active;
        assert_eq!(see(&mut desk), ["finding", "revoked"]);
        assert_eq!(see(&mut desk), nothing);
        assert_eq!(*fake.responses.lock().unwrap(), 2);
        // A backup from before was put in the ledger's place.
        fake.revoked.lock().unwrap().clear();
        assert_eq!(see(&mut desk), ["finding", "revoked"]);
    }

    #[test]
    fn a_bug_holds_up_no_other_leak() {
        let many = findings(&[1, 2, 3]);
        let mut fake = Fake::new(Status::Active, 0);
        fake.bug = Some(many[1].own().unwrap().id);
        let mut desk = Desk::new();
        many.iter().for_each(|it| desk.take(Report::Seen(Box::new(it.clone()))));
        let (result, mut told) = work(&mut desk, &fake);
        told.sort_unstable();
        assert_eq!(result, Ok(()));
        assert_eq!(told, ["finding", "finding", "revoked", "revoked", "warning"]);
        // Seen again, it is tried again.
        fake.bug = None;
        many.iter().for_each(|it| desk.take(Report::Seen(Box::new(it.clone()))));
        assert_eq!(work(&mut desk, &fake), (Ok(()), vec!["finding", "revoked"]));
    }

    #[test]
    fn new_places_go_first() {
        let fake = Fake::new(Status::Unknown, 0);
        let mut desk = Desk::new();
        let many = findings(&(0..200).collect::<Vec<u8>>());
        let (last, known) = many.split_last().unwrap();
        known.iter().for_each(|it| desk.take(Report::Seen(Box::new(it.clone()))));
        while desk.waiting() > 0 {
            work(&mut desk, &fake).0.unwrap();
        }
        many.iter().for_each(|it| desk.take(Report::Seen(Box::new(it.clone()))));
        assert_eq!(work(&mut desk, &fake), (Ok(()), vec!["finding"]));
        assert!(desk.known.contains_key(&(last.place, last.location.repository.clone())));
        assert_eq!(desk.waiting(), 200 - TURN);
    }

    #[test]
    fn strangers_are_told_of_and_not_responded_to() {
        let fake = Fake::new(Status::Unknown, 0);
        let mut desk = Desk::new();
        desk.take(Report::Seen(Box::new(findings(&[1]).remove(0))));
        assert_eq!(work(&mut desk, &fake), (Ok(()), vec!["finding"]));
        assert_eq!(*fake.responses.lock().unwrap(), 0);
    }
}
