//! The entries of a tree that is made out of another tree: only those that are not copied whole
//! are decoded and handed on. A history is trees above all, and almost all of each is copied.
//!
//! Where entries begin cannot be seen in the middle of a tree, as an id may look like anything. So
//! the places where they begin are kept beside each tree that others are made of.

use gix::objs::TreeRefIter;
use gix::objs::tree::EntryRef;

use super::delta::Piece;

/// Where the entries of a tree begin, and where the last one ends.
pub(crate) type Shape = Vec<u32>;

/// Hands on each entry of `tree` that is not an entry of its base, and notes where all of them
/// begin. A tree without base has no pieces.
///
/// An entry that lies within one copied piece and begins where one begins in the base is that
/// entry, and was handed on with the base.
///
/// # Errors
/// What is wrong with the first entry that cannot be decoded.
pub(crate) fn new_entries(
    tree: &[u8],
    hash: gix::hash::Kind,
    (base, pieces): (&Shape, &[Piece]),
    shape: &mut Shape,
    new: &mut dyn FnMut(&EntryRef<'_>),
) -> Result<(), String> {
    shape.clear();
    shape.push(0);
    let mut at = 0;
    let mut pieces = pieces.iter();
    // The piece that holds `at`, and where it begins in this tree.
    let (mut piece, mut begin) = (pieces.next(), 0);
    while at < tree.len() {
        while let Some(it) = piece.filter(|it| begin + it.len as usize <= at) {
            begin += it.len as usize;
            piece = pieces.next();
        }
        if let Some(it) = piece.filter(|it| it.is_copy) {
            let from = it.start + (at - begin) as u32;
            if let Ok(first) = base.binary_search(&from) {
                let end = it.start + it.len;
                let whole = base[first..].partition_point(|start| *start <= end) - 1;
                if whole > 0 {
                    let to = at as u32;
                    let copied = &base[first + 1..=first + whole];
                    shape.extend(copied.iter().map(|start| start - from + to));
                    at += (base[first + whole] - from) as usize;
                    continue;
                }
            }
        }
        let mut entries = TreeRefIter::from_bytes(&tree[at..], hash);
        match entries.next() {
            Some(Ok(entry)) => new(&entry),
            Some(Err(error)) => return Err(crate::error::reason(&error)),
            None => break,
        }
        at += entries.offset_to_next_entry(&tree[at..]);
        shape.push(at as u32);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn entry(name: &str, id: u8) -> Vec<u8> {
        // An id that looks like the beginning of an entry.
        let mut bytes = format!("100644 {name}\0100644 a").into_bytes();
        bytes.extend([0, id, b'1', b'0', 0, 0, b'4', b'0', b' ', b'x', 0, id]);
        bytes
    }

    type Named = (Vec<u8>, Vec<u8>);

    fn all(tree: &[u8]) -> (Vec<Named>, bool) {
        let entries = TreeRefIter::from_bytes(tree, gix::hash::Kind::Sha1);
        let (mut found, mut failed) = (Vec::new(), false);
        for entry in entries {
            match entry {
                Ok(it) => found.push((it.filename.to_vec(), it.oid.as_bytes().to_vec())),
                Err(_) => failed = true,
            }
        }
        (found, failed)
    }

    fn new(tree: &[u8], base: &Shape, pieces: &[Piece]) -> (Vec<Named>, Shape, bool) {
        let (mut found, mut shape) = (Vec::new(), Vec::new());
        let result =
            new_entries(tree, gix::hash::Kind::Sha1, (base, pieces), &mut shape, &mut |it| {
                found.push((it.filename.to_vec(), it.oid.as_bytes().to_vec()));
            });
        (found, shape, result.is_err())
    }

    proptest! {
        /// Cut and joined anywhere, in the middle of names and ids too.
        #[test]
        fn with_its_base_it_has_all_entries(
            names in prop::collection::vec("[a-c]{1,4}", 1..8),
            cuts in prop::collection::vec((0u32..300, 0u32..300, any::<bool>()), 1..7),
            damage in prop::option::of(0usize..200),
        ) {
            let mut base: Vec<u8> =
                names.iter().enumerate().flat_map(|(n, name)| entry(name, n as u8)).collect();
            if let Some(at) = damage.filter(|at| *at < base.len()) {
                base[at] = b' ';
            }
            let (of_base, shape, failed) = new(&base, &Vec::new(), &[]);
            prop_assert_eq!(&(of_base.clone(), failed), &all(&base));
            let (mut tree, mut pieces) = (Vec::new(), Vec::new());
            let mut at = 0;
            for (start, len, is_copy) in cuts {
                let start = start % base.len() as u32;
                let len = len.min(base.len() as u32 - start);
                let bytes = &base[start as usize..][..len as usize];
                tree.extend(bytes);
                pieces.push(Piece { start: if is_copy { start } else { at }, len, is_copy });
                at += len;
            }
            let (found, made, failed) = new(&tree, &shape, &pieces);
            let (wanted, wanted_failed) = all(&tree);
            prop_assert_eq!(failed, wanted_failed);
            let known: BTreeSet<Named> = of_base.into_iter().chain(found.clone()).collect();
            prop_assert!(wanted.iter().all(|it| known.contains(it)));
            prop_assert!(found.iter().all(|it| wanted.contains(it)));
            prop_assert_eq!(&made, &new(&tree, &Vec::new(), &[]).1);
        }
    }
}
