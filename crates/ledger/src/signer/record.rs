//! The signer's own record: the last checkpoint it signed, as a file beside the key. And how the
//! ledger stands to it.

use std::path::{Path, PathBuf};

use super::{Behind, SignError};
use crate::event::Event;
use crate::files;
use crate::project::StoreError;
use crate::store::sqlite::Reader;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::note::Note;

/// Where the signer of the ledger at `path` keeps its record: `<ledger>.signed`.
pub fn record_path(path: &Path) -> PathBuf {
    files::sibling(path, ".signed")
}

/// How a ledger stands to what was signed of it.
pub(crate) enum Standing {
    /// It continues the last checkpoint, if there was one.
    Continues(Option<Signed>),
    /// It does not, and that was accepted.
    Accepted,
    /// It does not.
    Behind(Box<Behind>),
}

/// How the ledger of this reader stands to the last checkpoint that its signer knows of: the
/// record's or, if there is none, that which the ledger itself keeps.
///
/// # Errors
/// When the ledger or the record cannot be read: nothing is assumed of either.
pub(crate) fn standing(reader: &Reader) -> Result<Standing, StoreError> {
    let record = match read(&record_path(reader.path()))? {
        Some(record) => Some(record),
        None => reader.latest_checkpoint()?,
    };
    let Some(last) = record else { return Ok(Standing::Continues(None)) };
    reader.snapshot(|reader| {
        let now = reader.head()?.tree.size();
        let Checkpoint { size, root, .. } = last.checkpoint;
        if size <= now && reader.root_at(size)? == root {
            return Ok(Standing::Continues(Some(last)));
        }
        let accepted = reader.accepted_rollbacks()?;
        let is_accepted = |event: &Event| matches!(event, Event::RollbackAccepted(it) if (it.size, it.root) == (size, root));
        Ok(match accepted.iter().any(is_accepted) {
            true => Standing::Accepted,
            false => Standing::Behind(Box::new(Behind { size, root, now })),
        })
    })
}

fn read(path: &Path) -> Result<Option<Signed>, StoreError> {
    let unreadable = |why: &dyn std::fmt::Display| {
        StoreError::Unusable(format!("the signer's record {}: {why}", path.display()))
    };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let note = Note::parse(&bytes).map_err(|error| unreadable(&error))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| unreadable(&error))?;
    Ok(Some(Signed { checkpoint, note }))
}

/// Replaces the record. When this returns, no power cut brings the old one back.
pub(super) fn write(path: &Path, note: &Note) -> Result<(), SignError> {
    files::replace_private(path, note.to_string().as_bytes())
        .map_err(|error| SignError::Record { path: path.to_owned(), why: error.to_string() })
}
