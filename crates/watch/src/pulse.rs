//! The slow poll, on a thread of its own: which repositories there are, whether their refs have
//! moved, which prefixes the ledger has. It sees what events did not tell (a network file system,
//! a full queue, a limit) and is woken when a folder has changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::discover::{Found, discover};
use crate::driver::Notice;
use crate::fingerprint::fingerprint;
use crate::search::Searches;

/// Rounds after a wake-up: a repository that is being made is not one yet when its folder appears.
const ECHOES: [Duration; 3] =
    [Duration::from_millis(40), Duration::from_millis(200), Duration::from_millis(600)];

/// A round may take this part of the time at most.
const REST: u32 = 10;

/// What the poll knows.
pub(crate) struct Pulse {
    roots: Vec<PathBuf>,
    every: Duration,
    found: Found,
    prints: BTreeMap<PathBuf, u64>,
}

impl Pulse {
    /// Looks around for the first time.
    pub(crate) fn new(roots: Vec<PathBuf>, every: Duration) -> (Self, Found) {
        let mut pulse = Self { roots, every, found: Found::default(), prints: BTreeMap::new() };
        pulse.look_around();
        let found = pulse.found.clone();
        (pulse, found)
    }

    /// Goes on until whoever may wake it is gone.
    pub(crate) fn run(
        mut self,
        wake: &Receiver<()>,
        searches: &Arc<Searches>,
        notices: &Sender<Notice>,
    ) {
        let mut echoes: Vec<Instant> = Vec::new();
        let mut next = Instant::now() + self.every;
        loop {
            let until = echoes.first().copied().map_or(next, |echo| echo.min(next));
            match wake.recv_deadline(until) {
                Ok(()) => {
                    let now = Instant::now();
                    echoes = ECHOES.iter().map(|echo| now + *echo).collect();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let begun = Instant::now();
            echoes.retain(|echo| *echo > begun);
            self.round(searches, notices);
            let took = begun.elapsed();
            next = Instant::now() + self.every.max(took * REST);
            // Woken again and again, it still rests.
            std::thread::sleep(took.min(self.every));
        }
    }

    fn round(&mut self, searches: &Arc<Searches>, notices: &Sender<Notice>) {
        // The driver outlives this thread, or nobody minds.
        let tell = |notice| drop(notices.send(notice));
        if searches.refresh() {
            tell(Notice::Prefixes);
        }
        for (common_dir, print) in &mut self.prints {
            // A repository that is gone is noticed below.
            if let Some(now) = fingerprint(common_dir)
                && std::mem::replace(print, now) != now
            {
                tell(Notice::Moved(common_dir.clone()));
            }
        }
        if self.look_around() {
            tell(Notice::Found(Box::new(self.found.clone())));
        }
    }

    /// Says whether there is something else than before. The first fingerprint of a repository is
    /// taken before anybody looks at it, so that no change falls in between.
    fn look_around(&mut self) -> bool {
        let found = discover(&self.roots);
        if found == self.found {
            return false;
        }
        self.prints.retain(|common_dir, _| found.repositories.contains_key(common_dir));
        for common_dir in found.repositories.keys() {
            let print = || fingerprint(common_dir).unwrap_or_default();
            self.prints.entry(common_dir.clone()).or_insert_with(print);
        }
        self.found = found;
        true
    }
}
