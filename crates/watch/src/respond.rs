//! From findings to the ledger, on a thread of its own. What the ledger could not take stays here
//! and is tried again; a crash loses nothing, as the next run finds the same again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::desk::{Desk, Report, warning};
use crate::outbox::Outbox;
use crate::responder::Responder;

/// Pauses between two tries when the ledger does not answer: doubled from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How often it is said that the ledger still does not answer.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// Deals with reports until all senders are gone.
pub(crate) fn respond(reports: &Receiver<Report>, responder: &Arc<dyn Responder>, outbox: &Outbox) {
    let mut desk = Desk::new();
    let mut retry: Option<Retry> = None;
    loop {
        let ended = match listen(reports, retry.as_ref(), desk.waiting() > 0) {
            Ok(report) => {
                desk.take(report);
                // Everything that waits is taken in, so that what is new can go first.
                reports.try_iter().for_each(|report| desk.take(report));
                false
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        };
        let is_time = retry.as_ref().is_none_or(|retry| retry.at <= Instant::now());
        if is_time || ended {
            let work = || desk.work(responder.as_ref(), &mut |event| outbox.put(event));
            // Whatever happens here, the next leak has to be responded to.
            let worked = catch_unwind(AssertUnwindSafe(work));
            match worked.unwrap_or_else(|_| Err("a bug was met".to_owned())) {
                Ok(()) => retry = None,
                Err(error) => {
                    let retry = retry.get_or_insert_with(Retry::new);
                    retry.failed(&error, desk.waiting(), outbox);
                }
            }
        }
        if ended && (desk.waiting() == 0 || retry.is_some()) {
            if desk.waiting() > 0 {
                let findings = match desk.waiting() {
                    1 => "1 finding was".to_owned(),
                    waiting => format!("{waiting} findings were"),
                };
                outbox.put(warning(format!(
                    "{findings} not dealt with before the end; the next run looks again"
                )));
            }
            return;
        }
    }
}

/// The next report. With work left it is not waited for; after a failure not beyond the next try.
fn listen(
    reports: &Receiver<Report>,
    retry: Option<&Retry>,
    is_busy: bool,
) -> Result<Report, RecvTimeoutError> {
    match retry {
        Some(retry) => reports.recv_deadline(retry.at),
        None if is_busy => reports.recv_timeout(Duration::ZERO),
        None => reports.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

struct Retry {
    at: Instant,
    pause: Duration,
    said: Option<Instant>,
}

impl Retry {
    fn new() -> Self {
        Self { at: Instant::now(), pause: RETRY.0, said: None }
    }

    fn failed(&mut self, error: &str, waiting: usize, outbox: &Outbox) {
        let now = Instant::now();
        self.at = now + self.pause;
        self.pause = (self.pause * 2).min(RETRY.1);
        if self.said.is_none_or(|said| now.duration_since(said) >= SAY_AGAIN) {
            self.said = Some(now);
            let findings = if waiting == 1 { "finding waits" } else { "findings wait" };
            outbox.put(warning(format!(
                "the ledger did not take a leak: {error}; {waiting} {findings} and will be tried \
                 again until it does"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use patrol_scan::Status;

    use super::*;
    use crate::desk::tests::{Fake, findings};
    use crate::event::Event;

    #[test]
    fn a_ledger_that_fails_is_said_once_and_tried_until_it_answers() {
        let fake: Arc<dyn Responder> = Arc::new(Fake::new(Status::Active, 3));
        let outbox = Outbox::new(100);
        let (reports, heard) = crossbeam_channel::unbounded();
        std::thread::scope(|scope| {
            scope.spawn(|| respond(&heard, &fake, &outbox));
            reports.send(Report::Seen(Box::new(findings(&[1]).remove(0)))).unwrap();
            let (answer, answered) = crossbeam_channel::bounded(1);
            reports.send(Report::Barrier(answer)).unwrap();
            answered.recv().unwrap();
            drop(reports);
        });
        outbox.close();
        let told: Vec<Event> = std::iter::from_fn(|| outbox.next()).collect();
        let [Event::Warning(warning), Event::Finding(_), Event::Revoked(_)] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(
            warning.message,
            "the ledger did not take a leak: the disk is full; 1 finding waits and will be tried \
             again until it does"
        );
    }
}
