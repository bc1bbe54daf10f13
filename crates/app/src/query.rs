//! Questions: tokens and events, now or as of an instant.

use patrol_ledger::{
    EventQuery, Format, Recorded, Refusal, Selector, Timestamp, Token, TokenQuery,
};
use patrol_scan::rules::Rules;
use patrol_token::TokenId;

use crate::app::App;
use crate::error::AppError;

/// Some tokens, in the order of issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPage {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The id to go on after, if there are more.
    pub next: Option<TokenId>,
}

/// Some events, in log order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Recorded>,
    /// The position to go on after, if there are more.
    pub next: Option<u64>,
}

impl App {
    /// One token, now or as of an instant.
    ///
    /// # Errors
    /// [`Refusal::UnknownToken`], also for a whole token that does not match; [`AppError::NotYet`]
    /// before it came; or a store error.
    pub fn token(&self, which: &Selector, at: Option<Timestamp>) -> Result<Token, AppError> {
        let reader = self.reader()?;
        let unknown = || Refusal::UnknownToken { id: which.id() };
        let token = reader.token(which)?.ok_or_else(unknown)?;
        match at {
            None => Ok(token),
            Some(at) => reader.token_at(token.id, at)?.ok_or_else(|| AppError::NotYet {
                id: token.id,
                at,
                since: reader.recorded_at(token.issued_position).unwrap_or(token.created_at),
            }),
        }
    }

    /// Tokens in the order of issue, now or as of an instant.
    ///
    /// # Errors
    /// A store error.
    pub fn tokens(&self, query: &TokenQuery, at: Option<Timestamp>) -> Result<TokenPage, AppError> {
        let now = self.now()?;
        // Going on after a token nobody knows would begin again, and never end.
        if let Some(after) = query.after {
            self.token(&Selector::Id(after), None)?;
        }
        let (tokens, next) = self.reader()?.tokens(query, now, at)?;
        Ok(TokenPage { tokens, next })
    }

    /// Events in log order.
    ///
    /// # Errors
    /// [`AppError::BeyondEnd`] if the position to go on after is not in the log: it is from another
    /// ledger, or this one was put back to an older copy. A store error; an event that cannot be
    /// read stops the reading.
    pub fn events(&self, query: &EventQuery) -> Result<EventPage, AppError> {
        let reader = self.reader()?;
        if let Some(position) = query.after {
            let size = reader.head()?.tree.size();
            if position >= size {
                return Err(AppError::BeyondEnd { position, size });
            }
        }
        let (events, more) = reader.events(query)?;
        let next = events.last().filter(|_| more).map(|last| last.position);
        Ok(EventPage { events, next })
    }

    /// Whether an event that was read is still in its place; whoever follows the log asks before
    /// going on.
    ///
    /// # Errors
    /// [`AppError::WentBack`] or [`AppError::BeyondEnd`] if it is not, or a store error.
    pub fn assure_still_there(&self, seen: &Recorded) -> Result<(), AppError> {
        let reader = self.reader()?;
        let (position, size) = (seen.position, reader.head()?.tree.size());
        if position >= size {
            return Err(AppError::BeyondEnd { position, size });
        }
        match reader.event_at(position)?.id == seen.id {
            true => Ok(()),
            false => Err(AppError::WentBack(position)),
        }
    }

    /// Rules for the shapes of imported tokens, which a scan looks for beside the prefixes. The
    /// second list names those that it cannot look for.
    ///
    /// # Errors
    /// A store error.
    pub fn imported_rules(&self) -> Result<(Rules, Vec<String>), AppError> {
        let formats = self.reader()?.legacy_formats()?;
        let shapes = formats.iter().filter_map(|format| match format {
            Format::V1 => None,
            Format::Legacy { prefix, pattern } => Some((prefix.as_str(), pattern.as_str())),
        });
        Ok(Rules::imported(shapes))
    }

    /// When a token was last used, to the day.
    ///
    /// # Errors
    /// A store error.
    pub fn last_used(&self, id: TokenId) -> Result<Option<Timestamp>, AppError> {
        Ok(self.reader()?.last_used(id)?)
    }

    /// Waits for nothing: a number that changes when any other connection commits.
    ///
    /// # Errors
    /// A store error.
    pub fn data_version(&self) -> Result<i64, AppError> {
        Ok(self.reader()?.data_version()?)
    }
}
