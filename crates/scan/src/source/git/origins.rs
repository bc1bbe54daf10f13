//! How the objects with a finding came in: as it is remembered, or looked up.
//!
//! What is remembered of a path is the way to it: the number of an entry in each tree from the
//! commit's down. A path may hold a secret in more forms than any search knows, numbers hold none.

use std::collections::{HashMap, HashSet};

use bstr::BString;
use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter};

use super::attribution::{Introduced, Introductions, introduced};
use super::catalog::Catalog;
use super::commit::Commit;
use super::odb::Odb;
use crate::Options;
use crate::cache::{Dirty, Memory, Way};

/// What is known of each object; no introduction: no commit holds it.
#[derive(Default)]
pub(crate) struct Origins {
    known: HashMap<ObjectId, Introductions>,
    /// Objects that were read before, though nobody asked how they came in.
    unasked: HashSet<ObjectId>,
}

impl Origins {
    /// Takes up what is remembered.
    pub(crate) fn recall(&mut self, odb: &Odb, memory: &Memory) {
        for Dirty { id, ways, is_bounded } in memory.dirty() {
            let path =
                |way: &Way| path(odb, way).map(|path| Introduced { path, commit: way.commit });
            let all = ways.as_ref().and_then(|ways| ways.iter().map(path).collect());
            match all {
                Some(all) => {
                    let known = Introductions { all, is_bounded: *is_bounded };
                    drop(self.known.insert(*id, known));
                }
                None => drop(self.unasked.insert(*id)),
            }
        }
    }

    /// Looks up how objects came in. What is new came in with a new commit, and so did what no
    /// older one holds; what is known may have come in at another path since.
    pub(crate) fn ask(
        &mut self,
        odb: &Odb,
        catalog: &Catalog,
        new: Vec<ObjectId>,
        targets: &HashSet<ObjectId>,
        options: &Options,
    ) {
        let is_unasked = targets.iter().any(|id| self.unasked.contains(id));
        let commits = if is_unasked { catalog.commits(odb) } else { new };
        let mut found = match targets.is_empty() {
            true => HashMap::new(),
            false => introduced(odb, &commits, targets, options),
        };
        for id in targets {
            let known = self.known.entry(*id).or_default();
            let Introductions { all, is_bounded } = found.remove(id).unwrap_or_default();
            known.is_bounded |= is_bounded;
            all.into_iter().for_each(|it| known.add(it));
        }
    }

    /// How an object came in.
    pub(crate) fn get(&self, id: &ObjectId) -> &[Introduced] {
        self.known.get(id).map(|it| it.all.as_slice()).unwrap_or_default()
    }

    /// The objects that stand at more paths than are known.
    pub(crate) fn bounded(&self) -> impl Iterator<Item = &ObjectId> {
        self.known.iter().filter(|(_, it)| it.is_bounded).map(|(id, _)| id)
    }

    /// What is to be remembered of an object.
    pub(crate) fn dirty(&self, odb: &Odb, id: &ObjectId) -> Dirty {
        let known = self.known.get(id);
        let ways = known.and_then(|it| it.all.iter().map(|it| way(odb, it)).collect());
        Dirty { id: *id, ways, is_bounded: known.is_some_and(|it| it.is_bounded) }
    }
}

/// The tree of a commit.
fn tree_of(odb: &Odb, commit: &ObjectId) -> Option<ObjectId> {
    let mut body = Vec::new();
    odb.read(commit, &mut body).ok()?;
    Commit::parse(*commit, &body).tree
}

/// The way to a path; `None`: there is none.
fn way(odb: &Odb, it: &Introduced) -> Option<Way> {
    let mut tree = tree_of(odb, &it.commit)?;
    let (mut body, mut entries) = (Vec::new(), Vec::new());
    for name in it.path.split(|byte| *byte == b'/').filter(|_| !it.path.is_empty()) {
        odb.read_tree(&tree, &mut body).ok()?;
        let mut all = TreeRefIter::from_bytes(&body, odb.hash()).map_while(Result::ok);
        let number = all.by_ref().position(|entry| entry.filename == name)?;
        entries.push(u32::try_from(number).ok()?);
        tree = entry_at(&body, number, odb)?.0;
    }
    Some(Way { commit: it.commit, entries })
}

/// The path to which a way leads.
fn path(odb: &Odb, way: &Way) -> Option<BString> {
    let mut tree = tree_of(odb, &way.commit)?;
    let (mut body, mut path) = (Vec::new(), BString::default());
    for (depth, number) in way.entries.iter().enumerate() {
        match odb.read(&tree, &mut body) {
            Ok(Kind::Tree) => {}
            _ => return None,
        }
        let (id, name) = entry_at(&body, *number as usize, odb)?;
        if depth > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(&name);
        tree = id;
    }
    Some(path)
}

/// An entry of a tree by its number.
pub(crate) fn entry_at(body: &[u8], number: usize, odb: &Odb) -> Option<(ObjectId, BString)> {
    let entry = TreeRefIter::from_bytes(body, odb.hash()).nth(number)?.ok()?;
    Some((entry.oid.to_owned(), entry.filename.to_owned()))
}
