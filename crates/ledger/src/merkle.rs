//! The tree over the log: RFC 6962 §2.1 with SHA-256. A leaf is an event's exact envelope bytes.
//!
//! Kept incrementally as a *frontier*: the roots of the perfect subtrees that make up the tree,
//! one per set bit of its size. Appending is a carry, like adding one in binary: amortised one
//! node hash per event, at most 64 hashes of state. Proofs and checkpoints build on the stored
//! leaf hashes.

use sha2::{Digest as _, Sha256};

/// A node of the tree: SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf: `H(0x00 ‖ entry)` (RFC 6962 §2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0x00]);
    hash.update(entry);
    hash.finalize().into()
}

/// The hash of an inner node: `H(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0x01]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A hash in hexadecimal, as reports show it.
pub fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The perfect subtrees of a tree, largest first.
///
/// ```
/// use patrol_ledger::merkle::{Frontier, leaf_hash, node_hash};
/// let mut tree = Frontier::default();
/// tree.push(leaf_hash(b"a"));
/// tree.push(leaf_hash(b"b"));
/// assert_eq!(tree.root(), node_hash(&leaf_hash(b"a"), &leaf_hash(b"b")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// The tree of these perfect subtrees: one for each set bit of the size, largest first.
    pub(crate) fn of_subtrees(size: u64, subtrees: Vec<Hash>) -> Self {
        debug_assert_eq!(subtrees.len(), size.count_ones() as usize);
        Self { size, subtrees }
    }

    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _| ());
    }

    /// Appends a leaf and hands every perfect subtree that it completes to `made`, from the leaf
    /// up: its height and its root.
    pub fn push_with(&mut self, leaf: Hash, mut made: impl FnMut(u32, Hash)) {
        let (mut node, mut height) = (leaf, 0);
        let mut carry = self.size;
        made(height, node);
        while carry & 1 == 1 {
            if let Some(left) = self.subtrees.pop() {
                node = node_hash(&left, &node);
            }
            carry >>= 1;
            height += 1;
            made(height, node);
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root of the whole tree: the subtrees folded from the right. Of an empty tree, `H("")`.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else { return Sha256::digest(b"").into() };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The size and the subtrees, to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.subtrees.iter().for_each(|hash| bytes.extend_from_slice(hash));
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote; `None` if the number of subtrees does not fit the
    /// size.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, hashes) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (subtrees, rest) = hashes.as_chunks::<32>();
        // No log comes near 2^62 events; a size beyond it is damage, and would overflow.
        let fits =
            rest.is_empty() && size < 1 << 62 && subtrees.len() == size.count_ones() as usize;
        fits.then(|| Self { size, subtrees: subtrees.to_vec() })
    }

    /// The leaves `[from, to)` under the first subtree that differs from `other`'s, if any: where
    /// to look when two trees of one size disagree.
    pub fn first_difference(&self, other: &Self) -> Option<(u64, u64)> {
        let mut from = 0;
        let heights = (0..64).rev().filter(|height| self.size >> height & 1 == 1);
        for (height, (mine, theirs)) in heights.zip(self.subtrees.iter().zip(&other.subtrees)) {
            let to = from + (1 << height);
            if mine != theirs {
                return Some((from, to));
            }
            from = to;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published eight-leaf set of certificate transparency: leaves and their nine roots.
    const CT_LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const CT_ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_of_the_published_set() {
        let mut tree = Frontier::default();
        assert_eq!(hex::encode(tree.root()), CT_ROOTS[0]);
        for (leaf, root) in CT_LEAVES.iter().zip(&CT_ROOTS[1..]) {
            tree.push(leaf_hash(&hex::decode(leaf).unwrap()));
            assert_eq!(hex::encode(tree.root()), *root);
            assert_eq!(Frontier::from_bytes(&tree.to_bytes()).as_ref(), Some(&tree));
        }
        assert_eq!(Frontier::from_bytes(&tree.to_bytes()[..39]), None);
    }

    /// The definition of RFC 6962 §2.1, word for word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&naive(&leaves[..k]), &naive(&leaves[k..]))
            }
        }
    }

    #[test]
    fn equals_the_recursive_definition() {
        let mut tree = Frontier::default();
        let mut leaves = Vec::new();
        for n in 0u32..300 {
            assert_eq!(tree.root(), naive(&leaves));
            leaves.push(leaf_hash(&n.to_be_bytes()));
            tree.push(leaves[n as usize]);
        }
        let mut other = Frontier::default();
        for (n, leaf) in leaves.iter().enumerate() {
            other.push(if n == 270 { [0; 32] } else { *leaf });
        }
        // 300 = 256 + 32 + 8 + 4: leaf 270 lies under the second subtree.
        assert_eq!(tree.first_difference(&other), Some((256, 288)));
        assert_eq!(tree.first_difference(&tree), None);
    }
}
