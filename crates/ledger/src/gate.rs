//! The gate before the writer. A log that does not continue what was signed of it is an older copy,
//! or another history: whatever is granted on it would be lost with it, or be a second story. So
//! only what ends tokens goes in, and facts about leaks, until the loss is accepted in words.

use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::project::StoreError;
use crate::store::sqlite::Reader;

/// Whether commands are let in.
pub(crate) trait Gate: Send + 'static {
    /// Why only what ends tokens is let in at this moment; `None`: everything is.
    fn closed(&mut self) -> Option<StoreError>;
}

/// Whether a command goes in where the gate is closed: a leaked token must be revocable at any time,
/// and the way out of it must be open.
pub(crate) fn always_goes(command: &Command) -> bool {
    matches!(
        command,
        Command::Revoke(_)
            | Command::Suspend { .. }
            | Command::Leak(_)
            | Command::Bypass(_)
            | Command::Sweep { .. }
            | Command::AcceptRollback(_)
    )
}

/// Goes by the signer's record beside the ledger.
pub(crate) struct Record {
    path: PathBuf,
    reader: Option<Reader>,
}

impl Record {
    /// Nothing is opened before the first command.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), reader: None }
    }

    fn ask(&mut self) -> Result<(), StoreError> {
        let reader = match self.reader.take().filter(Reader::is_current) {
            Some(reader) => reader,
            None => Reader::open(&self.path)?,
        };
        self.reader.insert(reader).assure_not_rolled_back()
    }
}

impl Gate for Record {
    fn closed(&mut self) -> Option<StoreError> {
        // Whatever keeps it from being known keeps it closed.
        self.ask().err()
    }
}
