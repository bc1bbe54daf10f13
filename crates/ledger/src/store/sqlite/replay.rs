//! Replaying: the whole log read once, in order. Ranges of positions are read, hashed, parsed and
//! opened on all cores, each through a connection of its own; the thread that has read the range
//! that is next folds what came of it, and what waits behind it. So nothing is copied between
//! threads, and what was read is still at hand when it is folded.
//!
//! Other connections may see a later moment. The log only grows, and where it ends is asked of the
//! calling connection, so they read the same events; unless a backup was put in its place, which
//! whoever has the log read asks about afterwards.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension as _, Row};
use ulid::Ulid;

use super::{scanner, store_error};
use crate::envelope::{Detail, decode};
use crate::event::Event;
use crate::person::{PersonId, PersonKey};
use crate::project::StoreError;

/// Positions of a range: enough work to be worth a turn.
const RANGE: i64 = 256;
/// Ranges that were read and wait for one before them, for each worker: the bound on memory, some
/// tens of MB. Enough that nobody waits while a busy system lets one of the threads stand for some
/// milliseconds.
const IN_FLIGHT: usize = 32;
/// A row of the log is not smaller than this in the file: its leaf and what SQLite puts around it.
const ROW_MIN: i64 = 40;

/// Reads every event from position `from` on and hands what comes of it to `take`, in the order of
/// positions.
///
/// `read` is called on any thread, with a row of these columns of `events`. So is `take`, by one
/// thread at a time, with a connection to the same file.
///
/// # Errors
/// What `take` says, or when the store cannot be read.
pub(crate) fn replay<T: Send>(
    connection: &Connection,
    from: u64,
    columns: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T> + Sync,
    mut take: impl FnMut(&Connection, T) -> Result<(), StoreError> + Send,
) -> Result<(), StoreError> {
    let ranges = Ranges::of(connection, from)?;
    let select = format!(
        "SELECT {columns} FROM events WHERE position >= ?1 AND position <= ?2 ORDER BY position"
    );
    let alone = |from: i64, last: i64, take: &mut dyn FnMut(&Connection, T) -> _| {
        let mut statement = connection.prepare(&select).map_err(store_error)?;
        let mut rows = statement.query([from, last]).map_err(store_error)?;
        while let Some(row) = rows.next().map_err(store_error)? {
            take(connection, read(row).map_err(store_error)?)?;
        }
        Ok(())
    };
    if from == 0 {
        // A position that cannot be is one that was edited in.
        alone(i64::MIN, -1, &mut take)?;
    }
    let mut beyond = ranges.bounds(0).0;
    if let Some(path) = connection.path().filter(|_| ranges.count > 1) {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(8);
        let reading = Reading { path: Path::new(path), ranges, select: &select, read: &read };
        beside(workers, &reading, &mut take)?;
        beyond = ranges.bounds(ranges.count).0;
    }
    // A short log, or positions far beyond what a file of this size can hold.
    alone(beyond, i64::MAX, &mut take)
}

/// Positions, cut into ranges.
#[derive(Clone, Copy)]
struct Ranges {
    from: i64,
    count: usize,
}

impl Ranges {
    fn of(connection: &Connection, from: u64) -> Result<Self, StoreError> {
        let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let last = number("SELECT ifnull(max(position), -1) FROM events").map_err(store_error)?;
        let bytes =
            number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                .map_err(store_error)?;
        let from = from.cast_signed();
        let count = last.saturating_sub(from).min(bytes / ROW_MIN) / RANGE;
        Ok(Self { from, count: usize::try_from(count).unwrap_or(0) })
    }

    /// Where the range begins, and the position after it.
    fn bounds(&self, number: usize) -> (i64, i64) {
        let begin = self.from.saturating_add(RANGE.saturating_mul(number as i64));
        (begin, begin.saturating_add(RANGE))
    }
}

/// What workers do.
struct Reading<'a, R> {
    path: &'a Path,
    ranges: Ranges,
    select: &'a str,
    read: &'a R,
}

/// Ranges that were read, until they are folded.
struct Folding<T, F> {
    /// The range to be folded next.
    next: usize,
    waiting: BTreeMap<usize, Vec<T>>,
    /// Memory of ranges that were folded, for the next ones: had from the system anew, it would cost
    /// more than what it is filled with.
    spare: Vec<Vec<T>>,
    take: F,
    outcome: Result<(), StoreError>,
}

impl<T, F: FnMut(&Connection, T) -> Result<(), StoreError>> Folding<T, F> {
    /// Folds the ranges that are next, as far as they were read.
    fn fold(&mut self, connection: &Connection) {
        while self.outcome.is_ok()
            && let Some(mut range) = self.waiting.remove(&self.next)
        {
            self.outcome = range.drain(..).try_for_each(|item| (self.take)(connection, item));
            self.next += 1;
            self.spare.push(range);
        }
    }
}

/// Reads and folds the ranges on all cores.
fn beside<T, R, F>(workers: usize, reading: &Reading<'_, R>, take: F) -> Result<(), StoreError>
where
    T: Send,
    R: Fn(&Row<'_>) -> rusqlite::Result<T> + Sync,
    F: FnMut(&Connection, T) -> Result<(), StoreError> + Send,
{
    let (waiting, spare) = (BTreeMap::new(), Vec::new());
    let folding = Folding { next: 0, waiting, spare, take, outcome: Ok(()) };
    let (folding, folded) = (Mutex::new(folding), Condvar::new());
    let number = AtomicUsize::new(0);
    let waiting_max = workers * IN_FLIGHT;
    let work = || {
        // Before all else: if this thread panics, nobody waits for what it was to read.
        let _stop = StopOnPanic(&folding, &folded);
        let connection = scanner(reading.path);
        let mut room = Vec::new();
        loop {
            let number = number.fetch_add(1, Ordering::Relaxed);
            if number >= reading.ranges.count {
                return;
            }
            let range = connection.as_ref().map_err(Clone::clone);
            let range = range.and_then(|connection| read_range(connection, reading, number, room));
            let Ok(folding) = folding.lock() else { return };
            let held = folded.wait_while(folding, |it| {
                it.outcome.is_ok() && it.next != number && it.waiting.len() >= waiting_max
            });
            let Ok(mut folding) = held else { return };
            match (range, &connection) {
                (Ok(range), Ok(connection)) if folding.outcome.is_ok() => {
                    folding.waiting.insert(number, range);
                    folding.fold(connection);
                }
                (Err(error), _) if folding.outcome.is_ok() => folding.outcome = Err(error),
                _ => {}
            }
            folded.notify_all();
            if folding.outcome.is_err() {
                return;
            }
            room = folding.spare.pop().unwrap_or_default();
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    folding.into_inner().unwrap_or_else(PoisonError::into_inner).outcome
}

/// Stops the others when the thread that has it panics.
struct StopOnPanic<'a, T, F>(&'a Mutex<Folding<T, F>>, &'a Condvar);

impl<T, F> Drop for StopOnPanic<'_, T, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut folding = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            folding.outcome = Err(StoreError::Stopped);
            self.1.notify_all();
        }
    }
}

fn read_range<T, R: Fn(&Row<'_>) -> rusqlite::Result<T>>(
    connection: &Connection,
    reading: &Reading<'_, R>,
    number: usize,
    mut range: Vec<T>,
) -> Result<Vec<T>, StoreError> {
    let (from, end) = reading.ranges.bounds(number);
    let read = || {
        let mut statement = connection.prepare_cached(reading.select)?;
        let mut rows = statement.query([from, end - 1])?;
        range.reserve(RANGE.unsigned_abs() as usize);
        while let Some(row) = rows.next()? {
            range.push((reading.read)(row)?);
        }
        Ok(range)
    };
    read().map_err(store_error)
}

/// The ledger's id, from its first event; `None` if that cannot be read.
pub(crate) fn ledger_id(connection: &Connection) -> Result<Option<Ulid>, StoreError> {
    let envelope: Option<Vec<u8>> = connection
        .prepare_cached("SELECT envelope FROM events WHERE position = 0")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map_err(store_error)?;
    let opening = envelope.and_then(|bytes| decode(0, &bytes, None, &|_| None, Detail::Rows).ok());
    Ok(opening.and_then(|decoded| match decoded.recorded.event {
        Event::LedgerOpened(opened) => Some(opened.ledger),
        _ => None,
    }))
}

/// A person as they are kept.
pub(crate) struct Known {
    pub(crate) key: PersonKey,
    pub(crate) name: String,
}

/// Persons as they are kept, and how many rows cannot be read.
#[derive(Default)]
pub(crate) struct Persons {
    pub(crate) known: HashMap<PersonId, Known, RandomState>,
    pub(crate) unreadable: usize,
}

impl Persons {
    /// A person's key, if they were not forgotten.
    pub(crate) fn key(&self, id: PersonId) -> Option<&PersonKey> {
        self.known.get(&id).map(|known| &known.key)
    }
}

/// Every person. A row that cannot be read costs what is sealed under it, and no more.
pub(crate) fn all_persons(connection: &Connection) -> Result<Persons, StoreError> {
    let mut statement =
        connection.prepare("SELECT id, key, name FROM persons").map_err(store_error)?;
    let mut rows = statement.query([]).map_err(store_error)?;
    let mut persons = Persons::default();
    while let Some(row) = rows.next().map_err(store_error)? {
        let read = || Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?, row.get(2)?));
        match read() {
            Ok((id, key, name)) => {
                let known = Known { key: PersonKey::from_bytes(key), name };
                persons.known.insert(PersonId::from_bytes(id), known);
            }
            Err(_) => persons.unreadable += 1,
        }
    }
    Ok(persons)
}
