//! The place of a sighting: one 32-byte name for "this byte of this content".
//!
//! It is made of what the content *is* (a git object, a file's bytes, a ref's name) and the byte
//! offset in it, and of nothing that differs between two copies: no path, no commit, no line,
//! no repository. So the same leak has one place in every clone and after every rebase.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 over the kind of source, the object id or content digest, and the byte offset.
///
/// Exactly: `"patrol place v1" 00`, the kind's name, `00`, the length of the id in one byte, the
/// id, the offset from 0 as eight big-endian bytes. Kinds are `object`, `content`, `name`, `ref`
/// and `reflog`. A blob is the same place in the index, in a commit and under `refs/notes`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place([u8; 32]);

/// What holds the token: the part of a [`Place`] beside the offset.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// A git object of any type, by its raw id (20 or 32 bytes); the offset counts in its body.
    Object(&'a [u8]),
    /// The bytes of a file or of a stream, by their SHA-256.
    Content([u8; 32]),
    /// A file name outside git objects, by its bytes.
    Name(&'a [u8]),
    /// A ref name, by its bytes.
    Ref(&'a [u8]),
    /// One line of a reflog, by its bytes: later lines and expiry do not move it.
    Reflog(&'a [u8]),
}

impl Place {
    /// The place `offset` bytes (from 0) into `origin`.
    pub fn new(origin: Origin<'_>, offset: u64) -> Self {
        let digest: [u8; 32];
        let (kind, id): (&str, &[u8]) = match origin {
            Origin::Object(id) => ("object", id),
            Origin::Content(sum) => {
                digest = sum;
                ("content", &digest)
            }
            Origin::Name(bytes) => {
                digest = Sha256::digest(bytes).into();
                ("name", &digest)
            }
            Origin::Ref(bytes) => {
                digest = Sha256::digest(bytes).into();
                ("ref", &digest)
            }
            Origin::Reflog(bytes) => {
                digest = Sha256::digest(bytes).into();
                ("reflog", &digest)
            }
        };
        let mut sum = Sha256::new();
        sum.update(b"patrol place v1\0");
        sum.update(kind);
        sum.update([0, u8::try_from(id.len()).unwrap_or(u8::MAX)]);
        sum.update(id);
        sum.update(offset.to_be_bytes());
        Self(sum.finalize().into())
    }

    /// The place with these bytes, as they were stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::{Origin, Place};

    #[test]
    fn the_recipe_is_frozen() {
        let by_hand = Sha256::digest(b"patrol place v1\0object\0\x03abc\0\0\0\0\0\0\x01\x02");
        assert_eq!(Place::new(Origin::Object(b"abc"), 258).as_bytes()[..], by_hand[..]);
    }

    #[test]
    fn kinds_do_not_meet() {
        let all = [
            Place::new(Origin::Name(b"x"), 0),
            Place::new(Origin::Ref(b"x"), 0),
            Place::new(Origin::Reflog(b"x"), 0),
            Place::new(Origin::Content(Sha256::digest(b"x").into()), 0),
            Place::new(Origin::Object(&Sha256::digest(b"x")), 0),
        ];
        assert!((1..all.len()).all(|n| !all[..n].contains(&all[n])));
    }
}
