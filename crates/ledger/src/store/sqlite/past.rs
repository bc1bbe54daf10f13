//! The state before an event: what a change is shown against.

use patrol_token::TokenId;
use rusqlite::params;

use super::read::Reader;
use super::store_error;
use crate::envelope::Detail;
use crate::event::{Recorded, Stream};
use crate::evolve::{evolve_ledger, evolve_token};
use crate::project::StoreError;
use crate::token::{LedgerRow, Token};

impl Reader {
    /// One token as the events before `position` leave it; `None` before its first. `known`, an
    /// earlier state of the same token, saves reading its first events again.
    ///
    /// # Errors
    /// As [`Reader::ledger`]; an event that cannot be applied stops the replay.
    pub fn token_before(
        &self,
        id: TokenId,
        position: u64,
        known: Option<Token>,
    ) -> Result<Option<Token>, StoreError> {
        let known = known.filter(|token| token.id == id && token.position < position);
        let version = known.as_ref().map_or(0, |token| token.version);
        let mut token = known;
        self.each_of_stream(Stream::Token(id), version, position, Detail::Rows, |recorded| {
            token = Some(evolve_token(token.take(), &recorded)?);
            Ok(())
        })?;
        Ok(token)
    }

    /// The ledger itself as the events before `position` leave it; `known` as in
    /// [`Reader::token_before`].
    ///
    /// # Errors
    /// As [`Reader::token_before`].
    pub fn ledger_before(
        &self,
        position: u64,
        known: Option<LedgerRow>,
    ) -> Result<Option<LedgerRow>, StoreError> {
        let version = known.as_ref().map_or(0, |row| row.version);
        let mut row = known;
        self.each_of_stream(Stream::Ledger, version, position, Detail::Rows, |recorded| {
            row = Some(evolve_ledger(row.take(), &recorded)?);
            Ok(())
        })?;
        Ok(row)
    }

    /// Hands the events of a stream after `version` and before `position` to `take`, in order.
    pub(super) fn each_of_stream(
        &self,
        stream: Stream,
        version: u64,
        position: u64,
        detail: Detail,
        mut take: impl FnMut(Recorded) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.snapshot(|reader| reader.each_in(stream, version, position, detail, &mut take))
    }

    fn each_in(
        &self,
        stream: Stream,
        version: u64,
        position: u64,
        detail: Detail,
        take: &mut dyn FnMut(Recorded) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .db()
            .prepare_cached(
                "SELECT position, envelope FROM events \
                 WHERE stream = ?1 AND version > ?2 AND position < ?3 ORDER BY version",
            )
            .map_err(store_error)?;
        let bounds = params![stream.to_string(), version.cast_signed(), position.cast_signed()];
        let mut found = statement.query(bounds).map_err(store_error)?;
        while let Some(row) = found.next().map_err(store_error)? {
            let position: i64 = row.get(0).map_err(store_error)?;
            let bytes = row.get_ref(1).and_then(|v| Ok(v.as_blob()?)).map_err(store_error)?;
            take(self.decode(position.cast_unsigned(), bytes, detail)?.recorded)?;
        }
        Ok(())
    }
}
