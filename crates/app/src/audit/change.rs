//! Before and after: an event says only what it changed, so what was there before it is folded from
//! the events before it when somebody asks.

use std::collections::HashMap;

use patrol_ledger::{
    Event, LedgerRow, Policy, Reader, Recorded, StoreError, Stream, Timestamp, Token,
};
use patrol_token::TokenId;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::AppError;
use crate::view::TokenView;

/// Tokens whose state is kept between events: the bound on memory while a whole log goes by. A token
/// beyond it costs reading its own events again.
const KEPT_MAX: usize = 4096;

/// What an event changed: the members that differ, as they were and as they are.
///
/// `None` where there was nothing before, or where the event changes no state. An event that only
/// records an end that the clock had brought changes nothing; it says on both sides that the token had
/// ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// As they were.
    pub before: Option<Map<String, Value>>,
    /// As they are.
    pub after: Option<Map<String, Value>>,
    /// When the token had ended, if the event only records that: of an overlap or of a life.
    pub ended_at: Option<Timestamp>,
}

/// The state as of an event, kept while events go by in log order.
#[derive(Debug, Default)]
pub struct Past {
    tokens: HashMap<TokenId, Token>,
    ledger: Option<LedgerRow>,
}

impl Past {
    /// What an event changed. Asking in log order is cheap; any order is right.
    ///
    /// # Errors
    /// When the ledger cannot be read, or an event cannot be applied.
    pub fn changed(&mut self, reader: &Reader, recorded: &Recorded) -> Result<Changed, StoreError> {
        match recorded.stream {
            Stream::Token(id) => {
                let before = self.token_before(reader, id, recorded.position)?;
                let after = patrol_ledger::evolve_token(before.clone(), recorded)?;
                let changed = token_changed(before.as_ref(), &after, recorded);
                self.keep(after);
                Ok(changed)
            }
            // These tell all that there is to tell themselves.
            Stream::Review(_) | Stream::Owner(_) => Ok(Changed::default()),
            Stream::Ledger => {
                // A bypassed scan is told and changes nothing; there may be very many.
                if matches!(recorded.event, Event::ScanBypassed(_)) {
                    return Ok(Changed::default());
                }
                let known = self.ledger.take().filter(|row| row.version < recorded.version);
                let before = reader.ledger_before(recorded.position, known)?;
                let after = patrol_ledger::evolve_ledger(before.clone(), recorded)?;
                let changed =
                    difference(before.as_ref().map(ledger_members), ledger_members(&after));
                self.ledger = Some(after);
                Ok(changed)
            }
        }
    }

    /// The token as the events before a position leave it.
    pub(crate) fn token_before(
        &mut self,
        reader: &Reader,
        id: TokenId,
        position: u64,
    ) -> Result<Option<Token>, StoreError> {
        reader.token_before(id, position, self.tokens.remove(&id))
    }

    /// The token as the event asked about last left it.
    pub(crate) fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(&id)
    }

    fn keep(&mut self, token: Token) {
        if self.tokens.len() >= KEPT_MAX {
            self.tokens.clear();
        }
        self.tokens.insert(token.id, token);
    }
}

impl App {
    /// What each of some events changed.
    ///
    /// # Errors
    /// A store error.
    pub fn changed(&self, past: &mut Past, events: &[Recorded]) -> Result<Vec<Changed>, AppError> {
        let reader = self.reader()?;
        events.iter().map(|event| Ok(past.changed(&reader, event)?)).collect()
    }
}

fn token_changed(before: Option<&Token>, after: &Token, recorded: &Recorded) -> Changed {
    let now = recorded.recorded_at;
    // What the clock brought was so before somebody recorded it.
    let (end, told): (_, &[_]) = match &recorded.event {
        Event::TokenExpired(end) => (Some(*end), &["status", "expires_at"]),
        Event::TokenRevoked { .. } => {
            let end = before.and_then(|token| token.superseded_at);
            (end, &["status", "revoked_at", "revoked_reason"])
        }
        _ => (None, &[]),
    };
    let members = token_members(after, now);
    let changed = difference(before.map(|token| token_members(token, now)), members.clone());
    let Some(end) = end.filter(|end| *end <= now) else { return changed };
    // Of a recorded end both sides tell what it was, the one before as well.
    let mut before = changed.before.unwrap_or_default();
    let mut after = changed.after.unwrap_or_default();
    for (name, value) in told.iter().filter_map(|name| Some((*name, members.get(*name)?))) {
        before.entry(name).or_insert_with(|| value.clone());
        after.entry(name).or_insert_with(|| value.clone());
    }
    Changed { before: Some(before), after: Some(after), ended_at: Some(end) }
}

/// What of a token can change, by the names of the token object.
fn token_members(token: &Token, at: Timestamp) -> Map<String, Value> {
    let view = serde_json::to_value(TokenView::new(token, None, at)).unwrap_or_default();
    let mut members = match view {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    // What every event moves, what is no event, and what stands beside the event anyway.
    for name in ["id", "version", "position", "last_used_at"] {
        members.remove(name);
    }
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    members.insert("superseded_at".into(), json!(time(token.superseded_at)));
    members.insert("leak_accepted_at".into(), json!(time(token.leak_accepted_at)));
    members.insert("sightings".into(), json!(token.sightings));
    members
}

/// What of the ledger can change.
fn ledger_members(row: &LedgerRow) -> Map<String, Value> {
    let prefixes: Vec<_> = row.prefixes.iter().map(patrol_token::Prefix::as_str).collect();
    let mut members = Map::new();
    members.insert("origin".into(), json!(row.origin));
    members.insert("verifier_key".into(), json!(row.verifier_key));
    members.insert("prefixes".into(), json!(prefixes));
    members.extend(policy_members(&row.policy));
    members
}

/// The policy by the keys that `policy set` takes.
pub(crate) fn policy_members(policy: &Policy) -> Map<String, Value> {
    let changes = policy.changes();
    changes.iter().map(patrol_ledger::Change::key_and_value).map(|(k, v)| (k, json!(v))).collect()
}

/// The members that differ. A member that one side lacks is `null` there.
fn difference(before: Option<Map<String, Value>>, mut after: Map<String, Value>) -> Changed {
    let Some(mut before) = before else {
        after.retain(|_, value| !value.is_null());
        return Changed { before: None, after: Some(after), ended_at: None };
    };
    for name in before.keys() {
        after.entry(name.clone()).or_insert(Value::Null);
    }
    for name in after.keys() {
        before.entry(name.clone()).or_insert(Value::Null);
    }
    let same: Vec<_> =
        after.iter().filter(|(k, v)| before.get(*k) == Some(*v)).map(|(k, _)| k.clone()).collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    match after.is_empty() {
        true => Changed::default(),
        false => Changed { before: Some(before), after: Some(after), ended_at: None },
    }
}
