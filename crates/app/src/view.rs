//! What is shown of tokens and events: the JSON objects of the command line's contract. Own
//! structs, so that no inner type's change alters what scripts read.

use patrol_ledger::merkle;
use patrol_ledger::{Change, Event, Format, Personal, Recorded, Revoked, Scopes, Timestamp, Token};
use patrol_token::TokenId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::audit::Changed;

/// A token, as shown. Absent facts are `null`.
#[derive(Clone, Debug, Serialize)]
pub struct TokenView {
    /// Its id.
    pub id: String,
    /// Its prefix.
    pub prefix: Option<String>,
    /// Whose it is; `null` once forgotten.
    pub owner: Option<String>,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// `active`, `suspended`, `expired` or `revoked`.
    pub status: &'static str,
    /// When it was issued.
    pub created_at: String,
    /// When it ends; `null`: never.
    pub expires_at: Option<String>,
    /// Since when it is suspended.
    pub suspended_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// Why.
    pub revoked_reason: Option<&'static str>,
    /// The token it took over from.
    pub rotated_from: Option<String>,
    /// The token that took over from it.
    pub rotated_to: Option<String>,
    /// When it was last used, to the day.
    pub last_used_at: Option<String>,
    /// When it was first found where it must not be.
    pub leaked_at: Option<String>,
    /// SHA-256 of the whole token.
    pub digest: String,
    /// How many events it has.
    pub version: u64,
    /// Where its last event stands.
    pub position: u64,
}

impl TokenView {
    /// The token as it is at `now`.
    pub fn new(token: &Token, last_used: Option<Timestamp>, now: Timestamp) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let id = |id: Option<TokenId>| id.map(|id| id.to_string());
        let revoked = token.revocation(now);
        Self {
            id: token.id.to_string(),
            prefix: token.prefix.as_ref().map(ToString::to_string),
            owner: token.owner.text.clone(),
            name: token.name.clone(),
            description: token.description.clone(),
            scopes: texts(&token.scopes),
            status: token.status(now).as_str(),
            created_at: token.created_at.to_string(),
            expires_at: time(token.expires_at),
            suspended_at: time(token.suspended_at),
            revoked_at: time(revoked.map(|Revoked { at, .. }| at)),
            revoked_reason: revoked.map(|Revoked { reason, .. }| reason.as_str()),
            rotated_from: id(token.rotated_from),
            rotated_to: id(token.rotated_to),
            last_used_at: time(last_used),
            leaked_at: time(token.leaked_at),
            digest: token.digest.to_string(),
            version: token.version,
            position: token.position,
        }
    }
}

/// An event, as shown: sealed texts in plain while their key exists.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    /// Its position.
    pub position: u64,
    /// Its id.
    pub id: String,
    /// Its stream.
    pub stream: String,
    /// The token, on a token's stream.
    pub token_id: Option<String>,
    /// Its version in the stream.
    pub version: u64,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The schema version of its data.
    pub schema: u32,
    /// When it was recorded.
    pub recorded_at: String,
    /// Who did it.
    pub actor: ActorView,
    /// What led to it.
    pub cause: Option<CauseView>,
    /// What it says.
    pub data: Value,
    /// What it changed, as it was before; `null` if there was nothing.
    pub before: Option<Map<String, Value>>,
    /// What it changed, as it is after; `null` if it changed nothing.
    pub after: Option<Map<String, Value>>,
    /// When the token had ended, if the event only records an end that the clock had brought; `null`
    /// for what took place as it was recorded.
    pub ended_at: Option<String>,
}

/// Who did it.
#[derive(Clone, Debug, Serialize)]
pub struct ActorView {
    /// The name; `null` once forgotten.
    pub name: Option<String>,
    /// Through what.
    pub via: &'static str,
    /// The operating system's user id.
    pub uid: Option<u32>,
}

/// What led to an event.
#[derive(Clone, Debug, Serialize)]
pub struct CauseView {
    /// `finding` or `request`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl EventView {
    /// The event, as shown.
    fn new(recorded: &Recorded) -> Self {
        Self {
            position: recorded.position,
            id: recorded.id.to_string(),
            stream: recorded.stream.to_string(),
            token_id: recorded.stream.token().map(|id| id.to_string()),
            version: recorded.version,
            kind: recorded.event.kind().as_str(),
            schema: 1,
            recorded_at: recorded.recorded_at.to_string(),
            actor: ActorView {
                name: recorded.actor.name.text.clone(),
                via: recorded.actor.via.as_str(),
                uid: recorded.actor.uid,
            },
            cause: recorded
                .cause
                .as_ref()
                .map(|cause| CauseView { kind: cause.kind.clone(), id: cause.id.clone() }),
            data: data(&recorded.event),
            before: None,
            after: None,
            ended_at: None,
        }
    }

    /// The event with what it changed.
    pub fn with(recorded: &Recorded, changed: Changed) -> Self {
        let ended_at = changed.ended_at.map(|at| at.to_string());
        Self { before: changed.before, after: changed.after, ended_at, ..Self::new(recorded) }
    }
}

fn data(event: &Event) -> Value {
    let text = |personal: &Option<Personal>| personal.as_ref().and_then(|p| p.text.clone());
    let time = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    match event {
        Event::LedgerOpened(opened) => json!({
            "ledger": opened.ledger.to_string(),
            "prefix": opened.prefix.as_str(),
            "origin": opened.origin,
            "verifier_key": opened.verifier_key,
        }),
        Event::PolicyChanged(change) => {
            let (key, value) = Change::key_and_value(change);
            json!({"key": key, "value": value})
        }
        Event::MapCommitted(map) => {
            json!({"size": map.size, "tokens": map.tokens, "root": merkle::hex(&map.root)})
        }
        Event::KeyRotated(rotated) => json!({"verifier_key": rotated.verifier_key}),
        Event::RollbackAccepted(it) => {
            json!({"size": it.size, "root": merkle::hex(&it.root), "reason": it.reason.text})
        }
        Event::PrefixAdded(prefix) => json!({"prefix": prefix.as_str()}),
        Event::ScanBypassed(it) => json!({
            "by": it.by.as_str(),
            "pusher": it.pusher.text,
            "reason": text(&it.reason),
            "repository": it.repository,
            "refs": it.refs,
            "more_refs": it.more_refs,
            "findings": it.findings,
            "complete": it.complete,
        }),
        Event::OwnerForgotten { reason } => json!({"reason": reason.text}),
        Event::ReviewStarted { name, tokens } => json!({
            "name": name.text,
            "tokens": tokens.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Event::ReviewDecided { token, verdict, reason } => json!({
            "token": token.to_string(),
            "verdict": verdict.as_str(),
            "reason": reason.text,
        }),
        Event::ReviewClosed { kept, revoked, ended, comment } => json!({
            "kept": kept,
            "revoked": revoked,
            "ended": ended,
            "comment": text(comment),
        }),
        Event::TokenIssued(issued) => json!({
            "prefix": issued.prefix.as_str(),
            "owner": issued.owner.text,
            "name": issued.name.text,
            "description": text(&issued.description),
            "scopes": texts(&issued.scopes),
            "expires_at": time(&issued.expires_at),
            "digest": issued.digest.to_string(),
            "rotated_from": issued.rotated_from.map(|id| id.to_string()),
        }),
        Event::TokenImported(imported) => json!({
            "format": match &imported.format {
                Format::V1 => json!("v1"),
                Format::Legacy { prefix, pattern } => json!({"prefix": prefix, "pattern": pattern}),
            },
            "prefix": imported.prefix.as_ref().map(ToString::to_string),
            "owner": imported.owner.text,
            "name": imported.name.text,
            "description": text(&imported.description),
            "scopes": texts(&imported.scopes),
            "created_at": time(&imported.created_at),
            "expires_at": time(&imported.expires_at),
            "digest": imported.digest.to_string(),
        }),
        Event::TokenRenamed(name) => json!({"name": name.text}),
        Event::TokenScoped { added, removed } => {
            json!({"added": texts(added), "removed": texts(removed)})
        }
        Event::TokenExpiryChanged(at) => json!({"expires_at": time(at)}),
        Event::TokenExpired(at) => json!({"expires_at": at.to_string()}),
        Event::TokenRotated { successor, ends_at } => {
            json!({"successor": successor.to_string(), "ends_at": ends_at.to_string()})
        }
        Event::TokenSuspended { reason, comment } => {
            json!({"reason": reason.as_str(), "comment": text(comment)})
        }
        Event::TokenRevoked { reason, comment } => {
            json!({"reason": reason.as_str(), "comment": text(comment)})
        }
        Event::TokenResumed { accepted_leak } => json!({"accepted_leak": text(accepted_leak)}),
        Event::TokenLeaked(sighting) => json!({
            "place": sighting.place.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            "source": sighting.source,
            "repository": sighting.repository,
            "object": sighting.object,
            "ref": sighting.reference,
            "path": sighting.path,
            "line": sighting.line,
            "column": sighting.column,
            "commit": sighting.commit,
            "author": text(&sighting.author),
            "date": sighting.date,
        }),
    }
}

fn texts(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}
