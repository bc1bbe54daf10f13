//! The proof file (C2SP tlog-proof): one entry's place in a log, with the checkpoint it is proven
//! under. Files of it are named `.tlog-proof`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::checkpoint::{CheckpointError, Signed};
use super::note::{Note, NoteError, VerifierKey};
use super::proof::{ProofError, verify_inclusion};
use super::{checkpoint::Checkpoint, decimal, hash_from_text, hash_text};
use crate::merkle::Hash;

/// The first line of a proof file.
pub const HEAD: &str = "c2sp.org/tlog-proof@v1";
/// No tree has more levels.
const HASHES_MAX: usize = 63;

/// A proof file, as read; nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes that somebody put beside the proof. Nothing vouches for them.
    pub extra: Option<Vec<u8>>,
    /// The entry's place.
    pub index: u64,
    /// From the leaf's sibling to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl TlogProof {
    /// Reads a proof file.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::Head)?;
        let rest = text.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix('\n'));
        let (lines, note) =
            rest.ok_or(TlogProofError::Head)?.split_once("\n\n").ok_or(TlogProofError::NoNote)?;
        let mut lines = lines.split('\n').peekable();
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .map(|line| BASE64.decode(&line["extra ".len()..]).map_err(|_| TlogProofError::Extra));
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(TlogProofError::Index)?;
        let hashes: Option<Vec<Hash>> = lines.map(hash_from_text).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= HASHES_MAX);
        Ok(Self {
            extra: extra.transpose()?,
            index,
            hashes: hashes.ok_or(TlogProofError::Hash)?,
            checkpoint: Note::parse(note.as_bytes())?,
        })
    }

    /// Verifies that the log whose key this is has `leaf` at the proof's place.
    ///
    /// # Errors
    /// Why it is not proven.
    pub fn verify(&self, leaf: &Hash, key: &VerifierKey) -> Result<Signed, TlogProofError> {
        let signed = Checkpoint::open(self.checkpoint.to_string().as_bytes(), key)?;
        let Checkpoint { size, root, .. } = &signed.checkpoint;
        verify_inclusion(self.index, *size, leaf, &self.hashes, root)?;
        Ok(signed)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash_text(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why bytes are not a proof file, or do not prove.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Another file.
    #[error("a proof file begins with the line {HEAD}")]
    Head,
    /// Cut short.
    #[error("no checkpoint follows the proof: the file was cut, or is something else")]
    NoNote,
    /// The extra line.
    #[error("the extra data is not base64")]
    Extra,
    /// The index line.
    #[error("the entry's place is missing: a line like `index 17`")]
    Index,
    /// A hash line.
    #[error("a line of the proof is not a hash, or there are more than {HASHES_MAX}")]
    Hash,
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes.
    #[error(transparent)]
    Proof(#[from] ProofError),
}
