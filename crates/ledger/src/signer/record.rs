//! The signer's own record: the last checkpoint it signed, as a file beside the key. And how the
//! ledger stands to it.

use std::path::{Path, PathBuf};

use super::{Behind, How, SignError};
use crate::event::{Event, Kind};
use crate::files;
use crate::merkle::Hash;
use crate::project::StoreError;
use crate::store::sqlite::Reader;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::note::{Note, VerifierKey};

/// Where the signer of the ledger at `path` keeps its record: `<ledger>.signed`.
pub fn record_path(path: &Path) -> PathBuf {
    files::sibling(path, ".signed")
}

/// The longest record that is read, in bytes: a note with one signature has some 300.
const MAX_LEN: u64 = 65_536;

/// How a ledger stands to what was signed of it.
pub(crate) enum Standing {
    /// It continues the last checkpoint, if there was one.
    Continues(Option<Signed>),
    /// It does not, and that was accepted.
    Accepted,
    /// It does not, or nobody can tell.
    Behind(Box<Behind>),
}

/// What the record says.
pub(super) enum Record {
    /// The last checkpoint, as it stands: its signature is not verified.
    Says(Signed),
    /// There is none.
    Missing,
    /// What is there is no checkpoint.
    Unreadable(String),
}

/// How the ledger of this reader stands to the last checkpoint that its signer knows of.
///
/// A record that is missing or cannot be read proves nothing: of a ledger that says itself that it
/// was signed, nothing is accepted then. A backup that is put in the ledger's place on another
/// machine looks just so.
///
/// # Errors
/// When the ledger or the record cannot be read: nothing is assumed of either.
pub(crate) fn standing(reader: &Reader) -> Result<Standing, StoreError> {
    let record = read(&record_path(reader.path()))?;
    reader.snapshot(|reader| {
        let now = reader.head()?.tree.size();
        let (last, how) = match record {
            Record::Says(last) => {
                let how = against(reader, &last, now)?;
                (Some(last), how)
            }
            Record::Missing => match reader.latest_checkpoint()? {
                None => return Ok(Standing::Continues(None)),
                kept => (kept, Some(How::NoRecord)),
            },
            Record::Unreadable(why) => {
                (reader.latest_checkpoint()?, Some(How::UnreadableRecord(why)))
            }
        };
        let Some(how) = how else { return Ok(Standing::Continues(last)) };
        let (size, root) =
            last.map_or((0, Hash::default()), |it| (it.checkpoint.size, it.checkpoint.root));
        let accepted = reader.accepted_rollbacks()?;
        let is_accepted = |event: &Event| matches!(event, Event::RollbackAccepted(it) if (it.size, it.root) == (size, root));
        Ok(match accepted.iter().any(is_accepted) {
            true => Standing::Accepted,
            false => Standing::Behind(Box::new(Behind { size, root, now, how })),
        })
    })
}

/// How the log differs from its record; `None`: it continues it.
fn against(reader: &Reader, last: &Signed, now: u64) -> Result<Option<How>, StoreError> {
    let Checkpoint { size, root, origin, .. } = &last.checkpoint;
    let row = reader.ledger()?;
    if *origin != row.origin {
        return Ok(Some(How::UnreadableRecord(format!("it is of another log, {origin}"))));
    }
    Ok(if *size > now {
        Some(How::Shorter)
    } else if reader.root_at(*size)? != *root {
        Some(How::Rewritten)
    } else if !is_signed(reader, &last.note, &row.verifier_key)? {
        Some(How::UnreadableRecord("it is not signed by a key of this log".into()))
    } else {
        None
    })
}

/// Whether the present key of the log, or one before it, signed a note.
pub(crate) fn is_signed(reader: &Reader, note: &Note, present: &str) -> Result<bool, StoreError> {
    let signed = |key: &str| VerifierKey::parse(key).is_ok_and(|key| note.verify([&key]).is_ok());
    if signed(present) {
        return Ok(true);
    }
    let mut keys = Vec::new();
    if let Event::LedgerOpened(opened) = reader.event_at(0)?.event {
        keys.push(opened.verifier_key);
    }
    for recorded in reader.of_ledger(Kind::KeyRotated)? {
        if let Event::KeyRotated(rotated) = recorded.event {
            keys.push(rotated.verifier_key);
        }
    }
    Ok(keys.iter().any(|key| signed(key)))
}

pub(super) fn read(path: &Path) -> Result<Record, StoreError> {
    // What is no file (a pipe, say) would never end.
    let bytes = std::fs::metadata(path).and_then(|found| match found.is_file() {
        true if found.len() <= MAX_LEN => std::fs::read(path),
        _ => Ok(Vec::new()),
    });
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Record::Missing),
        Err(error) => {
            let shown = path.display();
            return Err(StoreError::Unusable(format!("the signer's record {shown}: {error}")));
        }
    };
    let note = Note::parse(&bytes).map_err(|error| error.to_string());
    let read = note.and_then(|note| {
        let checkpoint = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
        Ok(Signed { checkpoint, note })
    });
    Ok(read.map_or_else(Record::Unreadable, Record::Says))
}

/// Replaces the record. When this returns, no power cut brings the old one back.
pub(super) fn write(path: &Path, note: &Note) -> Result<(), SignError> {
    files::replace_private(path, note.to_string().as_bytes())
        .map_err(|error| SignError::Record { path: path.to_owned(), why: error.to_string() })
}
