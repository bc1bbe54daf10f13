//! The threads that look. One of them does nothing but short looks at what has just changed, so a
//! large repository that is read for the first time never keeps a fresh leak waiting.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{Scope, available_parallelism};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use patrol_scan::Options;

use crate::desk::Report;
use crate::driver::{Notice, Task};
use crate::look::{Means, Watched};
use crate::outbox::Outbox;
use crate::plan::Walk;
use crate::search::Searches;

/// Threads that look, at most: more than this many repositories at once only slow each other down.
const WORKERS_MAX: usize = 4;

/// Threads for one short look.
const SHORT_THREADS: usize = 2;

/// A look to be made.
pub(crate) struct Job {
    pub(crate) task: Task,
    pub(crate) watched: Arc<Watched>,
    /// The first look, for which everybody waits.
    pub(crate) is_catch_up: bool,
}

/// Where jobs wait.
pub(crate) struct Lanes {
    short: Sender<Job>,
    long: Sender<Job>,
}

impl Lanes {
    pub(crate) fn send(&self, job: Job) {
        let lane = match job.task.walk {
            Walk::New => &self.short,
            Walk::Everything => &self.long,
        };
        // The workers outlive the driver.
        drop(lane.send(job));
    }
}

/// What every worker has.
#[derive(Clone)]
pub(crate) struct Kit {
    pub(crate) searches: Arc<Searches>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) reports: Sender<Report>,
    pub(crate) notices: Sender<Notice>,
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) interrupt: Arc<AtomicBool>,
}

/// Starts the workers. They end when the lanes are dropped.
pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, '_>, kit: &Kit) -> Lanes {
    let (short, short_jobs) = unbounded();
    let (long, long_jobs) = unbounded();
    let workers = available_parallelism().map_or(1, usize::from).clamp(2, WORKERS_MAX);
    for n in 0..workers {
        let (kit, short_jobs) = (kit.clone(), short_jobs.clone());
        let long_jobs = if n == 0 { crossbeam_channel::never() } else { long_jobs.clone() };
        scope.spawn(move || work(&kit, &short_jobs, &long_jobs));
    }
    Lanes { short, long }
}

fn work(kit: &Kit, short: &Receiver<Job>, long: &Receiver<Job>) {
    loop {
        let job = match short.try_recv() {
            Ok(job) => Ok(job),
            Err(_) => select! {
                recv(short) -> job => job,
                recv(long) -> job => job,
            },
        };
        let Ok(job) = job else { return };
        let begun = Instant::now();
        if kit.searches.refresh() {
            drop(kit.notices.send(Notice::Prefixes));
        }
        let search = kit.searches.current();
        let options = Options {
            threads: if job.is_catch_up { kit.threads } else { SHORT_THREADS },
            interrupt: Some(Arc::clone(&kit.interrupt)),
            ..Options::default()
        };
        let means = Means {
            cache_dir: kit.cache_dir.as_deref(),
            search: &search,
            options: &options,
            reports: &kit.reports,
            outbox: &kit.outbox,
        };
        // A repository may hold bytes that nobody thought of; the others are followed all the same.
        let look = AssertUnwindSafe(|| job.watched.look(job.task.walk, &means));
        let looked = catch_unwind(look).unwrap_or_else(|_| job.watched.failed(&means));
        let took = begun.elapsed();
        // The driver is gone only when all is over.
        drop(kit.notices.send(Notice::Looked { task: job.task, took, looked }));
    }
}
