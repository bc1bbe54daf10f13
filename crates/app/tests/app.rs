//! Use cases on a real ledger: imports of every kind, verification by shape and digest, intake.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use patrol_app::{App, AppError, Caller, NewToken, TokenQuery, Verdict, intake};
use patrol_ledger::{Change, Command, Expiry, Reason, Revoke, Scope, Selector, Via};
use patrol_scan::{Action, Detector, Finding, Options, Status, source};
use patrol_token::{PlainToken, TokenDigest};

struct World {
    app: App,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let app = App::init(&path, &"acme_pat".parse().unwrap(), None, &caller()).unwrap();
        Self { app, folder }
    }

    fn import(&self, lines: &str) -> Result<usize, String> {
        self.app.import(&caller(), lines.as_bytes()).map_err(|error| error.to_string())
    }

    fn verify(&self, token: &str, scopes: &[&str]) -> Result<String, Reason> {
        let scopes: Vec<Scope> = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        let token = PlainToken::from_outside(token.into());
        match self.app.verify(&token, &scopes).unwrap() {
            Verdict::Active(token) => Ok(token.name.unwrap()),
            Verdict::Refused(reason) => Err(reason),
        }
    }

    fn issue(&self, name: &str) -> patrol_app::Minted {
        let new = NewToken {
            owner: "alice@example.com".into(),
            name: name.into(),
            description: None,
            scopes: ["repo:read".parse().unwrap()].into_iter().collect(),
            expires: Expiry::Default,
        };
        self.app.issue(&caller(), new).unwrap()
    }

    /// What a scan of a text finds.
    fn scan(&self, text: &str) -> Vec<Finding> {
        let findings = std::sync::Mutex::new(Vec::new());
        let detector = Detector::new(&self.app.prefixes().unwrap());
        let sink = |finding| findings.lock().unwrap().push(finding);
        source::stdin(&mut text.as_bytes(), &detector, &Options::default(), &sink);
        findings.into_inner().unwrap()
    }
}

fn caller() -> Caller {
    Caller { actor: "tester".into(), via: Via::Cli, uid: None }
}

fn line(digest: &TokenDigest, rest: &str) -> String {
    format!(r#"{{"digest":"{digest}","owner":"bob","name":"old","scopes":["a:b"],{rest}}}"#)
}

#[test]
fn imported_tokens_of_another_shape_are_verified_by_it() {
    let world = World::new();
    let token = format!("old-{}", "0123456789abcdef".repeat(2));
    let digest = TokenDigest::of(token.as_bytes());
    let shape = r#""format":{"prefix":"old-","pattern":"[0-9a-f]{32}"}"#;
    let import = line(&digest, &format!(r#""expires_at":null,{shape}"#));
    assert_eq!(world.verify(&token, &[]), Err(Reason::Malformed), "no shape was declared");
    assert_eq!(world.import(&import), Ok(1));
    assert_eq!(world.verify(&token, &["a:b"]), Ok("old".into()));
    assert_eq!(world.verify(&token, &["a:c"]), Err(Reason::InsufficientScope));
    let stranger = format!("old-{}", "f".repeat(32));
    assert_eq!(world.verify(&stranger, &[]), Err(Reason::Unknown));
    for other in [&token[1..], &format!("{token}0"), &format!("x{token}"), &format!("{token}\n")] {
        assert_eq!(world.verify(other, &[]), Err(Reason::Malformed), "{}", other.len());
    }
    // The whole token selects it; a wrong one is unknown to every verb.
    let tokens = vec![world.app.selector(&token).unwrap()];
    let done = world.app.revoke(&caller(), Revoke { tokens, ..Revoke::default() }).unwrap();
    assert_eq!(done.revoked.len(), 1);
    assert_eq!(world.verify(&token, &[]), Err(Reason::Revoked));
}

#[test]
fn imported_tokens_of_our_format_need_no_id() {
    let world = World::new();
    let other = World::new();
    let minted = other.issue("elsewhere");
    let digest = minted.plain.digest();
    let text = minted.plain.expose().to_owned();
    assert_eq!(world.verify(&text, &[]), Err(Reason::Unknown));
    world.import(&line(&digest, r#""expires_at":"2099-01-01","format":"v1""#)).unwrap();
    assert_eq!(world.verify(&text, &[]), Ok("old".into()));
    let mut verifier = world.app.ledger().verifier().unwrap();
    let now = world.app.now().unwrap();
    assert!(verifier.verify(&text, &[], now).unwrap().is_ok(), "from memory, too");
}

#[test]
fn an_import_is_all_or_nothing_and_says_what_is_wrong() {
    let world = World::new();
    let good = line(&TokenDigest::of(b"1"), r#""expires_at":null,"format":"v1""#);
    let cases = [
        ("{", "line 2: not an import line"),
        (r#"{"digest":"x"}"#, "line 2: not an import line: missing field"),
        (&line(&TokenDigest::of(b"2"), r#""format":"v1""#), "missing field `expires_at`"),
        (&line(&TokenDigest::of(b"2"), r#""expires_at":null,"format":"v2""#), "line 2: format is"),
        (
            &line(
                &TokenDigest::of(b"2"),
                r#""expires_at":null,"format":{"prefix":"x","pattern":"("}"#,
            ),
            "line 2: the format's pattern is not a regular expression",
        ),
        (
            &line(
                &TokenDigest::of(b"2"),
                r#""expires_at":null,"format":{"prefix":"","pattern":"."}"#,
            ),
            "line 2: a legacy format's literal prefix is not empty",
        ),
        (
            &line(&TokenDigest::of(b"2"), r#""expires_at":"soon","format":"v1""#),
            "line 2: expires_at",
        ),
        (&good, "already known: line 2"),
        (
            &line(&TokenDigest::of(b"2"), r#""expires_at":null,"format":"v1","x":1"#),
            "a member that an import line does not have",
        ),
    ];
    for (bad, words) in cases {
        let error = world.import(&format!("{good}\n{bad}\n")).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let long = "x".repeat(70_000);
    assert!(world.import(&long).unwrap_err().contains("line 1: longer than 65536 bytes"));
    assert_eq!(world.import(&format!("\n{good}\n\n")), Ok(1));
    assert_eq!(world.import(&good).unwrap_err(), "already known: line 1");
    let all = TokenQuery { limit: 99, ..TokenQuery::default() };
    assert_eq!(world.app.tokens(&all, None).unwrap().tokens.len(), 1);
    let bound = Change::parse("max-lifetime", "10d").unwrap();
    world.app.set_policy(&caller(), bound).unwrap();
    let eternal = line(&TokenDigest::of(b"3"), r#""expires_at":null,"format":"v1""#);
    let error = world.import(&eternal).unwrap_err();
    assert!(error.starts_with("line 1: the policy lets a token live at most 10d"), "{error}");
}

#[test]
fn a_finding_is_a_fact_only_with_the_whole_secret() {
    let world = World::new();
    let minted = world.issue("laptop");
    let mut ours = world.scan(&format!("token = {}\n", minted.plain.expose()));
    intake::judge(&world.app, &mut ours).unwrap();
    assert_eq!(ours[0].status, Some(Status::Active));
    assert_eq!(ours[0].owner.as_deref(), Some("alice@example.com"));
    // Somebody computes a checksum around the public id: a stranger, whose owner is nobody.
    struct Sevens;
    impl patrol_token::Entropy for Sevens {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), patrol_token::EntropyError> {
            buffer.fill(7);
            Ok(())
        }
    }
    let prefix = "acme_pat".parse().unwrap();
    let forged = PlainToken::mint(&prefix, minted.token.id, &Sevens).unwrap();
    let mut strangers = world.scan(forged.expose());
    intake::judge(&world.app, &mut strangers).unwrap();
    assert_eq!((strangers[0].status, &strangers[0].owner), (Some(Status::Unknown), &None));
    let response = intake::respond(&world.app, &caller(), &mut strangers[0]).unwrap();
    assert!(response.token.is_none() && response.position.is_none());
    assert_eq!(world.verify(minted.plain.expose(), &[]), Ok("laptop".into()), "still alive");

    let response = intake::respond(&world.app, &caller(), &mut ours[0]).unwrap();
    assert!(response.recorded);
    assert_eq!((ours[0].action, ours[0].status), (Action::Revoked, Some(Status::Revoked)));
    assert_eq!(world.verify(minted.plain.expose(), &[]), Err(Reason::Revoked));
    let again = intake::respond(&world.app, &caller(), &mut ours[0]).unwrap();
    assert_eq!((again.recorded, again.action, again.position), (false, Action::Already, None));
}

#[test]
fn the_policy_says_what_happens_to_a_leak() {
    let world = World::new();
    let set = |key: &str, value: &str| {
        world.app.set_policy(&caller(), Change::parse(key, value).unwrap()).unwrap();
    };
    for (response, action) in [("report", Action::None), ("suspend", Action::Suspended)] {
        set("leak-response", response);
        let minted = world.issue(response);
        let mut found = world.scan(minted.plain.expose());
        intake::respond(&world.app, &caller(), &mut found[0]).unwrap();
        assert_eq!(found[0].action, action, "{response}");
    }
    set("leak-response.repo:*", "revoke");
    let minted = world.issue("by scope");
    let mut found = world.scan(minted.plain.expose());
    intake::respond(&world.app, &caller(), &mut found[0]).unwrap();
    assert_eq!(found[0].action, Action::Revoked);
}

#[test]
fn what_is_no_token_is_told_by_its_rule() {
    let world = World::new();
    let minted = world.issue("x");
    let text = minted.plain.expose();
    assert!(matches!(world.app.selector(text).unwrap(), Selector::Whole { .. }));
    assert!(matches!(world.app.selector(&minted.token.id.to_string()).unwrap(), Selector::Id(_)));
    let error = world.app.selector(&text[..text.len() - 1]).unwrap_err();
    assert!(matches!(error, AppError::NotAToken(patrol_token::ParseError::Length)));
    assert!(!error.to_string().contains(&text[40..60]));
    // An id opens nothing.
    assert_eq!(world.verify(&minted.token.id.to_string(), &[]), Err(Reason::Malformed));
    let rename = Command::Rename { token: Selector::Id(minted.token.id), name: "y".into() };
    let token = world.app.change(&caller(), Selector::Id(minted.token.id), rename).unwrap();
    assert_eq!(token.name.as_deref(), Some("y"));
    drop(world.folder);
}
