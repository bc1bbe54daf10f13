//! Which secrets were found inside, and which raw bytes hold a member as it is.
//!
//! A tar and a stored zip member hold their content verbatim, so a secret in it stands in the raw
//! bytes too. It is reported once, with the member's name.

use std::collections::HashSet;

/// What is known about the inside of an archive.
#[derive(Debug, Default)]
pub struct Inside {
    /// Stretches of the archive that hold, as they are, bytes which were searched as a member.
    extents: Vec<(u64, u64)>,
    is_sorted: bool,
    /// The secrets that were found inside.
    digests: HashSet<[u8; 32]>,
}

impl Inside {
    /// Whether a finding in the raw bytes of the archive, from `start` to `end`, repeats one of a
    /// member: it lies in bytes that were searched as one, and one with this secret was found.
    pub fn repeats(&mut self, start: u64, end: u64, digest: &[u8; 32]) -> bool {
        if !self.digests.contains(digest) {
            return false;
        }
        if !std::mem::replace(&mut self.is_sorted, true) {
            self.extents.sort_unstable();
            // Of those that overlap one is made; else the last that begins before is not enough.
            self.extents.dedup_by(|next, last| {
                let overlap = next.0 < last.1;
                if overlap {
                    last.1 = last.1.max(next.1);
                }
                overlap
            });
        }
        let after = self.extents.partition_point(|extent| extent.0 <= start);
        self.extents[..after].last().is_some_and(|extent| end <= extent.1)
    }

    /// These bytes of the archive were searched as what they are.
    pub(super) fn cover(&mut self, start: u64, end: u64) {
        self.extents.push((start, end));
        self.is_sorted = false;
    }

    /// This secret was found inside.
    pub(super) fn found(&mut self, digest: &[u8; 32]) {
        self.digests.insert(*digest);
    }

    /// Takes over what is known about a content that begins `shift` bytes into this one.
    pub(super) fn add(&mut self, other: Self, shift: u64) {
        self.digests.extend(other.digests);
        self.extents.extend(other.extents.iter().map(|(a, b)| (a + shift, b + shift)));
        self.is_sorted = false;
    }

    /// Takes over the secrets that were found in a member.
    pub(super) fn add_digests(&mut self, other: &Self) {
        self.digests.extend(other.digests.iter().copied());
    }
}

#[cfg(test)]
mod tests {
    use super::Inside;

    #[test]
    fn only_what_lies_in_a_member_and_was_found_there_is_repeated() {
        let mut inside = Inside::default();
        inside.cover(100, 200);
        inside.cover(10, 50);
        inside.cover(150, 300);
        inside.found(&[1; 32]);
        assert!(inside.repeats(10, 50, &[1; 32]));
        assert!(inside.repeats(180, 260, &[1; 32]));
        assert!(!inside.repeats(180, 260, &[2; 32]));
        assert!(!inside.repeats(40, 60, &[1; 32]));
        assert!(!inside.repeats(0, 5, &[1; 32]));
    }
}
