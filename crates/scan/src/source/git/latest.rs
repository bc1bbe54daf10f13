//! The trees that a walk came by last, by their paths. What stands in one of them, and stands in the
//! next version in the same words, was come by already: of a history that is almost every entry.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use super::object::{Entry, entries};

/// Bytes of trees that are kept.
const KEPT: usize = 32 << 20;

/// A path, as far as it matters: two with the same number only compare trees that have nothing in
/// common.
#[derive(Clone, Copy, Default)]
pub(crate) struct Path(u64);

#[derive(Default)]
pub(crate) struct Latest {
    trees: HashMap<u64, Vec<u8>>,
    kept: usize,
    hasher: RandomState,
}

impl Latest {
    /// A path below another one.
    pub(crate) fn below(&self, path: Path, name: &[u8]) -> Path {
        Path(self.hasher.hash_one((path.0, name)))
    }

    /// Takes out the tree that was come by last at this path; without one it is empty.
    pub(crate) fn take(&mut self, path: Path) -> Vec<u8> {
        let tree = self.trees.remove(&path.0).unwrap_or_default();
        self.kept -= tree.len();
        tree
    }

    /// Keeps a tree all of whose entries were come by.
    pub(crate) fn put(&mut self, path: Path, tree: Vec<u8>) {
        if tree.len() > KEPT {
            return;
        }
        if self.kept + tree.len() > KEPT {
            self.trees.clear();
            self.kept = 0;
        }
        self.kept += tree.len();
        if let Some(other) = self.trees.insert(path.0, tree) {
            self.kept -= other.len();
        }
    }
}

/// The entries of a tree that are new to another version of it, as far as that is easily seen.
pub(crate) fn news<'t>(
    tree: &'t [u8],
    before: &'t [u8],
    hash: gix::hash::Kind,
) -> impl Iterator<Item = Result<Entry<'t>, String>> {
    let mut old = entries(before, hash).map_while(Result::ok).peekable();
    entries(tree, hash).filter(move |entry| {
        let Ok(entry) = entry else { return true };
        while old.next_if(|old| old.name < entry.name).is_some() {}
        let same = old.next_if(|old| old.name == entry.name);
        same.is_none_or(|old| old.id != entry.id || old.kind != entry.kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[(&str, &str, u8)]) -> Vec<u8> {
        let entry = |(mode, name, id): &(&str, &str, u8)| {
            [format!("{mode} {name}\0").as_bytes(), &[*id; 20]].concat()
        };
        names.iter().flat_map(entry).collect()
    }

    #[test]
    fn an_entry_is_new_unless_it_stands_there_in_the_same_words() {
        let before = tree(&[
            ("100644", "a", 1),
            ("100644", "b", 2),
            ("40000", "c", 3),
            ("100644", "e", 5),
            ("100644", "f", 6),
        ]);
        let now = tree(&[
            ("100644", "b", 2),
            ("160000", "c", 3),
            ("100644", "d", 4),
            ("100644", "e", 9),
            ("100644", "f", 6),
            ("100644", "a", 1),
        ]);
        let hash = gix::hash::Kind::Sha1;
        let names = |now: &[u8], before: &[u8]| {
            let name = |it: Result<Entry<'_>, String>| it.map(|it| it.name.to_vec());
            news(now, before, hash).map(name).collect::<Result<Vec<_>, _>>()
        };
        // What is out of order is taken for new: that costs something and misses nothing.
        assert_eq!(names(&now, &before).unwrap().concat(), b"cdea");
        assert_eq!(names(&now, b"").unwrap().len(), 6);
        assert!(names(&now, &now).unwrap().len() <= 1);
        assert!(names(&[&now[..], b"100644 broken"].concat(), &now).is_err());
    }
}
