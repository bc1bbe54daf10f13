//! The walk to what is new: from the refs and logs down, stopping at what was seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;

use super::attribution::ancestry;
use super::blobs::{Above, Job, Reading};
use super::commit::{Commit, oldest_first};
use super::names::{Refs, Tip};
use super::object::{Entry, EntryKind, entries};
use super::open::Repo;
use super::reflog::logs;
use super::unread::Unread;
use super::{SeenObjects, object};
use crate::{Coverage, Reason, SourceKind, redact_bytes, redact_lossy};

/// The ids to ask again for something below: a tree, and at the top the commit of its walk.
pub(crate) fn chain(above: &Above) -> impl Iterator<Item = ObjectId> {
    let commit = above.above.is_none().then(|| top_commit(above)).flatten();
    std::iter::once(above.id).chain(commit)
}

fn top_commit(above: &Above) -> Option<ObjectId> {
    ObjectId::from_hex(above.facts.commit.as_ref()?.as_bytes()).ok()
}

/// What leads to a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Some ref or log.
    Ref,
    /// Nothing but refs under `refs/notes`.
    Notes,
    /// An earlier walk, which did not say more.
    Again,
}

/// A walk in progress.
pub(crate) struct Walk<'a> {
    repo: &'a Repo,
    reading: &'a Reading<'a>,
    queue: &'a dyn Fn(Job),
    seen: &'a dyn SeenObjects,
    shallow: HashSet<ObjectId>,
    /// New in this walk: nothing is done twice. One set for each way an id can be named, as what
    /// names it wrongly must not hide it from what names it rightly.
    commits_and_tags: HashSet<ObjectId>,
    trees: HashSet<ObjectId>,
    leaves: HashSet<ObjectId>,
    /// Commits of other repositories. Their ids may be those of objects here, and say nothing of
    /// them: they are never taken for clean.
    gitlinks: HashSet<ObjectId>,
    /// New commits, and what leads to them.
    commits: Vec<(Commit, From)>,
    /// The commits of `refs/notes`, once somebody has to know.
    notes: Option<HashSet<ObjectId>>,
    coverage: &'a mut Coverage,
    unclean: &'a Mutex<HashSet<ObjectId>>,
    body: Vec<u8>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        repo: &'a Repo,
        reading: &'a Reading<'a>,
        queue: &'a dyn Fn(Job),
        seen: &'a dyn SeenObjects,
        coverage: &'a mut Coverage,
        unclean: &'a Mutex<HashSet<ObjectId>>,
    ) -> Self {
        Self {
            repo,
            reading,
            queue,
            seen,
            shallow: repo.shallow().into_iter().collect(),
            commits_and_tags: HashSet::new(),
            trees: HashSet::new(),
            leaves: HashSet::new(),
            gitlinks: HashSet::new(),
            commits: Vec::new(),
            notes: None,
            coverage,
            unclean,
            body: Vec::new(),
        }
    }

    /// Finds the new commits and searches their texts. Returns the marks of clean reflogs.
    pub(crate) fn begin(&mut self, again: &[ObjectId]) -> Vec<ObjectId> {
        let (repo, Reading { detector, sink, .. }) = (self.repo, self.reading);
        let refs = Refs::read(repo, self.coverage);
        refs.search_names(repo, detector, self.coverage, sink);
        for id in again {
            if repo.odb.has(id) {
                self.tip(&Tip { name: Default::default(), id: *id }, From::Again);
            } else {
                // Collected, or not there for a moment only: then it may be the one way to what
                // is not clean, as all around it was seen.
                self.unclean().insert(*id);
            }
        }
        // Notes last, so that a commit on a branch, too, is not taken for one of theirs.
        let others = refs.tips.iter().filter(|tip| !tip.is_note());
        let others = others.filter(|tip| tip.is_kept() || repo.odb.has(&tip.id));
        others.for_each(|tip| self.tip(tip, From::Ref));
        let mut marks = Vec::new();
        for log in logs(repo, self.coverage) {
            if self.seen.contains(&log.mark) {
                continue;
            }
            match log.search(repo, detector, sink, self.coverage) {
                Ok((tips, found)) => {
                    let from = if log.is_note() { From::Notes } else { From::Ref };
                    // A log outlives the objects it names: what is gone is not missed here.
                    let tips = tips.iter().filter(|tip| repo.odb.has(&tip.id));
                    tips.for_each(|tip| self.tip(tip, from));
                    marks.extend((!found).then_some(log.mark));
                }
                Err(error) => {
                    let (why, detail) = (Reason::of_io(&error), error.to_string());
                    self.coverage.skip_because(&log.name, why, Some(&detail));
                }
            }
        }
        refs.notes().for_each(|tip| self.tip(tip, From::Notes));
        marks
    }

    /// Follows a ref to all that is new behind it.
    fn tip(&mut self, tip: &Tip, from: From) {
        let again = from == From::Again;
        let named = redact_lossy(&tip.name);
        let mut waiting = vec![(tip.id, None)];
        while let Some((id, child)) = waiting.pop() {
            let asked = again && id == tip.id;
            if (self.seen.contains(&id) && !asked) || !self.commits_and_tags.insert(id) {
                continue;
            }
            if self.reading.options.interrupted() {
                return;
            }
            let mut body = std::mem::take(&mut self.body);
            match self.repo.odb.read(&id, &mut body) {
                Ok(Kind::Commit) => {
                    self.text(Kind::Commit, &id, &body);
                    let commit = Commit::parse(id, &body);
                    waiting.extend(commit.parents.iter().map(|parent| (*parent, Some(id))));
                    self.commits.push((commit, from));
                }
                Ok(Kind::Tag) => {
                    self.text(Kind::Tag, &id, &body);
                    waiting.extend(object::tag_target(&body, id.kind()).map(|to| (to, Some(id))));
                }
                // What was found before is reached again through its commit, path and all; here
                // it stands alone only if a ref or a tag names it.
                Ok(Kind::Tree) if again => drop(self.commits_and_tags.remove(&id)),
                Ok(Kind::Blob) if again && child.is_none() => {
                    self.commits_and_tags.remove(&id);
                }
                Ok(Kind::Tree) => {
                    self.commits_and_tags.remove(&id);
                    self.tree(&Above::top(id, Arc::default()), from);
                }
                Ok(Kind::Blob) => {
                    self.commits_and_tags.remove(&id);
                    self.blob(id, b"", &Above::top(id, Arc::default()), from);
                }
                Err(_) if child.is_some_and(|child| self.shallow.contains(&child)) => {
                    self.commits_and_tags.remove(&id);
                    self.shallow(child.unwrap_or(id));
                }
                Err(why) => {
                    self.commits_and_tags.remove(&id);
                    self.unread(&why, &id, &named, child.or(asked.then_some(id)));
                }
            }
            self.body = body;
        }
    }

    /// The clone was cut off here. The commit is asked again, as its parents may come later.
    fn shallow(&mut self, boundary: ObjectId) {
        self.coverage.skip(boundary.to_string().as_bytes(), Reason::Shallow);
        self.unclean().insert(boundary);
    }

    /// Something could not be read; what names it is asked again.
    fn unread(&mut self, why: &Unread, id: &ObjectId, named: &str, child: Option<ObjectId>) {
        let what = format!("{id} {named}");
        self.coverage.skip_because(what.as_bytes(), why.reason, why.detail.as_deref());
        self.unclean().extend(child);
    }

    fn unclean(&self) -> MutexGuard<'_, HashSet<ObjectId>> {
        self.unclean.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&mut self, kind: Kind, id: &ObjectId, body: &[u8]) {
        let Reading { name, detector, sink, .. } = self.reading;
        self.coverage.objects += 1;
        self.coverage.bytes += body.len() as u64;
        let object = (kind, id, body);
        for finding in object::findings(detector, name, object, SourceKind::Blob, self.coverage) {
            self.unclean().insert(*id);
            sink(finding);
        }
    }

    /// All that this walk came by, whether or not it is clean.
    pub(crate) fn visited(self) -> HashSet<ObjectId> {
        let mut visited = self.commits_and_tags;
        visited.extend(self.trees);
        visited.extend(self.leaves);
        visited
    }

    /// Walks the trees of the new commits, oldest first.
    pub(crate) fn trees(&mut self) {
        let commits = std::mem::take(&mut self.commits);
        let origins: HashMap<ObjectId, From> =
            commits.iter().map(|(commit, from)| (commit.id, *from)).collect();
        let commits = commits.into_iter().map(|(commit, _)| commit).collect();
        for commit in oldest_first(commits) {
            if self.reading.options.interrupted() {
                return;
            }
            let from = origins.get(&commit.id).copied().unwrap_or(From::Ref);
            match commit.tree {
                Some(tree) => self.tree(&Above::top(tree, Arc::clone(&commit.facts)), from),
                None => {
                    let detail = Some("it names no tree".to_owned());
                    let why = Unread { reason: Reason::Damaged, detail };
                    self.unread(&why, &commit.id, "", Some(commit.id));
                }
            }
        }
    }

    /// Walks what was not clean and is reached by no commit any more.
    pub(crate) fn rest(&mut self, again: &[ObjectId]) {
        let is_left = |it: &Self, id: &ObjectId| {
            !it.commits_and_tags.contains(id) && !it.trees.contains(id) && !it.leaves.contains(id)
        };
        let (mut trees, mut blobs, mut below) = (Vec::new(), Vec::new(), HashSet::new());
        let mut body = Vec::new();
        for id in again.iter().filter(|id| is_left(self, id)) {
            match self.repo.odb.read(id, &mut body) {
                Ok(Kind::Tree) => {
                    trees.push(*id);
                    let entries = entries(&body, self.repo.odb.hash()).map_while(Result::ok);
                    below.extend(entries.map(|entry| entry.id));
                }
                Ok(Kind::Blob) => blobs.push(*id),
                Ok(Kind::Commit | Kind::Tag) => {}
                Err(_) => drop(self.unclean().insert(*id)),
            }
        }
        // From the top, for as much of a path as there is.
        trees.sort_by_key(|id| below.contains(id));
        for id in trees {
            self.tree(&Above::top(id, Arc::default()), From::Again);
        }
        for id in blobs {
            self.blob(id, b"", &Above::top(id, Arc::default()), From::Again);
        }
    }

    /// Walks a tree and those below it that are new, in a list and not on the stack.
    fn tree(&mut self, top: &Arc<Above>, from: From) {
        let mut waiting = vec![Arc::clone(top)];
        let mut body = Vec::new();
        while let Some(within) = waiting.pop() {
            if self.seen.contains(&within.id) || !self.trees.insert(within.id) {
                continue;
            }
            if let Err(why) = self.repo.odb.read_tree(&within.id, &mut body) {
                self.broken(&why, &within);
                continue;
            }
            self.coverage.objects += 1;
            self.coverage.bytes += body.len() as u64;
            self.names(&body, &within);
            for entry in entries(&body, self.repo.odb.hash()) {
                match entry {
                    Ok(entry) if entry.kind == EntryKind::Tree => {
                        waiting.push(within.below(entry.id, entry.name));
                    }
                    Ok(entry) => self.leaf(&entry, &within, from),
                    Err(why) => {
                        let why = Unread { reason: Reason::Damaged, detail: Some(why) };
                        self.broken(&why, &within);
                    }
                }
            }
        }
    }

    /// Queues a blob, or notes a commit of another repository.
    fn leaf(&mut self, entry: &Entry<'_>, within: &Arc<Above>, from: From) {
        if entry.kind != EntryKind::Gitlink {
            self.blob(entry.id, entry.name, within, from);
        } else if self.gitlinks.insert(entry.id) {
            self.coverage.skip(&within.path(entry.name), Reason::Gitlink);
        }
    }

    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>, from: From) {
        if self.seen.contains(&id) || !self.leaves.insert(id) {
            return;
        }
        let source = self.source(from, within, name);
        (self.queue)(Job { id, source, name: name.into(), above: Arc::clone(within) });
    }

    /// What reports call a blob. A note's path is the id of what it speaks of, so the commits of
    /// `refs/notes` are looked up only where a path looks like that.
    fn source(&mut self, from: From, within: &Above, name: &[u8]) -> SourceKind {
        let note = match from {
            From::Ref => false,
            From::Notes => true,
            From::Again => {
                let path = within.path(name);
                let commit = within.upwards().last().and_then(top_commit);
                path.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'/')
                    && commit.is_some_and(|commit| self.notes().contains(&commit))
            }
        };
        if note { SourceKind::Note } else { SourceKind::Blob }
    }

    fn notes(&mut self) -> &HashSet<ObjectId> {
        let repo = self.repo;
        self.notes.get_or_insert_with(|| {
            let refs = Refs::read(repo, &mut Coverage::default());
            ancestry(&repo.odb, refs.notes().map(|tip| tip.id).collect())
        })
    }

    /// A tree could not be read: all that leads to it is asked again.
    fn broken(&mut self, why: &Unread, within: &Above) {
        let path = redact_lossy(&within.path(b""));
        self.unread(why, &within.id, &path, None);
        self.unclean().extend(within.upwards().flat_map(chain));
    }

    /// Searches the names in a tree.
    fn names(&mut self, body: &[u8], within: &Arc<Above>) {
        let Reading { name, detector, sink, .. } = self.reading;
        let object = (Kind::Tree, &within.id, body);
        let mut names = object::Names::new(body, &within.id);
        let found = object::findings(detector, name, object, SourceKind::TreeEntry, self.coverage);
        for mut finding in found {
            let offset = finding.location.offset - 1;
            if let Some(name) = names.with(offset) {
                finding.location.path = Some(redact_bytes(&within.path(name)));
            }
            within.facts.add_to(&mut finding.location);
            self.unclean().extend(within.upwards().flat_map(chain));
            sink(finding);
        }
    }
}
