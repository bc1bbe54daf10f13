//! Work that is not committed: on request, files of the work trees are searched when they change.
//! A live token there is told of and nothing else happens: it may be where it belongs, in a file
//! that is never committed, and revoking what somebody is typing helps nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
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
    _stop: Sender<()>,
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
        let (stop, stopped) = unbounded();
        let options = Options { interrupt: Some(interrupt), ..Options::default() };
        scope.spawn(move || {
            let (mut eyes, heard) = Eyes::open(&trees, &outbox);
            let mut desk =
                Desk { trees, searches, responder, outbox, options, told: BTreeMap::new() };
            for tree in desk.trees.clone() {
                desk.search(&[tree]);
            }
            loop {
                select! {
                    recv(stopped) -> _ => return,
                    recv(heard) -> path => {
                        let Ok(path) = path else { return };
                        std::thread::sleep(GATHER);
                        let paths: BTreeSet<_> = std::iter::once(path).chain(heard.try_iter()).collect();
                        eyes.follow_new(&desk.trees, &paths);
                        desk.changed(paths);
                    }
                }
            }
        });
        Self { _stop: stop }
    }
}

/// What the operating system is asked to tell about: everything in the trees but git's own
/// directories at their top.
struct Eyes {
    watcher: Option<RecommendedWatcher>,
    /// The queue stays open when there is no watcher.
    _open: Sender<PathBuf>,
}

impl Eyes {
    fn open(trees: &[PathBuf], outbox: &Outbox) -> (Self, Receiver<PathBuf>) {
        let (changes, heard) = unbounded();
        let open = changes.clone();
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
                for path in entries.flatten().map(|entry| entry.path()).filter(|it| is_inside(it)) {
                    watcher.watch(&path, RecursiveMode::Recursive)?;
                }
            }
            Ok(watcher)
        });
        if let Err(error) = &watched {
            let message = format!(
                "files that are not committed are searched once and not followed: {}. Commits are \
                 followed all the same",
                shown(Path::new(&error.to_string()))
            );
            outbox.put(warning(WarningKind::Events, message));
        }
        (Self { watcher: watched.ok(), _open: open }, heard)
    }

    /// A new directory at the top of a tree is not below anything that is followed.
    fn follow_new(&mut self, trees: &[PathBuf], paths: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        let is_at_top = |path: &&PathBuf| trees.iter().any(|tree| path.parent() == Some(tree));
        for path in paths.iter().filter(is_at_top).filter(|path| is_inside(path)) {
            // Gone again, or beyond a limit: what is committed is seen all the same.
            watcher.watch(path, RecursiveMode::Recursive).ok();
        }
    }
}

/// A directory of the work tree.
fn is_inside(path: &Path) -> bool {
    !is_gits(path) && !path.is_symlink() && path.is_dir()
}

fn is_gits(path: &Path) -> bool {
    path.iter().any(|name| name == ".git")
}

fn warning(kind: WarningKind, message: String) -> Event {
    Event::Warning(Warning { kind, repository: None, message })
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
    fn changed(&mut self, paths: BTreeSet<PathBuf>) {
        let (there, gone): (Vec<PathBuf>, Vec<PathBuf>) =
            paths.into_iter().partition(|path| path.symlink_metadata().is_ok());
        for path in gone {
            self.told.remove(&path);
        }
        // A directory that came with files in it is searched whole; one in which something changed
        // is named together with what changed, and is left alone.
        let is_parent = |path: &PathBuf| there.iter().any(|it| it.parent() == Some(path));
        let files = there.iter().filter(|path| !is_parent(path) && !path.is_symlink());
        let files: Vec<PathBuf> = files.cloned().collect();
        if !files.is_empty() {
            self.search(&files);
        }
    }

    fn search(&mut self, paths: &[PathBuf]) {
        let found = Mutex::new(Vec::new());
        let sink = |finding: Finding| {
            found.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
        };
        let search = self.searches.current();
        for path in paths {
            // A file that is gone again has nothing to say; a tree that cannot be read has.
            if let Err(error) =
                source::tree(std::slice::from_ref(path), &search.detector, &self.options, &sink)
                && self.trees.contains(path)
            {
                self.outbox.put(warning(WarningKind::Unread, error.to_string()));
            }
        }
        let mut findings = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.responder.judge(&mut findings) {
            let message = format!(
                "the ledger cannot say whether a token that is not committed lives: {error}"
            );
            return self.outbox.put(warning(WarningKind::Ledger, message));
        }
        let mut live: Told = BTreeMap::new();
        for mut finding in findings {
            let Some(path) = finding.location.path.as_ref().map(path_of) else { continue };
            let Some(id) = finding.own().map(|token| token.id) else { continue };
            if finding.status != Some(Status::Active) {
                continue;
            }
            live.entry(path.clone()).or_default().insert(id);
            if self.told.get(&path).is_some_and(|told| told.contains(&id)) {
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
