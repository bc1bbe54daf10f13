//! Writing: the store and its exclusive transaction.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patrol_token::{TokenDigest, TokenId};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use ulid::Ulid;

use super::error::PATIENCE_SECONDS;
use super::turn::{POLL, Turnstile};
use super::{Access, connect, create, identity, reviews, rows, store_error, tiles};
use crate::merkle::{Frontier, Hash};
use crate::person::{Person, PersonId, PersonKey};
use crate::project::{Lookup, Rows, StoreError};
use crate::review::Review;
use crate::store::{AppendError, Entry, Head, Store, Tx};
use crate::time::Timestamp;
use crate::tlog::tile::WIDTH;
use crate::token::{LedgerRow, Token};

/// The writing side of a ledger file.
pub struct SqliteStore {
    path: PathBuf,
    identity: (u64, u64),
    turnstile: Turnstile,
    connection: Option<Connection>,
}

impl SqliteStore {
    /// Opens the ledger at `path` for writing.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let identity = identity(path)?;
        let connection = Some(connect(path, Access::Write)?);
        let turnstile = Turnstile::beside(path);
        Ok(Self { path: path.to_owned(), identity, turnstile, connection })
    }

    /// Makes a private ledger file without events at a path where nothing is.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let connection = Some(create(path)?);
        let (identity, turnstile) = (identity(path)?, Turnstile::beside(path));
        Ok(Self { path: path.to_owned(), identity, turnstile, connection })
    }

    /// Writes everything into the one file and closes it.
    ///
    /// # Errors
    /// When that cannot be done, such as on a full disk.
    pub(crate) fn close(mut self) -> Result<(), StoreError> {
        let Some(connection) = self.connection.take() else { return Ok(()) };
        let left: i64 = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(store_error)?;
        if left != 0 {
            return Err(StoreError::Busy(PATIENCE_SECONDS));
        }
        connection.close().map_err(|(_, error)| store_error(error))
    }
}

impl Store for SqliteStore {
    type Tx<'s> = SqliteTx<'s>;

    fn begin(&mut self, patience: Duration) -> Result<SqliteTx<'_>, StoreError> {
        // Somebody may have put another file in its place, such as a restored backup.
        let found = identity(&self.path)?;
        if found != self.identity {
            self.connection = None;
            self.identity = found;
        }
        // A failed commit may have left the connection in any state: it was thrown away.
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path, Access::Write)?,
        };
        let connection = self.connection.insert(connection);
        let deadline = Instant::now() + patience;
        let turn = self.turnstile.wait();
        connection.busy_timeout(Duration::ZERO).map_err(store_error)?;
        loop {
            // IMMEDIATE: a transaction that begins as a reader and writes later is refused at once
            // when somebody wrote in between, however patient it is.
            match connection.execute_batch("BEGIN IMMEDIATE") {
                Ok(()) => break,
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < deadline =>
                {
                    std::thread::sleep(POLL);
                }
                Err(error) => return Err(store_error(error)),
            }
        }
        drop(turn);
        connection.busy_timeout(Duration::from_secs(PATIENCE_SECONDS)).map_err(store_error)?;
        Ok(SqliteTx { path: &self.path, connection: &mut self.connection, last: None, done: false })
    }
}

/// An exclusive transaction; rolled back when dropped.
pub struct SqliteTx<'s> {
    path: &'s Path,
    connection: &'s mut Option<Connection>,
    /// Position and leaf of the last event appended.
    last: Option<(u64, Hash)>,
    done: bool,
}

impl SqliteTx<'_> {
    fn db(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Stopped)
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), StoreError> {
        let mut statement = self.db()?.prepare_cached(sql).map_err(store_error)?;
        statement.execute(params).map(|_| ()).map_err(store_error)
    }
}

impl Drop for SqliteTx<'_> {
    fn drop(&mut self) {
        if !self.done
            && let Some(connection) = self.connection.as_ref()
            && connection.execute_batch("ROLLBACK").is_err()
        {
            // Not to be trusted again; the next transaction opens anew.
            *self.connection = None;
        }
    }
}

impl Tx for SqliteTx<'_> {
    fn head(&mut self) -> Result<Head, StoreError> {
        read_head(self.db()?)
    }

    fn person_key(&mut self, id: PersonId) -> Result<Option<PersonKey>, StoreError> {
        read_key(self.db()?, id)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        let connection = self.db()?;
        let mut statement = connection
            .prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)")
            .map_err(store_error)?;
        for entry in entries {
            let done = statement.execute(params![
                entry.position.cast_signed(),
                entry.stream.to_string(),
                entry.version.cast_signed(),
                entry.kind.as_str(),
                entry.recorded_at.as_micros(),
                entry.envelope,
                entry.leaf,
            ]);
            done.map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => AppendError::Conflict,
                _ => store_error(error).into(),
            })?;
        }
        drop(statement);
        self.last = entries.last().map(|entry| (entry.position, entry.leaf)).or(self.last);
        Ok(())
    }

    fn leaves(&mut self, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        tiles::leaves(self.db()?, from, to)
    }

    fn add_hashes(&mut self, level: u8, tile: u64, hashes: &[Hash]) -> Result<(), StoreError> {
        tiles::add(self.db()?, level, tile, hashes)
    }

    fn put_person(&mut self, person: &Person) -> Result<(), StoreError> {
        let key = person.key.expose();
        self.execute(
            "INSERT INTO persons (id, name, key) VALUES (?, ?, ?)",
            params![person.id.as_bytes(), person.name, key],
        )
    }

    fn destroy_person(&mut self, id: PersonId) -> Result<(), StoreError> {
        self.execute("DELETE FROM persons WHERE id = ?", [id.as_bytes()])
    }

    fn put_head(&mut self, head: &Head) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO head VALUES (1, ?1, ?2, 0, ?3) \
             ON CONFLICT (id) DO UPDATE SET tree = ?1, recorded_at = ?2, full_tiles = ?3",
            params![
                head.tree.to_bytes(),
                head.recorded_at.map(Timestamp::as_micros),
                (head.tree.size() / WIDTH).cast_signed(),
            ],
        )
    }

    fn count_unrecorded(&mut self, id: TokenId) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO unrecorded_sightings VALUES (?, 1) \
             ON CONFLICT (token) DO UPDATE SET count = count + 1",
            [id.to_string()],
        )
    }

    fn commit(mut self) -> Result<(), StoreError> {
        let outcome = self.db()?.execute_batch("COMMIT");
        self.done = true;
        outcome.map_err(|error| {
            // What COMMIT says when it fails is not reliable: the pages may be in the log already.
            // The connection is thrown away, and with it every cached page. Closing it rolls back
            // what was not committed.
            *self.connection = None;
            match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) if self.is_absent() => StoreError::Full,
                _ => StoreError::OutcomeUnknown(error.to_string()),
            }
        })
    }
}

impl SqliteTx<'_> {
    /// Whether the last event is surely not in the log, seen through a new connection. A full disk
    /// is common enough to be told apart from an unknown outcome.
    fn is_absent(&self) -> bool {
        let Some((position, leaf)) = self.last else { return false };
        let found = connect(self.path, Access::Read).and_then(|connection| {
            connection
                .query_row(
                    "SELECT leaf FROM events WHERE position = ?",
                    [position.cast_signed()],
                    |row| row.get::<_, Hash>(0),
                )
                .optional()
                .map_err(store_error)
        });
        matches!(found, Ok(found) if found != Some(leaf))
    }
}

/// Where the log ends, as stored.
pub(super) fn read_head(connection: &Connection) -> Result<Head, StoreError> {
    let row = connection
        .prepare_cached("SELECT tree, recorded_at FROM head WHERE id = 1")
        .and_then(|mut statement| {
            let row = statement.query_row([], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<i64>>(1)?))
            });
            row.optional()
        })
        .map_err(store_error)?;
    let Some((tree, recorded_at)) = row else { return Ok(Head::default()) };
    let tree = Frontier::from_bytes(&tree)
        .ok_or_else(|| StoreError::Damaged("the stored tree cannot be read".into()))?;
    Ok(Head { tree, recorded_at: recorded_at.map(Timestamp::from_micros) })
}

/// A person's key, as stored.
pub(super) fn read_key(
    connection: &Connection,
    id: PersonId,
) -> Result<Option<PersonKey>, StoreError> {
    connection
        .prepare_cached("SELECT key FROM persons WHERE id = ?")
        .and_then(|mut statement| {
            statement
                .query_row([id.as_bytes()], |row| row.get(0).map(PersonKey::from_bytes))
                .optional()
        })
        .map_err(store_error)
}

impl Rows for SqliteTx<'_> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        rows::ledger(self.db()?)
    }

    fn token(&mut self, id: TokenId) -> Result<Option<Token>, StoreError> {
        rows::one_token(self.db()?, "id = ?", [id.to_string()])
    }

    fn put_ledger(&mut self, row: LedgerRow) -> Result<(), StoreError> {
        rows::put_ledger(self.db()?, &row)
    }

    fn put_token(&mut self, token: Token) -> Result<(), StoreError> {
        rows::put_token(self.db()?, &token)
    }

    fn put_sighting(&mut self, id: TokenId, place: [u8; 32], at: u64) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?)",
            params![id.to_string(), place, at.cast_signed()],
        )
    }

    fn review(&mut self, id: Ulid) -> Result<Option<Review>, StoreError> {
        reviews::one(self.db()?, id)
    }

    fn put_review(&mut self, review: Review) -> Result<(), StoreError> {
        reviews::put(self.db()?, &review)
    }

    fn forget(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE tokens SET owner_name = NULL, name = NULL, description = NULL WHERE owner = ?",
            [person.as_bytes()],
        )
    }
}

impl Lookup for SqliteTx<'_> {
    fn token_with_digest(&mut self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        rows::one_token(self.db()?, "digest = ?", [digest.as_bytes()])
    }

    fn tokens_of(
        &mut self,
        owner: Option<PersonId>,
        issued_before: Option<Timestamp>,
    ) -> Result<Vec<Token>, StoreError> {
        let before = issued_before.unwrap_or(Timestamp::MAX).as_micros();
        match owner {
            Some(owner) => rows::all_tokens(
                self.db()?,
                "owner = ? AND created_at < ? ORDER BY issued_position",
                params![owner.as_bytes(), before],
            ),
            None => rows::all_tokens(
                self.db()?,
                "created_at < ? ORDER BY issued_position",
                params![before],
            ),
        }
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Token>, StoreError> {
        let now = now.as_micros();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let connection = self.db()?;
        let mut due = rows::all_tokens(
            connection,
            "superseded_at IS NOT NULL AND revoked_at IS NULL AND superseded_at <= ? \
             ORDER BY superseded_at, id LIMIT ?",
            params![now, limit],
        )?;
        let expired = rows::all_tokens(
            connection,
            "expires_at IS NOT NULL AND expired_at IS NULL AND revoked_at IS NULL \
             AND expires_at <= ? ORDER BY expires_at, id LIMIT ?",
            params![now, limit],
        )?;
        due.extend(
            expired
                .into_iter()
                .filter(|token| token.superseded_at.is_none_or(|end| end.as_micros() > now)),
        );
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due)
    }

    fn has_sighting(&mut self, id: TokenId, place: &[u8; 32]) -> Result<bool, StoreError> {
        self.db()?
            .prepare_cached("SELECT 1 FROM sightings WHERE token = ? AND place = ?")
            .and_then(|mut statement| statement.exists(params![id.to_string(), place]))
            .map_err(store_error)
    }

    fn person_named(&mut self, name: &str) -> Result<Option<PersonId>, StoreError> {
        read_person(self.db()?, name)
    }
}

/// The person of this normal name.
pub(super) fn read_person(
    connection: &Connection,
    name: &str,
) -> Result<Option<PersonId>, StoreError> {
    connection
        .prepare_cached("SELECT id FROM persons WHERE name = ?")
        .and_then(|mut statement| {
            statement.query_row([name], |row| row.get(0).map(PersonId::from_bytes)).optional()
        })
        .map_err(store_error)
}
