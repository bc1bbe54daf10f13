//! Which entries of a pack are made out of which others: trees whose roots are whole objects.
//!
//! Some tens of bytes for each entry, and nothing of their content.

use gix::odb::pack::data::entry::Header;

use super::file::Pack;

/// No parent: a whole object, or a delta whose base is not in this pack.
const NONE: u32 = u32::MAX;

/// Entries whose headers one thread reads at a time.
const BATCH: usize = 1 << 14;

/// The entries of a pack in the order of their offsets.
pub(crate) struct Forest {
    /// Where each entry begins; at the end, where the last one ends.
    offsets: Vec<u64>,
    /// The place of each in the index.
    places: Vec<u32>,
    parents: Vec<u32>,
    /// The children of the `n`-th entry are `children[starts[n]..starts[n + 1]]`, those without
    /// children of their own first.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// One bit for each entry that is to be searched.
    wanted: Vec<u64>,
}

impl Forest {
    /// Reads the headers of a pack. Entries whose place in the index is not `wanted` are left out,
    /// but for those that wanted ones are made of.
    pub(crate) fn grow(pack: &Pack, threads: usize, wanted: impl Fn(u32) -> bool) -> Self {
        let mut sorted: Vec<(u64, u32)> =
            (0..pack.len()).map(|place| (pack.offset(place), place)).collect();
        sorted.sort_unstable();
        let mut offsets: Vec<u64> = sorted.iter().map(|(offset, _)| *offset).collect();
        let places: Vec<u32> = sorted.into_iter().map(|(_, place)| place).collect();
        let mut bits = vec![0u64; places.len().div_ceil(64)];
        for (entry, place) in places.iter().enumerate() {
            bits[entry / 64] |= u64::from(wanted(*place)) << (entry % 64);
        }
        let parents = parents(pack, &offsets, &places, threads);
        offsets.push(pack.end());
        let mut it = Self {
            offsets,
            places,
            parents,
            starts: Vec::new(),
            children: Vec::new(),
            wanted: bits,
        };
        it.link();
        it
    }

    /// Lists the children of each entry that is needed.
    fn link(&mut self) {
        let count = self.places.len();
        let needed = self.needed();
        let is_needed = |entry: usize| needed[entry / 64] >> (entry % 64) & 1 != 0;
        let mut starts = vec![0u32; count + 1];
        for (entry, parent) in self.parents.iter().enumerate() {
            if *parent != NONE && is_needed(entry) {
                starts[*parent as usize + 1] += 1;
            }
        }
        let has_children: Vec<bool> = starts[1..].iter().map(|count| *count > 0).collect();
        for entry in 0..count {
            starts[entry + 1] += starts[entry];
        }
        let mut children = vec![0u32; starts[count] as usize];
        let mut next = starts.clone();
        for leaves in [true, false] {
            for (entry, parent) in self.parents.iter().enumerate() {
                if *parent != NONE && is_needed(entry) && has_children[entry] != leaves {
                    let at = &mut next[*parent as usize];
                    children[*at as usize] = entry as u32;
                    *at += 1;
                }
            }
        }
        (self.starts, self.children) = (starts, children);
    }

    /// The wanted entries and all that they are made of.
    fn needed(&self) -> Vec<u64> {
        let mut needed = self.wanted.clone();
        for entry in (0..self.places.len()).filter(|entry| self.is_wanted(*entry as u32)) {
            let mut at = self.parents[entry];
            // Stops where somebody went up before, so also when it goes round in circles.
            while at != NONE && needed[at as usize / 64] >> (at % 64) & 1 == 0 {
                needed[at as usize / 64] |= 1 << (at % 64);
                at = self.parents[at as usize];
            }
        }
        needed
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> u32 {
        self.places.len() as u32
    }

    /// Whether an entry is to be searched, and not only made for others.
    pub(crate) fn is_wanted(&self, entry: u32) -> bool {
        self.wanted[entry as usize / 64] >> (entry % 64) & 1 != 0
    }

    /// Whether a walk begins here.
    pub(crate) fn is_root(&self, entry: u32) -> bool {
        let is_root = self.parents[entry as usize] == NONE;
        is_root && (self.is_wanted(entry) || self.children(entry).0 < self.children(entry).1)
    }

    /// The entry that it is made of, if that is in this pack.
    pub(crate) fn parent(&self, entry: u32) -> Option<u32> {
        Some(self.parents[entry as usize]).filter(|parent| *parent != NONE)
    }

    /// The range of [`Forest::child`] that holds the children of an entry.
    pub(crate) fn children(&self, entry: u32) -> (u32, u32) {
        (self.starts[entry as usize], self.starts[entry as usize + 1])
    }

    /// A child by its number.
    pub(crate) fn child(&self, number: u32) -> u32 {
        self.children[number as usize]
    }

    /// Where an entry stands in the index.
    pub(crate) fn place(&self, entry: u32) -> u32 {
        self.places[entry as usize]
    }

    /// Where an entry begins and ends in the pack.
    pub(crate) fn span(&self, entry: u32) -> (u64, u64) {
        (self.offsets[entry as usize], self.offsets[entry as usize + 1])
    }

    /// The wanted entries that no walk from a root comes to, as they go round in circles. Only a
    /// base named by its id can lie further on, so there are none in most packs.
    pub(crate) fn unreachable(&self) -> Vec<u32> {
        let forward = |(entry, parent): (usize, &u32)| *parent != NONE && *parent as usize >= entry;
        if !self.parents.iter().enumerate().any(forward) {
            return Vec::new();
        }
        let mut reached = vec![false; self.places.len()];
        let mut waiting: Vec<u32> =
            (0..self.len()).filter(|entry| self.parents[*entry as usize] == NONE).collect();
        while let Some(entry) = waiting.pop() {
            reached[entry as usize] = true;
            let (start, end) = self.children(entry);
            waiting.extend(&self.children[start as usize..end as usize]);
        }
        (0..self.len()).filter(|it| self.is_wanted(*it) && !reached[*it as usize]).collect()
    }
}

/// The parent of each entry, by its header.
fn parents(pack: &Pack, offsets: &[u64], places: &[u32], threads: usize) -> Vec<u32> {
    // In the order of the index, for bases that are named by their ids.
    let entry_at = |offset: u64| offsets.binary_search(&offset).map_or(NONE, |at| at as u32);
    let parent = |start: u64| match pack.header(start) {
        Some(Header::OfsDelta { base_distance }) => {
            start.checked_sub(base_distance).map_or(NONE, entry_at)
        }
        Some(Header::RefDelta { base_id }) => {
            pack.find(&base_id).map_or(NONE, |place| entry_at(pack.offset(place)))
        }
        _ => NONE,
    };
    let mut parents = vec![NONE; places.len()];
    let pieces: Vec<(&mut [u32], &[u64])> =
        parents.chunks_mut(BATCH).zip(offsets.chunks(BATCH)).collect();
    let pieces = std::sync::Mutex::new(pieces);
    let work = || {
        loop {
            let piece = pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
            let Some((parents, offsets)) = piece else { break };
            for (to, start) in parents.iter_mut().zip(offsets) {
                *to = parent(*start);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(places.len().div_ceil(BATCH)) {
            scope.spawn(work);
        }
        work();
    });
    parents
}
