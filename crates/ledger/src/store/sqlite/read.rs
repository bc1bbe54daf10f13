//! Reading: questions answered from a snapshot, without ever waiting for a writer.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use patrol_token::{TokenDigest, TokenId};
use rusqlite::{Connection, OptionalExtension as _};
use ulid::Ulid;

use super::replay::ledger_id;
use super::tx::{read_head, read_key, read_person};
use super::{Access, connect, identity, rows, store_error};
use crate::command::Selector;
use crate::envelope::{Decoded, Detail, decode};
use crate::event::Format;
use crate::merkle::Hash;
use crate::person::{PersonId, PersonKey};
use crate::project::StoreError;
use crate::signer::{Standing, standing};
use crate::state::normal;
use crate::store::Head;
use crate::store::folded::Folded;
use crate::time::Timestamp;
use crate::token::{LedgerRow, Token};

/// Keys of persons that a reader keeps at hand, at most: a log goes by in constant memory.
const KEYS_MAX: usize = 65_536;

/// A reader of a ledger file. Each method sees one consistent state, and every commit that was
/// acknowledged before it began.
pub struct Reader {
    path: PathBuf,
    identity: (u64, u64),
    connection: Connection,
    ledger: Option<Ulid>,
    keys: RefCell<HashMap<PersonId, PersonKey>>,
    /// The version of the data that `keys` were read at: somebody may be forgotten by now.
    keys_at: Cell<Option<i64>>,
    /// How long the log was, and which rows it had, when it was last found to continue what was signed
    /// of it.
    assured: Cell<Option<(u64, i64)>>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let identity = identity(path)?;
        let connection = connect(path, Access::Read)?;
        // From the log itself: the row is derived, and may be what is damaged.
        let ledger = ledger_id(&connection)?;
        Ok(Self {
            path: path.to_owned(),
            identity,
            connection,
            ledger,
            keys: RefCell::default(),
            keys_at: Cell::new(None),
            assured: Cell::new(None),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn db(&self) -> &Connection {
        &self.connection
    }

    /// Runs `ask` on one snapshot: all that it reads is of one moment.
    ///
    /// # Errors
    /// What `ask` says, or when the store cannot be read.
    pub fn snapshot<T>(
        &self,
        ask: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if !self.connection.is_autocommit() {
            return ask(self);
        }
        // Ended when dropped, by a panic too: a reader that stayed inside would go on seeing this
        // moment for ever.
        let snapshot = self.connection.unchecked_transaction().map_err(store_error)?;
        let version = Some(self.data_version()?);
        if self.keys_at.replace(version) != version {
            // Keys that were destroyed meanwhile open nothing any more.
            self.keys.borrow_mut().clear();
        }
        let answer = ask(self);
        snapshot.finish().map_err(store_error)?;
        answer
    }

    /// Whether the file at the ledger's path is still the one this reader has open.
    pub fn is_current(&self) -> bool {
        identity(&self.path).is_ok_and(|found| found == self.identity)
    }

    /// Whether this log continues what its signer has signed, or its loss was accepted. Looked up
    /// once for each opened file, and again if the log is shorter than it was, or has other rows: a
    /// backup was put in its place.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`], or when ledger or record cannot be read.
    pub fn assure_not_rolled_back(&self) -> Result<(), StoreError> {
        let size = self.head()?.tree.size();
        let made = self.rows_made()?;
        if self.assured.get().is_none_or(|(assured, rows)| size < assured || rows != made) {
            self.assured.set(None);
            if let Standing::Behind(behind) = standing(self)? {
                return Err(StoreError::RolledBack(behind.to_string()));
            }
        }
        self.assured.set(Some((size, made)));
        Ok(())
    }

    /// The ledger itself.
    ///
    /// # Errors
    /// When the store cannot be read; so for all methods.
    pub fn ledger(&self) -> Result<LedgerRow, StoreError> {
        rows::ledger(&self.connection)?.ok_or(StoreError::NotALedger)
    }

    /// The ledger itself, if it has its row.
    pub(crate) fn ledger_row(&self) -> Result<Option<LedgerRow>, StoreError> {
        rows::ledger(&self.connection)
    }

    /// The position of the last event that is there, whatever the head says; -1 if there is none.
    pub(crate) fn last_position(&self) -> Result<i64, StoreError> {
        self.connection
            .query_row("SELECT ifnull(max(position), -1) FROM events", [], |row| row.get(0))
            .map_err(store_error)
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn head(&self) -> Result<Head, StoreError> {
        read_head(&self.connection)
    }

    /// The token that is meant; a whole token must match by its digest.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn token(&self, which: &Selector) -> Result<Option<Token>, StoreError> {
        let by_id = which.id().map(|id| self.token_by_id(id)).transpose()?.flatten();
        match (by_id.filter(|token| which.means(token)), which) {
            // An import's id need not stand in its text.
            (None, Selector::Whole { digest, .. }) => self.token_by_digest(digest),
            (found, _) => Ok(found),
        }
    }

    pub(super) fn token_by_id(&self, id: TokenId) -> Result<Option<Token>, StoreError> {
        rows::one_token(&self.connection, "id = ?", [id.to_string()])
    }

    fn token_by_digest(&self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        rows::one_token(&self.connection, "digest = ?", [digest.as_bytes()])
    }

    /// When a token was last seen in use, to the day.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn last_used(&self, id: TokenId) -> Result<Option<Timestamp>, StoreError> {
        self.connection
            .prepare_cached("SELECT at FROM last_used WHERE token = ?")
            .and_then(|mut statement| {
                statement
                    .query_row([id.to_string()], |row| row.get(0).map(Timestamp::from_micros))
                    .optional()
            })
            .map_err(store_error)
    }

    /// How often a token was seen in places beyond those that the log records.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn unrecorded_sightings(&self, id: TokenId) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("SELECT count FROM unrecorded_sightings WHERE token = ?")
            .and_then(|mut statement| {
                let count = statement.query_row([id.to_string()], |row| row.get::<_, i64>(0));
                count.optional()
            })
            .map(|count| count.unwrap_or_default().cast_unsigned())
            .map_err(store_error)
    }

    /// Every legacy shape that an import declared.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn legacy_formats(&self) -> Result<Vec<Format>, StoreError> {
        let texts: Vec<String> = self
            .connection
            // From one to the next in the index: DISTINCT would visit every imported token.
            .prepare_cached(
                "WITH RECURSIVE known(format) AS (
                     SELECT min(format) FROM tokens WHERE format IS NOT NULL
                     UNION ALL
                     SELECT (SELECT min(format) FROM tokens
                             WHERE format IS NOT NULL AND format > known.format)
                     FROM known WHERE known.format IS NOT NULL)
                 SELECT format FROM known WHERE format IS NOT NULL",
            )
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .map_err(store_error)?;
        let shape = |text: &String| {
            let [prefix, pattern] = serde_json::from_str(text)
                .map_err(|error| StoreError::Damaged(format!("a legacy format: {error}")))?;
            Ok(Format::Legacy { prefix, pattern })
        };
        texts.iter().map(shape).collect()
    }

    /// How often the rows were made anew. Whoever follows the log by its events starts over then.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub(crate) fn rows_made(&self) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached("SELECT rows_made FROM head WHERE id = 1")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
            .map(Option::unwrap_or_default)
            .map_err(store_error)
    }

    /// The leaf of the event before `size`: with it, whether a log is still the one that was read.
    pub(crate) fn last_leaf(&self, size: u64) -> Result<Option<Hash>, StoreError> {
        self.connection
            .prepare_cached("SELECT leaf FROM events WHERE position = ?")
            .and_then(|mut statement| {
                statement.query_row([size.cast_signed() - 1], |row| row.get(0)).optional()
            })
            .map_err(store_error)
    }

    /// A number that changes whenever another connection, of any process, commits.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(store_error)
    }

    /// Hands every event of `[from, to)` to `take`, in order.
    pub(crate) fn each_event(
        &self,
        from: u64,
        to: u64,
        detail: Detail,
        mut take: impl FnMut(Decoded) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT position, envelope FROM events WHERE position >= ? AND position < ? \
                 ORDER BY position",
            )
            .map_err(store_error)?;
        let mut found =
            statement.query([from.cast_signed(), to.cast_signed()]).map_err(store_error)?;
        while let Some(row) = found.next().map_err(store_error)? {
            let position: i64 = row.get(0).map_err(store_error)?;
            let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
            take(self.decode(position.cast_unsigned(), bytes, detail)?)?;
        }
        Ok(())
    }

    pub(super) fn decode(
        &self,
        position: u64,
        bytes: &[u8],
        detail: Detail,
    ) -> Result<Decoded, StoreError> {
        let keys = |id: PersonId| {
            if let Some(key) = self.keys.borrow().get(&id) {
                return Some(Cow::Owned(key.clone()));
            }
            // A key that cannot be read is a text that cannot be shown, no more; `check` tells.
            let key = read_key(&self.connection, id).ok().flatten()?;
            let mut keys = self.keys.borrow_mut();
            if keys.len() >= KEYS_MAX {
                keys.clear();
            }
            keys.insert(id, key.clone());
            Some(Cow::Owned(key))
        };
        Ok(decode(position, bytes, self.ledger, &keys, detail)?)
    }

    /// All tokens, in the order of issue.
    pub(crate) fn all_tokens(&self) -> Result<Vec<Token>, StoreError> {
        rows::all_tokens(&self.connection, "TRUE ORDER BY issued_position", [])
    }

    /// Compares the stored tokens with those folded from the log, in the order of issue, and hands
    /// what is said of each that is another to `say`.
    pub(crate) fn compare_tokens(
        &self,
        folded: &Folded,
        mut say: impl FnMut(String),
    ) -> Result<(), StoreError> {
        let mut tokens = folded.tokens().peekable();
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {} FROM tokens ORDER BY issued_position", rows::TOKEN))
            .map_err(store_error)?;
        let mut stored = statement.query([]).map_err(store_error)?;
        let differs = |id: &dyn std::fmt::Display| format!("token {id} is not what the log says");
        while let Some(row) = stored.next().map_err(store_error)? {
            let position: i64 = row.get(0).map_err(store_error)?;
            let is_before = |token: &&Token| token.issued_position.cast_signed() < position;
            while let Some(missing) = tokens.next_if(is_before) {
                say(differs(&missing.id));
            }
            let twin = tokens.next_if(|token| token.issued_position.cast_signed() == position);
            if twin.map_or(Ok(false), |token| rows::is_token(row, token))? {
                continue;
            }
            match row.get_ref(1).map_err(store_error)?.as_str().map(str::parse::<TokenId>) {
                Ok(Ok(id)) if twin.is_none() && folded.knows(id) => {
                    say(format!("token {id} has two rows"));
                }
                Ok(Ok(id)) => say(differs(&id)),
                // Nothing that could be printed safely.
                _ => say(differs(&format_args!("of position {position}"))),
            }
        }
        tokens.for_each(|missing| say(differs(&missing.id)));
        Ok(())
    }

    /// The stored sightings: for `check`.
    pub(crate) fn stored_sightings(
        &self,
    ) -> Result<BTreeMap<(TokenId, [u8; 32]), u64>, StoreError> {
        let sightings = self
            .connection
            .prepare_cached("SELECT token, place, position FROM sightings")
            .and_then(|mut statement| {
                let rows = statement.query_map([], |row| {
                    let id: String = row.get(0)?;
                    Ok((id, row.get(1)?, row.get::<_, i64>(2)?.cast_unsigned()))
                })?;
                rows.collect::<rusqlite::Result<Vec<(String, [u8; 32], u64)>>>()
            })
            .map_err(store_error)?;
        let place = |(id, place, position): (String, _, _)| match id.parse() {
            Ok(id) => Ok(((id, place), position)),
            Err(_) => Err(StoreError::Damaged(format!("a sighting of {id:?}"))),
        };
        sightings.into_iter().map(place).collect()
    }

    /// Names of other persons that look like this one: that have what stands before the @ of its
    /// address as a word, or as the beginning of another address, whatever the case. At most 100.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn persons_like(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let wanted = name.to_lowercase();
        let words: Vec<&str> =
            wanted.split(['<', '>', ' ']).filter(|it| it.contains('@')).collect();
        let address = words.first().copied().unwrap_or(&wanted);
        // Of `@bot` the whole: nothing before the @ is like nothing everywhere.
        let local = address.split('@').next().filter(|it| !it.is_empty()).unwrap_or(address);
        let is_like = |other: &str| {
            let other = other.to_lowercase();
            let in_word = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
            let mut words = other.split(|c| !in_word(c));
            other != wanted && words.any(|word| word.split('@').next() == Some(local))
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT name FROM persons ORDER BY name")
            .map_err(store_error)?;
        let mut rows = statement.query([]).map_err(store_error)?;
        let mut found = Vec::new();
        while found.len() < 100
            && let Some(row) = rows.next().map_err(store_error)?
        {
            let known =
                row.get_ref(0).and_then(|value| Ok(value.as_str()?)).map_err(store_error)?;
            if is_like(known) {
                found.push(known.to_owned());
            }
        }
        Ok(found)
    }

    /// The person of this name, as it is compared.
    pub(crate) fn person(&self, name: &str) -> Result<Option<PersonId>, StoreError> {
        normal(name).map_or(Ok(None), |name| read_person(&self.connection, &name))
    }
}
