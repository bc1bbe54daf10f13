//! The signer: makes checkpoints, and keeps its own record of the last one, outside the database.
//!
//! The database may be restored from an old copy, or be edited; the record beside the key is not
//! part of it. A root that does not continue the recorded one is not signed: the log stops with
//! words instead of telling two stories. Each root is computed twice before it is signed: carried
//! along by the appends, and anew from the stored bytes since the last checkpoint and the stored
//! tree before it.
//!
//! Crash story: the record is durable before a checkpoint leaves. A crash after it leaves a record
//! of a checkpoint that nobody has seen; the next one continues it, as the log does.

mod adopt;
mod key_file;
mod lock;
mod map;
mod record;
mod rotate;

use std::path::{Path, PathBuf};

pub(crate) use lock::lock;
pub use record::record_path;
pub(crate) use record::{Standing, is_signed, standing};

use crate::command::{Command, Request, RollbackBy};
use crate::event::{RollbackAccepted, Via};
use crate::key::LedgerKey;
use crate::ledger::{Ledger, key_path};
use crate::merkle::{Hash, leaf_hash};
use crate::project::StoreError;
use crate::refusal::Refusal;
use crate::store::sqlite::Reader;
use crate::store::{CommandError, Receipt};
use crate::tlog::checkpoint::{Checkpoint, CheckpointError, Signed};
use crate::tlog::note::{KeyError, Note};
use crate::tlog::proof;

/// Who has the log signed.
#[derive(Clone, Debug)]
pub struct By {
    /// The name for the record.
    pub actor: String,
    /// Through what.
    pub via: Via,
    /// The operating system's user id.
    pub uid: Option<u32>,
}

impl By {
    pub(crate) fn request(&self, command: Command) -> Request {
        let Self { actor, via, uid } = self.clone();
        Request { actor, via, uid, cause: None, command }
    }
}

impl Ledger {
    /// Signs the log as it is now: first records the commitment to every token's latest version,
    /// unless the log ends with one, then signs a checkpoint that has it. A log that has not grown
    /// since its last checkpoint has that one.
    ///
    /// # Errors
    /// A key or record that is missing or cannot be used, a log that does not continue what was
    /// signed before, or roots that differ. Nothing is signed then.
    pub fn checkpoint(&self, by: &By) -> Result<Signed, SignError> {
        let _signing = lock(self.path())?;
        // Before anything is recorded on a log that cannot be signed, and before the key: without
        // one, too, an older copy is told from the log.
        self.unforked()?;
        let key = self.signing_key(by)?;
        self.commit_map(by)?;
        let reader = self.reader()?;
        let (signed, fresh) = reader.snapshot(|reader| Ok(sign(reader, &key)))??;
        if fresh {
            record::write(&record_path(self.path()), &signed.note)?;
        }
        self.put_checkpoint(&signed)?;
        Ok(signed)
    }

    /// The last checkpoint that was signed, whether or not the key is at hand.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn latest_checkpoint(&self) -> Result<Option<Signed>, StoreError> {
        self.reader()?.latest_checkpoint()
    }

    /// Whether the log continues the last checkpoint that its signer knows of.
    fn unforked(&self) -> Result<(), SignError> {
        match standing(&self.reader()?)? {
            Standing::Continues(_) | Standing::Accepted => Ok(()),
            Standing::Behind(error) => Err(error.into()),
        }
    }

    /// Accepts that the log ended later once: that what came between is lost, or was rewritten.
    /// Records it, with the reason, and forgets the signer's record. Whoever holds a checkpoint of
    /// what is lost will go on refusing this log, and so will its witnesses.
    ///
    /// # Errors
    /// [`SignError::NothingLost`] if the log continues what was signed, or why it cannot be
    /// recorded.
    pub fn accept_rollback(&self, by: &By, reason: &str) -> Result<Receipt, SignError> {
        let Standing::Behind(behind) = standing(&self.reader()?)? else {
            return Err(SignError::NothingLost);
        };
        let accepted =
            RollbackAccepted { size: behind.size, root: behind.root, reason: reason.to_owned() };
        let by_whom = RollbackBy { by: by.actor.clone(), accepted };
        // The record stays: it says which checkpoint the event speaks of. The next one replaces it.
        Ok(self.submit(by.request(Command::AcceptRollback(Box::new(by_whom))))?)
    }
}

/// Signs the snapshot, or finds that it is signed. Also says whether it is a new checkpoint.
fn sign(reader: &Reader, key: &LedgerKey) -> Result<(Signed, bool), SignError> {
    let head = reader.head()?.tree;
    let checkpoint = Checkpoint::of(key.verifier().name(), &head);
    let from = match standing(reader)? {
        Standing::Continues(None) | Standing::Accepted => 0,
        Standing::Continues(Some(last)) => {
            let signed = last.note.verify([key.verifier()]).is_ok();
            if last.checkpoint == checkpoint && signed {
                return Ok((last, false));
            }
            last.checkpoint.size
        }
        Standing::Behind(error) => return Err(error.into()),
    };
    if recomputed(reader, from, head.size())? != checkpoint.root
        || reader.root_at(head.size())? != checkpoint.root
    {
        return Err(SignError::RootsDiffer { size: head.size() });
    }
    let mut note = Note::unsigned(checkpoint.to_string()).map_err(CheckpointError::Note)?;
    note.add(key.sign(note.text()));
    note.verify([key.verifier()]).map_err(CheckpointError::Note)?;
    // Beside the signature, never in its place: they say how an older key leads to this one.
    reader.add_endorsements(&mut note, checkpoint.size)?;
    Ok((Signed { checkpoint, note }, true))
}

/// Signs a log that is about to be replaced, as it is and adding nothing to it: from then on the
/// record says how far it was, and what takes its place has to be accepted in words. The caller holds
/// the signer's lock.
///
/// # Errors
/// As [`Ledger::checkpoint`].
pub(crate) fn sign_the_last(path: &Path) -> Result<(), SignError> {
    let reader = Reader::open(path)?;
    let key = key_file::open(&key_path(path), &reader.ledger()?.verifier_key)?;
    let (signed, fresh) = reader.snapshot(|reader| Ok(sign(reader, &key)))??;
    if fresh {
        record::write(&record_path(path), &signed.note)?;
    }
    Ok(())
}

/// The root of the log of `size` events: the stored tree before `from`, which was signed, and from
/// there on the stored bytes themselves.
fn recomputed(reader: &Reader, from: u64, size: u64) -> Result<Hash, StoreError> {
    let mut tree = proof::frontier(&mut reader.tree(), from)?;
    reader.each_envelope(from, size, |_, envelope| {
        tree.push(leaf_hash(envelope));
        Ok(())
    })?;
    Ok(tree.root())
}

/// That a log does not continue what was signed of it, or that nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The size that was signed; 0 if nothing tells.
    pub size: u64,
    /// The root that was signed.
    pub root: Hash,
    /// The size of the log now.
    pub now: u64,
    /// In what way.
    pub how: How,
}

/// In what way a log does not continue what was signed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It has fewer events.
    Shorter,
    /// It has others.
    Rewritten,
    /// It was signed, and the record of that is not there.
    NoRecord,
    /// The record cannot be gone by.
    UnreadableRecord(String),
}

impl std::fmt::Display for Behind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { size, now, how, .. } = self;
        match how {
            How::Shorter => write!(
                f,
                "the ledger has {now} events, and a checkpoint of {size} was signed: an older copy was put in its place"
            ),
            How::Rewritten => write!(
                f,
                "the first {size} events of the ledger are not those that were signed: it is another copy, or was rewritten"
            ),
            How::NoRecord => write!(
                f,
                "the ledger was signed, and its signer's record (<ledger>.signed) is not beside it: it may be an older copy"
            ),
            How::UnreadableRecord(why) => write!(
                f,
                "the signer's record (<ledger>.signed) cannot be gone by: {why}; the ledger may be an older copy"
            ),
        }
    }
}

/// Why nothing was signed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignError {
    /// No key file.
    #[error("the signing key {} is not there", .0.display())]
    NoKey(PathBuf),
    /// A key file that others may read.
    #[error("others may read or write the signing key {} (mode {mode:03o})", .path.display())]
    LooseKey {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file that cannot be read.
    #[error("the signing key {} cannot be read: {why}", .path.display())]
    UnreadableKey {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A key file that holds no key.
    #[error("the signing key {} cannot be used: {why}", .path.display())]
    BadKey {
        /// The file.
        path: PathBuf,
        /// Why.
        why: KeyError,
    },
    /// The key of another log, or one that was replaced.
    #[error("the signing key {} is not the one that this ledger names ({expected})", .path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The verifier key that the log names.
        expected: String,
    },
    /// Nobody can be kept from signing at the same time.
    #[error("the signer's lock {} cannot be had: {why}", .path.display())]
    NoLock {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A log that does not continue what was signed.
    #[error("{0}")]
    Behind(Box<Behind>),
    /// The columns of the log are not what was committed to.
    #[error(
        "the columns of the first {size} events do not say of the tokens what was committed to; nothing was signed"
    )]
    MapDiffers {
        /// The size.
        size: u64,
    },
    /// There is nothing to accept.
    #[error("the ledger continues the last checkpoint that was signed: nothing is lost")]
    NothingLost,
    /// Two computations of one root.
    #[error("two computations of the root of {size} events differ; nothing was signed")]
    RootsDiffer {
        /// The size.
        size: u64,
    },
    /// The signer's record cannot be written.
    #[error("the signer's record {} cannot be written: {why}; nothing was signed", .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A checkpoint that is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CommandError> for SignError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal),
            CommandError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Box<Behind>> for SignError {
    fn from(behind: Box<Behind>) -> Self {
        Self::Behind(behind)
    }
}
