//! Looking up ids in a sorted list: the list is cut into stretches of a handful of ids by the
//! first bits they have, so a look-up touches one line of memory or two. The index of a pack has
//! such a table for the first eight bits, which leaves thousands to each.

use gix::oid;

/// Ids in a stretch, on average.
const STRETCH: u32 = 8;

/// Where each stretch begins.
pub(super) struct Fan {
    starts: Vec<u32>,
    /// How far the first 32 bits of an id are shifted to give its stretch.
    shift: u32,
}

impl Fan {
    /// Cuts a sorted list of `count` ids.
    pub(super) fn new<'i>(count: u32, id: impl Fn(u32) -> &'i oid) -> Self {
        // At least one bit, as a shift by all of them is none.
        let bits = (count / STRETCH).max(2).ilog2();
        let shift = 32 - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for place in 0..count {
            starts[(first(id(place)) >> shift) as usize + 1] = place + 1;
        }
        for stretch in 1..starts.len() {
            starts[stretch] = starts[stretch].max(starts[stretch - 1]);
        }
        Self { starts, shift }
    }

    /// The place of an id in the list. Of a list that is damaged and not sorted it may say that
    /// an id is not there which is, never the opposite.
    pub(super) fn find<'i>(&self, wanted: &oid, id: impl Fn(u32) -> &'i oid) -> Option<u32> {
        let begin = first(wanted);
        let stretch = (begin >> self.shift) as usize;
        (self.starts[stretch]..self.starts[stretch + 1]).find(|place| {
            let there = id(*place);
            first(there) == begin && there == wanted
        })
    }
}

fn first(id: &oid) -> u32 {
    let bytes = id.as_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;
    use proptest::prelude::*;

    use super::Fan;

    proptest! {
        #[test]
        fn finds_what_is_there(
            ids in prop::collection::btree_set((any::<u8>(), 0u8..3, any::<u8>()), 0..300),
            others in prop::collection::vec((any::<u8>(), 0u8..3, any::<u8>()), 20),
        ) {
            let id = |(a, b, c): &(u8, u8, u8)| {
                let mut bytes = [*c; 20];
                bytes[..2].copy_from_slice(&[*a, *b]);
                ObjectId::from_bytes_or_panic(&bytes)
            };
            let list: Vec<ObjectId> = ids.iter().map(id).collect();
            let fan = Fan::new(list.len() as u32, |place| &list[place as usize]);
            let find = |wanted: &ObjectId| fan.find(wanted, |place| &list[place as usize]);
            for (place, id) in list.iter().enumerate() {
                prop_assert_eq!(find(id), Some(place as u32));
            }
            for other in &others {
                prop_assert_eq!(find(&id(other)).is_some(), ids.contains(other));
            }
        }
    }
}
