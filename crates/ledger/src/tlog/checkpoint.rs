//! A checkpoint (C2SP tlog-checkpoint): what a log commits to, in three lines of a signed note:
//! origin, size, root.

use std::fmt;

use super::note::{Note, NoteError, Verified, VerifierKey};
use super::{decimal, hash_from_text, hash_text};
use crate::merkle::{Frontier, Hash};

/// What a log commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Its number of entries.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
    /// Further lines. This log writes none; what other logs write is kept, as it is signed.
    pub extension: Vec<String>,
}

impl Checkpoint {
    /// A log's commitment to a tree.
    pub fn of(origin: &str, tree: &Frontier) -> Self {
        let (size, root) = (tree.size(), tree.root());
        Self { origin: origin.into(), size, root, extension: Vec::new() }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        if origin.is_empty() {
            return Err(CheckpointError::Origin);
        }
        let size = decimal(size).ok_or(CheckpointError::Size)?;
        let root = hash_from_text(root).ok_or(CheckpointError::Root)?;
        if size == 0 && root != Frontier::default().root() {
            return Err(CheckpointError::NotEmpty);
        }
        let extension: Vec<String> = lines.map(Into::into).collect();
        if extension.iter().any(String::is_empty) {
            return Err(CheckpointError::Lines);
        }
        Ok(Self { origin: origin.into(), size, root, extension })
    }

    /// Reads a signed checkpoint and verifies that the log whose key this is signed it.
    ///
    /// # Errors
    /// A note that is not one, is not signed by the key, or speaks of another log.
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<Signed, CheckpointError> {
        let note = Note::parse(bytes)?;
        note.verify([key])?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != key.name() {
            return Err(CheckpointError::OtherLog {
                found: checkpoint.origin,
                expected: key.name().into(),
            });
        }
        Ok(Signed { checkpoint, note })
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, hash_text(&self.root))?;
        self.extension.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with the note that carries it, signed by the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The note, with cosignatures if there are any.
    pub note: Note,
}

impl Signed {
    /// The cosignatures of witnesses one knows, each witness once; those that do not fit are an
    /// error, those of strangers are passed over.
    ///
    /// # Errors
    /// A bad signature by one of the keys.
    pub fn cosigned<'k>(
        &self,
        witnesses: &'k [VerifierKey],
    ) -> Result<Vec<Verified<'k>>, NoteError> {
        match self.note.verify(witnesses) {
            Err(NoteError::NoKnownKey { .. }) => Ok(Vec::new()),
            other => other,
        }
    }
}

/// Why a text is not a checkpoint, or not one of this log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Fewer than three lines, or an empty one.
    #[error("a checkpoint has three lines: origin, size, root")]
    Lines,
    /// No origin.
    #[error("a checkpoint's first line names the log; it is empty")]
    Origin,
    /// A size that is not one.
    #[error("a checkpoint's second line is the size, in decimal without leading zeros")]
    Size,
    /// A root that is not one.
    #[error("a checkpoint's third line is the root: 32 bytes in base64")]
    Root,
    /// No entries, and the root of some.
    #[error("the checkpoint speaks of an empty log with the root of another")]
    NotEmpty,
    /// Of another log.
    #[error("this is a checkpoint of the log {found}; expected one of {expected}")]
    OtherLog {
        /// Its origin.
        found: String,
        /// The key's name.
        expected: String,
    },
}
