//! A bit for each object of a database, set by several threads at once.

use std::sync::atomic::{AtomicU64, Ordering};

use gix::oid;

use super::catalog::Catalog;

/// Bits for the objects of a catalog.
pub(crate) struct Marks {
    /// For each pack, and last for the loose objects.
    bits: Vec<Vec<AtomicU64>>,
}

impl Marks {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let counts = catalog.packs.iter().map(|pack| pack.len() as usize);
        let counts = counts.chain([catalog.loose.len()]);
        let words = |count: usize| (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { bits: counts.map(words).collect() }
    }

    pub(crate) fn set(&self, catalog: &Catalog, id: &oid) {
        if let Some((list, place)) = place(catalog, id) {
            self.bits[list][place / 64].fetch_or(1 << (place % 64), Ordering::Relaxed);
        }
    }

    /// After all threads that set marks have ended.
    pub(crate) fn get(&self, catalog: &Catalog, id: &oid) -> bool {
        place(catalog, id).is_some_and(|(list, place)| {
            self.bits[list][place / 64].load(Ordering::Relaxed) >> (place % 64) & 1 != 0
        })
    }
}

/// Where the first copy of an object stands: the number of the list, and the place in it.
fn place(catalog: &Catalog, id: &oid) -> Option<(usize, usize)> {
    let packed = catalog.packs.iter().enumerate();
    let packed = packed.filter_map(|(n, pack)| Some((n, pack.find(id)? as usize))).next();
    let loose = || {
        let place = catalog.loose.binary_search_by(|loose| (**loose).cmp(id)).ok()?;
        Some((catalog.packs.len(), place))
    };
    packed.or_else(loose)
}
