//! What to do about what a scan has found: one line, for the most urgent of it.

use std::collections::BTreeSet;

use patrol_scan::{Action, Finding, Status};

use super::collect::{Found, is_live, is_ours};
use crate::cmd::Context;

/// Tells it, if there is anything to do.
pub(super) fn tell(found: &Found, cx: &Context) {
    if let Some(next) = next(&found.findings, cx.ui.is_verbose()) {
        cx.ui.note(&format!("next: {next}"));
    }
}

fn next(findings: &[Finding], is_verbose: bool) -> Option<String> {
    let ids = |fits: fn(&Finding) -> bool| {
        let found = findings.iter().filter(|it| is_ours(it) && fits(it));
        found.filter_map(|it| it.token_id).collect::<BTreeSet<_>>()
    };
    let live = ids(|it| it.action == Action::None && it.status.is_some() && is_live(it.status));
    if let Some(first) = live.first() {
        let what = match live.len() {
            1 => "end it",
            _ => "end them all with scan --revoke, or each",
        };
        return Some(format!(
            "{what}: patrol revoke {first}, or patrol rotate {first}, which ends it and makes a new one"
        ));
    }
    let others = findings.iter().filter(|it| !is_ours(it)).count();
    if others > 0 {
        let how = if is_verbose { "" } else { " (-v says how)" };
        return Some(format!(
            "revoke what is still in use where it was issued{how}, and take it out of the files"
        ));
    }
    let ended = ids(|it| matches!(it.action, Action::Revoked | Action::Suspended));
    if !ended.is_empty() {
        return Some(
            "their owners need new ones (patrol issue); take these out of the files".into(),
        );
    }
    findings.iter().any(|it| it.status == Some(Status::Unknown)).then(|| {
        "no ledger that was asked knows it: name the one that issued it with --ledger".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: Option<Status>, action: Action, begins: Option<&str>) {
        let detector = patrol_scan::Detector::new(&["acme_pat".parse().unwrap()]);
        let found = std::sync::Mutex::new(Vec::new());
        let token = crate::guard::tests::token();
        let options = patrol_scan::Options::default();
        patrol_scan::source::stdin(&mut token.as_bytes(), &detector, &options, &|it| {
            found.lock().unwrap().push(it);
        });
        let mut findings = found.into_inner().unwrap();
        findings[0].status = status;
        findings[0].action = action;
        let next = next(&findings, false);
        assert_eq!(next.is_some(), begins.is_some(), "{next:?}");
        assert!(next.unwrap_or_default().starts_with(begins.unwrap_or_default()));
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let id = "01JD3KQ8Z5V7W2N9X4C6B8M0T1";
        let end = format!("end it: patrol revoke {id}, or");
        check(Some(Status::Active), Action::None, Some(&end));
        check(Some(Status::Suspended), Action::None, Some(&end));
        check(Some(Status::Revoked), Action::Revoked, Some("their owners"));
        check(Some(Status::Unknown), Action::None, Some("no ledger"));
        check(Some(Status::Revoked), Action::None, None);
        // Nobody could say: the error that follows tells it.
        check(None, Action::None, None);
    }
}
