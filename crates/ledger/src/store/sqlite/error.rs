//! What SQLite says, as what it means for the ledger.

use rusqlite::{Error, ErrorCode};

use crate::project::StoreError;

/// How long writers wait for each other, in seconds.
pub(crate) const PATIENCE_SECONDS: u64 = 30;

/// The store error that a database error means.
pub(crate) fn store_error(error: Error) -> StoreError {
    let Some(code) = error.sqlite_error_code() else {
        return StoreError::Other(error.to_string());
    };
    let said = match &error {
        // The statement says nothing to a reader, and may be a page long.
        Error::SqlInputError { msg, .. } => msg.clone(),
        error => error.to_string(),
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy(PATIENCE_SECONDS),
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::NotADatabase => StoreError::NotALedger,
        ErrorCode::DatabaseCorrupt => StoreError::Damaged(said),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
            StoreError::Unusable(said)
        }
        _ => StoreError::Other(said),
    }
}
