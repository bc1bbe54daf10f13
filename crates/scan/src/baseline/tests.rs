use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{Baseline, Entry, HEADER};
use crate::{
    Action, Checksum, Finding, Foreign, Location, Origin, Place, Position, RuleInfo, Secret,
    SourceKind,
};

/// A file of version 1 as it was released: it is read for ever.
const GOLDEN: &str = include_str!("../../tests/data/baseline-v1.txt");

fn finding(rule: &str, digest: u8, path: &str) -> Finding {
    let rule = Arc::new(RuleInfo { id: rule.to_owned(), ..RuleInfo::default() });
    let redacted = "x_…".to_owned();
    let checksum = Checksum::None;
    let at = Position { line: 1, column: 1 };
    let mut location = Location::new(SourceKind::Worktree, (at, at), 0);
    location.path = Some(path.into());
    Finding {
        secret: Secret::Foreign(Foreign {
            rule,
            digest: [digest; 32],
            redacted,
            checksum,
            settle: 0,
        }),
        encoding: Vec::new(),
        is_allowed_inline: false,
        place: Place::new(Origin::Name(b"x"), 0),
        location,
        token_id: None,
        status: None,
        owner: None,
        action: Action::None,
    }
}

fn on(day: &str) -> SystemTime {
    let at: jiff::Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap())
}

#[test]
fn the_golden_file() {
    let baseline = Baseline::parse(GOLDEN).unwrap();
    assert_eq!(baseline.len(), 3);
    let first = baseline.find(&finding("github-pat", 1, "").secret).unwrap();
    assert_eq!(
        (first.reason.as_deref(), first.by.as_deref(), first.expires().as_deref()),
        (Some("test \"data\""), Some("Ada"), Some("2027-01-01"))
    );
    assert!(first.holds(on("2026-12-31")) && !first.holds(on("2027-01-01")));
    assert_eq!(baseline.expired(on("2027-01-01")), 1);
    assert!(baseline.find(&finding("odd rule", 2, "").secret).is_some());
    assert!(baseline.find(&finding("patrol-token", 3, "").secret).is_some());
    assert_eq!(baseline.find(&finding("github-pat", 2, "").secret), None);
    assert_eq!(baseline.text(), GOLDEN);
}

#[test]
fn adding_keeps_what_is_there() {
    let mut baseline = Baseline::parse(GOLDEN).unwrap();
    assert!(!baseline.add(&finding("github-pat", 1, "new"), "other", "Bob"));
    assert_eq!(baseline.text(), GOLDEN);
    assert!(baseline.add(&finding("github-pat", 9, "a\u{202e}b"), "", "Bob"));
    let added: Vec<_> =
        baseline.text().lines().filter(|it| !GOLDEN.contains(it)).map(str::to_owned).collect();
    assert_eq!(added.len(), 1);
    assert!(added[0].ends_with(r#" github-pat by="Bob" seen="a\u202eb""#), "{added:?}");
    assert_eq!(Baseline::parse(&baseline.text()).unwrap(), baseline);
}

/// Two lines for one secret, as a union merge leaves them: the stricter one holds.
#[test]
fn of_two_lines_the_stricter_holds() {
    let key = format!("v1:{}", "ab".repeat(32));
    for order in
        [[" r reason=long", " r expires=2026-01-01"], [" r expires=2026-01-01", " r reason=long"]]
    {
        let text = format!("{HEADER}\n{key}{}\n{key}{}\n", order[0], order[1]);
        let baseline = Baseline::parse(&text).unwrap();
        assert_eq!((baseline.len(), baseline.expired(on("2026-01-01"))), (1, 1));
    }
}

#[test]
fn what_is_not_a_baseline_is_told_by_place_and_not_quoted() {
    let key = format!("v1:{}", "ab".repeat(32));
    let check = |text: String, line, column| {
        let error = Baseline::parse(&text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    };
    check(String::new(), 1, 1);
    check("[{\"hunter2\": 1}]".to_owned(), 1, 1);
    let after = |line: String| format!("{HEADER}\n\n# note\n{line}\n");
    check(after("hunter2".to_owned()), 4, 1);
    check(after("v1:hunter2 rule".to_owned()), 4, 4);
    check(after(key.to_uppercase().replace("V1", "v1")), 4, 4);
    check(after(key.clone()), 4, 68);
    check(after(format!("{key} rule hunter2")), 4, 74);
    check(after(format!("{key} rule hunter2=1")), 4, 74);
    check(after(format!("{key} rule by=\"hunter2")), 4, 77);
    check(after(format!("{key} rule expires=hunter2")), 4, 82);
    check(after(format!("{key} rule expires=2026-02-30")), 4, 82);
    check(after(format!("{key} rule by=a by=hunter2")), 4, 79);
    check(after(format!("{key} rule  by=a")), 4, 74);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(# patrol baseline v1\n)?(v1:[0-9a-f]{60,66} ?[a-z\"\\\\= é]{0,20}\n?){0,3}") {
        if let Ok(baseline) = Baseline::parse(&text) {
            prop_assert_eq!(Baseline::parse(&baseline.text()).unwrap(), baseline);
        }
    }

    #[test]
    fn what_is_written_is_read(rule in ".{1,20}", by in ".{0,20}", path in ".{0,20}", digest: u8) {
        let mut baseline = Baseline::default();
        baseline.add(&finding(&rule, digest, &path), "why", &by);
        let read = Baseline::parse(&baseline.text());
        prop_assert_eq!(read.as_ref(), Ok(&baseline));
        let entry: Option<&Entry> = baseline.find(&finding(&rule, digest, "").secret);
        prop_assert!(entry.is_some());
    }
}
