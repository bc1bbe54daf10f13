//! Rows and values: the only place that knows the columns.

use patrol_token::{TokenDigest, TokenId};
use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params, params_from_iter};

use super::store_error;
use crate::event::{Format, RevokeReason};
use crate::person::{PersonId, Personal};
use crate::policy::{Change, Policy};
use crate::project::StoreError;
use crate::scope::{Scope, Scopes};
use crate::time::Timestamp;
use crate::token::{LedgerRow, Revoked, Token};

/// Every column of a token, in the order in which [`token`] reads and [`put_token`] writes them.
pub(super) const TOKEN: &str = "issued_position, id, digest, imported, format, prefix, owner, owner_name, \
     name, description, scopes, created_at, expires_at, suspended_at, expired_at, revoked_at, \
     revoked_reason, superseded_at, rotated_from, rotated_to, leaked_at, sightings, \
     leak_accepted_at, version, position";

/// Reads a token.
pub(super) fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let time = |column| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    let id = |column| -> rusqlite::Result<Option<TokenId>> {
        row.get_ref(column)?.as_str_or_null()?.map(|text| parsed(column, text)).transpose()
    };
    let scopes = row.get_ref(10)?.as_str()?;
    let scopes = scopes.split(' ').filter(|text| !text.is_empty());
    Ok(Token {
        issued_position: row.get::<_, i64>(0)?.cast_unsigned(),
        id: id(1)?.ok_or(rusqlite::Error::InvalidQuery)?,
        digest: TokenDigest::from_bytes(row.get(2)?),
        format: match row.get_ref(4)?.as_str_or_null()? {
            None => Format::V1,
            Some(text) => {
                let [prefix, pattern] = serde_json::from_str(text).map_err(|e| unreadable(4, e))?;
                Format::Legacy { prefix, pattern }
            }
        },
        imported: row.get(3)?,
        prefix: row.get_ref(5)?.as_str_or_null()?.map(|text| parsed(5, text)).transpose()?,
        owner: Personal { person: PersonId::from_bytes(row.get(6)?), text: row.get(7)? },
        name: row.get(8)?,
        description: row.get(9)?,
        scopes: scopes.map(|text| parsed::<Scope>(10, text)).collect::<Result<_, _>>()?,
        created_at: Timestamp::from_micros(row.get(11)?),
        expires_at: time(12)?,
        suspended_at: time(13)?,
        expired_at: time(14)?,
        revoked: match (time(15)?, row.get_ref(16)?.as_str_or_null()?) {
            (Some(at), Some(reason)) => {
                Some(Revoked { at, reason: parsed::<RevokeReason>(16, reason)? })
            }
            _ => None,
        },
        superseded_at: time(17)?,
        rotated_from: id(18)?,
        rotated_to: id(19)?,
        leaked_at: time(20)?,
        sightings: row.get(21)?,
        leak_accepted_at: time(22)?,
        version: row.get::<_, i64>(23)?.cast_unsigned(),
        position: row.get::<_, i64>(24)?.cast_unsigned(),
    })
}

/// Hands the columns of a token to `with`, as they are stored, in the order of [`TOKEN`].
fn columns<T>(token: &Token, with: impl FnOnce(&[ValueRef<'_>; 25]) -> T) -> Result<T, StoreError> {
    let format = match &token.format {
        Format::V1 => None,
        Format::Legacy { prefix, pattern } => Some(
            serde_json::to_string(&[prefix, pattern])
                .map_err(|e| StoreError::Other(e.to_string()))?,
        ),
    };
    let (id, scopes) = (token.id.to_string(), join(&token.scopes));
    let from = token.rotated_from.map(|id| id.to_string());
    let to = token.rotated_to.map(|id| id.to_string());
    fn text(text: &str) -> ValueRef<'_> {
        ValueRef::Text(text.as_bytes())
    }
    fn maybe(value: Option<&str>) -> ValueRef<'_> {
        value.map_or(ValueRef::Null, text)
    }
    let time =
        |at: Option<Timestamp>| at.map_or(ValueRef::Null, |at| ValueRef::Integer(at.as_micros()));
    Ok(with(&[
        ValueRef::Integer(token.issued_position.cast_signed()),
        text(&id),
        ValueRef::Blob(token.digest.as_bytes()),
        ValueRef::Integer(token.imported.into()),
        maybe(format.as_deref()),
        maybe(token.prefix.as_ref().map(patrol_token::Prefix::as_str)),
        ValueRef::Blob(token.owner.person.as_bytes()),
        maybe(token.owner.text.as_deref()),
        maybe(token.name.as_deref()),
        maybe(token.description.as_deref()),
        text(&scopes),
        ValueRef::Integer(token.created_at.as_micros()),
        time(token.expires_at),
        time(token.suspended_at),
        time(token.expired_at),
        time(token.revoked.map(|revoked| revoked.at)),
        maybe(token.revoked.map(|revoked| revoked.reason.as_str())),
        time(token.superseded_at),
        maybe(from.as_deref()),
        maybe(to.as_deref()),
        time(token.leaked_at),
        ValueRef::Integer(token.sightings.into()),
        time(token.leak_accepted_at),
        ValueRef::Integer(token.version.cast_signed()),
        ValueRef::Integer(token.position.cast_signed()),
    ]))
}

/// Whether a row, of the columns [`TOKEN`], is what would be written for this token.
pub(super) fn is_token(row: &Row<'_>, token: &Token) -> Result<bool, StoreError> {
    columns(token, |columns| {
        columns
            .iter()
            .enumerate()
            .try_fold(true, |same, (at, column)| Ok(same && row.get_ref(at)? == *column))
    })?
    .map_err(store_error)
}

/// Writes tokens that have no rows yet, in the order of issue: rows are then only appended.
pub(super) fn fill<'t>(
    connection: &Connection,
    tokens: impl Iterator<Item = &'t Token>,
) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO tokens ({TOKEN}) VALUES (?{})", ",?".repeat(24));
    let mut statement = connection.prepare(&sql).map_err(store_error)?;
    for token in tokens {
        columns(token, |columns| {
            statement.execute(params_from_iter(columns.iter().map(|it| ToSqlOutput::Borrowed(*it))))
        })?
        .map_err(store_error)?;
    }
    Ok(())
}

/// Writes a token, new or changed. The columns that never change are left as they are.
pub(super) fn put_token(connection: &Connection, token: &Token) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO tokens VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,\
             ?17,?18,?19,?20,?21,?22,?23,?24,?25) \
             ON CONFLICT (issued_position) DO UPDATE SET owner_name=?8, name=?9, description=?10, \
             scopes=?11, expires_at=?13, suspended_at=?14, expired_at=?15, revoked_at=?16, \
             revoked_reason=?17, superseded_at=?18, rotated_to=?20, leaked_at=?21, sightings=?22, \
             leak_accepted_at=?23, version=?24, position=?25",
        )
        .map_err(store_error)?;
    columns(token, |columns| {
        statement.execute(params_from_iter(columns.iter().map(|it| ToSqlOutput::Borrowed(*it))))
    })?
    .map(|_| ())
    .map_err(store_error)
}

fn join(scopes: &Scopes) -> String {
    let mut text = String::with_capacity(scopes.iter().map(|scope| scope.as_str().len() + 1).sum());
    for scope in scopes.iter() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(scope.as_str());
    }
    text
}

/// The first token that a condition selects.
pub(super) fn one_token<P: Params>(
    connection: &Connection,
    condition: &str,
    params: P,
) -> Result<Option<Token>, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {TOKEN} FROM tokens WHERE {condition}"))
        .and_then(|mut statement| statement.query_row(params, token).optional())
        .map_err(store_error)
}

/// All tokens that a condition selects.
pub(super) fn all_tokens<P: Params>(
    connection: &Connection,
    condition: &str,
    params: P,
) -> Result<Vec<Token>, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {TOKEN} FROM tokens WHERE {condition}"))
        .and_then(|mut statement| statement.query_map(params, token)?.collect())
        .map_err(store_error)
}

/// The ledger's own row.
pub(super) fn ledger(connection: &Connection) -> Result<Option<LedgerRow>, StoreError> {
    let read = |row: &Row<'_>| {
        let prefixes: Vec<String> = json(row, 3)?;
        let policy: Vec<(String, String)> = json(row, 4)?;
        let policy = policy.iter().try_fold(Policy::default(), |policy, (key, value)| {
            Ok::<_, rusqlite::Error>(
                policy.with(&Change::parse(key, value).map_err(|e| unreadable(4, e))?),
            )
        })?;
        Ok(LedgerRow {
            id: ulid::Ulid::from_string(row.get_ref(0)?.as_str()?)
                .map_err(|_| unreadable(0, "not a ledger's id"))?,
            origin: row.get(1)?,
            verifier_key: row.get(2)?,
            prefixes: prefixes.iter().map(|text| parsed(3, text)).collect::<Result<_, _>>()?,
            policy,
            version: row.get::<_, i64>(5)?.cast_unsigned(),
        })
    };
    connection
        .prepare_cached(
            "SELECT ledger, origin, verifier_key, prefixes, policy, version FROM ledger WHERE id = 1",
        )
        .and_then(|mut statement| statement.query_row([], read).optional())
        .map_err(store_error)
}

/// Writes the ledger's own row.
pub(super) fn put_ledger(connection: &Connection, row: &LedgerRow) -> Result<(), StoreError> {
    let prefixes: Vec<_> = row.prefixes.iter().map(patrol_token::Prefix::as_str).collect();
    let policy: Vec<_> = row.policy.changes().iter().map(Change::key_and_value).collect();
    let text =
        |value: serde_json::Result<String>| value.map_err(|e| StoreError::Other(e.to_string()));
    let (prefixes, policy) =
        (text(serde_json::to_string(&prefixes))?, text(serde_json::to_string(&policy))?);
    connection
        .prepare_cached("INSERT OR REPLACE INTO ledger VALUES (1, ?, ?, ?, ?, ?, ?)")
        .and_then(|mut statement| {
            statement.execute(params![
                row.id.to_string(),
                row.origin,
                row.verifier_key,
                prefixes,
                policy,
                row.version.cast_signed(),
            ])
        })
        .map(|_| ())
        .map_err(store_error)
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|e| unreadable(column, e))
}

fn parsed<T>(column: usize, text: &str) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|e| unreadable(column, e))
}

fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
