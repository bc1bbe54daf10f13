//! Putting a backup in the ledger's place.
//!
//! The backup is checked first, and what was there is kept under another name. It is written over the
//! ledger in one transaction of SQLite's own, so that processes that have the ledger open see all of
//! it or nothing, and no write-ahead log of the one is ever read as the other's. What is replaced is
//! signed before it goes, if the key is at hand, and the signer's record stays: it says that the log
//! went back, and nothing is accepted until somebody accepts that.
//!
//! Crash story: before the commit the ledger is as it was; a copy under another name may lie beside it,
//! and the record may be of a newer checkpoint of what is there. The next run takes such copies away.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patrol_token::Entropy;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::check::check;
use crate::files::{sibling, sync_folder};
use crate::ledger::{Remove, give_name, part, vacuum_into};
use crate::merkle::Frontier;
use crate::project::StoreError;
use crate::signer::{SignError, lock, sign_the_last};
use crate::store::sqlite::{Access, Reader, Turnstile, connect, identity, store_error};

/// What restoring did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Events in the ledger now.
    pub events: u64,
    /// Where what was there is kept, and how many events it had, if it could be read.
    pub kept: Option<(PathBuf, Option<u64>)>,
}

/// Why nothing was restored. The ledger is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Not a file that could be restored.
    #[error("{} {why}", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What is in it does not hold.
    #[error("{} is not sound: {problem}", path.display())]
    NotSound {
        /// The file.
        path: PathBuf,
        /// The first problem.
        problem: String,
    },
    /// A copy of another ledger.
    #[error("{} is a copy of another ledger, {theirs}; here is {ours}", path.display())]
    OtherLedger {
        /// The file.
        path: PathBuf,
        /// Its log's name.
        theirs: String,
        /// The name of the log that is here.
        ours: String,
    },
    /// The signer could not be kept waiting.
    #[error(transparent)]
    Signer(#[from] SignError),
    /// A ledger, or its folder, that cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts `backup` in the place of the ledger at `path`, which need not be there.
///
/// # Errors
/// See [`RestoreError`].
pub fn restore(
    path: &Path,
    backup: &Path,
    entropy: &dyn Entropy,
) -> Result<Restored, RestoreError> {
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // Nobody signs the one while the other takes its place.
    let _signing = lock(path)?;
    sweep(path);
    let copy = sibling(path, &part(entropy)?);
    let _clean = Remove(vec![copy.clone(), sibling(&copy, "-wal"), sibling(&copy, "-shm")]);
    take_copy(path, backup, &copy)?;
    let new = connect(&copy, Access::Write).map_err(|why| RestoreError::NoBackup {
        path: backup.into(),
        why: format!("is no backup: {why}"),
    })?;
    let reader = Reader::open(&copy)?;
    let events = sound(&reader, backup)?;
    let origin = reader.ledger()?.origin;
    let id = reader.ledger()?.id;
    drop(reader);
    let kept = match look(path)? {
        Found::Nothing => put(new, &copy, path, None)?,
        Found::Damaged => put(new, &copy, path, Some(free_name(path)))?,
        Found::Ledger(ours) if ours.id != id => {
            let path = backup.to_owned();
            return Err(RestoreError::OtherLedger { path, theirs: origin, ours: ours.origin });
        }
        Found::Ledger(_) => {
            match renumber(&new, path).and_then(|()| replace(&new, path, entropy)) {
                // It can be opened and not be read: nothing in it is worth a transaction.
                Err(StoreError::Damaged(_)) => put(new, &copy, path, Some(free_name(path)))?,
                kept => Some(kept?),
            }
        }
    };
    sync_folder(path);
    Ok(Restored { events, kept })
}

/// Takes away the copies that a killed run left: whole ledgers, with everybody's keys. Whoever holds
/// the signer's lock is the only one who makes such.
fn sweep(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str))
    else {
        return;
    };
    let is_left = |file: &OsStr| {
        let rest = file.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('.'));
        rest.and_then(|rest| rest.split_at_checked(8)).is_some_and(|(random, end)| {
            let is_ours = random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            is_ours && ["", "-wal", "-shm", "-journal"].contains(&end)
        })
    };
    // What cannot be listed or removed is in nobody's way.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_left(&entry.file_name()) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

/// Copies the backup beside the ledger, private: it is opened and brought forward there.
fn take_copy(path: &Path, backup: &Path, copy: &Path) -> Result<(), RestoreError> {
    let none = |why: &str| RestoreError::NoBackup { path: backup.into(), why: why.into() };
    let unread = |error: std::io::Error| none(&format!("cannot be read: {error}"));
    let found = std::fs::metadata(backup).map_err(unread)?;
    if !found.is_file() {
        return Err(none("is not a file"));
    }
    if path.exists() && identity(backup)? == identity(path)? {
        return Err(none("is the ledger itself"));
    }
    if std::fs::metadata(sibling(backup, "-wal")).is_ok_and(|wal| wal.len() > 0) {
        return Err(none(
            "is a ledger in use, or one that was not closed: its write-ahead log lies beside it; make a \
             copy with `patrol --ledger FILE backup COPY`",
        ));
    }
    let unwritten = |error| StoreError::Unusable(format!("{}: {error}", copy.display()));
    let mut from = File::open(backup).map_err(unread)?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy);
    let to = to.as_mut().map_err(|error| unwritten(error.kind().into()))?;
    std::io::copy(&mut from, to).and_then(|_| to.sync_all()).map_err(unwritten)?;
    Ok(())
}

/// How many events a copy has, if all of it holds.
fn sound(reader: &Reader, backup: &Path) -> Result<u64, RestoreError> {
    let report = check(reader)?;
    match report.is_sound() {
        true => Ok(report.events),
        false => Err(RestoreError::NotSound {
            path: backup.into(),
            problem: report.problems.into_iter().next().unwrap_or_default(),
        }),
    }
}

/// What is in the ledger's place.
enum Found {
    Nothing,
    Ledger(crate::token::LedgerRow),
    /// A database that is beyond use.
    Damaged,
}

fn look(path: &Path) -> Result<Found, StoreError> {
    let row = connect(path, Access::Write)
        .and_then(|_| Reader::open(path))
        .and_then(|reader| reader.ledger());
    match row {
        Ok(row) => Ok(Found::Ledger(row)),
        Err(StoreError::Missing(_)) => Ok(Found::Nothing),
        Err(StoreError::Damaged(_)) => Ok(Found::Damaged),
        // Somebody else's file, or a later version's: not ours to replace.
        Err(error) => Err(error),
    }
}

/// Gives the copy the ledger's name, and another to what had it.
fn put(
    new: Connection,
    copy: &Path,
    path: &Path,
    aside: Option<PathBuf>,
) -> Result<Option<(PathBuf, Option<u64>)>, StoreError> {
    // Closing the last connection writes everything into the one file.
    new.close().map_err(|(_, error)| store_error(error))?;
    // What belongs to a file that is gone, or goes now, must not be read as the new one's.
    let beside = aside.clone().unwrap_or_else(|| free_name(path));
    // The ledger first: without it its log is nothing, and it would be an older ledger without its log.
    for end in ["", "-wal", "-shm"] {
        let from = sibling(path, end);
        match std::fs::rename(&from, sibling(&beside, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::Unusable(format!("{}: {error}", from.display())));
            }
            _ => {}
        }
    }
    give_name(copy, path)?;
    Ok(aside.map(|path| (path, None)))
}

/// A name beside the ledger that nothing has.
fn free_name(path: &Path) -> PathBuf {
    let first = sibling(path, ".replaced");
    let more = (2..).map(|n| sibling(path, &format!(".replaced-{n}")));
    let taken = |name: &Path| {
        ["", "-wal", "-shm"].iter().any(|end| sibling(name, end).symlink_metadata().is_ok())
    };
    std::iter::once(first).chain(more).find(|name| !taken(name)).unwrap_or_default()
}

/// How long writers are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes the new one over the ledger in one transaction, and keeps exactly what it replaced.
fn replace(
    new: &Connection,
    path: &Path,
    entropy: &dyn Entropy,
) -> Result<(PathBuf, Option<u64>), StoreError> {
    let deadline = Instant::now() + PATIENCE;
    let mut ledger = connect(path, Access::Write)?;
    let copy = sibling(path, &part(entropy)?);
    let _clean = Remove(vec![copy.clone()]);
    let over = Backup::new(new, &mut ledger).map_err(store_error)?;
    let turnstile = Turnstile::beside(path);
    let turn = turnstile.wait();
    // With the first page the write lock is had: from here on nobody adds to what is replaced, and
    // what is read is still what was there.
    step(&over, 1, deadline)?;
    drop(turn);
    vacuum_into(&connect(path, Access::Write)?, &copy)?;
    let tree: Vec<u8> = Connection::open(&copy)
        .and_then(|copy| copy.query_row("SELECT tree FROM head", [], |row| row.get(0)))
        .map_err(store_error)?;
    let name = free_name(path);
    give_name(&copy, &name)?;
    sync_folder(&name);
    // Without its key, or where it does not continue its record, it goes unsigned; the caller is told
    // how much it had, and what stands in its place says whether it is behind.
    drop(sign_the_last(path));
    step(&over, -1, deadline)?;
    Ok((name, Frontier::from_bytes(&tree).map(|tree| tree.size())))
}

/// More than a rebuild adds, that may run until the write lock is had.
const STEP: i64 = 1 << 40;

/// Makes the backup's rows others than those that are in the ledger: whoever follows the ledger by its
/// length alone, and slept while it grew and was put back, notices by that.
fn renumber(new: &Connection, path: &Path) -> Result<(), StoreError> {
    let made = Reader::open(path)?.rows_made()?;
    new.execute("UPDATE head SET rows_made = max(rows_made, ?1) + ?2", [made, STEP])
        .map(|_| ())
        .map_err(store_error)
}

/// Copies some pages, or all (-1); waits while others hold the lock.
fn step(over: &Backup<'_, '_>, pages: i32, deadline: Instant) -> Result<(), StoreError> {
    loop {
        match over.step(pages).map_err(store_error)? {
            StepResult::Done => return Ok(()),
            StepResult::More if pages > 0 => return Ok(()),
            StepResult::More => {}
            _ if Instant::now() > deadline => return Err(StoreError::Busy(PATIENCE.as_secs())),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
