//! How the objects with a finding came in: as it is remembered, or looked up.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;

use super::attribution::introduced;
use super::catalog::Catalog;
use super::odb::Odb;
use crate::cache::{Dirty, Memory, Origin};
use crate::redact_bytes;

/// What is known of each object; `None`: no commit holds it.
#[derive(Default)]
pub(crate) struct Origins {
    known: HashMap<ObjectId, Option<Origin>>,
    /// Objects that were read before, though nobody asked how they came in.
    unasked: HashSet<ObjectId>,
}

impl Origins {
    /// Takes up what is remembered.
    pub(crate) fn recall(&mut self, memory: &Memory) {
        for Dirty { id, is_asked, origin } in memory.dirty() {
            match is_asked {
                true => drop(self.known.insert(*id, origin.clone())),
                false => drop(self.unasked.insert(*id)),
            }
        }
    }

    /// Looks up how objects came in that are not known. What is new came in with a new commit, and
    /// so did what no older one holds.
    pub(crate) fn ask(
        &mut self,
        odb: &Odb,
        catalog: &Catalog,
        new: Vec<ObjectId>,
        ids: HashSet<ObjectId>,
    ) {
        let targets: HashSet<ObjectId> =
            ids.into_iter().filter(|id| self.get(id).is_none()).collect();
        if targets.is_empty() {
            return;
        }
        let is_unasked = targets.iter().any(|id| self.unasked.contains(id));
        let commits = if is_unasked { catalog.commits(odb) } else { new };
        let mut found = introduced(odb, &commits, &targets);
        for id in targets {
            let origin = found.remove(&id);
            let origin =
                origin.map(|by| Origin { commit: by.commit, path: redact_bytes(&by.path) });
            self.known.insert(id, origin);
        }
    }

    /// How an object came in.
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&Origin> {
        self.known.get(id)?.as_ref()
    }

    /// What is to be remembered of an object.
    pub(crate) fn dirty(&self, id: &ObjectId) -> Dirty {
        let known = self.known.get(id);
        Dirty { id: *id, is_asked: known.is_some(), origin: known.cloned().flatten() }
    }
}
