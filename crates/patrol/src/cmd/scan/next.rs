//! What to do about what a scan has found: one line for the most urgent of it, and one for the secrets
//! of other providers that stand beside it.

use std::collections::BTreeSet;

use patrol_scan::{Action, Finding, Status};
use patrol_token::TokenId;

use super::collect::{Found, is_live, is_ours};
use crate::cmd::Context;

/// Tells it, if there is anything to do.
pub(super) fn tell(found: &Found, cx: &Context) {
    for next in next(&found.findings, &found.left, cx.ui.is_verbose()) {
        cx.ui.note(&format!("next: {next}"));
    }
}

fn next(findings: &[Finding], left: &BTreeSet<TokenId>, is_verbose: bool) -> Vec<String> {
    let others: BTreeSet<_> =
        findings.iter().filter(|it| !is_ours(it)).map(|it| it.secret.digest()).collect();
    let how = if is_verbose { "" } else { " (-v says how)" };
    let whose = match others.len() {
        0 => None,
        1 => Some("the secret of another provider".to_owned()),
        many => Some(format!("the {many} secrets of other providers")),
    };
    let others = whose.map(|whose| {
        format!("revoke {whose} where issued, if still in use{how}, and take it out of the files")
    });
    own(findings, left, others.is_some()).into_iter().chain(others).collect()
}

/// What to do about tokens of our own; of those that ended already only if there is nothing else.
fn own(findings: &[Finding], left: &BTreeSet<TokenId>, has_others: bool) -> Option<String> {
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
        let by_policy = match left.contains(first) {
            true => {
                "the leak is recorded; the policy (leak-response report) lets the token work on; "
            }
            false => "",
        };
        return Some(format!(
            "{by_policy}{what}: patrol revoke {first}, or patrol rotate {first}, which ends it and makes \
             a new one"
        ));
    }
    if has_others {
        return None;
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
        let mut findings = [crate::guard::tests::finding()];
        findings[0].status = status;
        findings[0].action = action;
        let next = next(&findings, &BTreeSet::new(), false);
        assert_eq!(next.len(), usize::from(begins.is_some()), "{next:?}");
        assert!(next.concat().starts_with(begins.unwrap_or_default()));
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
