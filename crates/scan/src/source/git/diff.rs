//! What a commit's tree holds that no parent's tree holds at the same path. A merge is compared
//! with all its parents at once, so what exists only in the merge is found.
//!
//! Trees may name the same trees over and over, and so have more paths than can ever be gone. What
//! they hold is told in any case, each tree at least once; of the paths as many as are in
//! proportion to what there is to read.

use std::collections::HashSet;
use std::sync::Arc;

use gix::ObjectId;

use super::blobs::Above;
use super::object::{EntryKind, entries};
use super::odb::Odb;
use super::unread::Unread;
use crate::{Options, Reason};

/// Names that are compared in any run: a few seconds of work.
const FREE: u64 = 1 << 22;
/// And for each name in a tree that is read for the first time. A name is compared with those of
/// the parents, and a directory may come back as it was before; honest histories take some three.
const FACTOR: u64 = 16;
/// What reading a tree costs beside its names, in names: a loose one is a file to open.
const DIRECTORY: u64 = 256;

/// Told of what is new.
pub(crate) trait Added {
    /// A tree that is new here, with what it holds; `false` to leave out what is below it.
    fn tree(&mut self, tree: &NewTree<'_>, within: &Arc<Above>) -> bool;
    /// A file, or the text of a link.
    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>);
    /// A commit of another repository.
    fn gitlink(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>);
    /// A tree of the commit that could not be read.
    fn unread(&mut self, why: Unread, within: &Arc<Above>);
    /// A tree that was told whole elsewhere is not told here: there are too many paths.
    fn bounded(&mut self, within: &Arc<Above>);
}

/// A tree that is new where it stands.
pub(crate) struct NewTree<'t> {
    /// As it is stored.
    pub(crate) body: &'t [u8],
    before: &'t [Known],
}

impl NewTree<'_> {
    /// Whether no parent has this name here.
    pub(crate) fn is_new(&self, name: &[u8]) -> bool {
        self.before.iter().all(|known| known.get(name).is_none())
    }
}

/// Comparisons of commits with their parents, one after the other.
pub(crate) struct Additions<'a> {
    odb: &'a Odb,
    options: &'a Options,
    /// Trees that were met.
    met: HashSet<ObjectId>,
    /// Trees of which everything was told: as new, without a parent that had any of it.
    whole: HashSet<ObjectId>,
    /// Names compared, and how many may be.
    spent: u64,
    allowed: u64,
}

impl<'a> Additions<'a> {
    pub(crate) fn new(odb: &'a Odb, options: &'a Options) -> Self {
        let (met, whole) = (HashSet::new(), HashSet::new());
        Self { odb, options, met, whole, spent: 0, allowed: FREE }
    }

    /// Compares the tree of `top` with those of the parents. A parent's tree that cannot be read
    /// counts as empty: more is then taken to be new, never less.
    ///
    /// The trees that wait are kept in a list and not on the stack, so depth has no bound.
    pub(crate) fn of(&mut self, top: &Arc<Above>, parents: &[ObjectId], told: &mut dyn Added) {
        let odb = self.odb;
        let mut waiting = vec![(Arc::clone(top), parents.to_vec())];
        while let Some((within, mut parents)) = waiting.pop() {
            if self.options.interrupted() {
                return;
            }
            if self.spent > self.allowed {
                // From here on, each tree once more, as if all of it were new.
                if self.whole.contains(&within.id) {
                    told.bounded(&within);
                    continue;
                }
                parents.clear();
            }
            let mut body = Vec::new();
            if let Err(why) = odb.read_tree(&within.id, &mut body) {
                told.unread(why, &within);
                continue;
            }
            parents.sort_unstable();
            parents.dedup();
            let before: Vec<Known> = parents.iter().map(|id| Known::read(odb, id)).collect();
            let is_first = self.met.insert(within.id);
            self.spent += DIRECTORY + before.iter().map(Known::cost).sum::<u64>();
            self.allowed += if is_first { FACTOR * DIRECTORY } else { 0 };
            let tree = NewTree { body: &body, before: &before };
            if !told.tree(&tree, &within) {
                continue;
            }
            if before.is_empty() {
                self.whole.insert(within.id);
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
                self.spent += 1;
                self.allowed += if is_first { FACTOR } else { 0 };
                let there = || before.iter().filter_map(|known| known.get(entry.name));
                if there().any(|known| *known == (entry.id, entry.kind)) {
                    continue;
                }
                match entry.kind {
                    EntryKind::Gitlink => told.gitlink(entry.id, entry.name, &within),
                    EntryKind::Blob => told.blob(entry.id, entry.name, &within),
                    EntryKind::Tree => {
                        let parents = there().map(|(id, _)| *id).collect();
                        let below = match within.is_deepest() {
                            true => {
                                told.bounded(&within);
                                within.beyond(entry.id, entry.name)
                            }
                            false => within.below(entry.id, entry.name),
                        };
                        waiting.push((below, parents));
                    }
                }
            }
        }
    }

    /// The trees that were met.
    pub(crate) fn into_met(self) -> HashSet<ObjectId> {
        self.met
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

    fn cost(&self) -> u64 {
        DIRECTORY + self.0.len() as u64
    }

    fn get(&self, name: &[u8]) -> Option<&(ObjectId, EntryKind)> {
        self.0.get(name)
    }
}
