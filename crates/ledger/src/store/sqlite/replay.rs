//! Replaying: the whole log read once, in order. Reading and folding stay on the calling thread;
//! hashing, parsing and opening sealed texts, which cost most, go to the other cores in chunks.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;

use crossbeam_channel::bounded;
use rusqlite::{Connection, OptionalExtension as _, Row};
use ulid::Ulid;

use super::store_error;
use crate::envelope::{Decoded, Detail, decode};
use crate::event::Event;
use crate::evolve::Impossible;
use crate::merkle::{Hash, leaf_hash};
use crate::person::{PersonId, PersonKey};
use crate::project::StoreError;

/// Events of a chunk: enough work to be worth a hand-over between threads.
const CHUNK: usize = 256;
/// Chunks on their way at once, for each worker: the bound on memory.
const IN_FLIGHT: usize = 4;

/// What a replay is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make rows of it: only what rows hold is opened.
    Fold,
    /// To check it: everything is opened, and handed over with the columns beside it.
    Check,
}

/// An event as it was stored and as it was read.
pub(crate) struct Replayed {
    /// Its position.
    pub(crate) position: i64,
    /// The columns beside the envelope; `None` for [`Purpose::Fold`].
    pub(crate) columns: Option<Columns>,
    /// The hash of the stored bytes.
    pub(crate) leaf: Hash,
    /// What the bytes say.
    pub(crate) decoded: Result<Decoded, Impossible>,
}

/// The columns beside an envelope.
pub(crate) struct Columns {
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) kind: String,
    pub(crate) recorded_at: i64,
    pub(crate) leaf: Vec<u8>,
}

struct Stored {
    position: i64,
    columns: Option<Columns>,
    envelope: Vec<u8>,
}

/// Hands every event from position `from` on to `take`, in the order of positions.
///
/// # Errors
/// What `take` says, or when the store cannot be read.
pub(crate) fn replay(
    connection: &Connection,
    keys: &HashMap<PersonId, PersonKey>,
    from: u64,
    purpose: Purpose,
    mut take: impl FnMut(Replayed) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // The calling thread's share is small: it shares a core.
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(8);
    let mut statement = connection
        .prepare(match purpose {
            Purpose::Fold => {
                "SELECT position, envelope FROM events WHERE position >= ? ORDER BY position"
            }
            Purpose::Check => {
                "SELECT position, envelope, stream, version, type, recorded_at, leaf FROM events \
                 WHERE position >= ? ORDER BY position"
            }
        })
        .map_err(store_error)?;
    // From the start means from below it, too: a position that cannot be is one that was edited in.
    let from = if from == 0 { i64::MIN } else { from.cast_signed() };
    let mut found = statement.query([from]).map_err(store_error)?;
    let mut next = || -> Result<Vec<Stored>, StoreError> {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK
            && let Some(row) = found.next().map_err(store_error)?
        {
            chunk.push(stored(row, purpose).map_err(store_error)?);
        }
        Ok(chunk)
    };
    let ledger = ledger_id(connection)?;
    std::thread::scope(|scope| {
        let (send_work, work) = bounded::<(usize, Vec<Stored>)>(workers * IN_FLIGHT);
        let (send_done, done) = bounded(workers * IN_FLIGHT);
        for _ in 0..workers {
            let (work, send_done) = (work.clone(), send_done.clone());
            scope.spawn(move || {
                for (number, chunk) in work {
                    let chunk: Vec<_> = chunk
                        .into_iter()
                        .map(|stored| {
                            let (leaf, decoded) = read(&stored, ledger, keys, purpose);
                            let Stored { position, columns, .. } = stored;
                            Replayed { position, columns, leaf, decoded }
                        })
                        .collect();
                    if send_done.send((number, chunk)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((work, send_done));
        let mut send_work = Some(send_work);
        let (mut sent, mut taken) = (0, 0);
        let mut waiting = BTreeMap::new();
        loop {
            while sent - taken < workers * IN_FLIGHT
                && let Some(work) = &send_work
            {
                let chunk = next()?;
                if chunk.is_empty() || work.send((sent, chunk)).is_err() {
                    send_work = None;
                } else {
                    sent += 1;
                }
            }
            if taken == sent {
                return Ok(());
            }
            let (number, chunk) = done.recv().map_err(|_| StoreError::Stopped)?;
            waiting.insert(number, chunk);
            while let Some(chunk) = waiting.remove(&taken) {
                taken += 1;
                for replayed in chunk {
                    take(replayed)?;
                }
            }
        }
    })
}

fn stored(row: &Row<'_>, purpose: Purpose) -> rusqlite::Result<Stored> {
    let columns = match purpose {
        Purpose::Fold => None,
        Purpose::Check => Some(Columns {
            stream: row.get(2)?,
            version: row.get::<_, i64>(3)?.cast_unsigned(),
            kind: row.get(4)?,
            recorded_at: row.get(5)?,
            leaf: row.get(6)?,
        }),
    };
    Ok(Stored { position: row.get(0)?, columns, envelope: row.get(1)? })
}

fn read(
    stored: &Stored,
    ledger: Option<Ulid>,
    keys: &HashMap<PersonId, PersonKey>,
    purpose: Purpose,
) -> (Hash, Result<Decoded, Impossible>) {
    let key = |id: PersonId| keys.get(&id).cloned();
    let detail = match purpose {
        Purpose::Fold => Detail::Rows,
        Purpose::Check => Detail::Full,
    };
    let decoded = match u64::try_from(stored.position) {
        Ok(position) => decode(position, &stored.envelope, ledger, &key, detail),
        Err(_) => Err(Impossible::new(0, format!("an event at position {}", stored.position))),
    };
    (leaf_hash(&stored.envelope), decoded)
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
