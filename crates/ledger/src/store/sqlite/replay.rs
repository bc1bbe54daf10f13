//! Replaying: the whole log read once, in order. Ranges of positions are read, hashed, parsed and
//! opened on all cores, each through a connection of its own, so that no bytes are copied from one
//! thread to another; the calling thread folds what comes of them, in the order of positions.
//!
//! Other connections may see a later moment. The log only grows, and where it ends is asked of the
//! calling connection, so they read the same events.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::path::Path;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, OptionalExtension as _, Row};
use ulid::Ulid;

use super::{Access, connect, store_error};
use crate::envelope::{Detail, decode};
use crate::event::Event;
use crate::person::{PersonId, PersonKey};
use crate::project::StoreError;

/// Positions of a range: enough work to be worth a hand-over between threads, and so few that what
/// comes of them is no block of memory that is had from the system anew each time.
const RANGE: i64 = 256;
/// Ranges on their way at once, for each worker: the bound on memory, some tens of MB. Enough that
/// nobody waits while a busy system lets one of the threads stand for some milliseconds.
const IN_FLIGHT: usize = 32;
/// A row of the log is not smaller than this in the file: its leaf and what SQLite puts around it.
const ROW_MIN: i64 = 40;

/// Reads every event from position `from` on and hands what comes of it to `take`, in the order of
/// positions.
///
/// `read` is called on any thread, with a row of these columns of `events`.
///
/// # Errors
/// What `take` says, or when the store cannot be read.
pub(crate) fn replay<T: Send>(
    connection: &Connection,
    from: u64,
    columns: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let ranges = Ranges::of(connection, from)?;
    let select = format!(
        "SELECT {columns} FROM events WHERE position >= ?1 AND position <= ?2 ORDER BY position"
    );
    let alone = |from: i64, last: i64, take: &mut dyn FnMut(T) -> Result<(), StoreError>| {
        let mut statement = connection.prepare(&select).map_err(store_error)?;
        let mut rows = statement.query([from, last]).map_err(store_error)?;
        while let Some(row) = rows.next().map_err(store_error)? {
            take(read(row).map_err(store_error)?)?;
        }
        Ok(())
    };
    if from == 0 {
        // A position that cannot be is one that was edited in.
        alone(i64::MIN, -1, &mut take)?;
    }
    let mut beyond = ranges.bounds(0).0;
    if let Some(path) = connection.path().filter(|_| ranges.count > 1) {
        // The calling thread's share is small: it shares a core.
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

/// A range, and what was read of it.
struct Done<T> {
    number: usize,
    range: Result<Vec<T>, StoreError>,
}

/// Reads the ranges on all cores.
fn beside<T: Send, R: Fn(&Row<'_>) -> rusqlite::Result<T> + Sync>(
    workers: usize,
    reading: &Reading<'_, R>,
    take: &mut impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let in_flight = workers * IN_FLIGHT;
    std::thread::scope(|scope| {
        let (ask, asked) = bounded(in_flight);
        let (send, done) = bounded::<Done<T>>(in_flight);
        for _ in 0..workers {
            let (asked, send) = (asked.clone(), send.clone());
            scope.spawn(move || work(reading, &asked, &send));
        }
        drop((asked, send));
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for taken in 0..reading.ranges.count {
            while next < reading.ranges.count && next - taken < in_flight {
                ask.send(next).map_err(|_| StoreError::Stopped)?;
                next += 1;
            }
            let range = loop {
                if let Some(range) = waiting.remove(&taken) {
                    break range;
                }
                let done = done.recv().map_err(|_| StoreError::Stopped)?;
                waiting.insert(done.number, done.range);
            };
            range?.into_iter().try_for_each(&mut *take)?;
        }
        Ok(())
    })
}

/// Reads ranges that are asked for, until there are no more.
fn work<T, R: Fn(&Row<'_>) -> rusqlite::Result<T>>(
    reading: &Reading<'_, R>,
    asked: &Receiver<usize>,
    done: &Sender<Done<T>>,
) {
    let mut connection = None;
    for number in asked {
        let mut answer = Answer { done, number, range: Err(StoreError::Stopped) };
        answer.range = match &connection {
            Some(connection) => read_range(connection, reading, number),
            None => connect(reading.path, Access::Read)
                .and_then(|made| read_range(connection.insert(made), reading, number)),
        };
    }
}

/// Answers when dropped: a worker that panics keeps nobody waiting.
struct Answer<'a, T> {
    done: &'a Sender<Done<T>>,
    number: usize,
    range: Result<Vec<T>, StoreError>,
}

impl<T> Drop for Answer<'_, T> {
    fn drop(&mut self) {
        let range = std::mem::replace(&mut self.range, Err(StoreError::Stopped));
        // Nobody listens any more once something went wrong elsewhere.
        drop(self.done.send(Done { number: self.number, range }));
    }
}

fn read_range<T, R: Fn(&Row<'_>) -> rusqlite::Result<T>>(
    connection: &Connection,
    reading: &Reading<'_, R>,
    number: usize,
) -> Result<Vec<T>, StoreError> {
    let (from, end) = reading.ranges.bounds(number);
    let read = || {
        let mut statement = connection.prepare_cached(reading.select)?;
        let mut rows = statement.query([from, end - 1])?;
        let mut range = Vec::with_capacity(RANGE.unsigned_abs() as usize);
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

/// Persons as they are kept: their keys and names, and how many rows cannot be read.
#[derive(Default)]
pub(crate) struct Persons {
    pub(crate) keys: HashMap<PersonId, PersonKey>,
    pub(crate) names: HashMap<PersonId, String>,
    pub(crate) unreadable: usize,
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
                let id = PersonId::from_bytes(id);
                persons.keys.insert(id, PersonKey::from_bytes(key));
                persons.names.insert(id, name);
            }
            Err(_) => persons.unreadable += 1,
        }
    }
    Ok(persons)
}
