//! Work that is not committed: on request, files of the work trees are searched when they change.
//! A live token there is told of and nothing else happens: it may be where it belongs, in a file
//! that is never committed, and revoking what somebody is typing helps nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher as _};
use patrol_scan::{Finding, Options, Status, source};
use patrol_token::TokenId;

use crate::event::{Event, Warning, WarningKind, shown};
use crate::outbox::Outbox;
use crate::responder::Responder;
use crate::search::Searches;

/// From the first change to the search: an editor writes, renames and touches in one go.
const GATHER: Duration = Duration::from_millis(100);

/// Keeps the work trees followed until dropped.
pub(crate) struct Unsaved {
    _watcher: Option<RecommendedWatcher>,
}

impl Unsaved {
    /// Searches the trees once, and then what changes in them, on a thread of its own.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        trees: Vec<PathBuf>,
        searches: Arc<Searches>,
        (responder, outbox): (Arc<dyn Responder>, Arc<Outbox>),
        interrupt: Arc<AtomicBool>,
    ) -> Self {
        let (changes, heard) = unbounded();
        let watcher = follow(&trees, changes, &outbox);
        let options = Options { interrupt: Some(interrupt), ..Options::default() };
        let mut desk = Desk { trees, searches, responder, outbox, options, told: BTreeMap::new() };
        scope.spawn(move || {
            for tree in desk.trees.clone() {
                desk.search(&[tree]);
            }
            desk.listen(&heard);
        });
        Self { _watcher: watcher }
    }
}

/// Watches everything in the trees but git's own directories at their top.
fn follow(
    trees: &[PathBuf],
    changes: Sender<PathBuf>,
    outbox: &Outbox,
) -> Option<RecommendedWatcher> {
    let handler = move |event: notify::Result<notify::Event>| {
        for event in event.into_iter().filter(|event| !event.kind.is_access()) {
            for path in event.paths.into_iter().filter(|path| !is_gits(path)) {
                // Nobody listens any more: the end has begun.
                drop(changes.send(path));
            }
        }
    };
    let config = Config::default().with_follow_symlinks(false);
    let watched = RecommendedWatcher::new(handler, config).and_then(|mut watcher| {
        for tree in trees {
            watcher.watch(tree, RecursiveMode::NonRecursive)?;
            let entries = std::fs::read_dir(tree).map_err(notify::Error::io)?;
            for path in entries.flatten().map(|entry| entry.path()) {
                if !is_gits(&path) && !path.is_symlink() && path.is_dir() {
                    watcher.watch(&path, RecursiveMode::Recursive)?;
                }
            }
        }
        Ok(watcher)
    });
    match watched {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            outbox.put(Event::Warning(Warning {
                kind: WarningKind::Events,
                repository: None,
                message: format!(
                    "files that are not committed are searched once and not followed: {}. Commits \
                     are followed all the same",
                    shown(Path::new(&error.to_string()))
                ),
            }));
            None
        }
    }
}

fn is_gits(path: &Path) -> bool {
    path.iter().any(|name| name == ".git")
}

/// What was told of a file: the live tokens in it.
type Told = BTreeMap<PathBuf, BTreeSet<TokenId>>;

struct Desk {
    trees: Vec<PathBuf>,
    searches: Arc<Searches>,
    responder: Arc<dyn Responder>,
    outbox: Arc<Outbox>,
    options: Options,
    told: Told,
}

impl Desk {
    fn listen(&mut self, heard: &Receiver<PathBuf>) {
        while let Ok(first) = heard.recv() {
            std::thread::sleep(GATHER);
            let paths: BTreeSet<PathBuf> = std::iter::once(first).chain(heard.try_iter()).collect();
            let (there, gone): (Vec<PathBuf>, Vec<PathBuf>) =
                paths.into_iter().partition(|path| path.symlink_metadata().is_ok());
            for path in gone {
                self.told.remove(&path);
            }
            // A directory that came with files in it is searched whole; one in which something
            // changed is named together with what changed, and is left alone.
            let is_parent = |path: &PathBuf| there.iter().any(|it| it.parent() == Some(path));
            let files: Vec<PathBuf> = there
                .iter()
                .filter(|path| !is_parent(path) && !path.is_symlink())
                .cloned()
                .collect();
            if !files.is_empty() {
                self.search(&files);
            }
        }
    }

    fn search(&mut self, paths: &[PathBuf]) {
        let found = Mutex::new(Vec::new());
        let sink = |finding: Finding| {
            found.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
        };
        let detector = &self.searches.current().detector;
        // A file that cannot be read now is read when it is committed.
        drop(source::tree(paths, detector, &self.options, &sink));
        let mut findings = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        if self.responder.judge(&mut findings).is_err() {
            // Commits are judged with patience; here the next change asks again.
            return;
        }
        let mut live: Told = BTreeMap::new();
        for mut finding in findings {
            let Some(path) = finding.location.path.as_ref().map(path_of) else { continue };
            if finding.status != Some(Status::Active) {
                continue;
            }
            live.entry(path.clone()).or_default().insert(finding.token_id);
            if self.told.get(&path).is_some_and(|told| told.contains(&finding.token_id)) {
                continue;
            }
            if let Some(tree) = self.trees.iter().find(|tree| path.starts_with(tree)) {
                finding.location.repository = Some(shown(tree));
                let inside = path.strip_prefix(tree).unwrap_or(&path);
                finding.location.path = Some(shown(inside).into());
            }
            self.outbox.put(Event::Unsaved(Box::new(finding)));
        }
        for path in paths {
            self.told.remove(path);
        }
        self.told.extend(live);
    }
}

fn path_of(bytes: impl AsRef<[u8]>) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes.as_ref()))
}
