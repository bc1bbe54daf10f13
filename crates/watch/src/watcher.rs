//! The watcher: its settings, and the threads it is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{bounded, unbounded};

use crate::driver::{Driver, Ears, Mouths};
use crate::event::{Event, Warning, WarningKind, shown};
use crate::outbox::Outbox;
use crate::pulse::Pulse;
use crate::respond::respond;
use crate::responder::Responder;
use crate::search::Searches;
use crate::stop::Stop;
use crate::unsaved::Unsaved;
use crate::watches::Watches;
use crate::workers::{self, Kit};

/// Changes that may wait for the driver. When there are more, everything is looked at.
const CHANGES: usize = 65_536;

/// How to watch.
#[derive(Clone, Debug)]
pub struct Config {
    /// Repositories and folders of repositories.
    pub paths: Vec<PathBuf>,
    /// Where to remember what was seen; `None`: every start reads everything.
    pub cache_dir: Option<PathBuf>,
    /// How often refs are compared without having been told of a change.
    pub poll: Duration,
    /// Whether to ask the operating system for changes. Without, only the poll sees them: for file
    /// systems that tell nothing, such as those of a network.
    pub events: bool,
    /// Warn about live tokens in files that are not committed, too.
    pub unsaved: bool,
    /// Threads for reading a repository for the first time; 0 is one for each processor.
    pub threads: usize,
}

impl Config {
    /// The usual settings for these paths: no cache, a poll every two seconds.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            cache_dir: None,
            poll: Duration::from_secs(2),
            events: true,
            unsaved: false,
            threads: 0,
        }
    }
}

/// What the watcher works with.
#[derive(Clone)]
pub struct Deps {
    /// The ledger's side.
    pub responder: Arc<dyn Responder>,
    /// Where events go.
    pub outbox: Arc<Outbox>,
}

/// Why a watcher cannot begin. Once it runs, nothing ends it but being told to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// A path that does not exist or is no directory.
    #[error("{path}: {why}")]
    Path {
        /// The path as it was given.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The ledger cannot be read.
    #[error("{0}")]
    Ledger(String),
}

/// Follows repositories.
pub struct Watcher {
    config: Config,
    deps: Deps,
}

impl Watcher {
    /// A watcher that has not begun.
    pub fn new(config: Config, deps: Deps) -> Self {
        Self { config, deps }
    }

    /// Watches until stopped. Findings under way are responded to before it returns.
    ///
    /// # Errors
    /// A path that is no directory, or a ledger that cannot be read at the start.
    pub fn run(self, stop: Stop) -> Result<(), WatchError> {
        let Self { config, deps } = self;
        check(&config.paths)?;
        let searches = Searches::new(Arc::clone(&deps.responder))
            .map_err(|error| WatchError::Ledger(error.to_string()))?;
        let searches = Arc::new(searches);
        let outbox = deps.outbox;
        let interrupt = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            let (changes, heard_changes) = bounded(CHANGES);
            let (lost, heard_lost) = bounded(1);
            let (notices, heard_notices) = unbounded();
            let (reports, heard_reports) = unbounded();
            let (wake, woken) = bounded(1);
            let (responder, told) = (Arc::clone(&deps.responder), Arc::clone(&outbox));
            scope.spawn(move || respond(&heard_reports, &responder, &told));
            let kit = Kit {
                searches: Arc::clone(&searches),
                outbox: Arc::clone(&outbox),
                reports: reports.clone(),
                notices: notices.clone(),
                cache_dir: config.cache_dir,
                threads: config.threads,
                interrupt: Arc::clone(&interrupt),
            };
            let lanes = workers::start(scope, &kit);
            drop(kit);
            // The driver listens whether or not somebody speaks.
            let _speakers = (changes.clone(), lost.clone());
            let watches = match config.events {
                true => Watches::new(changes, lost, Arc::clone(&outbox)),
                false => Watches::none(Arc::clone(&outbox)),
            };
            let (pulse, found) = Pulse::new(config.paths, config.poll);
            if found.repositories.is_empty() {
                outbox.put(nothing_yet());
            }
            let unsaved = config.unsaved.then(|| {
                let trees = found.repositories.values().flat_map(|it| &it.work_trees);
                let deps = (Arc::clone(&deps.responder), Arc::clone(&outbox));
                let interrupt = Arc::clone(&interrupt);
                Unsaved::start(
                    scope,
                    trees.cloned().collect(),
                    Arc::clone(&searches),
                    deps,
                    interrupt,
                )
            });
            let poll = scope.spawn(move || pulse.run(&woken, &searches, &notices));
            let ears = Ears {
                stop: stop.0,
                changes: heard_changes,
                lost: heard_lost,
                notices: heard_notices,
            };
            let mouths = Mouths { outbox: Arc::clone(&outbox), reports, wake, lanes, interrupt };
            // When the driver returns, everything it held is dropped, and by that all threads end.
            Driver::new(ears, mouths, watches).run(found);
            drop(unsaved);
            drop(poll);
        });
        outbox.put(Event::Stopped);
        Ok(())
    }
}

/// What is named at the start must be there; what vanishes later is waited for.
fn check(paths: &[PathBuf]) -> Result<(), WatchError> {
    for path in paths {
        let why = match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => continue,
            Ok(_) => "is a file, neither a repository nor a folder of repositories".to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                "there is no such directory".to_owned()
            }
            Err(error) => error.to_string(),
        };
        return Err(WatchError::Path { path: shown(path), why });
    }
    Ok(())
}

fn nothing_yet() -> Event {
    Event::Warning(Warning {
        kind: WarningKind::Missing,
        repository: None,
        message:
            "there is no repository here yet; one that appears is followed. A folder inside a \
                  work tree is not followed: name the work tree's top"
                .to_owned(),
    })
}
