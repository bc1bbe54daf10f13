//! What a ledger keeps of its own verification: checkpoints, witnesses, cosignatures; and what its
//! log says of itself.

use rusqlite::{OptionalExtension as _, params};

use super::read::Reader;
use super::store_error;
use crate::envelope::Detail;
use crate::event::{Event, Kind, Recorded, Stream};
use crate::key::endorsement_line;
use crate::project::StoreError;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::map::{Latest, TokenMap};
use crate::tlog::note::{Note, VerifierKey, signature_lines};

impl Reader {
    /// One event.
    ///
    /// # Errors
    /// When it is not there, or the store cannot be read; so for all methods here.
    pub fn event_at(&self, position: u64) -> Result<Recorded, StoreError> {
        let bytes = self.envelope_at(position)?;
        Ok(self.decode(position, &bytes, Detail::Full)?.recorded)
    }

    /// The exact bytes of one event.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn envelope_at(&self, position: u64) -> Result<Vec<u8>, StoreError> {
        let mut found = None;
        self.each_envelope(position, position.saturating_add(1), |_, bytes| {
            found = Some(bytes.to_vec());
            Ok(())
        })?;
        found.ok_or_else(|| StoreError::Damaged(format!("event {position} is missing")))
    }

    /// Events of one type in the ledger's own stream, oldest first.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn of_ledger(&self, kind: Kind) -> Result<Vec<Recorded>, StoreError> {
        let positions: Vec<i64> = self
            .db()
            .prepare_cached(
                "SELECT position FROM events WHERE stream = 'ledger' AND type = ? ORDER BY version",
            )
            .and_then(|mut statement| {
                statement.query_map([kind.as_str()], |row| row.get(0))?.collect()
            })
            .map_err(store_error)?;
        positions.iter().map(|position| self.event_at(position.cast_unsigned())).collect()
    }

    /// The rollbacks that were accepted.
    pub(crate) fn accepted_rollbacks(&self) -> Result<Vec<Event>, StoreError> {
        let events = self.of_ledger(Kind::RollbackAccepted)?;
        Ok(events.into_iter().map(|recorded| recorded.event).collect())
    }

    /// Every token's latest version as the first `size` events leave it, from the log itself.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn token_map(&self, size: u64) -> Result<TokenMap, StoreError> {
        // Answered from the index of streams and versions alone.
        let mut statement = self
            .db()
            .prepare_cached(
                "SELECT substr(stream, 7), max(version), max(position) FROM events \
                 WHERE stream > 'token:' AND stream < 'token;' AND position < ? GROUP BY stream",
            )
            .map_err(store_error)?;
        let mut rows = statement.query([size.cast_signed()]).map_err(store_error)?;
        let mut map = TokenMap::default();
        while let Some(row) = rows.next().map_err(store_error)? {
            let id: String = row.get(0).map_err(store_error)?;
            let id = id
                .parse()
                .map_err(|_| StoreError::Damaged(format!("a stream named \"token:{id}\"")))?;
            let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned).map_err(store_error);
            map.put(id, Latest { count: number(1)?, last: number(2)? });
        }
        Ok(map)
    }

    /// The last checkpoint that the ledger keeps, with the cosignatures it has of it.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn latest_checkpoint(&self) -> Result<Option<Signed>, StoreError> {
        self.kept_checkpoint(i64::MAX)
    }

    /// The last kept checkpoint of at most this size.
    fn kept_checkpoint(&self, size: i64) -> Result<Option<Signed>, StoreError> {
        let text: Option<String> = self
            .db()
            .prepare_cached(
                "SELECT note FROM checkpoints WHERE size <= ? ORDER BY size DESC LIMIT 1",
            )
            .and_then(|mut statement| statement.query_row([size], |row| row.get(0)).optional())
            .map_err(store_error)?;
        let Some(text) = text else { return Ok(None) };
        let damaged =
            |why: &dyn std::fmt::Display| StoreError::Damaged(format!("a kept checkpoint: {why}"));
        let mut note = Note::parse(text.as_bytes()).map_err(|why| damaged(&why))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|why| damaged(&why))?;
        let lines: Vec<String> = self
            .db()
            .prepare_cached("SELECT line FROM cosignatures WHERE size = ? ORDER BY key")
            .and_then(|mut statement| {
                statement.query_map([checkpoint.size.cast_signed()], |row| row.get(0))?.collect()
            })
            .map_err(store_error)?;
        for line in lines {
            let lines = signature_lines(&(line + "\n")).map_err(|why| damaged(&why))?;
            lines.into_iter().for_each(|line| note.add(line));
        }
        Ok(Some(Signed { checkpoint, note }))
    }

    /// Every checkpoint that is kept, as it stands: its size and its text.
    pub(crate) fn kept_checkpoints(&self) -> Result<Vec<(i64, String)>, StoreError> {
        self.db()
            .prepare_cached("SELECT size, note FROM checkpoints ORDER BY size")
            .and_then(|mut statement| {
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(store_error)
    }

    /// The sizes of the latest `limit` checkpoints that are kept.
    pub(crate) fn checkpoint_sizes(&self, limit: usize) -> Result<Vec<u64>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db()
            .prepare_cached("SELECT size FROM checkpoints ORDER BY size DESC LIMIT ?")
            .and_then(|mut statement| {
                let sizes = statement.query_map([limit], |row| row.get::<_, i64>(0))?;
                sizes.map(|size| size.map(i64::cast_unsigned)).collect()
            })
            .map_err(store_error)
    }

    /// Where the events of a stream stand, as far as they are before `size`.
    pub(crate) fn positions_of(&self, stream: Stream, size: u64) -> Result<Vec<u64>, StoreError> {
        self.db()
            .prepare_cached(
                "SELECT position FROM events WHERE stream = ? AND position < ? ORDER BY version",
            )
            .and_then(|mut statement| {
                let found = statement
                    .query_map(params![stream.to_string(), size.cast_signed()], |row| {
                        row.get::<_, i64>(0)
                    })?;
                found.map(|at| at.map(i64::cast_unsigned)).collect()
            })
            .map_err(store_error)
    }

    /// Adds to a note of the log of `size` events what leads from the log's first key to the one that
    /// signed it: the endorsements of its last eight rotations.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn add_endorsements(&self, note: &mut Note, size: u64) -> Result<(), StoreError> {
        let rotations = self.of_ledger(Kind::KeyRotated)?;
        if rotations.is_empty() {
            return Ok(());
        }
        let Event::LedgerOpened(opened) = self.event_at(0)?.event else { return Ok(()) };
        let mut present = VerifierKey::parse(&opened.verifier_key).ok();
        let mut lines = Vec::new();
        for recorded in rotations.into_iter().filter(|recorded| recorded.position < size) {
            let Event::KeyRotated(rotated) = recorded.event else { continue };
            lines.extend(present.and_then(|present| endorsement_line(&present, &rotated)));
            present = VerifierKey::parse(&rotated.verifier_key).ok();
        }
        let room = LINES_READ.saturating_sub(note.signatures().len()).min(ENDORSEMENTS_MAX);
        let old = lines.len().saturating_sub(room);
        lines.into_iter().skip(old).for_each(|line| note.add(line));
        Ok(())
    }

    /// The witnesses that are asked to cosign.
    ///
    /// # Errors
    /// As [`Reader::event_at`].
    pub fn witnesses(&self) -> Result<Vec<KnownWitness>, StoreError> {
        self.db()
            .prepare_cached("SELECT key, url, seen FROM witnesses ORDER BY key")
            .and_then(|mut statement| {
                let rows = statement.query_map([], |row| {
                    let seen = row.get::<_, i64>(2)?.cast_unsigned();
                    Ok(KnownWitness { key: row.get(0)?, url: row.get(1)?, seen })
                })?;
                rows.collect()
            })
            .map_err(store_error)
    }
}

/// Signatures that all who read notes read.
const LINES_READ: usize = 16;
/// Rotations whose endorsements a note carries, where its signatures leave room for them. Whoever
/// holds an older key than that finds all of them in a bundle.
const ENDORSEMENTS_MAX: usize = 8;

/// A witness that is asked to cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownWitness {
    /// Its verifier key.
    pub key: String,
    /// Where it is reached.
    pub url: String,
    /// The size of the last checkpoint it cosigned for us.
    pub seen: u64,
}

impl crate::Ledger {
    /// Keeps a checkpoint.
    pub(crate) fn put_checkpoint(&self, signed: &Signed) -> Result<(), StoreError> {
        let alone = signed.note.by_its_first();
        self.write(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?)",
            params![signed.checkpoint.size.cast_signed(), alone.to_string()],
        )
        .map(|_| ())
    }

    /// Asks a witness to cosign from now on, or to be reached elsewhere. What it cosigned is kept.
    ///
    /// # Errors
    /// When the ledger cannot be written; so for the next.
    pub fn put_witness(&self, key: &str, url: &str) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO witnesses VALUES (?1, ?2, 0) ON CONFLICT (key) DO UPDATE SET url = ?2",
            params![key, url],
        )
        .map(|_| ())
    }

    /// Asks a witness no more. What it cosigned is kept. `false`: it was not asked.
    ///
    /// # Errors
    /// As [`crate::Ledger::put_witness`].
    pub fn remove_witness(&self, key: &str) -> Result<bool, StoreError> {
        self.write("DELETE FROM witnesses WHERE key = ?", [key]).map(|removed| removed > 0)
    }

    /// Keeps what a witness said of the checkpoint of this size, a signature line, and that it has
    /// seen that many events; never fewer than another run learned meanwhile.
    ///
    /// # Errors
    /// As [`crate::Ledger::put_witness`].
    pub fn put_cosignature(&self, size: u64, key: &str, line: &str) -> Result<(), StoreError> {
        self.write(
            "INSERT OR REPLACE INTO cosignatures VALUES (?, ?, ?)",
            params![size.cast_signed(), key, line],
        )?;
        self.write(
            "UPDATE witnesses SET seen = ?2 WHERE key = ?1 AND seen < ?2",
            params![key, size.cast_signed()],
        )
        .map(|_| ())
    }

    fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        let connection = super::connect(self.path(), super::Access::Write)?;
        connection.execute(sql, values).map_err(store_error)
    }
}
