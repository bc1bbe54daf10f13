//! What a commit's tree holds that no parent's tree holds at the same path. A merge is compared
//! with all its parents at once, so what exists only in the merge is found.

use std::sync::Arc;

use gix::ObjectId;

use super::blobs::Above;
use super::object::{EntryKind, entries};
use super::odb::{Odb, Unread};
use crate::Reason;

/// Told of what is new.
pub(crate) trait Added {
    /// A tree whose raw body is new here, and whether a name in it is new too; `false` to leave
    /// out what is below it.
    fn tree(&mut self, body: &[u8], is_new: &dyn Fn(&[u8]) -> bool, within: &Arc<Above>) -> bool;
    /// A file, or the text of a link.
    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>);
    /// A commit of another repository.
    fn gitlink(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>);
    /// A tree of the commit that could not be read.
    fn unread(&mut self, why: Unread, within: &Arc<Above>);
}

/// Compares the tree of `top` with those of the parents. A parent's tree that cannot be read
/// counts as empty: more is then taken to be new, never less.
///
/// The trees that wait are kept in a list and not on the stack, so depth has no bound.
pub(crate) fn added(odb: &Odb, top: &Arc<Above>, parents: &[ObjectId], told: &mut dyn Added) {
    let mut waiting = vec![(Arc::clone(top), parents.to_vec())];
    while let Some((within, parents)) = waiting.pop() {
        let mut body = Vec::new();
        if let Err(why) = odb.read_tree(&within.id, &mut body) {
            told.unread(why, &within);
            continue;
        }
        let before: Vec<Known> = parents.iter().map(|id| Known::read(odb, id)).collect();
        let is_new = |name: &[u8]| before.iter().all(|known| known.get(name).is_none());
        if !told.tree(&body, &is_new, &within) {
            continue;
        }
        for entry in entries(&body, odb.hash()) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(why) => {
                    let why = Unread { reason: Reason::Damaged, detail: Some(why) };
                    told.unread(why, &within);
                    break;
                }
            };
            let there = || before.iter().filter_map(|known| known.get(entry.name));
            if there().any(|known| *known == (entry.id, entry.kind)) {
                continue;
            }
            match entry.kind {
                EntryKind::Gitlink => told.gitlink(entry.id, entry.name, &within),
                EntryKind::Blob => told.blob(entry.id, entry.name, &within),
                EntryKind::Tree => {
                    let parents = there().map(|(id, _)| *id).collect();
                    waiting.push((within.below(entry.id, entry.name), parents));
                }
            }
        }
    }
}

/// A parent's tree, to look names up in. The kind counts: what a gitlink named was not read.
struct Known(std::collections::HashMap<Vec<u8>, (ObjectId, EntryKind)>);

impl Known {
    fn read(odb: &Odb, id: &ObjectId) -> Self {
        let mut body = Vec::new();
        if !matches!(odb.read(id, &mut body), Ok(gix::objs::Kind::Tree)) {
            return Self(Default::default());
        }
        let known = entries(&body, odb.hash()).map_while(Result::ok);
        Self(known.map(|entry| (entry.name.to_vec(), (entry.id, entry.kind))).collect())
    }

    fn get(&self, name: &[u8]) -> Option<&(ObjectId, EntryKind)> {
        self.0.get(name)
    }
}
