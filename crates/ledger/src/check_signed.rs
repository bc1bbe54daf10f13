//! What was signed of a log, held against it, for `check`.

use crate::counted;
use crate::event::Event;
use crate::project::StoreError;
use crate::signer::{How, Standing, is_signed, standing};
use crate::store::sqlite::Reader;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::Note;

/// Whether the log continues what its signer recorded outside of it, and every checkpoint that it
/// keeps itself. What does not hold goes to `wrong`, in words.
pub(crate) fn signed(reader: &Reader, mut wrong: impl FnMut(String)) -> Result<(), StoreError> {
    // What is too damaged to be asked is a problem like others, not the end of the check.
    let told = |error| match error {
        StoreError::Unusable(why) | StoreError::Damaged(why) => Ok(why),
        StoreError::Impossible(why) => Ok(why.to_string()),
        error => Err(error),
    };
    match standing(reader) {
        Ok(Standing::Continues(_) | Standing::Accepted) => {}
        // A backup is kept without a record, and may well be sound.
        Ok(Standing::Behind(behind)) if behind.how == How::NoRecord => {}
        Ok(Standing::Behind(behind)) => wrong(format!("signed: {behind}")),
        Err(error) => wrong(format!("signed: {}", told(error)?)),
    }
    let accepted = match reader.accepted_rollbacks() {
        Ok(accepted) => accepted,
        Err(error) => return told(error).map(|_| ()),
    };
    for (size, note) in reader.kept_checkpoints()? {
        let why = match kept(reader, size, &note) {
            Ok(None) => continue,
            Ok(Some(why)) => why,
            Err(error) => told(error)?,
        };
        let given_up = |event: &Event| matches!(event, Event::RollbackAccepted(it) if it.size.cast_signed() == size);
        if !accepted.iter().any(given_up) {
            wrong(format!(
                "signed: the kept checkpoint of {} {why}",
                counted(size.unsigned_abs(), "event")
            ));
        }
    }
    Ok(())
}

/// What is wrong with a kept checkpoint, if anything.
fn kept(reader: &Reader, size: i64, note: &str) -> Result<Option<String>, StoreError> {
    let parsed = Note::parse(note.as_bytes()).ok();
    let parsed = parsed.and_then(|note| Some((Checkpoint::parse(note.text()).ok()?, note)));
    let Some((checkpoint, note)) = parsed else {
        return Ok(Some("cannot be read".into()));
    };
    let row = reader.ledger()?;
    if checkpoint.size.cast_signed() != size || checkpoint.origin != row.origin {
        return Ok(Some("says something else than its row".into()));
    }
    if !is_signed(reader, &note, &row.verifier_key)? {
        return Ok(Some("is not signed by a key of this log".into()));
    }
    let now = reader.head()?.tree.size();
    match checkpoint.size <= now && reader.root_at(checkpoint.size)? == checkpoint.root {
        true => Ok(None),
        false => Ok(Some("is not of this log: it was cut or rewritten".into())),
    }
}
