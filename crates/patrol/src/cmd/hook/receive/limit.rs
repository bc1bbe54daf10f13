//! The bound in time. A pusher waits, and some servers end a hook that takes too long, as if it had
//! said yes or no: what happens then is decided here and not by them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use patrol_ledger::Lifetime;
use patrol_scan::source::git::{GitEnvironment, Received};
use patrol_scan::{Coverage, Finding, Reason, Tally};

use crate::cmd::hook::search::Search;
use crate::error::{CliError, Kind};

/// The bound unless one is said.
const DEFAULT: Duration = Duration::from_secs(30);

/// How long a search may take to notice that its time is over. One that reads a single huge thing
/// is left behind; the process ends soon after.
const GRACE: Duration = Duration::from_millis(200);

/// For how long a push is searched; `None`: as long as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cmd::hook) struct Limit(pub(super) Option<Duration>);

impl Default for Limit {
    fn default() -> Self {
        Self(Some(DEFAULT))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(limit) if limit.subsec_millis() > 0 => write!(f, "{}ms", limit.as_millis()),
            Some(limit) => write!(f, "{}s", limit.as_secs()),
        }
    }
}

impl Limit {
    /// What is left of it when so much is gone: reading git's lines and opening the ledger count.
    pub(super) fn after(self, spent: Duration) -> Option<Duration> {
        self.0.map(|limit| limit.saturating_sub(spent))
    }
}

/// Reads a bound: `4s`, `2m`, `500ms`, `none`.
pub(super) fn parse(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    let millis = text.strip_suffix("ms").and_then(|number| number.parse().ok());
    let limit = millis.map(Duration::from_millis).or_else(|| {
        let lifetime: Lifetime = text.parse().ok()?;
        Some(Duration::from_micros(lifetime.as_micros().try_into().ok()?))
    });
    match limit.filter(|limit| !limit.is_zero()) {
        Some(limit) => Ok(Limit(Some(limit))),
        None => Err("say a duration such as 4s, 500ms or 2m, or none".to_owned()),
    }
}

/// What was found in time.
pub(super) struct Scan {
    pub(super) findings: Vec<Finding>,
    pub(super) coverage: Coverage,
}

/// Searches a push for at most so long. What was found by then counts.
///
/// # Errors
/// When the search cannot begin, or meets a bug.
pub(super) fn search(
    search: &Arc<Search>,
    received: Received,
    git: GitEnvironment,
    limit: Option<Duration>,
) -> Result<Scan, CliError> {
    let interrupt = Arc::new(AtomicBool::new(false));
    let found = Arc::new(Mutex::new(Vec::new()));
    let (send, done) = channel();
    let (inner, stop, sink) = (Arc::clone(search), Arc::clone(&interrupt), Arc::clone(&found));
    std::thread::Builder::new()
        .name("search".into())
        .spawn(move || {
            let tally = Tally::of_run();
            let take = |finding: Finding| {
                if tally.has_room(finding.own().is_some()) {
                    sink.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
                }
            };
            let mut result = inner.received(&received, &git, stop, &take);
            if let Ok(coverage) = &mut result {
                tally.note("the findings of this push".as_bytes(), coverage);
            }
            // Nobody waits for it any more: then it was too late.
            drop(send.send(result));
        })
        .map_err(|error| CliError::io("no thread for the search", &error))?;
    let bug = || CliError::new(Kind::Bug, "the search met a bug of its own");
    let result = match limit {
        None => done.recv().map_err(|_| bug())?.map(Some),
        Some(limit) => match done.recv_timeout(limit) {
            Ok(result) => result.map(Some),
            Err(RecvTimeoutError::Disconnected) => return Err(bug()),
            Err(RecvTimeoutError::Timeout) => {
                interrupt.store(true, Ordering::Relaxed);
                match done.recv_timeout(GRACE) {
                    Ok(result) => result.map(Some),
                    Err(RecvTimeoutError::Timeout) => Ok(None),
                    Err(RecvTimeoutError::Disconnected) => return Err(bug()),
                }
            }
        },
    };
    let coverage = result?.unwrap_or_else(|| {
        let mut coverage = Coverage::default();
        coverage.skip(b"the rest of the push", Reason::Stopped);
        coverage
    });
    let findings = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Scan { findings, coverage })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limit, parse};

    #[test]
    fn what_came_before_the_search_counts() {
        let (limit, second) = (Limit(Some(Duration::from_secs(4))), Duration::from_secs(1));
        assert_eq!(limit.after(second), Some(3 * second));
        assert_eq!(limit.after(9 * second), Some(Duration::ZERO));
        assert_eq!(Limit(None).after(second), None);
    }

    #[test]
    fn bounds_as_people_write_them() {
        let same = |text: &str| parse(text).unwrap().to_string();
        assert_eq!(
            ["4s", "500ms", "none", "2m", "1500ms"].map(same),
            ["4s", "500ms", "none", "120s", "1500ms"]
        );
        for text in ["", "0s", "0ms", "-1s", "4", "soon", "ms", "4 s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
