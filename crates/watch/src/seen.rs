//! What was read in a repository and found clean: a set of object ids that stays small. Ids are
//! kept side by side in a sorted run of bytes, 20 or 32 each, and new ones in a small set until
//! there are enough of them to be worth sorting in.

use std::collections::BTreeSet;
use std::sync::Arc;

use patrol_scan::source::git::{ObjectId, SeenObjects};

/// New ids that may wait before they are sorted in.
const FRESH_MAX: usize = 4096;

/// A set of object ids of one length. A clone shares almost everything, and stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Bytes of one id; 0 until the first one comes.
    width: usize,
    sorted: Arc<Vec<u8>>,
    fresh: BTreeSet<ObjectId>,
}

impl Seen {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.fresh.len() + self.sorted.len().checked_div(self.width).unwrap_or(0)
    }

    /// Adds ids. Ids of another length than the first one are left out: a repository has one.
    pub(crate) fn extend(&mut self, ids: &[ObjectId]) {
        let Some(first) = ids.first() else { return };
        if self.width == 0 {
            self.width = first.as_slice().len();
        }
        let width = self.width;
        let mut ids: Vec<&ObjectId> =
            ids.iter().filter(|id| id.as_slice().len() == width).collect();
        if self.fresh.len() + ids.len() <= FRESH_MAX {
            return self.fresh.extend(ids);
        }
        let fresh = std::mem::take(&mut self.fresh);
        ids.extend(&fresh);
        ids.sort_unstable();
        ids.dedup();
        self.sort_in(&ids);
    }

    /// All ids, each once.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &[u8]> {
        let sorted = self.sorted.chunks_exact(self.width.max(1));
        sorted.chain(self.fresh.iter().map(ObjectId::as_slice))
    }

    /// Merges the sorted run with new ids, which are sorted, too.
    fn sort_in(&mut self, new: &[&ObjectId]) {
        let mut merged = Vec::with_capacity(self.sorted.len() + new.len() * self.width);
        let mut old = self.sorted.chunks_exact(self.width).peekable();
        for id in new {
            let id = id.as_slice();
            while let Some(before) = old.next_if(|old| *old < id) {
                merged.extend_from_slice(before);
            }
            old.next_if(|old| *old == id);
            merged.extend_from_slice(id);
        }
        old.for_each(|id| merged.extend_from_slice(id));
        self.sorted = Arc::new(merged);
    }

    fn in_sorted(&self, id: &[u8]) -> bool {
        if self.width != id.len() {
            return false;
        }
        let (mut low, mut high) = (0, self.sorted.len() / self.width);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.sorted[middle * self.width..][..self.width].cmp(id) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }
}

impl SeenObjects for Seen {
    fn contains(&self, id: &ObjectId) -> bool {
        self.fresh.contains(id) || self.in_sorted(id.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> ObjectId {
        // Spread over the whole range, as hashes are.
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b1).to_be_bytes());
        ObjectId::from_bytes_or_panic(&bytes)
    }

    #[test]
    fn holds_what_was_put_in_across_sortings() {
        let mut seen = Seen::default();
        assert!(!seen.contains(&id(1)) && seen.len() == 0);
        for start in (0..20_000).step_by(100) {
            let some: Vec<_> = (start..start + 150).map(id).collect();
            seen.extend(&some);
        }
        assert!((0..20_050).all(|n| seen.contains(&id(n))));
        assert!((20_050..30_000).all(|n| !seen.contains(&id(n))));
        assert!(seen.ids().collect::<BTreeSet<_>>().len() == 20_050);
        // All at once, those that are known and one twice.
        let all: Vec<_> = (0..30_000).chain([25_000]).map(id).collect();
        seen.extend(&all);
        assert_eq!((seen.len(), seen.fresh.len()), (30_000, 0));
        assert!((0..30_000).all(|n| seen.contains(&id(n))) && !seen.contains(&id(30_000)));
    }
}
