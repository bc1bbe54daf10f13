//! What an earlier scan has left to be done, by what it remembers.
//!
//! A pack never changes, so what was read of it holds as long as it is there and its bytes are
//! those that were read. When packs are written anew the ids in them are compared. When anything
//! that was read is gone, or a pack was damaged, nothing is known any more: something may name it
//! that is not read again. A loose object whose file is another one is read again.

use std::collections::HashMap;

use gix::{ObjectId, oid};

use super::catalog::Catalog;
use crate::cache::{Memory, SeenPack};

/// What need not be read.
#[derive(Default)]
pub(crate) struct Known {
    /// The first packs of the catalog, as many as that, are known whole.
    packs: usize,
    /// Of each other pack, one bit for each place in its index.
    places: Vec<Vec<u64>>,
    /// Loose objects, wherever they are now. Sorted.
    loose: Vec<ObjectId>,
    /// How many of those that were clean are read again.
    pub(crate) changed: u64,
    /// To be judged anew.
    again: Vec<ObjectId>,
    /// All packs that were known are still there.
    pub(crate) has_all_packs: bool,
}

impl Known {
    /// Compares what is remembered with what is there. Puts the known packs first.
    pub(crate) fn compare(memory: &mut Memory, catalog: &mut Catalog) -> Self {
        if !memory.is_known() {
            return Self::default();
        }
        // Of several that say to be the same one, any may be another: their ids are compared.
        let mut named: HashMap<ObjectId, usize> = HashMap::new();
        for pack in &catalog.packs {
            *named.entry(pack.checksum()).or_default() += 1;
        }
        let is_known = |pack: &super::pack::Pack| {
            let sum = pack.checksum();
            named.get(&sum) == Some(&1) && seen(memory.packs(), &sum).is_some()
        };
        let is_same = |pack: &super::pack::Pack| {
            seen(memory.packs(), &pack.checksum()).is_none_or(|seen| pack.is_same(seen))
        };
        if !catalog.packs.iter().filter(|pack| is_known(pack)).all(is_same) {
            memory.forget();
            return Self::default();
        }
        catalog.packs.sort_by_key(|pack| !is_known(pack));
        let packs = catalog.packs.iter().filter(|pack| is_known(pack)).count();
        let has_all_packs = packs == memory.packs().len();
        let places = match has_all_packs {
            true => Some(Vec::new()),
            false => moved(memory, catalog, packs),
        };
        let is_there = memory.loose().iter().all(|seen| catalog.has(&seen.id));
        // What was missed and has come is named by objects that are not read again.
        let has_come = memory.absent().iter().any(|id| catalog.has(id));
        match places {
            Some(places) if is_there && !has_come => {
                let dirty = memory.dirty();
                let again = dirty.iter().map(|dirty| dirty.id).collect();
                let mut it = Self { packs, places, again, has_all_packs, ..Self::default() };
                for seen in memory.loose() {
                    let is_loose = catalog.loose.binary_search(&seen.id).is_ok();
                    if !is_loose || catalog.is_same(seen) {
                        it.loose.push(seen.id);
                    } else if dirty.binary_search_by_key(&seen.id, |dirty| dirty.id).is_err() {
                        it.changed += 1;
                    }
                }
                it
            }
            _ => {
                memory.forget();
                Self::default()
            }
        }
    }

    /// How many packs at the beginning of the catalog need not be read.
    pub(crate) fn packs(&self) -> usize {
        self.packs
    }

    /// Whether an object of the `n`-th pack is known.
    pub(crate) fn holds(&self, n: usize, place: u32, id: &oid) -> bool {
        let bits = n.checked_sub(self.packs).and_then(|n| self.places.get(n));
        bits.is_some_and(|bits| bits[place as usize / 64] >> (place % 64) & 1 != 0)
            || self.is_loose(id)
    }

    /// What is to be read one by one: the loose objects that are not known, and those to be judged
    /// anew.
    pub(crate) fn rest(&self, catalog: &Catalog) -> Vec<ObjectId> {
        let new = catalog.loose.iter().filter(|id| !self.is_loose(id));
        let mut rest: Vec<ObjectId> = new.chain(&self.again).copied().collect();
        rest.sort_unstable();
        rest.dedup();
        rest
    }

    fn is_loose(&self, id: &oid) -> bool {
        self.loose.binary_search_by(|loose| (**loose).cmp(id)).is_ok()
    }
}

/// The pack with this checksum among those that are remembered.
pub(crate) fn seen<'s>(packs: &'s [SeenPack], sum: &ObjectId) -> Option<&'s SeenPack> {
    packs.iter().find(|seen| seen.checksum == *sum)
}

/// Where the objects of packs that are gone are now, in the packs that are not known. `None`: one
/// of them is nowhere.
fn moved(memory: &Memory, catalog: &Catalog, packs: usize) -> Option<Vec<Vec<u64>>> {
    let ids = memory.ids()?;
    let new = &catalog.packs[packs..];
    new.iter().for_each(super::pack::Pack::prepare);
    let mut places: Vec<Vec<u64>> =
        new.iter().map(|pack| vec![0; pack.len().div_ceil(64) as usize]).collect();
    let width = catalog.hash().len_in_bytes();
    for id in ids.chunks_exact(width) {
        let id = oid::try_from_bytes(id).ok()?;
        let mut is_there = false;
        for (bits, pack) in places.iter_mut().zip(new) {
            if let Some(place) = pack.find(id) {
                bits[place as usize / 64] |= 1 << (place % 64);
                is_there = true;
            }
        }
        if !is_there && !catalog.has(id) {
            return None;
        }
    }
    Some(places)
}
