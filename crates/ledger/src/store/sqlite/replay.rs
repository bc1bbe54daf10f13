//! Replaying: the whole log read once, in order. Reading and folding stay on the calling thread;
//! hashing, parsing and opening sealed texts, which cost most, go to the other cores in chunks.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZero;
use std::ops::Range;

use crossbeam_channel::bounded;
use rusqlite::{Connection, OptionalExtension as _, Row};
use ulid::Ulid;

use super::store_error;
use crate::envelope::{Decoded, Detail, decode};
use crate::event::{Event, Recorded};
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
    /// The hash of the stored bytes.
    pub(crate) leaf: Hash,
    /// Whether the stored leaf is that hash, and whether the columns beside say what the bytes say,
    /// if these can be read. `true` for [`Purpose::Fold`], which does not look.
    pub(crate) leaf_fits: bool,
    pub(crate) columns_fit: bool,
    /// What the bytes say.
    pub(crate) decoded: Result<Decoded, Impossible>,
}

/// Events as they are read from the store, their bytes one after another in one buffer, which is
/// used again: an event costs no allocation on the thread that reads.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    stored: Vec<Stored>,
}

struct Stored {
    position: i64,
    envelope: Range<usize>,
    columns: Option<Columns>,
}

/// The columns beside an envelope.
struct Columns {
    stream: Range<usize>,
    kind: Range<usize>,
    version: i64,
    recorded_at: i64,
    /// `None` if it has another length than a hash.
    leaf: Option<Hash>,
}

impl Chunk {
    fn put(&mut self, bytes: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        from..self.bytes.len()
    }

    fn take(&mut self, row: &Row<'_>, purpose: Purpose) -> rusqlite::Result<()> {
        let columns = match purpose {
            Purpose::Fold => None,
            Purpose::Check => Some(Columns {
                stream: self.put(row.get_ref(2)?.as_str()?.as_bytes()),
                version: row.get(3)?,
                kind: self.put(row.get_ref(4)?.as_str()?.as_bytes()),
                recorded_at: row.get(5)?,
                leaf: row.get_ref(6)?.as_blob()?.try_into().ok(),
            }),
        };
        let envelope = self.put(row.get_ref(1)?.as_blob()?);
        self.stored.push(Stored { position: row.get(0)?, envelope, columns });
        Ok(())
    }

    /// Hashes, parses and opens what is in it, and empties it.
    fn read(
        &mut self,
        ledger: Option<Ulid>,
        keys: &HashMap<PersonId, PersonKey>,
        purpose: Purpose,
    ) -> Vec<Replayed> {
        let key = |id: PersonId| keys.get(&id).cloned();
        let detail = match purpose {
            Purpose::Fold => Detail::Rows,
            Purpose::Check => Detail::Full,
        };
        let bytes = &self.bytes;
        let read = |stored: Stored| {
            let Stored { position, envelope, columns } = stored;
            let envelope = &bytes[envelope];
            let leaf = leaf_hash(envelope);
            let decoded = match u64::try_from(position) {
                Ok(position) => decode(position, envelope, ledger, &key, detail),
                Err(_) => Err(Impossible::new(0, format!("an event at position {position}"))),
            };
            let columns_fit = match (&columns, &decoded) {
                (Some(columns), Ok(decoded)) => columns.fit(bytes, &decoded.recorded),
                _ => true,
            };
            let leaf_fits = columns.is_none_or(|columns| columns.leaf == Some(leaf));
            Replayed { position, leaf, leaf_fits, columns_fit, decoded }
        };
        let read = self.stored.drain(..).map(read).collect();
        self.bytes.clear();
        read
    }
}

impl Columns {
    fn fit(&self, bytes: &[u8], recorded: &Recorded) -> bool {
        let text = |range: &Range<usize>| std::str::from_utf8(&bytes[range.clone()]);
        text(&self.stream).is_ok_and(|text| is_shown_as(&recorded.stream, text))
            && text(&self.kind) == Ok(recorded.event.kind().as_str())
            && self.version.cast_unsigned() == recorded.version
            && self.recorded_at == recorded.recorded_at.as_micros()
    }
}

/// Whether a value is shown as this text, without making another.
fn is_shown_as(value: &impl fmt::Display, text: &str) -> bool {
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    fmt::write(&mut rest, format_args!("{value}")).is_ok() && rest.0.is_empty()
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
    let mut next = |mut chunk: Chunk| -> Result<Chunk, StoreError> {
        while chunk.stored.len() < CHUNK
            && let Some(row) = found.next().map_err(store_error)?
        {
            chunk.take(row, purpose).map_err(store_error)?;
        }
        Ok(chunk)
    };
    let ledger = ledger_id(connection)?;
    std::thread::scope(|scope| {
        let (send_work, work) = bounded::<(usize, Chunk)>(workers * IN_FLIGHT);
        let (send_done, done) = bounded(workers * IN_FLIGHT);
        for _ in 0..workers {
            let (work, send_done) = (work.clone(), send_done.clone());
            scope.spawn(move || {
                for (number, mut chunk) in work {
                    let read = chunk.read(ledger, keys, purpose);
                    if send_done.send((number, read, chunk)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((work, send_done));
        let mut send_work = Some(send_work);
        let (mut sent, mut taken) = (0, 0);
        let mut waiting = BTreeMap::new();
        let mut spare = Vec::new();
        loop {
            while sent - taken < workers * IN_FLIGHT
                && let Some(work) = &send_work
            {
                let chunk = next(spare.pop().unwrap_or_default())?;
                if chunk.stored.is_empty() || work.send((sent, chunk)).is_err() {
                    send_work = None;
                } else {
                    sent += 1;
                }
            }
            if taken == sent {
                return Ok(());
            }
            let (number, read, chunk) = done.recv().map_err(|_| StoreError::Stopped)?;
            spare.push(chunk);
            waiting.insert(number, read);
            while let Some(read) = waiting.remove(&taken) {
                taken += 1;
                for replayed in read {
                    take(replayed)?;
                }
            }
        }
    })
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
