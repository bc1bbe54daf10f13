//! Which commit brought an object in, and at which path. Asked only for objects with a finding.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::Above;
use super::commit::{Commit, oldest_first};
use super::object::{EntryKind, entries};
use super::odb::Odb;

/// How an object came in.
#[derive(Clone, Debug)]
pub(crate) struct Introduced {
    pub(crate) path: BString,
    pub(crate) commit: ObjectId,
}

/// Finds, for each target (a blob, or a tree with a telling name in it), the first commit in
/// oldest-first order whose tree holds it. No parent of that commit does, as parents come before.
pub(crate) fn introduced(
    odb: &Odb,
    commits: &[ObjectId],
    targets: &HashSet<ObjectId>,
) -> HashMap<ObjectId, Introduced> {
    let mut body = Vec::new();
    let mut loaded = Vec::with_capacity(commits.len());
    for id in commits {
        if matches!(odb.read(id, &mut body), Ok(Kind::Commit)) {
            loaded.push(Commit::parse(*id, &body));
        }
    }
    let mut search = Search { odb, targets, clear: HashSet::new(), found: HashMap::new() };
    for commit in oldest_first(loaded) {
        if search.found.len() == targets.len() {
            break;
        }
        if let Some(tree) = commit.tree {
            search.tree(&Above::top(tree, Arc::clone(&commit.facts)), commit.id);
        }
    }
    search.found
}

struct Search<'a> {
    odb: &'a Odb,
    targets: &'a HashSet<ObjectId>,
    /// Trees that have been looked through: all targets below them are found. Each tree is so
    /// read once, however many commits hold it.
    clear: HashSet<ObjectId>,
    found: HashMap<ObjectId, Introduced>,
}

impl Search<'_> {
    fn tree(&mut self, top: &Arc<Above>, commit: ObjectId) {
        let mut body = Vec::new();
        let mut waiting = vec![Arc::clone(top)];
        while let Some(within) = waiting.pop() {
            self.target(within.id, &within, b"", commit);
            if !self.clear.insert(within.id) {
                continue;
            }
            if !matches!(self.odb.read(&within.id, &mut body), Ok(Kind::Tree)) {
                continue;
            }
            for entry in entries(&body, self.odb.hash()).map_while(Result::ok) {
                match entry.kind {
                    EntryKind::Tree => waiting.push(within.below(entry.id, entry.name)),
                    EntryKind::Blob => self.target(entry.id, &within, entry.name, commit),
                    EntryKind::Gitlink => {}
                }
            }
        }
    }

    fn target(&mut self, id: ObjectId, within: &Arc<Above>, name: &[u8], commit: ObjectId) {
        if self.targets.contains(&id) {
            self.found.entry(id).or_insert_with(|| Introduced { path: within.path(name), commit });
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
