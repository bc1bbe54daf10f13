//! Going past a refusal: a pusher who says why, by push option. What is let through is an event of
//! the ledger first: without the record there is no way past.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use patrol_ledger::{Bypass, Command, ScanBypassed, Via};
use patrol_scan::{Finding, redact_lossy};

use crate::cmd::Context;
use crate::cmd::hook::search::Search;
use crate::cmd::hook::weigh::Weight;
use crate::error::{CliError, Kind};

/// The push option: `git push -o patrol.skip=<reason>`.
const OPTION: &[u8] = b"patrol.skip";

/// What a pusher asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Nothing.
    None,
    /// To be let past, without saying why.
    NoReason,
    /// To be let past, for this reason.
    Skip(String),
}

impl Request {
    /// Reads the push options. Said more than once, the last reason counts.
    pub(super) fn read(options: &[OsString]) -> Self {
        let mut request = Self::None;
        for option in options {
            let Some(rest) = option.as_bytes().strip_prefix(OPTION) else { continue };
            let reason = match rest {
                [] => b"",
                [b'=', reason @ ..] => reason.trim_ascii(),
                // Another option whose name begins with this one's.
                _ => continue,
            };
            request = match String::from_utf8_lossy(reason) {
                reason if reason.trim().is_empty() => Self::NoReason,
                reason => Self::Skip(reason.trim().to_owned()),
            };
        }
        request
    }
}

/// Writes into the ledger that a push was let through. It is let through once this has returned.
///
/// # Errors
/// No ledger, or one that does not take it.
pub(super) fn record(
    by: Bypass,
    reason: Option<String>,
    findings: &[Finding],
    names: &[String],
    complete: bool,
    search: &Search,
    cx: &Context,
) -> Result<(), CliError> {
    let app = search.app().ok_or_else(|| {
        CliError::new(
            Kind::NoLedger,
            "there is no ledger to record in that this push was let through",
        )
        .hint(
            "whoever runs this server creates one with `patrol init`, or names it in the settings",
        )
    })?;
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    for finding in findings.iter().filter(|it| Weight::of(it).stops()) {
        *rules.entry(finding.secret.rule().to_owned()).or_default() += 1;
    }
    let caller = cx.caller(Via::Hook);
    let push = &cx.settings.push;
    let bypassed = ScanBypassed {
        by,
        pusher: push.pusher.clone().unwrap_or_else(|| caller.actor.clone()),
        reason,
        repository: Some(push.repository.clone().unwrap_or_else(|| {
            let here = std::path::absolute(".").unwrap_or_default();
            redact_lossy(here.as_os_str().as_bytes())
        })),
        refs: names.to_vec(),
        more_refs: 0,
        findings: rules,
        complete,
    };
    app.submit(&caller, Command::Bypass(Box::new(bypassed)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_reason_is_what_stands_behind_the_sign() {
        let read =
            |options: &[&str]| Request::read(&options.iter().map(Into::into).collect::<Vec<_>>());
        let skip = |reason: &str| Request::Skip(reason.to_owned());
        assert_eq!(read(&[]), Request::None);
        assert_eq!(read(&["ci.skip", "patrol.skipped=x", "patrol"]), Request::None);
        assert_eq!(read(&["patrol.skip"]), Request::NoReason);
        assert_eq!(read(&["patrol.skip= \t"]), Request::NoReason);
        assert_eq!(read(&["ci.skip", "patrol.skip=a = b "]), skip("a = b"));
        assert_eq!(read(&["patrol.skip=a", "patrol.skip=b"]), skip("b"));
    }
}
