//! The commitment to every token's latest version: how many events it has, where the last stands.
//!
//! With its root in the log, a selection of events that leaves out a token's last one can be told
//! from a whole one.
//!
//! A sparse Merkle map. A token's key is `SHA-256("patrol map key v1\n" ‖ id)`, the id being the 16
//! bytes of the ULID; its place is given by the key's bits, from the first, most significant one.
//! - no token: `SHA-256("")`;
//! - one token: `SHA-256(0x02 ‖ key ‖ count ‖ last)`, both numbers 8 bytes, big-endian;
//! - more: `SHA-256(0x03 ‖ root of those whose next bit is 0 ‖ root of those whose next bit is 1)`.
//!
//! Hashed keys keep the tree balanced whatever the ids are. The prefixes 0x02 and 0x03 keep its
//! nodes apart from those of the log's tree.

use patrol_token::TokenId;
use sha2::{Digest as _, Sha256};

use crate::merkle::Hash;

/// What the map says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// How many events its stream has.
    pub count: u64,
    /// Where the last of them stands in the log.
    pub last: u64,
}

/// The map, in memory.
#[derive(Clone, Debug, Default)]
pub struct TokenMap {
    nodes: Vec<Node>,
    root: Option<u32>,
    len: u64,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf {
        key: Hash,
        latest: Latest,
    },
    /// Its children and, unless one of them changed since, its hash.
    Inner {
        children: [Option<u32>; 2],
        hash: Option<Hash>,
    },
}

impl TokenMap {
    /// Tokens in the map.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Says what a token's latest version is.
    pub fn put(&mut self, id: TokenId, latest: Latest) {
        let new_key = key(id);
        let mut slot = self.root;
        let (mut parent, mut depth) = (None, 0);
        while let Some(at) = slot {
            match &mut self.nodes[at as usize] {
                Node::Inner { children, hash } => {
                    *hash = None;
                    let side = bit(&new_key, depth);
                    parent = Some((at, side));
                    slot = children[side];
                    depth += 1;
                }
                Node::Leaf { key, latest: known } if *key == new_key => {
                    *known = latest;
                    return;
                }
                Node::Leaf { key, .. } => {
                    // Two tokens share the way so far: a fork, or one more step together.
                    let side = bit(&key.clone(), depth);
                    let mut children = [None, None];
                    children[side] = Some(at);
                    let fork = self.push(Node::Inner { children, hash: None });
                    self.link(parent, fork);
                    slot = Some(fork);
                }
            }
        }
        let leaf = self.push(Node::Leaf { key: new_key, latest });
        self.link(parent, leaf);
        self.len += 1;
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn link(&mut self, parent: Option<(u32, usize)>, child: u32) {
        match parent.map(|(at, side)| (&mut self.nodes[at as usize], side)) {
            Some((Node::Inner { children, .. }, side)) => children[side] = Some(child),
            _ => self.root = Some(child),
        }
    }

    /// The root of the map.
    pub fn root(&mut self) -> Hash {
        self.hash(self.root)
    }

    fn hash(&mut self, node: Option<u32>) -> Hash {
        let Some(at) = node else { return empty() };
        match &self.nodes[at as usize] {
            Node::Leaf { key, latest } => leaf(key, *latest),
            Node::Inner { hash: Some(hash), .. } => *hash,
            Node::Inner { children, .. } => {
                let [left, right] = *children;
                let made = inner(&self.hash(left), &self.hash(right));
                if let Node::Inner { hash, .. } = &mut self.nodes[at as usize] {
                    *hash = Some(made);
                }
                made
            }
        }
    }

    /// The proof of what the map says of a token, or that it knows none of this id: the siblings,
    /// from the root down, and what stands at the end of the way.
    pub fn prove(&mut self, id: TokenId) -> MapProof {
        let wanted = key(id);
        let mut siblings = Vec::new();
        let mut slot = self.root;
        while let Some(at) = slot {
            match self.nodes[at as usize] {
                Node::Leaf { key, latest } => {
                    return MapProof { siblings, end: Some((key, latest)) };
                }
                Node::Inner { children, .. } => {
                    let side = bit(&wanted, siblings.len());
                    siblings.push(self.hash(children[1 - side]));
                    slot = children[side];
                }
            }
        }
        MapProof { siblings, end: None }
    }
}

/// What a map says of one token, verifiable against the map's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapProof {
    /// From the root down.
    pub siblings: Vec<Hash>,
    /// The leaf at the end of the way: the token's own, another's, or none.
    pub end: Option<(Hash, Latest)>,
}

impl MapProof {
    /// What the map with this root says of the token: `Some(None)` if it knows none of this id,
    /// `None` if the proof does not lead to the root.
    pub fn verify(&self, id: TokenId, root: &Hash) -> Option<Option<Latest>> {
        let wanted = key(id);
        if self.siblings.len() > 256 {
            return None;
        }
        let mut hash = match &self.end {
            None => empty(),
            Some((key, latest)) => {
                // Another token's leaf says something of this one only where this one would stand.
                let shared = (0..self.siblings.len()).all(|at| bit(key, at) == bit(&wanted, at));
                if !shared {
                    return None;
                }
                leaf(key, *latest)
            }
        };
        for (depth, sibling) in self.siblings.iter().enumerate().rev() {
            hash = match bit(&wanted, depth) {
                0 => inner(&hash, sibling),
                _ => inner(sibling, &hash),
            };
        }
        (hash == *root)
            .then(|| self.end.and_then(|(key, latest)| (key == wanted).then_some(latest)))
    }
}

fn empty() -> Hash {
    Sha256::digest(b"").into()
}

fn key(id: TokenId) -> Hash {
    let mut hash = Sha256::new();
    hash.update(b"patrol map key v1\n");
    hash.update(id.to_bytes());
    hash.finalize().into()
}

fn leaf(key: &Hash, latest: Latest) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0x02]);
    hash.update(key);
    hash.update(latest.count.to_be_bytes());
    hash.update(latest.last.to_be_bytes());
    hash.finalize().into()
}

fn inner(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0x03]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The `at`th bit, from the most significant of the first byte.
fn bit(key: &Hash, at: usize) -> usize {
    usize::from(key[at / 8] >> (7 - at % 8) & 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The definition above, word for word.
    fn naive(tokens: &[(Hash, Latest)], depth: usize) -> Hash {
        match tokens {
            [] => empty(),
            [(key, latest)] => leaf(key, *latest),
            _ => {
                let (left, right): (Vec<_>, Vec<_>) =
                    tokens.iter().partition(|(key, _)| bit(key, depth) == 0);
                inner(&naive(&left, depth + 1), &naive(&right, depth + 1))
            }
        }
    }

    fn id(n: u64) -> TokenId {
        TokenId::new(1_772_366_400_000 + n / 7, [n.to_be_bytes()[7]; 10])
    }

    #[test]
    fn equals_its_definition_and_proves_each_token() {
        let mut map = TokenMap::default();
        let mut model = BTreeMap::new();
        for n in 0..200u64 {
            assert_eq!(map.root(), naive(&Vec::from_iter(model.clone()), 0));
            assert_eq!(map.len(), model.len() as u64);
            let which = id(n * 31 % 150);
            let latest = Latest { count: n + 1, last: n };
            map.put(which, latest);
            model.insert(key(which), latest);
            let root = map.root();
            assert_eq!(map.prove(which).verify(which, &root), Some(Some(latest)));
        }
        let root = map.root();
        let stranger = id(1000);
        assert_eq!(map.prove(stranger).verify(stranger, &root), Some(None));
        // What one token's proof says is not said of another, nor under another root.
        let proof = map.prove(id(3));
        assert_eq!(proof.verify(id(4), &root), None);
        assert_eq!(proof.verify(id(3), &[0; 32]), None);
        let mut lied = proof.clone();
        lied.end.as_mut().unwrap().1.count -= 1;
        assert_eq!(lied.verify(id(3), &root), None);
        lied.end = None;
        assert_eq!(lied.verify(id(3), &root), None);
        let mut longer = proof;
        longer.siblings.push([1; 32]);
        assert_eq!(longer.verify(id(3), &root), None);
    }
}
