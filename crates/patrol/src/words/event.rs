//! Events for people: one line each, what happened in a few words.

use patrol_app::audit::Changed;
use patrol_ledger::{
    Bypass, Event, Personal, Recorded, ScanBypassed, Scopes, Sighting, Stream, Timestamp, counted,
};

use super::time;
use crate::ui::{Look, paint, shown};

/// One line: position, when, type, what it says, what was there before, who did it.
pub(crate) fn line(recorded: &Recorded, changed: &Changed) -> String {
    let kind = recorded.event.kind();
    let look = match &recorded.event {
        Event::TokenLeaked(_) | Event::TokenRevoked { .. } => Look::Error,
        Event::OwnerForgotten { .. }
        | Event::TokenSuspended { .. }
        | Event::TokenExpired(_)
        | Event::ScanBypassed(_)
        | Event::RollbackAccepted(_) => Look::Warning,
        Event::TokenIssued(_) | Event::TokenImported(_) | Event::TokenResumed { .. } => Look::Good,
        Event::LedgerOpened(_)
        | Event::ReviewStarted { .. }
        | Event::ReviewDecided { .. }
        | Event::ReviewClosed { .. }
        | Event::MapCommitted(_)
        | Event::KeyRotated(_)
        | Event::PolicyChanged(_)
        | Event::PrefixAdded(_)
        | Event::TokenRenamed(_)
        | Event::TokenScoped { .. }
        | Event::TokenExpiryChanged(_)
        | Event::TokenRotated { .. } => Look::Plain,
    };
    let of = match recorded.stream {
        Stream::Token(id) => id.to_string(),
        Stream::Owner(person) => person.to_string(),
        // The id of a review would be taken for a token's: it stands among the words.
        Stream::Ledger | Stream::Review(_) => "-".to_owned(),
    };
    let actor = recorded.actor.name.text.as_deref().map_or("(forgotten)".into(), shown);
    let via = format!("{actor} ({})", recorded.actor.via);
    let review = match recorded.stream {
        Stream::Review(id) => format!("review {id}: "),
        Stream::Ledger | Stream::Token(_) | Stream::Owner(_) => String::new(),
    };
    format!(
        "{:>6}  {}  {of:<26}  {}  {review}{}{}  {}\n",
        recorded.position,
        paint(Look::Faint, &time::exact(recorded.recorded_at)),
        paint(look, &format!("{:<20}", kind.as_str())),
        what(&recorded.event),
        was(recorded, changed),
        paint(Look::Faint, &format!("by {via}")),
    )
}

/// What was there before, where the event's own words do not tell.
fn was(recorded: &Recorded, changed: &Changed) -> String {
    let shown_of = |name: &str| {
        changed.before.as_ref().and_then(|before| before.get(name)).map(|value| match value {
            serde_json::Value::Null => "nothing".into(),
            serde_json::Value::String(text) => match text.parse::<Timestamp>() {
                Ok(at) if text.len() == at.to_string().len() => time::exact(at),
                _ => shown(text).into_owned(),
            },
            serde_json::Value::Array(all) => {
                let all: Vec<_> = all.iter().filter_map(|one| Some(shown(one.as_str()?))).collect();
                if all.is_empty() { "nothing".into() } else { all.join(" ") }
            }
            other => shown(&other.to_string()).into_owned(),
        })
    };
    let before = match &recorded.event {
        Event::TokenRevoked { .. } => {
            let told = |at| format!(" (it had ended at {}; this records it)", time::exact(at));
            let told = changed.ended_at.map(told);
            return told.map_or_else(String::new, |told| paint(Look::Faint, &told));
        }
        Event::TokenRenamed(_) => shown_of("name"),
        Event::TokenScoped { .. } => shown_of("scopes"),
        Event::TokenExpiryChanged(_) => shown_of("expires_at"),
        Event::PolicyChanged(change) => shown_of(&change.key_and_value().0),
        Event::PrefixAdded(_) => shown_of("prefixes"),
        Event::LedgerOpened(_)
        | Event::ScanBypassed(_)
        | Event::OwnerForgotten { .. }
        | Event::ReviewStarted { .. }
        | Event::ReviewDecided { .. }
        | Event::ReviewClosed { .. }
        | Event::MapCommitted(_)
        | Event::KeyRotated(_)
        | Event::RollbackAccepted(_)
        | Event::TokenIssued(_)
        | Event::TokenImported(_)
        | Event::TokenRotated { .. }
        | Event::TokenSuspended { .. }
        | Event::TokenResumed { .. }
        | Event::TokenLeaked(_)
        | Event::TokenExpired(_) => None,
    };
    let before =
        before.map(|before| format!(" {}", paint(Look::Faint, &format!("(was {before})"))));
    before.unwrap_or_default()
}

/// What an event says, in a few words.
fn what(event: &Event) -> String {
    match event {
        Event::LedgerOpened(opened) => {
            format!("prefix {}, origin {}", opened.prefix, shown(&opened.origin))
        }
        Event::PolicyChanged(change) => {
            let (key, value) = change.key_and_value();
            format!("{key} {value}")
        }
        Event::PrefixAdded(prefix) => prefix.to_string(),
        Event::ScanBypassed(it) => bypass(it),
        Event::MapCommitted(map) => {
            let (tokens, events) = (counted(map.tokens, "token"), counted(map.size, "event"));
            format!("{tokens}, as of {events}")
        }
        Event::KeyRotated(rotated) => shown(&rotated.verifier_key).into_owned(),
        Event::RollbackAccepted(it) => {
            format!("of {}: {}", counted(it.size, "event"), text(&it.reason))
        }
        Event::OwnerForgotten { reason } => text(reason),
        Event::ReviewStarted { name, tokens } => {
            format!("{}, of {}", text(name), counted(tokens.len() as u64, "token"))
        }
        Event::ReviewDecided { token, verdict, reason } => {
            format!("{verdict} {token}: {}", text(reason))
        }
        Event::ReviewClosed { kept, revoked, ended, comment } => {
            let words = comment.as_ref().map(|words| format!(": {}", text(words)));
            format!("{kept} kept, {revoked} revoked, {ended} ended{}", words.unwrap_or_default())
        }
        Event::TokenIssued(issued) => {
            let from = issued.rotated_from.map(|id| format!(", from {id}")).unwrap_or_default();
            issue(&issued.name, &issued.owner, &issued.scopes, issued.expires_at) + &from
        }
        Event::TokenImported(imported) => {
            issue(&imported.name, &imported.owner, &imported.scopes, imported.expires_at)
        }
        Event::TokenRenamed(name) => text(name),
        Event::TokenScoped { added, removed } => {
            let signed = |sign: char, scopes: &Scopes| {
                scopes.iter().map(|scope| format!("{sign}{scope}")).collect::<Vec<_>>()
            };
            [signed('+', added), signed('-', removed)].concat().join(" ")
        }
        Event::TokenExpiryChanged(at) => end(*at),
        Event::TokenRotated { successor, ends_at } => {
            format!("to {successor}; this one ends {}", time::exact(*ends_at))
        }
        Event::TokenSuspended { reason, comment } => reason_and(reason.as_str(), comment.as_ref()),
        Event::TokenResumed { accepted_leak: None } => "in use again".into(),
        Event::TokenResumed { accepted_leak: Some(words) } => {
            format!("leak accepted: {}", text(words))
        }
        Event::TokenLeaked(sighting) => leak(sighting),
        Event::TokenRevoked { reason, comment } => reason_and(reason.as_str(), comment.as_ref()),
        Event::TokenExpired(at) => format!("at {}", time::exact(*at)),
    }
}

fn issue(name: &Personal, owner: &Personal, scopes: &Scopes, ends: Option<Timestamp>) -> String {
    let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    let may = if scopes.is_empty() { "no scopes".into() } else { scopes.join(" ") };
    format!("{} of {}: {may}, {}", text(name), text(owner), end(ends))
}

fn end(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never ends".into(), |at| format!("ends {}", time::exact(at)))
}

/// Why an event suspended a token, if it did.
pub(crate) fn suspended_why(event: &Event) -> Option<String> {
    match event {
        Event::TokenSuspended { reason, comment } => {
            Some(reason_and(reason.as_str(), comment.as_ref()))
        }
        _ => None,
    }
}

fn reason_and(reason: &str, comment: Option<&Personal>) -> String {
    match comment {
        Some(comment) => format!("{reason}: {}", text(comment)),
        None => reason.into(),
    }
}

/// Everything that is known of where a token was found.
fn leak(sighting: &Sighting) -> String {
    shown(&patrol_app::audit::found_at(sighting)).into_owned()
}

fn bypass(it: &ScanBypassed) -> String {
    let found = it.findings.iter().map(|(rule, count)| format!("{count} × {}", shown(rule)));
    let mut found: Vec<_> = found.collect();
    if !it.complete {
        found.push("something that was not read".into());
    }
    let refs: Vec<_> = it.refs.iter().take(3).map(|name| shown(name).into_owned()).collect();
    let more = it.more_refs + it.refs.len().saturating_sub(3) as u64;
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let into = it.repository.as_deref().map(|name| format!(" into {}", shown(name)));
    let why = match (it.by, &it.reason) {
        (Bypass::PushOption, Some(reason)) => format!("because \"{}\"", text(reason)),
        (Bypass::PushOption, None) => "on request".into(),
        (Bypass::TimeLimit, _) => "as the time was over".into(),
    };
    let with = if found.is_empty() { "nothing".into() } else { found.join(", ") };
    let (pusher, refs) = (text(&it.pusher), refs.join(" "));
    format!("{pusher} pushed {refs}{more}{} with {with}; let past {why}", into.unwrap_or_default())
}

fn text(personal: &Personal) -> String {
    personal.text.as_deref().map_or("(forgotten)".into(), shown).into_owned()
}
