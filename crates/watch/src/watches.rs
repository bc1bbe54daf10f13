//! What the operating system is asked to tell about: in each repository the directories with refs
//! and logs, and the folders in which repositories may appear. Where it refuses, the slow poll
//! sees the same a little later, and that is said once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use notify::event::{CreateKind, ModifyKind};
use notify::{Config, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::event::{Event, Warning, WarningKind, shown};
use crate::outbox::Outbox;
use crate::relevant::WATCHED_BELOW;

/// A change that the operating system told of.
#[derive(Debug)]
pub(crate) struct Change {
    /// What changed.
    pub(crate) path: PathBuf,
    /// A directory came, or something was moved or removed.
    pub(crate) is_shape: bool,
}

/// The watches of this process.
pub(crate) struct Watches {
    watcher: Option<RecommendedWatcher>,
    held: BTreeSet<PathBuf>,
    said: bool,
    outbox: Arc<Outbox>,
}

impl Watches {
    /// Begins to listen. Changes go to `changes`; when some were lost, `lost` is told.
    pub(crate) fn new(changes: Sender<Change>, lost: Sender<()>, outbox: Arc<Outbox>) -> Self {
        let handler = move |event: notify::Result<notify::Event>| {
            let was_lost = match event {
                Ok(event) if event.need_rescan() => true,
                Ok(event) => pass_on(event, &changes),
                // A limit was met while following a new directory.
                Err(_) => true,
            };
            if was_lost {
                // Full: it has been told already.
                lost.try_send(()).ok();
            }
        };
        let config = Config::default().with_follow_symlinks(false);
        let mut it = Self::none(outbox);
        match RecommendedWatcher::new(handler, config) {
            Ok(watcher) => it.watcher = Some(watcher),
            Err(error) => it.say(&error, None),
        }
        it
    }

    /// Listens to nothing.
    pub(crate) fn none(outbox: Arc<Outbox>) -> Self {
        Self { watcher: None, held: BTreeSet::new(), said: false, outbox }
    }

    /// Follows a repository; again after its directories have changed.
    pub(crate) fn repository(&mut self, common_dir: &Path) {
        self.hold(common_dir, RecursiveMode::NonRecursive);
        for name in WATCHED_BELOW {
            self.hold(&common_dir.join(name), RecursiveMode::Recursive);
        }
        self.hold(&common_dir.join("modules"), RecursiveMode::NonRecursive);
    }

    /// Follows a folder of repositories.
    pub(crate) fn folder(&mut self, folder: &Path) {
        self.hold(folder, RecursiveMode::NonRecursive);
    }

    /// Lets go of a repository or a folder.
    pub(crate) fn let_go(&mut self, path: &Path) {
        let below = ["", "modules"].iter().chain(&WATCHED_BELOW).map(|name| path.join(name));
        for path in below.map(|path| path.components().collect::<PathBuf>()) {
            if self.held.remove(&path)
                && let Some(watcher) = &mut self.watcher
            {
                // Gone with the directory, or refused: there is nothing left to let go.
                drop(watcher.unwatch(&path));
            }
        }
    }

    /// Asking again for what is held already is cheap, and needed when a directory was replaced.
    fn hold(&mut self, path: &Path, mode: RecursiveMode) {
        let Some(watcher) = &mut self.watcher else { return };
        if !path.is_dir() {
            self.held.remove(path);
            return;
        }
        match watcher.watch(path, mode) {
            Ok(()) => {
                self.held.insert(path.to_owned());
            }
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
            Err(error) => self.say(&error, Some(path)),
        }
    }

    fn say(&mut self, error: &notify::Error, path: Option<&Path>) {
        if std::mem::replace(&mut self.said, true) {
            return;
        }
        let place = path.map_or_else(String::new, |path| format!(" in {}", shown(path)));
        let why = match &error.kind {
            ErrorKind::MaxFilesWatch => "the limit of watches is reached; raise \
                fs.inotify.max_user_watches with sysctl"
                .to_owned(),
            ErrorKind::Io(error) if error.raw_os_error() == Some(24) => "the limit of inotify \
                instances or open files is reached; raise fs.inotify.max_user_instances with sysctl"
                .to_owned(),
            _ => shown(Path::new(&error.to_string())),
        };
        self.outbox.put(Event::Warning(Warning {
            kind: WarningKind::Events,
            repository: None,
            message: format!(
                "the system does not tell of changes{place}: {why}. Changes are seen by looking, \
                 within seconds instead of milliseconds"
            ),
        }));
    }
}

/// Hands on what may matter. Says whether something had to be left out.
fn pass_on(event: notify::Event, changes: &Sender<Change>) -> bool {
    let is_shape = match event.kind {
        // Our own reading is told of, too.
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return false,
        EventKind::Create(kind) => kind != CreateKind::File,
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_) => true,
        EventKind::Any | EventKind::Modify(_) | EventKind::Other => false,
    };
    let is_lock = |path: &PathBuf| path.extension().is_some_and(|end| end == "lock");
    event
        .paths
        .into_iter()
        .filter(|path| !is_lock(path))
        .any(|path| changes.try_send(Change { path, is_shape }).is_err())
}
