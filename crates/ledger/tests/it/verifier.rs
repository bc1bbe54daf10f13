//! The verifier: never with what is no longer true.

use patrol_ledger::{
    Clock as _, Command, Expiry, Init, Ledger, Lifetime, Reason, Revoke, Rotate, Selector, Verifier,
};

use crate::support::{HandClock, Repeating, issue, request, scopes};

struct Open {
    ledger: Ledger,
    /// A second handle with its own connections, as another process has.
    other: Ledger,
    clock: std::sync::Arc<HandClock>,
    entropy: std::sync::Arc<Repeating>,
    _folder: tempfile::TempDir,
}

fn open() -> Open {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let clock = HandClock::at("2026-03-01");
    let entropy = Repeating::seeded(3);
    let prefix = "acme_pat".parse().unwrap();
    let init = Init { prefix: &prefix, origin: None, actor: "tester", uid: None };
    let ledger = Ledger::init(&path, &init, clock.clone(), entropy.clone()).unwrap();
    let other = Ledger::open(&path, clock.clone(), entropy.clone()).unwrap();
    Open { ledger, other, clock, entropy, _folder: folder }
}

impl Open {
    fn ask(&self, verifier: &mut Verifier, text: &str, asked: &str) -> Result<(), Reason> {
        let asked: Vec<_> = scopes(asked).iter().cloned().collect();
        verifier.verify(text, &asked, self.clock.now()).unwrap().map(|_| ())
    }
}

#[test]
fn reasons_come_in_order_of_precedence() {
    let open = open();
    let mut verifier = open.ledger.verifier().unwrap();
    let (plain, mut new) = issue(&*open.entropy, "alice", "ci");
    new.expires = Expiry::After(Lifetime::days(10));
    let token = Selector::Id(new.id);
    let text = plain.expose().to_owned();
    assert_eq!(open.ask(&mut verifier, &text, ""), Err(Reason::Unknown), "minted, never issued");
    open.other.submit(request(Command::Issue(new.clone()))).unwrap();
    assert_eq!(open.ask(&mut verifier, &text, "repo:read"), Ok(()));
    assert_eq!(open.ask(&mut verifier, &text, "repo:write"), Err(Reason::InsufficientScope));
    assert_eq!(open.ask(&mut verifier, &text[1..], ""), Err(Reason::Malformed));
    assert_eq!(open.ask(&mut verifier, "", ""), Err(Reason::Malformed));
    let mut forged = text.clone();
    forged.truncate(text.len() - 36);
    assert_eq!(open.ask(&mut verifier, &forged, ""), Err(Reason::Malformed));
    let suspend = Command::Suspend { token, reason: "why".into() };
    open.other.submit(request(suspend)).unwrap();
    assert_eq!(open.ask(&mut verifier, &text, "repo:write"), Err(Reason::Suspended));
    open.clock.set("2026-03-20");
    assert_eq!(open.ask(&mut verifier, &text, ""), Err(Reason::Expired), "by the clock alone");
    open.other.submit(request(Command::Sweep { limit: 9 })).unwrap();
    open.clock.set("2026-03-02");
    assert_eq!(open.ask(&mut verifier, &text, ""), Err(Reason::Expired), "no clock revives it");
    let revoke = Revoke { tokens: vec![token], ..Revoke::default() };
    open.other.submit(request(Command::Revoke(revoke))).unwrap();
    assert_eq!(open.ask(&mut verifier, &text, ""), Err(Reason::Revoked));
}

#[test]
fn a_revocation_elsewhere_is_refused_by_the_very_next_verification() {
    let open = open();
    let mut verifier = open.ledger.verifier().unwrap();
    for _ in 0..1000 {
        let (plain, new) = issue(&*open.entropy, "alice", "ci");
        let tokens = vec![Selector::Id(new.id)];
        open.other.submit(request(Command::Issue(new))).unwrap();
        assert_eq!(open.ask(&mut verifier, plain.expose(), ""), Ok(()));
        let revoke = Revoke { tokens, ..Revoke::default() };
        open.other.submit(request(Command::Revoke(revoke))).unwrap();
        assert_eq!(open.ask(&mut verifier, plain.expose(), ""), Err(Reason::Revoked));
    }
}

#[test]
fn the_end_of_an_overlap_is_judged_by_the_clock() {
    let open = open();
    let mut verifier = open.ledger.verifier().unwrap();
    let (plain, new) = issue(&*open.entropy, "alice", "ci");
    let token = Selector::Id(new.id);
    open.ledger.submit(request(Command::Issue(new))).unwrap();
    let (heir, next) = issue(&*open.entropy, "-", "-");
    let rotate = Rotate {
        token,
        successor: next.id,
        prefix: next.prefix,
        digest: next.digest,
        overlap: "60s".parse().unwrap(),
        expires: Expiry::Default,
    };
    open.ledger.submit(request(Command::Rotate(rotate))).unwrap();
    assert_eq!(open.ask(&mut verifier, plain.expose(), ""), Ok(()));
    assert_eq!(open.ask(&mut verifier, heir.expose(), ""), Ok(()));
    open.clock.forward(60);
    assert_eq!(open.ask(&mut verifier, plain.expose(), ""), Err(Reason::Revoked));
    assert_eq!(open.ask(&mut verifier, heir.expose(), ""), Ok(()));
}
