//! A fixed set of findings whose names are as hostile as names can be.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bstr::BString;
use patrol_scan::report::{Accepted, AcceptedBy, Root, Run};
use patrol_scan::{
    Action, Checksum, Coverage, Encoding, Finding, Foreign, Location, Origin, Place, Reason,
    RuleInfo, Secret, SourceKind, Status,
};

use crate::world::{detector, token};

/// Names that terminals, shells, spreadsheets, XML, URIs and workflow commands would obey.
pub(crate) const HOSTILE: [&[u8]; 7] = [
    b"line\nbreak",
    b"ansi\x1b[31m",
    "bidi\u{202e}txt".as_bytes(),
    b"=cmd|' /C calc'!A0",
    b"]]></failure><!--",
    b"::error file=x::100%,a:b",
    b"not\xffutf8",
];

/// What reports are made of.
pub(crate) struct Set {
    pub(crate) findings: Vec<Finding>,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) coverage: Coverage,
    pub(crate) root: Root,
}

impl Set {
    pub(crate) fn run(&self) -> Run<'_> {
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        Run {
            findings: &self.findings,
            accepted: &self.accepted,
            coverage: &self.coverage,
            begun,
            ended: begun + Duration::from_millis(1_500),
            root: &self.root,
        }
    }

    /// A live token, one that nobody knows, a revoked one, somebody else's secrets in several
    /// places, and all the hostile names.
    pub(crate) fn new() -> Self {
        let mut live = own(1, "src/config.rs");
        live.status = Some(Status::Active);
        live.owner = Some("=ada\u{7}@example.org".to_owned());
        let mut stranger = own(2, "a b/%41?#.md");
        stranger.status = Some(Status::Unknown);
        stranger.encoding = vec![Encoding::Utf16Le];
        let mut ended = own(3, "old.txt");
        ended.status = Some(Status::Revoked);
        ended.action = Action::Already;
        let mut packed = foreign("github-pat", Checksum::Verified, b"release.zip");
        packed.location.archive = Some("inner.tar!.env".into());
        let mut message = foreign("vendor-key", Checksum::None, b"");
        message.location = Location {
            path: None,
            source: SourceKind::CommitMessage,
            object: Some("ab".repeat(20)),
            commit: Some("ab".repeat(20)),
            author: Some("Ada\u{202e} <ada@example.org>".to_owned()),
            date: Some("2026-03-03T12:00:00Z".to_owned()),
            ..message.location
        };
        let mut findings = vec![live, stranger, ended, packed, message];
        findings.extend(HOSTILE.map(|name| foreign("vendor-key", Checksum::None, name)));
        let mut coverage = Coverage::default();
        (coverage.files, coverage.bytes, coverage.objects) = (12, 34_567, 8);
        coverage.skip_because(b"pa\x1bth]]>", Reason::Permission, Some("::error::no"));
        coverage.skip(b"vendor", Reason::Excluded);
        coverage.skip(b"sub", Reason::Gitlink);
        coverage.skip(b"sub2", Reason::Gitlink);
        coverage.skip(b"pipe", Reason::Fifo);
        let by = AcceptedBy::Baseline {
            reason: Some("test\u{1b} data".to_owned()),
            by: Some("Ada".to_owned()),
            expires: None,
        };
        let accepted = vec![
            Accepted { finding: foreign("vendor-key", Checksum::None, b"known"), by },
            Accepted {
                finding: foreign("github-pat", Checksum::Unverified, b"commented"),
                by: AcceptedBy::Comment,
            },
        ];
        let root = Root { top: "/work".into(), here: "/work".into() };
        Self { findings, accepted, coverage, root }
    }
}

/// The `n`-th token, in a file.
pub(crate) fn own(n: u8, path: &str) -> Finding {
    let found = detector().matches(token(n).as_bytes()).remove(0);
    finding(found.secret, path.into())
}

/// Somebody else's secret in a file, as a rule would find it.
pub(crate) fn foreign(rule: &str, checksum: Checksum, path: &[u8]) -> Finding {
    let digest = [u8::try_from(rule.len()).unwrap(); 32];
    let rule = Arc::new(RuleInfo {
        id: rule.to_owned(),
        description: format!("Secret of <{rule}> & \"others\""),
        provider: Some("Vendor".to_owned()),
        tags: vec!["one".to_owned(), "one".to_owned(), String::new()],
        help: (rule == "github-pat").then(|| "Revoke it at https://example.org/@x".to_owned()),
        index: 0,
    });
    let redacted = format!("{}_…{:02x}{:02x}", &rule.id[..3], digest[0], digest[1]);
    let secret = Secret::Foreign(Foreign { rule, digest, redacted, checksum, settle: 0 });
    finding(secret, path.into())
}

fn finding(secret: Secret, path: BString) -> Finding {
    Finding {
        encoding: Vec::new(),
        is_allowed_inline: false,
        place: Place::new(Origin::Name(&path), 7),
        location: Location {
            source: SourceKind::Worktree,
            repository: None,
            object: None,
            reference: None,
            path: Some(path),
            archive: None,
            line: 3,
            column: 8,
            end_line: 3,
            end_column: 80,
            offset: 25,
            commit: None,
            author: None,
            date: None,
        },
        token_id: secret.own().map(|token| token.id),
        secret,
        status: None,
        owner: None,
        action: Action::None,
    }
}
