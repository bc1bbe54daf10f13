//! Opening: every connection is made here, with the same settings, and those that safety rests on
//! are read back.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::PATIENCE_SECONDS;
use super::{schema, store_error};
use crate::project::StoreError;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The one writer of a process.
    Write,
    /// A reader.
    Read,
}

/// The mode of files that hold what others must not read.
pub(crate) const PRIVATE: u32 = 0o600;

/// What file a path leads to: device and inode.
pub(crate) fn identity(path: &Path) -> Result<(u64, u64), StoreError> {
    match std::fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(StoreError::Missing(path.display().to_string()))
        }
        Err(error) => Err(StoreError::Unusable(format!("{}: {error}", path.display()))),
    }
}

/// Opens an existing ledger.
pub(crate) fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let shown = || path.display().to_string();
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(StoreError::Unusable(format!("{} is a directory", shown())));
        }
        // SQLite's log and lock lie beside the name: two names for one file are two logs.
        Ok(found) if found.nlink() > 1 => {
            return Err(StoreError::Unusable(format!(
                "{} has {} names (hard links); a ledger must have one",
                shown(),
                found.nlink()
            )));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing(shown()));
        }
        Err(error) => return Err(StoreError::Unusable(format!("{}: {error}", shown()))),
    }
    // A reader opens for writing too: in WAL mode a reader takes part in the shared index, and may
    // be the one that recovers it after a crash. `query_only` keeps it from the tables.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(store_error)?;
    // Before any setting is made: somebody else's database is left as it is.
    let version = schema::recognise(&connection)?;
    configure(&connection, access)?;
    schema::bring_forward(&mut connection, version, access)?;
    if access == Access::Read {
        connection.pragma_update(None, "query_only", true).map_err(store_error)?;
    }
    Ok(connection)
}

/// Opens an existing ledger to read much of it once: few pages are kept, which stay in the
/// processor's cache, as none is asked for again.
pub(crate) fn scanner(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, Access::Read)?;
    connection.pragma_update(None, "cache_size", "-1024").map_err(store_error)?;
    Ok(connection)
}

/// Makes a new, private ledger file without events at a path where nothing is.
pub(crate) fn create(path: &Path) -> Result<Connection, StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path);
    made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists(path.display().to_string()),
        _ => StoreError::Unusable(format!("{}: {error}", path.display())),
    })?;
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(store_error)?;
    configure(&connection, Access::Write)?;
    schema::create(&mut connection)?;
    Ok(connection)
}

fn configure(connection: &Connection, access: Access) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.busy_timeout(Duration::from_secs(PATIENCE_SECONDS)).map_err(store_error)?;
    // Nothing a database says may run: no edited schema, no functions of views or triggers beyond
    // the harmless ones.
    let config = |option, on| connection.set_db_config(option, on).map_err(store_error);
    config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let set =
        |name: &str, value: &str| connection.pragma_update(None, name, value).map_err(store_error);
    if access == Access::Write {
        connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .map_err(store_error)?;
    }
    set("synchronous", "FULL")?;
    set("secure_delete", "ON")?;
    set("recursive_triggers", "ON")?;
    set("foreign_keys", "ON")?;
    // What is sorted or set aside may be names: it stays in memory.
    set("temp_store", "MEMORY")?;
    set("cache_size", "-65536")?;
    // An idle log is cut back to this many bytes when it starts anew.
    set("journal_size_limit", "67108864")?;
    read_back(connection)
}

/// Durability is a promise: it is read back, never assumed.
fn read_back(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(store_error)?;
    let synchronous: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .map_err(store_error)?;
    if mode == "wal" && synchronous == 2 {
        return Ok(());
    }
    Err(StoreError::Other(format!(
        "this file system does not let the ledger be durable (journal_mode={mode}, \
         synchronous={synchronous}; needed: wal, 2)"
    )))
}

/// A file that others than its owner may read or write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMode {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

/// The file's mode, if others than its owner may read or write it.
pub(crate) fn loose_mode(path: &Path) -> Option<FileMode> {
    let mode = std::fs::metadata(path).ok()?.mode() & 0o777;
    (mode & 0o077 != 0).then(|| FileMode { path: path.to_owned(), mode })
}
