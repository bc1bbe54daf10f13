//! Which commits brought an object in, and at which paths. Asked only for objects with a finding.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::Above;
use super::commit::{Commit, oldest_first};
use super::object::{EntryKind, entries};
use super::odb::Odb;
use super::places;
use crate::Options;

/// Trees with a target below them that are gone through at all their paths, in any search; and for
/// each of them that there is, as trees may name the same trees over and over.
const FREE: usize = 1 << 14;
const FACTOR: usize = 16;

/// How an object came in.
#[derive(Clone, Debug)]
pub(crate) struct Introduced {
    pub(crate) path: BString,
    pub(crate) commit: ObjectId,
}

/// All the ways that an object came in, each path once, with the first commit that has it there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Introductions {
    pub(crate) all: Vec<Introduced>,
    /// There are more paths than these.
    pub(crate) is_bounded: bool,
}

impl Introductions {
    /// Adds a path if it is another one.
    pub(crate) fn add(&mut self, it: Introduced) {
        if !self.all.iter().any(|other| other.path == it.path) && self.has_room() {
            self.all.push(it);
        }
    }

    /// Whether one path more may be told; if not, there are more.
    fn has_room(&mut self) -> bool {
        let has_room = self.all.len() < places::MOST;
        self.is_bounded |= !has_room;
        has_room
    }
}

/// Finds, for each target (a blob, or a tree with a telling name in it), the paths at which any
/// commit has it, each with the first commit in oldest-first order. No parent of that commit has
/// it there, as parents come before.
pub(crate) fn introduced(
    odb: &Odb,
    commits: &[ObjectId],
    targets: &HashSet<ObjectId>,
    options: &Options,
) -> HashMap<ObjectId, Introductions> {
    let mut body = Vec::new();
    let mut loaded = Vec::with_capacity(commits.len());
    for id in commits {
        if matches!(odb.read(id, &mut body), Ok(Kind::Commit)) {
            loaded.push(Commit::parse(*id, &body));
        }
    }
    let mut search = Search {
        odb,
        targets,
        options,
        holds: HashMap::new(),
        gone: HashSet::new(),
        met: HashSet::new(),
        hasher: RandomState::new(),
        found: HashMap::new(),
    };
    for commit in oldest_first(loaded) {
        if options.interrupted() {
            break;
        }
        if let Some(tree) = commit.tree
            && search.holds(tree)
        {
            search.tree(&Above::top(tree, Arc::clone(&commit.facts)), commit.id);
        }
    }
    search.found
}

struct Search<'a> {
    odb: &'a Odb,
    targets: &'a HashSet<ObjectId>,
    options: &'a Options,
    /// Whether there is a target in or below a tree. Each tree is so read once, however many
    /// commits hold it, and those with a target once more for each path.
    holds: HashMap<ObjectId, bool>,
    /// Trees that were gone through, and targets that were met, each with its path.
    gone: HashSet<u64>,
    met: HashSet<u64>,
    hasher: RandomState,
    found: HashMap<ObjectId, Introductions>,
}

/// A tree of which it is being asked.
struct Asked {
    id: ObjectId,
    holds: bool,
    below: Vec<ObjectId>,
}

impl Search<'_> {
    /// Asks whether there is a target in a tree, from the bottom up, in a list and not on the stack.
    fn holds(&mut self, tree: ObjectId) -> bool {
        let mut asked = Vec::from_iter(self.ask(tree));
        while let Some(last) = asked.last_mut() {
            match last.below.pop() {
                Some(id) => match self.holds.get(&id) {
                    Some(holds) => last.holds |= holds,
                    None => asked.extend(self.ask(id)),
                },
                None => {
                    let (id, holds) = (last.id, last.holds);
                    self.holds.insert(id, holds);
                    asked.pop();
                    if let Some(above) = asked.last_mut() {
                        above.holds |= holds;
                    }
                }
            }
        }
        self.holds.get(&tree) == Some(&true)
    }

    fn ask(&mut self, id: ObjectId) -> Option<Asked> {
        if self.holds.contains_key(&id) {
            return None;
        }
        // Until it is known: a damaged tree may name itself.
        self.holds.insert(id, false);
        let mut asked = Asked { id, holds: self.targets.contains(&id), below: Vec::new() };
        let mut body = Vec::new();
        if matches!(self.odb.read(&id, &mut body), Ok(Kind::Tree)) {
            for entry in entries(&body, self.odb.hash()).map_while(Result::ok) {
                match entry.kind {
                    EntryKind::Tree => asked.below.push(entry.id),
                    EntryKind::Blob => asked.holds |= self.targets.contains(&entry.id),
                    EntryKind::Gitlink => {}
                }
            }
        }
        Some(asked)
    }

    /// Goes through the trees that hold a target, each at each of its paths.
    fn tree(&mut self, top: &Arc<Above>, commit: ObjectId) {
        let mut body = Vec::new();
        let mut waiting = vec![(Arc::clone(top), 0)];
        while let Some((within, path)) = waiting.pop() {
            if !self.gone.insert(self.hasher.hash_one((within.id, path))) {
                continue;
            }
            if self.options.interrupted() {
                return;
            }
            if self.gone.len() > FREE + FACTOR * self.holds.len() {
                // Those of which no path was found yet, too: they may have any.
                for id in self.targets {
                    self.found.entry(*id).or_default().is_bounded = true;
                }
                return;
            }
            self.target(within.id, (&within, path), b"", commit);
            if !matches!(self.odb.read(&within.id, &mut body), Ok(Kind::Tree)) {
                continue;
            }
            for entry in entries(&body, self.odb.hash()).map_while(Result::ok) {
                match entry.kind {
                    EntryKind::Tree if self.holds.get(&entry.id) == Some(&true) => {
                        let path = self.hasher.hash_one((path, entry.name));
                        let below = match within.is_deepest() {
                            true => within.beyond(entry.id, entry.name),
                            false => within.below(entry.id, entry.name),
                        };
                        waiting.push((below, path));
                    }
                    EntryKind::Blob => {
                        self.target(entry.id, (&within, path), entry.name, commit);
                    }
                    EntryKind::Tree | EntryKind::Gitlink => {}
                }
            }
        }
    }

    /// Notes a target, if it was not met at this path before.
    fn target(&mut self, id: ObjectId, at: (&Arc<Above>, u64), name: &[u8], commit: ObjectId) {
        let (within, path) = at;
        if !self.targets.contains(&id) || !self.met.insert(self.hasher.hash_one((id, path, name))) {
            return;
        }
        let found = self.found.entry(id).or_default();
        if found.has_room() {
            found.all.push(Introduced { path: within.path(name), commit });
            found.is_bounded |= within.is_deepest();
        }
    }
}

/// All commits reachable from some ids, tags followed; what cannot be read ends a way.
pub(crate) fn ancestry(odb: &Odb, from: Vec<ObjectId>) -> HashSet<ObjectId> {
    let mut seen = HashSet::new();
    let mut waiting = from;
    let mut body = Vec::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        match odb.read(&id, &mut body) {
            Ok(Kind::Commit) => waiting.extend(Commit::parse(id, &body).parents),
            Ok(Kind::Tag) => waiting.extend(super::object::tag_target(&body, id.kind())),
            Ok(Kind::Tree | Kind::Blob) | Err(_) => {}
        }
    }
    seen
}
