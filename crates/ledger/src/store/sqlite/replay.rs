//! Replaying: the whole log read once, in order. Reading and folding stay on the calling thread;
//! hashing, parsing and opening sealed texts, which cost most, go to the other cores in chunks.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;

use crossbeam_channel::bounded;
use rusqlite::{Connection, Row};
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
    /// To make rows of it: only what rows hold is opened, nothing is hashed.
    Fold,
    /// To check it: everything is opened, hashed, and handed over with the columns beside it.
    Check,
}

/// An event as it was stored and as it was read.
pub(crate) struct Replayed {
    /// Its position.
    pub(crate) position: u64,
    /// The columns beside the envelope; `None` for [`Purpose::Fold`].
    pub(crate) columns: Option<Columns>,
    /// The hash of the stored bytes; zeros for [`Purpose::Fold`].
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
    position: u64,
    columns: Option<Columns>,
    envelope: Vec<u8>,
}

/// Hands every event to `take`, in the order of positions.
///
/// # Errors
/// What `take` says, or when the store cannot be read.
pub(crate) fn replay(
    connection: &Connection,
    keys: &HashMap<PersonId, PersonKey>,
    purpose: Purpose,
    mut take: impl FnMut(Replayed) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // The calling thread's share is small: it shares a core.
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(8);
    let mut statement = connection
        .prepare(match purpose {
            Purpose::Fold => "SELECT position, envelope FROM events ORDER BY position",
            Purpose::Check => {
                "SELECT position, envelope, stream, version, type, recorded_at, leaf FROM events \
                 ORDER BY position"
            }
        })
        .map_err(store_error)?;
    let mut found = statement.query([]).map_err(store_error)?;
    let mut next = || -> Result<Vec<Stored>, StoreError> {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK
            && let Some(row) = found.next().map_err(store_error)?
        {
            chunk.push(stored(row, purpose).map_err(store_error)?);
        }
        Ok(chunk)
    };
    // The first event tells the ledger's id, which all others need.
    let mut first = next()?;
    let Some(opening) = first.first() else { return Ok(()) };
    let ledger = match read(opening, None, keys, purpose).1 {
        Ok(Decoded { recorded, .. }) => match recorded.event {
            Event::LedgerOpened(opened) => Some(opened.ledger),
            _ => None,
        },
        Err(_) => None,
    };
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
                let chunk = if first.is_empty() { next()? } else { std::mem::take(&mut first) };
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
    Ok(Stored { position: row.get::<_, i64>(0)?.cast_unsigned(), columns, envelope: row.get(1)? })
}

fn read(
    stored: &Stored,
    ledger: Option<Ulid>,
    keys: &HashMap<PersonId, PersonKey>,
    purpose: Purpose,
) -> (Hash, Result<Decoded, Impossible>) {
    let key = |id: PersonId| keys.get(&id).cloned();
    let (leaf, detail) = match purpose {
        Purpose::Fold => ([0; 32], Detail::Rows),
        Purpose::Check => (leaf_hash(&stored.envelope), Detail::Full),
    };
    (leaf, decode(stored.position, &stored.envelope, ledger, &key, detail))
}

/// Every person's key.
pub(crate) fn all_keys(
    connection: &Connection,
) -> Result<HashMap<PersonId, PersonKey>, StoreError> {
    connection
        .prepare("SELECT id, key FROM persons")
        .and_then(|mut statement| {
            let keys = statement.query_map([], |row| {
                Ok((PersonId::from_bytes(row.get(0)?), PersonKey::from_bytes(row.get(1)?)))
            })?;
            keys.collect()
        })
        .map_err(store_error)
}
