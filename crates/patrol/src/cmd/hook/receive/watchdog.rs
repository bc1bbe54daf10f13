//! The bound for all of a server's hook: its search has one of its own, but the ledger may keep it
//! waiting before that, and after it, when somebody else has locked it. When this bound is met
//! nothing could be judged or recorded, so the push is refused, whatever `--on-timeout` says. A pusher
//! who reads none of the words does not keep it either.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::limit::Limit;
use super::words::Voice;
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::Ui;

/// The least time that all of the hook has: what GitHub Enterprise Server leaves to all hooks of a
/// push together, and a moment for words.
const LEAST: Duration = Duration::from_millis(4_900);

/// The longest that the words may take.
const WORDS: Duration = Duration::from_secs(1);

/// Ends the process if it is still there when the time is over.
pub(super) struct Watchdog(#[expect(dead_code, reason = "it is what ends the wait")] Sender<()>);

impl Watchdog {
    /// Lets it loose; it goes when it is dropped. `None` if nothing is bounded.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub(super) fn new(limit: Limit, cx: &Context) -> Result<Option<Self>, CliError> {
        let Some(bound) = bound(limit) else { return Ok(None) };
        let (quiet, called_off) = channel();
        let (manner, mark) = (cx.settings.manner, Voice::mark(cx));
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                if called_off.recv_timeout(bound) == Err(RecvTimeoutError::Timeout) {
                    let kind = Kind::Incomplete;
                    let error = CliError::new(
                        kind,
                        format!(
                            "the ledger kept this waiting for more than {}",
                            Limit(Some(bound))
                        ),
                    )
                    .hint("whoever runs this server looks for what has locked it; then push again");
                    tell(move || {
                        Voice::tell(&Ui::new(manner), mark, &error);
                    });
                    end(kind.exit());
                }
            })
            .map_err(|error| CliError::io("no thread for the clock", &error))?;
        Ok(Some(Self(quiet)))
    }
}

/// Tells, but waits no longer than a moment for the words to be taken: whoever should read them may
/// be what keeps this waiting, and then the thread that waits has the stream to itself.
fn tell(words: impl FnOnce() + Send + 'static) {
    let (told, done) = channel();
    let telling = std::thread::Builder::new().name("last words".into()).spawn(move || {
        words();
        told.send(()).ok();
    });
    if telling.is_ok() {
        done.recv_timeout(WORDS).ok();
    }
}

/// A fifth more than the search has.
fn bound(limit: Limit) -> Option<Duration> {
    limit.0.map(|limit| LEAST.max(limit + limit / 5))
}

#[expect(clippy::exit, reason = "the thread that should end the process is kept waiting")]
fn end(exit: Exit) {
    std::process::exit(exit as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leaves_time_for_what_comes_after_the_search() {
        let bound = |millis| bound(Limit(Some(Duration::from_millis(millis)))).unwrap().as_millis();
        assert_eq!([1, 4_000, 30_000].map(bound), [4_900, 4_900, 36_000]);
        assert_eq!(super::bound(Limit(None)), None);
    }
}
