//! A ledger in a folder of its own, with a clock that stands until it is set and randomness that is
//! the same in every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use patrol_app::{App, Caller, EventQuery, NewToken};
use patrol_ledger::{
    Bypass, Clock, Command, Expiry, Init, Ledger, Recorded, ScanBypassed, Scopes, Selector,
    Sighting, Timestamp, Via,
};
use patrol_token::{Entropy, EntropyError, TokenId};

pub(crate) struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

struct Repeating(AtomicU64);

impl Entropy for Repeating {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: Arc<HandClock>,
    /// The ledger's folder, for as long as the test runs.
    _folder: tempfile::TempDir,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn by(actor: &str) -> Caller {
    Caller { actor: actor.into(), via: Via::Cli, uid: Some(1000) }
}

pub(crate) fn scopes(text: &str) -> Scopes {
    text.split_whitespace().map(|scope| scope.parse().unwrap()).collect()
}

impl World {
    /// A ledger made on 1 January 2026.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(at("2026-01-01").as_micros())));
        let entropy = Arc::new(Repeating(AtomicU64::new(9)));
        let prefix = "acme_pat".parse().unwrap();
        let init =
            Init { prefix: &prefix, origin: Some("log.example/test"), actor: "root", uid: None };
        let path = folder.path().join("ledger.db");
        let ledger = Ledger::init(&path, &init, clock.clone(), entropy.clone()).unwrap();
        let app = App::with(ledger, clock.clone(), entropy).unwrap();
        Self { app, clock, _folder: folder }
    }

    pub(crate) fn set(&self, text: &str) {
        self.clock.0.store(at(text).as_micros(), Ordering::SeqCst);
    }

    pub(crate) fn issue(&self, owner: &str, name: &str, may: &str, expires: Expiry) -> TokenId {
        let new = NewToken {
            owner: owner.into(),
            name: name.into(),
            description: None,
            scopes: scopes(may),
            expires,
        };
        self.app.issue(&by("root"), new).unwrap().token.id
    }

    pub(crate) fn run(&self, actor: &str, command: Command) {
        self.app.submit(&by(actor), command).unwrap();
    }

    /// A token is found in a commit of this date.
    pub(crate) fn leak(&self, id: TokenId, path: &str, date: &str) {
        let digest = self.app.token(&Selector::Id(id), None).unwrap().digest;
        let mut place = [7; 32];
        place[..path.len().min(32)].copy_from_slice(&path.as_bytes()[..path.len().min(32)]);
        let leak = patrol_ledger::Leak {
            token: Selector::Whole { id: Some(id), digest },
            sighting: Sighting {
                place,
                source: "blob".into(),
                repository: Some("/srv/git/app.git".into()),
                object: Some("ce013625030ba8dba906f756967f9e9ca394464a".into()),
                reference: Some("refs/heads/main".into()),
                path: Some(path.into()),
                line: Some(12),
                column: Some(7),
                commit: Some("8c7e5a667f1b771847fe88c01c3de34413a1b220".into()),
                author: Some("Bob <bob@example.com>".into()),
                date: Some(date.into()),
            },
        };
        self.run("watcher", Command::Leak(Box::new(leak)));
    }

    pub(crate) fn bypass(&self) {
        self.run(
            "git",
            Command::Bypass(Box::new(ScanBypassed {
                by: Bypass::PushOption,
                pusher: "dora".into(),
                reason: Some("a fixture".into()),
                repository: Some("/srv/git/app.git".into()),
                refs: vec!["refs/heads/main".into()],
                more_refs: 0,
                findings: [("patrol-token".to_owned(), 1)].into(),
                complete: true,
            })),
        );
    }

    pub(crate) fn events(&self) -> Vec<Recorded> {
        let all = EventQuery { limit: usize::MAX, ..EventQuery::default() };
        self.app.events(&all).unwrap().events
    }

    /// One of every type of event.
    pub(crate) fn story() -> Self {
        let world = Self::new();
        world.set("2026-01-02");
        let id = world.issue("alice", "=ci|bot\n", "repo:read", Expiry::Never);
        let token = Selector::Id(id);
        let line = format!(
            r#"{{"digest":"{}","owner":"carol","name":"old","scopes":["*"],"expires_at":"2026-02-01T00:00:00Z","format":{{"prefix":"old-","pattern":"[0-9]+"}}}}"#,
            patrol_token::TokenDigest::of(b"old-1")
        );
        world.app.import(&by("root"), line.as_bytes()).unwrap();
        world.set("2026-01-03");
        world.run("alice", Command::Rename { token, name: "ci".into() });
        let (add, remove) = (scopes("ci:run"), scopes("repo:read"));
        world.run("alice", Command::Scope { token, set: None, add, remove });
        world.run("alice", Command::Expire { token, at: Expiry::At(at("2026-12-31")) });
        let change = |key, value| patrol_ledger::Change::parse(key, value).unwrap();
        world.run("root", Command::SetPolicy(change("leak-response", "suspend")));
        world.app.add_prefix(&by("root"), "acme_ci".parse().unwrap()).unwrap();
        world.set("2026-01-05");
        world.leak(id, "deploy.env", "2026-01-04T00:00:00Z");
        let accept_leak = Some("a fixture = harmless | really".into());
        world.run("alice", Command::Resume { token, accept_leak });
        world.run("root", Command::SetPolicy(change("leak-response", "revoke")));
        world.bypass();
        world.set("2026-01-06");
        let hour = "1h".parse().unwrap();
        let heir = world.app.rotate(&by("alice"), token, hour, Expiry::Default).unwrap();
        world.set("2026-01-08");
        world.leak(heir.token.id, "leak two.txt", "2026-01-07T12:00:00Z");
        let signer = patrol_ledger::By { actor: "root".into(), via: Via::Cli, uid: None };
        world.app.ledger().checkpoint(&signer).unwrap();
        world.app.ledger().rotate_key(&signer).unwrap();
        let reason = "the disk died".to_owned();
        let accepted = patrol_ledger::RollbackAccepted { size: 99, root: [7; 32], reason };
        let rollback = patrol_ledger::RollbackBy { by: "root".into(), accepted };
        world.run("root", Command::AcceptRollback(Box::new(rollback)));
        world.set("2026-02-02");
        world.app.sweep(&by("sweeper")).unwrap();
        let extra = world.issue("erin", "extra", "repo:read", Expiry::Default);
        let about = patrol_app::audit::ReviewScope::default();
        let review = world.app.start_review(&by("root"), "all", &about).unwrap();
        let (verdict, tokens) = (patrol_ledger::Verdict::Revoke, vec![Selector::Id(extra)]);
        world.app.decide_review(&by("root"), review, tokens, verdict, "no need").unwrap();
        world.app.close_review(&by("root"), review, Some("done".into())).unwrap();
        world.app.forget(&by("root"), "erin", "asked", false).unwrap();
        world
    }
}
