//! The exchange with a witness (C2SP tlog-witness): the texts of `add-checkpoint`. Sending them is
//! the caller's.

use std::fmt;

use super::note::{Note, NoteError, Signature, Verified, VerifierKey, signature_lines};
use super::{decimal, hash_from_text, hash_text};
use crate::merkle::Hash;

/// The most hashes that a request may carry.
pub const HASHES_MAX: usize = 63;

/// Asks a witness to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the last checkpoint that the witness cosigned; 0: none.
    pub old: u64,
    /// That the checkpoint continues it; empty if `old` is 0.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed by the log.
    pub checkpoint: Note,
}

impl AddCheckpoint {
    /// Reads a request.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let text = std::str::from_utf8(bytes).map_err(|_| RequestError::Old)?;
        let (lines, note) = text.split_once("\n\n").ok_or(RequestError::NoNote)?;
        let mut lines = lines.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(RequestError::Old)?;
        let proof: Option<Vec<Hash>> = lines.map(hash_from_text).collect();
        let proof = proof.filter(|proof| proof.len() <= HASHES_MAX).ok_or(RequestError::Hash)?;
        if old == 0 && !proof.is_empty() {
            return Err(RequestError::ProofFromNothing);
        }
        Ok(Self { old, proof, checkpoint: Note::parse(note.as_bytes())? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash_text(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned.
    Cosigned(Signature),
    /// It last cosigned a checkpoint of this size: ask again from there.
    KnowsSize(u64),
}

/// Reads the answer of the witness whose key this is.
///
/// # Errors
/// A refusal, in words, or an answer that is none.
pub fn answer(
    status: u16,
    body: &[u8],
    asked: &AddCheckpoint,
    key: &VerifierKey,
) -> Result<Answer, WitnessError> {
    let body = std::str::from_utf8(body).map_err(|_| WitnessError::Unreadable)?;
    match status {
        200 => {
            // Lines by other keys are passed over, as the format asks.
            let mine = signature_lines(body)?.into_iter().find(|line| key.is_of(line));
            let mine = mine.ok_or_else(|| WitnessError::OtherKey(key.name().into()))?;
            let mut note = Note::unsigned(asked.checkpoint.text())?;
            note.add(mine.clone());
            // The time must be said: 0 stands for none.
            match note.verify([key])?.first() {
                Some(Verified { time: Some(0), .. }) => Err(WitnessError::NoTime),
                _ => Ok(Answer::Cosigned(mine)),
            }
        }
        409 => match body.strip_suffix('\n').and_then(decimal) {
            Some(size) if size != asked.old => Ok(Answer::KnowsSize(size)),
            Some(size) => Err(WitnessError::SameSize(size)),
            None => Err(WitnessError::NoSize),
        },
        400 => Err(WitnessError::Misunderstood),
        403 => Err(WitnessError::KeyUnknown),
        404 => Err(WitnessError::LogUnknown),
        422 => Err(WitnessError::Inconsistent),
        other => Err(WitnessError::Status(other)),
    }
}

/// Why bytes are not a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The first line.
    #[error("a request begins with a line like `old 17`")]
    Old,
    /// A proof line.
    #[error("a line of the proof is not a hash, or there are more than {HASHES_MAX}")]
    Hash,
    /// A proof where there can be none.
    #[error("there is no proof from an empty log")]
    ProofFromNothing,
    /// Cut short.
    #[error("no checkpoint follows the proof")]
    NoNote,
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// Why a witness did not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// 403.
    #[error("the witness knows this log by another key (403)")]
    KeyUnknown,
    /// 404.
    #[error("the witness does not know this log (404)")]
    LogUnknown,
    /// 409 for the size it was asked from.
    #[error(
        "the witness names the size {0} as the one that it last cosigned, and was asked from just that \
         (409): its answer makes no sense; ask who runs it"
    )]
    SameSize(u64),
    /// 409 without a size.
    #[error("the witness answers 409, and the size that should follow cannot be read")]
    NoSize,
    /// A cosignature without its time.
    #[error("the witness's cosignature says no time")]
    NoTime,
    /// 422.
    #[error(
        "the witness finds that this log does not continue what it cosigned (422): if its answer is right, \
         two histories exist"
    )]
    Inconsistent,
    /// 400.
    #[error("the witness did not understand the request (400)")]
    Misunderstood,
    /// Any other.
    #[error("the witness answered with status {0}")]
    Status(u16),
    /// Not text.
    #[error("the witness's answer is not text")]
    Unreadable,
    /// Signed by others only.
    #[error("the witness's answer is not signed by the key {0}")]
    OtherKey(String),
    /// The signature.
    #[error("the witness's answer: {0}")]
    Note(#[from] NoteError),
}
