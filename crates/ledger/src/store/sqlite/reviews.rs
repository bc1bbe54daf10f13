//! The rows of review campaigns.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use ulid::Ulid;

use super::read::Reader;
use super::store_error;
use crate::event::{Recorded, Stream};
use crate::project::StoreError;
use crate::review::{Judged, Review};
use crate::time::Timestamp;

impl Reader {
    /// Every review campaign, the oldest first.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn reviews(&self) -> Result<Vec<Review>, StoreError> {
        self.snapshot(|reader| all(reader.db()))
    }

    /// One review campaign.
    ///
    /// # Errors
    /// As [`Reader::ledger`].
    pub fn review(&self, id: Ulid) -> Result<Option<Review>, StoreError> {
        self.snapshot(|reader| one(reader.db(), id))
    }

    /// The events of a review campaign, in order.
    ///
    /// # Errors
    /// As [`Reader::ledger`]; an event that cannot be read stops the reading.
    pub fn review_events(&self, id: Ulid) -> Result<Vec<Recorded>, StoreError> {
        let mut events = Vec::new();
        let detail = crate::envelope::Detail::Full;
        self.each_of_stream(Stream::Review(id), 0, i64::MAX.cast_unsigned(), detail, |recorded| {
            events.push(recorded);
            Ok(())
        })?;
        Ok(events)
    }
}

/// Reads one.
pub(super) fn one(connection: &Connection, id: Ulid) -> Result<Option<Review>, StoreError> {
    Ok(some(connection, "WHERE id = ?1", &id.to_string())?.pop())
}

/// Reads all.
pub(super) fn all(connection: &Connection) -> Result<Vec<Review>, StoreError> {
    some(connection, "WHERE ?1 = '' ORDER BY started_at, id", "")
}

fn some(connection: &Connection, which: &str, key: &str) -> Result<Vec<Review>, StoreError> {
    let sql = format!("SELECT id, started_at, closed_at, version, position FROM reviews {which}");
    let mut statement = connection.prepare_cached(&sql).map_err(store_error)?;
    let rows = statement.query_map([key], |row| {
        let closed_at: Option<i64> = row.get(2)?;
        Ok((
            row.get::<_, String>(0)?,
            Review {
                id: Ulid::nil(),
                started_at: Timestamp::from_micros(row.get(1)?),
                tokens: BTreeMap::new(),
                closed_at: closed_at.map(Timestamp::from_micros),
                version: row.get::<_, i64>(3)?.cast_unsigned(),
                position: row.get::<_, i64>(4)?.cast_unsigned(),
            },
        ))
    });
    let mut reviews = Vec::new();
    for row in rows.map_err(store_error)? {
        let (id, review) = row.map_err(store_error)?;
        let tokens = tokens(connection, &id)?;
        let id = Ulid::from_string(&id)
            .map_err(|_| StoreError::Damaged(format!("a review named {id:?}")))?;
        reviews.push(Review { id, tokens, ..review });
    }
    Ok(reviews)
}

fn tokens(
    connection: &Connection,
    review: &str,
) -> Result<BTreeMap<patrol_token::TokenId, Option<Judged>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT token, verdict, at, position FROM review_tokens WHERE review = ?")
        .map_err(store_error)?;
    let rows = statement
        .query_map([review], |row| {
            let (at, position) = (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<i64>>(3)?);
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, at.zip(position)))
        })
        .map_err(store_error)?;
    let damaged = || StoreError::Damaged(format!("a token of review {review}"));
    let mut tokens = BTreeMap::new();
    for row in rows {
        let (token, verdict, when) = row.map_err(store_error)?;
        let judged = match verdict.zip(when) {
            None => None,
            Some((verdict, (at, position))) => Some(Judged {
                verdict: verdict.parse().map_err(|_| damaged())?,
                at: Timestamp::from_micros(at),
                position: position.cast_unsigned(),
            }),
        };
        tokens.insert(token.parse().map_err(|_| damaged())?, judged);
    }
    Ok(tokens)
}

/// Writes one, new or changed. Of its tokens, only those that changed.
pub(super) fn put(connection: &Connection, review: &Review) -> Result<(), StoreError> {
    let id = review.id.to_string();
    connection
        .prepare_cached(
            "INSERT INTO reviews VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (id) DO UPDATE SET closed_at = ?3, version = ?4, position = ?5",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                id,
                review.started_at.as_micros(),
                review.closed_at.map(Timestamp::as_micros),
                review.version.cast_signed(),
                review.position.cast_signed(),
            ])
        })
        .map_err(store_error)?;
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO review_tokens VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (review, token) \
             DO UPDATE SET verdict = ?3, at = ?4, position = ?5 WHERE position IS NOT ?5",
        )
        .map_err(store_error)?;
    for (token, judged) in &review.tokens {
        statement
            .execute(params![
                id,
                token.to_string(),
                judged.map(|it| it.verdict.as_str()),
                judged.map(|it| it.at.as_micros()),
                judged.map(|it| it.position.cast_signed()),
            ])
            .map_err(store_error)?;
    }
    Ok(())
}
