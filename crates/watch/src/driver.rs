//! The driver: one loop over changes, notices and the clock that decides, by the [`Plan`], who
//! looks at what. Looking, responding, polling and telling happen on threads of their own, so
//! that none of them waits for another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select};

use crate::desk::Report;
use crate::discover::{FOLDERS_MAX, Found};
use crate::event::{Event, Warning, WarningKind};
use crate::look::{Looked, Watched};
use crate::outbox::Outbox;
use crate::plan::{Outcome, Plan, Walk};
use crate::relevant::{Relevance, relevance};
use crate::watches::{Change, Watches};
use crate::workers::{Job, Lanes};

/// Changes taken in one go before something is done about them.
const CHANGES_MAX: usize = 4096;

/// What other threads tell the driver.
pub(crate) enum Notice {
    /// There are other repositories or folders than before.
    Found(Box<Found>),
    /// The poll saw refs move.
    Moved(PathBuf),
    /// The ledger has other prefixes than before.
    Prefixes,
    /// A look has ended.
    Looked {
        /// Which.
        task: Task,
        /// How long it took.
        took: Duration,
        /// What came of it.
        looked: Looked,
    },
}

/// One kind of look at one repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    /// The repository.
    pub(crate) common_dir: PathBuf,
    /// What the look is after.
    pub(crate) walk: Walk,
}

impl Task {
    fn new(common_dir: &Path, walk: Walk) -> Self {
        Self { common_dir: common_dir.to_owned(), walk }
    }
}

/// Where the driver hears from others.
pub(crate) struct Ears {
    pub(crate) stop: Receiver<()>,
    pub(crate) changes: Receiver<Change>,
    pub(crate) lost: Receiver<()>,
    pub(crate) notices: Receiver<Notice>,
}

/// Whom the driver tells.
pub(crate) struct Mouths {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) reports: Sender<Report>,
    pub(crate) wake: Sender<()>,
    pub(crate) lanes: Lanes,
    pub(crate) interrupt: Arc<AtomicBool>,
}

pub(crate) struct Driver {
    ears: Ears,
    mouths: Mouths,
    watches: Watches,
    plan: Plan<Task>,
    repositories: BTreeMap<PathBuf, Followed>,
    folders: BTreeSet<PathBuf>,
    /// Repositories whose first look is awaited before the watcher is ready.
    awaited: BTreeSet<PathBuf>,
    ready: Readiness,
}

struct Followed {
    name: String,
    watched: Arc<Watched>,
    /// The first look, at everything, is over.
    is_read: bool,
}

enum Readiness {
    /// First looks are under way.
    CatchingUp,
    /// All was looked at; what was found is being dealt with.
    Responding(Receiver<()>),
    Ready,
}

impl Driver {
    pub(crate) fn new(ears: Ears, mouths: Mouths, watches: Watches) -> Self {
        Self {
            ears,
            mouths,
            watches,
            plan: Plan::default(),
            repositories: BTreeMap::new(),
            folders: BTreeSet::new(),
            awaited: BTreeSet::new(),
            ready: Readiness::CatchingUp,
        }
    }

    /// Follows what was found first, and then goes on until told to stop.
    pub(crate) fn run(mut self, found: Found) {
        self.found(found);
        self.awaited = self.repositories.keys().cloned().collect();
        loop {
            let now = Instant::now();
            for task in self.plan.take_due(now) {
                self.send(task);
            }
            self.mind_readiness();
            let pause =
                self.plan.next().map_or(Duration::MAX, |at| at.saturating_duration_since(now));
            let clock = match pause {
                Duration::MAX => crossbeam_channel::never(),
                pause => crossbeam_channel::after(pause),
            };
            let never = crossbeam_channel::never();
            let responded = match &self.ready {
                Readiness::Responding(done) => done,
                Readiness::CatchingUp | Readiness::Ready => &never,
            };
            select! {
                recv(self.ears.stop) -> _ => break,
                recv(self.ears.changes) -> change => {
                    let more = self.ears.changes.try_iter().take(CHANGES_MAX);
                    let changes: Vec<Change> = change.into_iter().chain(more).collect();
                    self.changed(changes);
                }
                recv(self.ears.lost) -> _ => {
                    for common_dir in self.repositories.keys() {
                        self.plan.touch(&Task::new(common_dir, Walk::New), Instant::now());
                    }
                    self.wake();
                }
                recv(self.ears.notices) -> notice => notice.into_iter().for_each(|it| self.noticed(it)),
                recv(responded) -> answer => self.ready = match answer {
                    Ok(()) => {
                        let repositories = self.repositories.len();
                        self.mouths.outbox.put(Event::Ready { repositories });
                        Readiness::Ready
                    }
                    Err(_) => Readiness::CatchingUp,
                },
                recv(clock) -> _ => {}
            }
        }
        self.mouths.interrupt.store(true, Ordering::Relaxed);
    }

    fn send(&self, task: Task) {
        let Some(followed) = self.repositories.get(&task.common_dir) else { return };
        let watched = Arc::clone(&followed.watched);
        self.mouths.lanes.send(Job { task, watched, is_catch_up: !followed.is_read });
    }

    /// Once every first look is over, waits for what they found to be dealt with.
    fn mind_readiness(&mut self) {
        if matches!(self.ready, Readiness::CatchingUp) && self.awaited.is_empty() {
            let (answer, answered) = crossbeam_channel::bounded(1);
            // The responder outlives the driver.
            drop(self.mouths.reports.send(Report::Barrier(answer)));
            self.ready = Readiness::Responding(answered);
        }
    }

    fn changed(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let mut reshaped = BTreeSet::new();
        let mut wakes = false;
        for Change { path, is_shape } in changes {
            let owner = path.ancestors().find(|dir| self.repositories.contains_key(*dir));
            let Some(common_dir) = owner.map(Path::to_owned) else {
                wakes |= is_shape;
                continue;
            };
            let inside = path.strip_prefix(&common_dir).unwrap_or(&path);
            let task = Task::new(&common_dir, Walk::New);
            match (relevance(inside), is_shape) {
                (Relevance::Nothing, _) => {}
                (Relevance::Refs, false) => self.plan.touch(&task, now),
                (Relevance::Refs, true) => self.plan.touch_shape(&task, now),
                (Relevance::Shape, _) => {
                    self.plan.touch_shape(&task, now);
                    reshaped.insert(common_dir);
                    wakes = true;
                }
            }
        }
        for common_dir in reshaped {
            self.watches.repository(&common_dir);
        }
        if wakes {
            self.wake();
        }
    }

    fn noticed(&mut self, notice: Notice) {
        match notice {
            Notice::Found(found) => self.found(*found),
            Notice::Moved(common_dir) => {
                // The directory may have been replaced by another of the same name.
                self.watches.repository(&common_dir);
                self.plan.touch(&Task::new(&common_dir, Walk::New), Instant::now());
            }
            Notice::Prefixes => {
                for (common_dir, followed) in &mut self.repositories {
                    followed.is_read = false;
                    begin(&mut self.plan, common_dir);
                }
            }
            Notice::Looked { task, took, looked } => self.looked(task, took, looked),
        }
    }

    fn looked(&mut self, task: Task, took: Duration, looked: Looked) {
        let now = Instant::now();
        let Some(followed) = self.repositories.get_mut(&task.common_dir) else { return };
        match task.walk {
            Walk::Everything => {
                let rest = task.walk.rest(took, looked.outcome);
                self.plan.finished(&task, now, rest, looked.outcome);
                self.awaited.remove(&task.common_dir);
                if !std::mem::replace(&mut followed.is_read, true) {
                    // What has changed meanwhile.
                    self.plan.touch(&Task::new(&task.common_dir, Walk::New), now);
                }
            }
            Walk::New => {
                // What could not be read is tried again by the other kind.
                let rest = task.walk.rest(took, Outcome::Complete);
                self.plan.finished(&task, now, rest, Outcome::Complete);
                if looked.has_again || looked.outcome == Outcome::Incomplete {
                    self.plan.touch(&Task::new(&task.common_dir, Walk::Everything), now);
                }
            }
        }
    }

    /// Follows what is new and lets go of what is gone.
    fn found(&mut self, found: Found) {
        let gone: Vec<PathBuf> = self
            .repositories
            .keys()
            .filter(|common_dir| !found.repositories.contains_key(*common_dir))
            .cloned()
            .collect();
        for common_dir in gone {
            self.watches.let_go(&common_dir);
            for walk in [Walk::New, Walk::Everything] {
                self.plan.remove(&Task::new(&common_dir, walk));
            }
            self.awaited.remove(&common_dir);
            if let Some(followed) = self.repositories.remove(&common_dir) {
                let repository = followed.name;
                self.mouths.outbox.put(Event::RepositoryGone { repository });
            }
        }
        for folder in self.folders.difference(&found.folders) {
            self.watches.let_go(folder);
        }
        // Watched before they are looked at, so that nothing falls in between.
        for folder in &found.folders {
            if !self.folders.contains(folder) {
                self.watches.folder(folder);
                // Something may have come into it before it was watched.
                self.wake();
            }
        }
        self.folders = found.folders;
        for (common_dir, repository) in found.repositories {
            if self.repositories.contains_key(&common_dir) {
                continue;
            }
            self.watches.repository(&common_dir);
            begin(&mut self.plan, &common_dir);
            let name = repository.name;
            self.mouths.outbox.put(Event::RepositoryAdded { repository: name.clone() });
            let watched = Arc::new(Watched::new(common_dir.clone(), name.clone()));
            self.repositories.insert(common_dir, Followed { name, watched, is_read: false });
        }
        if found.cut {
            self.mouths.outbox.put(Event::Warning(Warning {
                kind: WarningKind::Missing,
                repository: None,
                message: format!(
                    "only {FOLDERS_MAX} folders are looked into; what lies beyond is not followed. \
                     Name the repositories, or folders closer to them"
                ),
            }));
        }
    }

    /// Has the poll look around at once.
    fn wake(&self) {
        // Full: it is being woken already.
        self.mouths.wake.try_send(()).ok();
    }
}

/// Plans the first look at a repository, and a short one at once that only sees what is there: what
/// comes after it is judged beside the long one, even while that waits for its turn.
fn begin(plan: &mut Plan<Task>, common_dir: &Path) {
    plan.remove(&Task::new(common_dir, Walk::New));
    plan.remove(&Task::new(common_dir, Walk::Everything));
    plan.add(Task::new(common_dir, Walk::Everything), Instant::now());
    plan.add(Task::new(common_dir, Walk::New), Instant::now());
}
