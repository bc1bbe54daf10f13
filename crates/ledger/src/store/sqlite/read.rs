//! Reading: questions answered from a snapshot, without ever waiting for a writer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use patrol_token::{TokenDigest, TokenId};
use rusqlite::{Connection, OptionalExtension as _, params};
use ulid::Ulid;

use super::replay::ledger_id;
use super::tx::{read_head, read_key, read_person};
use super::{Access, connect, identity, rows, store_error};
use crate::command::Selector;
use crate::envelope::{Decoded, Detail, decode};
use crate::event::{Format, Kind, Recorded, Stream};
use crate::merkle::Hash;
use crate::person::{PersonId, PersonKey};
use crate::project::{MemoryRows, StoreError, project};
use crate::scope::Scope;
use crate::state::normal;
use crate::store::Head;
use crate::time::{Lifetime, Timestamp};
use crate::token::{LedgerRow, Status, Token};

/// Which tokens are asked for.
#[derive(Clone, Debug, Default)]
pub struct TokenQuery {
    /// This owner's.
    pub owner: Option<String>,
    /// Of this status; `None`: any.
    pub status: Option<Status>,
    /// Whose scopes cover this one.
    pub scope: Option<Scope>,
    /// That end within this time.
    pub expiring_within: Option<Lifetime>,
    /// That were not used for this time.
    pub unused_for: Option<Lifetime>,
    /// After this one, in the order of issue.
    pub after: Option<TokenId>,
    /// At most this many.
    pub limit: usize,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Of this token.
    pub token: Option<TokenId>,
    /// Of this owner's tokens.
    pub owner: Option<String>,
    /// Of this type.
    pub kind: Option<Kind>,
    /// Recorded at this instant or later.
    pub since: Option<Timestamp>,
    /// Recorded before this instant.
    pub until: Option<Timestamp>,
    /// After this position.
    pub after: Option<u64>,
    /// At most this many.
    pub limit: usize,
}

/// A reader of a ledger file. Each method sees one consistent state, and every commit that was
/// acknowledged before it began.
pub struct Reader {
    path: PathBuf,
    identity: (u64, u64),
    connection: Connection,
    ledger: Option<Ulid>,
    keys: RefCell<HashMap<PersonId, PersonKey>>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let identity = identity(path)?;
        let connection = connect(path, Access::Read)?;
        // From the log itself: the row is derived, and may be what is damaged.
        let ledger = ledger_id(&connection)?;
        Ok(Self { path: path.to_owned(), identity, connection, ledger, keys: RefCell::default() })
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
        let answer = ask(self);
        snapshot.finish().map_err(store_error)?;
        answer
    }

    /// Whether the file at the ledger's path is still the one this reader has open.
    pub fn is_current(&self) -> bool {
        identity(&self.path).is_ok_and(|found| found == self.identity)
    }

    /// The ledger itself.
    ///
    /// # Errors
    /// When the store cannot be read; so for all methods.
    pub fn ledger(&self) -> Result<LedgerRow, StoreError> {
        rows::ledger(&self.connection)?.ok_or(StoreError::NotALedger)
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

    fn token_by_id(&self, id: TokenId) -> Result<Option<Token>, StoreError> {
        rows::one_token(&self.connection, "id = ?", [id.to_string()])
    }

    fn token_by_digest(&self, digest: &TokenDigest) -> Result<Option<Token>, StoreError> {
        rows::one_token(&self.connection, "digest = ?", [digest.as_bytes()])
    }

    /// Tokens in the order of issue, as they are at `now`, and the last id of a page that is not
    /// the last. With `at`, the state of that instant.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn tokens(
        &self,
        query: &TokenQuery,
        now: Timestamp,
        at: Option<Timestamp>,
    ) -> Result<(Vec<Token>, Option<TokenId>), StoreError> {
        self.snapshot(|reader| {
            let owner = match &query.owner {
                Some(name) => match reader.person(name)? {
                    Some(owner) => Some(owner),
                    None => return Ok((Vec::new(), None)),
                },
                None => None,
            };
            let mut page = Vec::new();
            let mut more = false;
            let mut take = |token: Token| -> Result<bool, StoreError> {
                if reader.fits(query, owner, &token, at.unwrap_or(now))? {
                    more = page.len() == query.limit;
                    if more {
                        return Ok(false);
                    }
                    page.push(token);
                }
                Ok(true)
            };
            match at {
                Some(at) => reader.tokens_at(at, query.after, &mut take)?,
                None => reader.tokens_now(owner, query.after, &mut take)?,
            }
            let next = page.last().filter(|_| more).map(|token| token.id);
            Ok((page, next))
        })
    }

    fn tokens_now(
        &self,
        owner: Option<PersonId>,
        after: Option<TokenId>,
        take: &mut dyn FnMut(Token) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let after = match after {
            Some(id) => {
                self.token_by_id(id)?.map_or(-1, |token| token.issued_position.cast_signed())
            }
            None => -1,
        };
        let condition = match owner {
            Some(_) => "owner = ?2",
            None => "?2 IS NULL",
        };
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT {} FROM tokens WHERE issued_position > ?1 AND {condition} \
                 ORDER BY issued_position",
                rows::TOKEN
            ))
            .map_err(store_error)?;
        let owner = owner.map(|owner| *owner.as_bytes());
        let mut found = statement.query(params![after, owner]).map_err(store_error)?;
        while let Some(row) = found.next().map_err(store_error)? {
            if !take(rows::token(row).map_err(store_error)?)? {
                break;
            }
        }
        Ok(())
    }

    fn tokens_at(
        &self,
        at: Timestamp,
        after: Option<TokenId>,
        take: &mut dyn FnMut(Token) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut tokens: Vec<_> = self.rows_at(at)?.tokens.into_values().collect();
        tokens.sort_by_key(|token| token.issued_position);
        let begin = after.and_then(|id| tokens.iter().position(|token| token.id == id));
        for token in tokens.into_iter().skip(begin.map_or(0, |begin| begin + 1)) {
            if !take(token)? {
                break;
            }
        }
        Ok(())
    }

    fn fits(
        &self,
        query: &TokenQuery,
        owner: Option<PersonId>,
        token: &Token,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ends_within = |lifetime: Lifetime| {
            token.expires_at.is_some_and(|end| end > now && end <= now.plus(lifetime))
        };
        let fits = owner.is_none_or(|owner| token.owner.person == owner)
            && query.status.is_none_or(|status| token.status(now) == status)
            && query.scope.as_ref().is_none_or(|scope| token.scopes.cover(scope))
            && query.expiring_within.is_none_or(ends_within);
        match query.unused_for {
            Some(lifetime) if fits => {
                let last = self.last_used(token.id)?.unwrap_or(token.created_at);
                Ok(last <= now.minus(lifetime))
            }
            _ => Ok(fits),
        }
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

    /// Every legacy shape that an import declared.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn legacy_formats(&self) -> Result<Vec<Format>, StoreError> {
        let texts: Vec<String> = self
            .connection
            .prepare_cached("SELECT DISTINCT format FROM tokens WHERE format IS NOT NULL")
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

    /// Events in log order, and whether there are more; see [`EventQuery`].
    ///
    /// # Errors
    /// As [`Reader::ledger`]; an event that cannot be read stops the reading.
    pub fn events(&self, query: &EventQuery) -> Result<(Vec<Recorded>, bool), StoreError> {
        self.snapshot(|reader| {
            let owned = match &query.owner {
                Some(name) => match reader.person(name)? {
                    Some(owner) => Some(reader.ids_of(owner)?),
                    None => return Ok((Vec::new(), false)),
                },
                None => None,
            };
            let end = reader.head()?.tree.size();
            let from = query.after.map_or(0, |after| after.saturating_add(1)).min(end);
            let from = from.max(query.since.map_or(Ok(0), |at| reader.first_from(at, end))?);
            let to = query.until.map_or(Ok(end), |at| reader.first_from(at, end))?;
            let stream = query.token.map(|id| Stream::Token(id).to_string());
            let sql = format!(
                "SELECT position, envelope, stream FROM events WHERE position >= ?1 AND position < ?2 \
                 {} {} ORDER BY position",
                if stream.is_some() { "AND stream = ?3" } else { "AND ?3 IS NULL" },
                if query.kind.is_some() { "AND type = ?4" } else { "AND ?4 IS NULL" },
            );
            let mut statement = reader.connection.prepare_cached(&sql).map_err(store_error)?;
            let kind = query.kind.map(Kind::as_str);
            let mut found = statement
                .query(params![from.cast_signed(), to.cast_signed(), stream, kind])
                .map_err(store_error)?;
            let mut events = Vec::new();
            while let Some(row) = found.next().map_err(store_error)? {
                let of: String = row.get(2).map_err(store_error)?;
                if owned.as_ref().is_some_and(|owned| !owned.contains(&of)) {
                    continue;
                }
                if events.len() == query.limit {
                    return Ok((events, true));
                }
                let position: i64 = row.get(0).map_err(store_error)?;
                let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
                events.push(reader.decode(position.cast_unsigned(), bytes, Detail::Full)?.recorded);
            }
            Ok((events, false))
        })
    }

    /// The streams of an owner's tokens.
    fn ids_of(&self, owner: PersonId) -> Result<std::collections::HashSet<String>, StoreError> {
        self.connection
            .prepare_cached("SELECT 'token:' || id FROM tokens WHERE owner = ?")
            .and_then(|mut statement| {
                statement.query_map([owner.as_bytes()], |row| row.get(0))?.collect()
            })
            .map_err(store_error)
    }

    /// The first position recorded at `at` or later, before `end`. Times never decrease along the
    /// log, so it is found by halving.
    fn first_from(&self, at: Timestamp, end: u64) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low.midpoint(high);
            let recorded: i64 = self
                .connection
                .prepare_cached("SELECT recorded_at FROM events WHERE position = ?")
                .and_then(|mut statement| {
                    statement.query_row([middle.cast_signed()], |row| row.get(0))
                })
                .map_err(store_error)?;
            if recorded < at.as_micros() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The rows as they were at an instant, events recorded at it included.
    ///
    /// # Errors
    /// As [`Reader::ledger`]; an event that cannot be applied stops the replay.
    pub fn rows_at(&self, at: Timestamp) -> Result<MemoryRows, StoreError> {
        self.snapshot(|reader| {
            let end = reader.head()?.tree.size();
            let to = reader.first_from(Timestamp::from_micros(at.as_micros() + 1), end)?;
            let mut rows = MemoryRows::default();
            reader
                .each_event(0, to, Detail::Rows, |decoded| project(&mut rows, &decoded.recorded))?;
            Ok(rows)
        })
    }

    /// One token as it was at an instant.
    ///
    /// # Errors
    /// As [`Reader::rows_at`].
    pub fn token_at(&self, id: TokenId, at: Timestamp) -> Result<Option<Token>, StoreError> {
        let query = EventQuery {
            token: Some(id),
            until: Some(Timestamp::from_micros(at.as_micros() + 1)),
            limit: usize::MAX,
            ..EventQuery::default()
        };
        let mut token = None;
        for recorded in self.events(&query)?.0 {
            token = Some(crate::evolve::evolve_token(token.take(), &recorded)?);
        }
        Ok(token)
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

    fn decode(&self, position: u64, bytes: &[u8], detail: Detail) -> Result<Decoded, StoreError> {
        let keys = |id: PersonId| {
            if let Some(key) = self.keys.borrow().get(&id) {
                return Some(key.clone());
            }
            // A key that cannot be read is a text that cannot be shown, no more; `check` tells.
            let key = read_key(&self.connection, id).ok().flatten()?;
            self.keys.borrow_mut().insert(id, key.clone());
            Some(key)
        };
        Ok(decode(position, bytes, self.ledger, &keys, detail)?)
    }

    /// All tokens, in the order of issue.
    pub(crate) fn all_tokens(&self) -> Result<Vec<Token>, StoreError> {
        rows::all_tokens(&self.connection, "TRUE ORDER BY issued_position", [])
    }

    /// The stored rows, whole: for `check`.
    pub(crate) fn stored_rows(&self) -> Result<MemoryRows, StoreError> {
        let mut tokens = std::collections::BTreeMap::new();
        for token in self.all_tokens()? {
            if let Some(twin) = tokens.insert(token.id, token) {
                return Err(StoreError::Damaged(format!("token {} has two rows", twin.id)));
            }
        }
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
        Ok(MemoryRows {
            ledger: rows::ledger(&self.connection)?,
            tokens,
            sightings: sightings.into_iter().map(place).collect::<Result<_, _>>()?,
            persons: std::collections::BTreeMap::new(),
        })
    }

    /// The person of this name, as it is compared.
    pub(crate) fn person(&self, name: &str) -> Result<Option<PersonId>, StoreError> {
        normal(name).map_or(Ok(None), |name| read_person(&self.connection, &name))
    }
}
