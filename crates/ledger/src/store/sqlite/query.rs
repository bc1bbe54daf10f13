//! Questions that select: pages of tokens and events, and the state as of an instant.

use std::collections::HashSet;

use patrol_token::TokenId;
use rusqlite::params;

use super::read::Reader;
use super::{rows, store_error};
use crate::envelope::Detail;
use crate::event::{Kind, Recorded, Stream};
use crate::person::PersonId;
use crate::project::{MemoryRows, StoreError, project};
use crate::scope::Scope;
use crate::time::{Lifetime, Timestamp};
use crate::token::{Status, Token};

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
    /// By this actor.
    pub actor: Option<String>,
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

impl Reader {
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
            .db()
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
            let actor = match &query.actor {
                Some(name) => match reader.person(name)? {
                    Some(actor) => Some(actor),
                    None => return Ok((Vec::new(), false)),
                },
                None => None,
            };
            // Quotes stand escaped inside any text, so nothing but the actor can look like this.
            let by = actor.map(|id| format!(r#""actor":{{"name":{{"person":"{id}""#).into_bytes());
            let end = reader.head()?.tree.size();
            let from = query.after.map_or(0, |after| after.saturating_add(1)).min(end);
            let from = from.max(query.since.map_or(Ok(0), |at| reader.first_from(at, end))?);
            let to = query.until.map_or(Ok(end), |at| reader.first_from(at, end))?;
            let stream = query.token.map(|id| Stream::Token(id).to_string());
            let sql = format!(
                "SELECT position, envelope, stream FROM events WHERE position >= ?1 AND position < ?2 \
                 {} {} {} ORDER BY position",
                if stream.is_some() { "AND stream = ?3" } else { "AND ?3 IS NULL" },
                if query.kind.is_some() { "AND type = ?4" } else { "AND ?4 IS NULL" },
                if by.is_some() { "AND instr(envelope, ?5) > 0" } else { "AND ?5 IS NULL" },
            );
            let mut statement = reader.db().prepare_cached(&sql).map_err(store_error)?;
            let kind = query.kind.map(Kind::as_str);
            let mut found = statement
                .query(params![from.cast_signed(), to.cast_signed(), stream, kind, by])
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
    fn ids_of(&self, owner: PersonId) -> Result<HashSet<String>, StoreError> {
        self.db()
            .prepare_cached("SELECT 'token:' || id FROM tokens WHERE owner = ?")
            .and_then(|mut statement| {
                statement.query_map([owner.as_bytes()], |row| row.get(0))?.collect()
            })
            .map_err(store_error)
    }

    /// When the event at a position was recorded.
    ///
    /// # Errors
    /// As [`Reader::ledger`]; a position beyond the end of the log too.
    pub fn recorded_at(&self, position: u64) -> Result<Timestamp, StoreError> {
        self.db()
            .prepare_cached("SELECT recorded_at FROM events WHERE position = ?")
            .and_then(|mut statement| {
                statement.query_row([position.cast_signed()], |row| row.get(0))
            })
            .map(Timestamp::from_micros)
            .map_err(store_error)
    }

    /// The first position recorded at `at` or later, before `end`. Times never decrease along the
    /// log, so it is found by halving.
    pub(crate) fn first_from(&self, at: Timestamp, end: u64) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low.midpoint(high);
            if self.recorded_at(middle)? < at {
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
}
