//! OCSF 1.8. What happens to tokens and to the ledger is Entity Management (3004); a token found
//! where it must not be, and a push let past its scan, are Detection Findings (2004).

use patrol_ledger::{Event, Personal, RevokeReason, ScanBypassed, Sighting, Stream};
use serde_json::{Map, Value, json};

use super::{Line, words};
use crate::view::EventView;

/// The version of the schema that these events keep to.
const VERSION: &str = "1.8.0";

/// A class, an activity in it, and a severity: their ids and names.
struct Kind {
    class: (u32, &'static str),
    category: (u32, &'static str),
    activity: (u32, &'static str),
    severity: (u32, &'static str),
}

const INFORMATIONAL: (u32, &str) = (1, "Informational");
const MEDIUM: (u32, &str) = (3, "Medium");
const HIGH: (u32, &str) = (4, "High");
const CRITICAL: (u32, &str) = (5, "Critical");

fn managed(activity: (u32, &'static str), severity: (u32, &'static str)) -> Kind {
    Kind {
        class: (3004, "Entity Management"),
        category: (3, "Identity & Access Management"),
        activity,
        severity,
    }
}

fn finding(severity: (u32, &'static str)) -> Kind {
    Kind {
        class: (2004, "Detection Finding"),
        category: (2, "Findings"),
        activity: (1, "Create"),
        severity,
    }
}

fn kind(event: &Event) -> Kind {
    match event {
        Event::LedgerOpened(_) | Event::TokenIssued(_) | Event::TokenImported(_) => {
            managed((1, "Create"), INFORMATIONAL)
        }
        Event::MapCommitted(_) => managed((3, "Update"), INFORMATIONAL),
        Event::RollbackAccepted(_) => managed((3, "Update"), CRITICAL),
        Event::PolicyChanged(_) | Event::PrefixAdded(_) | Event::KeyRotated(_) => {
            managed((3, "Update"), MEDIUM)
        }
        Event::TokenRenamed(_) => managed((5, "Move"), INFORMATIONAL),
        Event::TokenScoped { .. } | Event::TokenExpiryChanged(_) | Event::TokenRotated { .. } => {
            managed((3, "Update"), INFORMATIONAL)
        }
        Event::OwnerForgotten { .. } => managed((4, "Delete"), MEDIUM),
        Event::ReviewStarted { .. } => managed((1, "Create"), INFORMATIONAL),
        Event::ReviewDecided { .. } => managed((3, "Update"), INFORMATIONAL),
        Event::ReviewClosed { .. } => managed((3, "Update"), INFORMATIONAL),
        Event::TokenSuspended { .. } => managed((12, "Suspend"), MEDIUM),
        Event::TokenResumed { .. } => managed((13, "Resume"), MEDIUM),
        // Nothing is deleted: a token that ended stays in the ledger.
        Event::TokenRevoked { reason: RevokeReason::Leaked, .. } => managed((9, "Disable"), HIGH),
        Event::TokenRevoked { .. } => managed((9, "Disable"), INFORMATIONAL),
        Event::TokenExpired(_) => managed((11, "Deactivate"), INFORMATIONAL),
        Event::TokenLeaked(_) => finding(CRITICAL),
        Event::ScanBypassed(_) => finding(HIGH),
    }
}

/// One event.
pub(super) fn event(line: &Line<'_>) -> Value {
    let recorded = line.recorded;
    let view = EventView::with(recorded, line.changed.clone());
    let time = recorded.recorded_at.as_millis();
    let Kind { class, category, activity, severity } = kind(&recorded.event);
    let message = words::sentence(line.recorded, line.changed.ended_at);
    let mut out = json!({
        "metadata": {
            "version": VERSION,
            "product": {
                "name": "patrol",
                "vendor_name": "patrol",
                "version": env!("CARGO_PKG_VERSION"),
                "uid": line.ledger.id.to_string(),
            },
            "uid": view.id,
            "correlation_uid": view.stream,
            "event_code": view.kind,
            "log_name": line.ledger.origin,
            "logged_time": time,
            "sequence": view.position,
        },
        "time": time,
        "timezone_offset": 0,
        "class_uid": class.0,
        "class_name": class.1,
        "category_uid": category.0,
        "category_name": category.1,
        "activity_id": activity.0,
        "activity_name": activity.1,
        "type_uid": class.0 * 100 + activity.0,
        "type_name": format!("{}: {}", class.1, activity.1),
        "severity_id": severity.0,
        "severity": severity.1,
        "message": message,
        "actor": {"user": user(&recorded.actor.name)},
        "unmapped": {
            "via": view.actor.via,
            "uid": view.actor.uid,
            "cause": view.cause,
            "data": view.data,
            "before": view.before,
            "after": view.after,
            "ended_at": view.ended_at,
        },
    });
    let Value::Object(members) = &mut out else { return out };
    match &recorded.event {
        Event::TokenLeaked(sighting) => leak(members, line, sighting, &message),
        Event::ScanBypassed(it) => bypass(members, line, it, &message),
        _ => manage(members, line),
    }
    if let Some(comment) = words::comment(&recorded.event) {
        members.insert("comment".into(), json!(comment));
    }
    out
}

/// What is managed: a token, or the ledger itself.
fn manage(members: &mut Map<String, Value>, line: &Line<'_>) {
    members.insert("status_id".into(), json!(1));
    members.insert("status".into(), json!("Success"));
    let uid = || line.recorded.stream.to_string();
    let uid = || uid().split(':').next_back().unwrap_or_default().to_owned();
    let entity = match (line.token, line.recorded.stream) {
        (_, Stream::Review(_)) => json!({
            "uid": uid(),
            "type_id": 99,
            "type": "Access Review",
        }),
        (_, Stream::Owner(_)) => json!({
            "uid": uid(),
            "type_id": 99,
            "type": "Token Owner",
        }),
        (Some(token), _) => json!({
            "name": token.name.as_deref().unwrap_or("(forgotten)"),
            "uid": token.id.to_string(),
            "type_id": 99,
            "type": "Access Token",
            "version": token.version.to_string(),
            "user": user(&token.owner),
        }),
        (None, _) => json!({
            "name": line.ledger.origin,
            "uid": line.ledger.id.to_string(),
            "type_id": 99,
            "type": "Token Ledger",
        }),
    };
    // The schema asks for the outcome of a change of name.
    if matches!(line.recorded.event, Event::TokenRenamed(_)) {
        members.insert("entity_result".into(), entity.clone());
    }
    members.insert("entity".into(), entity);
}

fn leak(members: &mut Map<String, Value>, line: &Line<'_>, found: &Sighting, message: &str) {
    let place: String = found.place.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = line.token;
    let time = line.recorded.recorded_at.as_millis();
    members.extend(finding_members(1, "New"));
    members.insert(
        "finding_info".into(),
        json!({
            "uid": place,
            "title": "Access token exposed",
            "desc": message,
            "types": ["Credential Exposure"],
            "created_time": time,
            "first_seen_time": found.date.as_deref().and_then(millis).unwrap_or(time),
            "analytic": {"name": "patrol own-token digest", "type_id": 9, "type": "Exact Data Match"},
        }),
    );
    members.insert(
        "resources".into(),
        json!([{
            "uid": line.recorded.stream.to_string(),
            "name": token.and_then(|token| token.name.as_deref()).unwrap_or("(forgotten)"),
            "type": "Access Token",
            "owner": token.map(|token| user(&token.owner)),
        }]),
    );
    members.insert(
        "evidences".into(),
        json!([{"data": {
            "source": found.source,
            "repository": found.repository,
            "object": found.object,
            "ref": found.reference,
            "path": found.path,
            "line": found.line,
            "column": found.column,
            "commit": found.commit,
            "author": found.author.as_ref().map(words::text),
            "date": found.date,
        }}]),
    );
}

fn bypass(members: &mut Map<String, Value>, line: &Line<'_>, it: &ScanBypassed, message: &str) {
    members.extend(finding_members(3, "Suppressed"));
    members.insert(
        "finding_info".into(),
        json!({
            "uid": line.recorded.id.to_string(),
            "title": "Push let past its scan",
            "desc": message,
            "types": ["Scan Bypass"],
            "created_time": line.recorded.recorded_at.as_millis(),
            "analytic": {"name": "patrol pre-receive scan", "type_id": 1, "type": "Rule"},
        }),
    );
    let name = it.repository.as_deref().unwrap_or("(unnamed)");
    members.insert("resources".into(), json!([{"name": name, "type": "Repository"}]));
    members.insert(
        "evidences".into(),
        json!([{"data": {"refs": it.refs, "more_refs": it.more_refs, "findings": it.findings,
                         "complete": it.complete}, "user": user(&it.pusher)}]),
    );
}

/// What every finding has: its status in words and numbers, and that somebody should look.
fn finding_members(id: u32, status: &str) -> Map<String, Value> {
    let members = json!({
        "status_id": id, "status": status, "is_alert": true,
        // A digest that matches is a fact, not a guess.
        "confidence_id": 3, "confidence": "High",
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A person: the id they have in the log, and their name while it is known.
fn user(personal: &Personal) -> Value {
    let uid = personal.person.to_string();
    match &personal.text {
        Some(name) => json!({"name": name, "uid": uid, "type_id": 1, "type": "User"}),
        None => json!({"uid": uid, "type_id": 0, "type": "Unknown"}),
    }
}

/// An instant that a commit states, in milliseconds.
fn millis(text: &str) -> Option<u64> {
    text.parse::<patrol_ledger::Timestamp>().ok().map(patrol_ledger::Timestamp::as_millis)
}
