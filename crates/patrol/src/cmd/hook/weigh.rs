//! One finding of a hook: what follows from it, and the words for it. No word ever shows the
//! secret.

use patrol_scan::report::short_id;
use patrol_scan::{Finding, SourceKind, Status};

use crate::ui::{Look, paint, shown};

/// What follows from a finding, heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A token of the ledger that opens a door now, or once resumed; or nobody could say.
    Live,
    /// A stranger, which may live elsewhere; somebody else's secret.
    Stops,
    /// One of those, and a comment on its line says that it may stand there.
    Allowed,
    /// A token of the ledger that opens nothing any more.
    Ended,
}

impl Weight {
    /// What follows from this finding.
    pub(super) fn of(finding: &Finding) -> Self {
        let stops = if finding.is_allowed_inline { Self::Allowed } else { Self::Stops };
        match finding.status {
            Some(Status::Active | Status::Suspended) => Self::Live,
            // The ledger should have known of its own.
            None if finding.own().is_some() => Self::Live,
            None | Some(Status::Unknown) => stops,
            Some(Status::Revoked | Status::Expired) => Self::Ended,
        }
    }

    /// Whether git is stopped for it.
    pub(super) fn stops(self) -> bool {
        matches!(self, Self::Live | Self::Stops)
    }
}

/// How to keep what is no secret.
pub(super) const ALLOW: &str =
    "What is no secret may stay with `patrol:allow` in a comment on its line";

/// Whether [`ALLOW`] helps: not for what lives, nor for what nobody could say of.
pub(super) fn may_be_allowed(finding: &Finding, has_ledger: bool) -> bool {
    Weight::of(finding) == Weight::Stops && (has_ledger || finding.own().is_none())
}

/// A finding in one line, and its commit if that is told.
pub(super) fn line(finding: &Finding, has_ledger: bool, tells_commit: bool) -> String {
    let owner = finding.owner.as_deref().map(|owner| format!(", of {}", shown(owner)));
    let (look, status) = status(finding, has_ledger);
    format!(
        "  {}  {}  {}{}\n",
        paint(Look::Strong, &place(finding, tells_commit)),
        shown(finding.secret.redacted()),
        paint(look, &status),
        owner.unwrap_or_default(),
    )
}

fn place(finding: &Finding, tells_commit: bool) -> String {
    let at = &finding.location;
    let what = at.path.as_ref().map(ToString::to_string).or_else(|| at.reference.clone());
    let object =
        || at.object.as_deref().map(|id| format!("{} {}", at.source.as_str(), short_id(id)));
    let what = match (what, at.source) {
        (Some(what), _) => shown(&what).into_owned(),
        // The commit tells which.
        (None, SourceKind::CommitMessage | SourceKind::Author | SourceKind::Committer) => {
            at.source.as_str().to_owned()
        }
        (None, _) if tells_commit => object().unwrap_or_else(|| at.source.as_str().to_owned()),
        (None, _) => at.source.as_str().to_owned(),
    };
    let archive = at.archive.as_ref().map(|path| format!(" in its {}", shown(&path.to_string())));
    let commit = at.commit.as_deref().filter(|_| tells_commit);
    let commit = commit.map(|id| format!(" in commit {}", short_id(id)));
    let (archive, commit) = (archive.unwrap_or_default(), commit.unwrap_or_default());
    format!("{what}:{}:{}{archive}{commit}", at.line, at.column)
}

fn status(finding: &Finding, has_ledger: bool) -> (Look, String) {
    let rule = || shown(finding.secret.rule()).into_owned();
    if finding.own().is_none() && matches!(finding.status, None | Some(Status::Unknown)) {
        return (Look::Warning, rule());
    }
    let (look, status) = match finding.status {
        Some(Status::Active) => (Look::Error, "live"),
        Some(Status::Unknown) if has_ledger => (Look::Warning, "not of this ledger"),
        Some(Status::Unknown) | None => (Look::Warning, "unknown"),
        Some(status @ (Status::Suspended | Status::Revoked | Status::Expired)) => {
            (Look::Warning, status.as_str())
        }
    };
    (look, status.to_owned())
}

/// Some tokens of the ledger, and some secrets of others.
pub(super) fn count<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
    let (mut own, mut others) =
        (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for finding in findings {
        let set = if finding.own().is_some() { &mut own } else { &mut others };
        set.insert(*finding.secret.digest());
    }
    let count = |number: usize, what: &str| match number {
        1 => format!("a {what}"),
        number => format!("{number} {what}s"),
    };
    match (own.len(), others.len()) {
        (own, 0) => count(own, "token"),
        (0, others) => count(others, "secret"),
        (own, others) => format!("{} and {}", count(own, "token"), count(others, "secret")),
    }
}
