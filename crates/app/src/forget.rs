//! Forgetting a person: their key is destroyed, and with it all that the log says of them.

use patrol_ledger::{Command, Event, Forget, Stream};
use serde::Serialize;

use crate::app::{App, Caller};
use crate::error::AppError;

/// What forgetting did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// The name that the log has for them, which tells nobody who they were.
    pub person: String,
    /// Tokens that were revoked with it.
    pub revoked: Vec<String>,
    /// Where the event stands.
    pub position: Option<u64>,
    /// Whether the key is gone from the write-ahead log, too. If not, another process was reading;
    /// the next process that closes the ledger last empties it.
    pub wal_emptied: bool,
    /// Other names that the ledger knows and that look like the same person: `Alice <alice@…>` as a
    /// commit's author, `alice@host` as an actor. To the log they are persons of their own.
    pub still_known: Vec<String>,
}

impl App {
    /// Forgets a person: ends what they hold, if that is asked for, destroys their key, blanks the
    /// rows, records the fact, and empties the write-ahead log of what was there before.
    ///
    /// # Errors
    /// Nobody of that name, somebody who still holds living tokens, or a store error.
    pub fn forget(
        &self,
        by: &Caller,
        owner: &str,
        reason: &str,
        revoke: bool,
    ) -> Result<Forgotten, AppError> {
        let forget =
            Forget { owner: owner.into(), by: by.actor.clone(), reason: reason.into(), revoke };
        let receipt = self.submit(by, Command::Forget(forget))?;
        let mut forgotten = Forgotten {
            person: String::new(),
            revoked: Vec::new(),
            position: receipt.position,
            wal_emptied: false,
            still_known: self.reader()?.persons_like(owner)?,
        };
        for event in &receipt.events {
            match (&event.event, event.stream) {
                (Event::OwnerForgotten { .. }, Stream::Owner(id)) => {
                    forgotten.person = id.to_string();
                }
                (_, stream) => forgotten.revoked.extend(stream.token().map(|id| id.to_string())),
            }
        }
        forgotten.wal_emptied = self.ledger().empty_wal()?;
        Ok(forgotten)
    }
}
