//! `patrol watch`: follows repositories, and acts by policy on what leaks into them.
//!
//! The watcher runs on this thread; what it tells goes through a bounded queue to a thread that
//! prints, so a reader that sleeps holds up nothing.

mod json_v1;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use patrol_ledger::{Lifetime, Via};
use patrol_watch::{AppResponder, Config, Deps, Event, Outbox, Stopper, WatchError, Watcher, stop};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::Ui;

/// Events that may wait for a reader. What comes beyond is left out and counted.
const EVENTS: usize = 10_000;

/// How long the end waits for a reader to take what is left.
const PATIENCE: Duration = Duration::from_secs(2);

/// Follow repositories, and act on leaks as they are committed
///
/// Reads first what it has not seen in the repositories, and then whatever is committed, amended,
/// merged, stashed, fetched or pushed into them, within milliseconds. A live token of the ledger
/// that is found is recorded and, by policy, revoked or suspended. What is only added to the index
/// is left alone.
///
/// PATH is a work tree, a bare repository, or a folder of repositories; new ones in it are picked
/// up. With --format json each event is one line.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol watch .
  patrol watch ~/src /srv/git --format json
  patrol watch --worktree .

Events with --format json:
  ready             everything that was there has been read and responded to
  finding           a token in a place not seen before, or with another status
  revoked           its token was revoked because of it
  suspended         its token was suspended because of it
  reported          its token still works, as the policy is to report only
  unsaved           a live token in a file that is not committed (--worktree)
  repository_added, repository_gone, warning, stopped

It ends on SIGINT or SIGTERM, with exit code 0. What was committed while no watcher ran is read by
the next one, as far as a ref or a reflog leads to it; `patrol scan --history` reads the rest, too.")]
pub(crate) struct Args {
    /// Repositories and folders of repositories
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Warn about live tokens in files that are not committed, too; nothing is done about them
    #[arg(long)]
    worktree: bool,
    /// How often to compare refs where the system tells of no change, as on network file systems
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    poll: Lifetime,
    /// Read with this many threads what was never read; one for each processor unless said otherwise
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Remember nothing for the next start
    #[arg(long)]
    no_cache: bool,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = Arc::new(cx.open_to_tell()?);
    let responder = Arc::new(AppResponder::new(app, cx.caller(Via::Watcher)));
    let outbox = Arc::new(Outbox::new(EVENTS));
    let config = Config {
        cache_dir: cx
            .settings
            .cache
            .as_ref()
            .filter(|_| !args.no_cache)
            .map(|dir| dir.join("watch")),
        poll: pause(args.poll)?,
        unsaved: args.worktree,
        threads: args.threads,
        ..Config::new(args.paths)
    };
    let (stopper, stop) = stop();
    end_on_signals(stopper)?;
    let deps = Deps { responder, outbox: Arc::clone(&outbox) };
    let told = std::thread::scope(|scope| {
        let telling = scope.spawn(|| tell_all(&outbox, &cx.ui));
        let ended = Watcher::new(config, deps).run(stop);
        let all_told = outbox.drained(PATIENCE);
        outbox.close();
        if !all_told {
            leave_unheard(&ended);
        }
        // A panic there has been told as the bug it is.
        telling.join().map_err(|_| CliError::new(Kind::Bug, "telling of events failed"))?;
        ended.map_err(CliError::from)
    });
    told.map(|()| Exit::Yes)
}

/// The first signal ends the watcher cleanly, the second one at once.
fn end_on_signals(stopper: Stopper) -> Result<(), CliError> {
    let failed = |error| CliError::io("signals cannot be heard", &error);
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))
            .map_err(failed)?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            asked.store(true, Ordering::SeqCst);
            stopper.stop();
        }
    });
    Ok(())
}

/// Passes events on until there are no more. An output that cannot be written is not worth ending
/// for: what the watcher is for happens in the ledger.
fn tell_all(outbox: &Outbox, ui: &Ui) {
    while let Some(event) = outbox.next() {
        if let Err(error) = tell(&event, ui) {
            tracing::debug!(message = error.message, "an event was not told");
        }
        outbox.done();
    }
}

fn tell(event: &Event, ui: &Ui) -> Result<(), CliError> {
    match ui.is_json() {
        true => ui.json_line(&json_v1::EventV1::from(event)),
        false => words::tell(event, ui),
    }
}

/// Ends the process although a write to standard output is stuck and holds it: the reader sleeps,
/// and whoever sent the signal should not have to wait for it.
fn leave_unheard(ended: &Result<(), WatchError>) {
    #[expect(clippy::exit, reason = "the stuck write can be ended in no other way")]
    std::process::exit(if ended.is_ok() { Exit::Yes as i32 } else { Exit::Store as i32 });
}

fn pause(poll: Lifetime) -> Result<Duration, CliError> {
    let micros = u64::try_from(poll.as_micros()).unwrap_or_default();
    if micros == 0 {
        return Err(CliError::usage("--poll is nothing").hint("give it a duration such as 2s"));
    }
    Ok(Duration::from_micros(micros))
}

impl From<WatchError> for CliError {
    fn from(error: WatchError) -> Self {
        let message = error.to_string();
        match error {
            WatchError::Path { .. } => Self::new(Kind::Io, message)
                .hint("name repositories, or folders of repositories, that are there"),
            WatchError::Ledger(_) => {
                Self::new(Kind::Store, message).hint("`patrol check` may tell more")
            }
        }
    }
}
