//! A leaver: all that somebody held, what became of it, and how long that took.

use patrol_ledger::{Lifetime, Refusal, Revoke, RevokeReason, Timestamp, Token, TokenQuery};
use patrol_token::TokenId;
use serde::Serialize;

use super::exposure::seconds;
use super::page::{Document, Section, Table, fact};
use super::words::{scopes, span, when};
use crate::app::{App, Caller};
use crate::error::AppError;
use crate::view::TokenView;

/// All that an owner held.
#[derive(Clone, Debug, Serialize)]
pub struct Leaver {
    /// The owner.
    pub owner: String,
    /// When they left, as far as somebody said so.
    pub left_at: Option<String>,
    /// From when the lag counts: when they left, or the first revocation for leaving.
    pub counted_from: Option<String>,
    /// Tokens that still work, or would if resumed.
    pub living: usize,
    /// When the last of what they held then ended; `null` while one lives, or if there was none.
    pub last_ended_at: Option<String>,
    /// From then until the last of what they held then ended, in seconds; `null` while one lives.
    pub lag_seconds: Option<f64>,
    /// How many of their tokens were issued only after that: a return, or a mistake.
    pub issued_later: usize,
    /// What was revoked just now.
    pub revoked: Vec<String>,
    /// Every token they ever held.
    pub tokens: Vec<Held>,
}

/// One token that they held.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// The token, as it is now.
    #[serde(flatten)]
    pub token: TokenView,
    /// When it ended.
    pub ended_at: Option<String>,
    /// By what: `revoked` or `expired`.
    pub ended_by: Option<&'static str>,
    /// From leaving to its end, in seconds; `null` if it ended before, came later, or lives.
    pub lag_seconds: Option<f64>,
}

/// When and by what a token ended, if it has.
pub(super) fn ended(token: &Token, now: Timestamp) -> Option<(Timestamp, &'static str)> {
    let revoked = token.revocation(now).map(|revoked| (revoked.at, "revoked"));
    let expired = token.expired_at.or(token.expires_at.filter(|end| *end <= now));
    [revoked, expired.map(|at| (at, "expired"))].into_iter().flatten().min_by_key(|(at, _)| *at)
}

impl App {
    /// What an owner held, as of now. With `revoke`, ends what is left, all in one transaction.
    ///
    /// # Errors
    /// An owner who never held anything, an instant of leaving that is yet to come, or a store
    /// error.
    pub fn leaver(
        &self,
        owner: &str,
        left: Option<Timestamp>,
        revoke: Option<&Caller>,
    ) -> Result<Leaver, AppError> {
        let now = self.now()?;
        if let Some(at) = left.filter(|at| *at > now) {
            return Err(AppError::YetToCome { at, now });
        }
        let revoked = match revoke {
            None => Vec::new(),
            Some(by) => {
                let end = Revoke {
                    owner: Some(owner.into()),
                    reason: RevokeReason::Leaver,
                    ..Revoke::default()
                };
                self.revoke(by, end)?.revoked
            }
        };
        let all =
            TokenQuery { owner: Some(owner.into()), limit: usize::MAX, ..TokenQuery::default() };
        let tokens = self.tokens(&all, None)?.tokens;
        if tokens.is_empty() {
            return Err(Refusal::UnknownOwner.into());
        }
        leaver(self, owner, &tokens, left, &revoked)
    }
}

fn leaver(
    app: &App,
    owner: &str,
    tokens: &[Token],
    left: Option<Timestamp>,
    revoked: &[TokenId],
) -> Result<Leaver, AppError> {
    let now = app.now()?;
    let for_leaving = tokens.iter().filter_map(|token| token.revocation(now));
    let for_leaving = for_leaving.filter(|revoked| revoked.reason == RevokeReason::Leaver);
    let from = left.or(for_leaving.map(|revoked| revoked.at).min());
    let mut held = Vec::with_capacity(tokens.len());
    for token in tokens {
        let end = ended(token, now);
        let after = |at: Timestamp| {
            let from = from.filter(|from| at >= *from && token.created_at <= *from);
            from.map(|from| Lifetime::between(from, at))
        };
        held.push(Held {
            token: TokenView::new(token, app.last_used(token.id)?, now),
            ended_at: end.map(|(at, _)| at.to_string()),
            ended_by: end.map(|(_, how)| how),
            lag_seconds: seconds(end.and_then(|(at, _)| after(at))),
        });
    }
    // What was issued to them later is somebody's return, or a mistake: no lag of this leaving.
    let (held_then, later): (Vec<_>, Vec<_>) =
        tokens.iter().partition(|token| from.is_none_or(|from| token.created_at <= from));
    let ends: Option<Vec<_>> =
        held_then.iter().map(|token| ended(token, now).map(|(at, _)| at)).collect();
    let last = ends.as_ref().and_then(|ends| ends.iter().max().copied());
    let lag = from.zip(last).map(|(from, last)| Lifetime::between(from, last));
    Ok(Leaver {
        owner: owner.into(),
        left_at: left.map(|at| at.to_string()),
        counted_from: from.map(|at| at.to_string()),
        living: tokens.iter().filter(|token| ended(token, now).is_none()).count(),
        last_ended_at: last.map(|at| at.to_string()),
        lag_seconds: seconds(lag),
        issued_later: later.len(),
        revoked: revoked.iter().map(ToString::to_string).collect(),
        tokens: held,
    })
}

impl Leaver {
    /// The answer as a document.
    pub fn document(&self) -> Document {
        let instant = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let tell = |text: &Option<String>, none: &str| super::words::when_or(instant(text), none);
        #[expect(clippy::cast_possible_truncation, reason = "made from microseconds")]
        let micros = |seconds: f64| Timestamp::from_micros((seconds * 1e6) as i64);
        let length = |seconds: Option<f64>| {
            seconds.map(|s| span(Lifetime::between(Timestamp::EPOCH, micros(s))))
        };
        let verdict = match self.living {
            0 => "Nothing they held works any more.".to_owned(),
            1 => "1 token STILL LIVES; --revoke ends it.".into(),
            living => format!("{living} tokens STILL LIVE; --revoke ends them all at once."),
        };
        let later = match self.issued_later {
            0 => None,
            1 => Some("1 token was issued to them AFTER they left; it counts in no lag.".into()),
            many => Some(format!(
                "{many} tokens were issued to them AFTER they left; they count in no lag."
            )),
        };
        let mut gaps = Vec::new();
        if self.left_at.is_none() {
            gaps.push(match &self.counted_from {
                Some(_) => "when they left; say it with --left. The lag is counted from the first \
                            revocation for leaving"
                    .to_owned(),
                None => "when they left; say it with --left".into(),
            });
        }
        let rows = self.tokens.iter().map(|held| {
            let end = held.ended_by.map_or_else(
                || format!("lives ({})", held.token.status),
                |how| format!("{how} {}", tell(&held.ended_at, "")),
            );
            let created =
                held.token.created_at.parse().map_or_else(|_| held.token.created_at.clone(), when);
            vec![
                held.token.id.clone(),
                held.token.name.clone().unwrap_or_else(|| "(forgotten)".into()),
                scopes(&held.token.scopes),
                created,
                end,
                length(held.lag_seconds).unwrap_or_default(),
            ]
        });
        let head = ["token", "name", "scopes", "issued", "ended", "lag"];
        // What came after they left is no part of the lag, whatever its rows say.
        let last = match (self.issued_later, self.tokens.len()) {
            (0, _) => fact("last one ended", tell(&self.last_ended_at, "–")),
            (later, all) if later == all => fact("last one held then ended", "they held none then"),
            _ => fact("last one held then ended", tell(&self.last_ended_at, "–")),
        };
        Document {
            title: format!("What {} held", self.owner),
            about: vec![fact("owner", &self.owner), fact("left", tell(&self.left_at, "not said"))],
            sections: vec![Section {
                title: "Tokens".into(),
                says: [Some(verdict), later].into_iter().flatten().collect(),
                facts: vec![
                    fact("tokens", self.tokens.len()),
                    fact("still living", self.living),
                    fact("revoked just now", self.revoked.len()),
                    last,
                    fact("lag", length(self.lag_seconds).unwrap_or_else(|| "–".into())),
                ],
                tables: vec![Table::new(&head, rows)],
                gaps,
                controls: super::controls::LEAVERS.to_vec(),
                charts: Vec::new(),
            }],
            closing: Vec::new(),
        }
    }
}
