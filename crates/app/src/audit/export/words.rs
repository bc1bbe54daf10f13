//! An event in a sentence, for the collectors that show one.

use patrol_ledger::{Event, Personal, Recorded, Sighting, Timestamp, counted};
use patrol_scan::report::short_id;

/// What happened, in one plain sentence. `ended_at`: when the token had ended, if the event only
/// records that.
pub(in crate::audit) fn sentence(recorded: &Recorded, ended_at: Option<Timestamp>) -> String {
    let id = recorded.stream.token().map(|id| id.to_string()).unwrap_or_default();
    match &recorded.event {
        Event::LedgerOpened(opened) => format!("The ledger {} was opened", opened.origin),
        Event::PolicyChanged(change) => {
            let (key, value) = change.key_and_value();
            format!("The policy {key} was set to {value}")
        }
        Event::PrefixAdded(prefix) => format!("The prefix {prefix} was added"),
        Event::MapCommitted(map) => {
            format!("The log committed to the latest versions of {}", counted(map.tokens, "token"))
        }
        Event::KeyRotated(_) => "The key that signs checkpoints was rotated".into(),
        Event::RollbackAccepted(it) => {
            format!("The loss of a log of {} was accepted", counted(it.size, "event"))
        }
        Event::ScanBypassed(it) => {
            format!("A push by {} was let past its scan ({})", text(&it.pusher), it.by)
        }
        Event::OwnerForgotten { .. } => {
            format!("Person {} was forgotten", recorded.stream.to_string().replace("owner:", ""))
        }
        Event::ReviewStarted { name, tokens } => {
            let tokens = counted(tokens.len() as u64, "token");
            format!("A review of {tokens} was started: {}", text(name))
        }
        Event::ReviewDecided { token, verdict, .. } => {
            format!("Token {token} was reviewed: {verdict}")
        }
        Event::ReviewClosed { kept, revoked, ended, .. } => {
            format!("A review was closed: {kept} kept, {revoked} revoked, {ended} ended otherwise")
        }
        Event::TokenIssued(issued) => format!("Token {id} was issued to {}", text(&issued.owner)),
        Event::TokenImported(imported) => {
            format!("Token {id} of {} was imported", text(&imported.owner))
        }
        Event::TokenRenamed(name) => format!("Token {id} was renamed to {}", text(name)),
        Event::TokenScoped { .. } => format!("The scopes of token {id} changed"),
        Event::TokenExpiryChanged(Some(at)) => format!("Token {id} now ends at {}", at.in_words()),
        Event::TokenExpiryChanged(None) => format!("Token {id} now never ends"),
        Event::TokenRotated { successor, .. } => format!("Token {id} was rotated to {successor}"),
        Event::TokenSuspended { reason, .. } => format!("Token {id} was suspended ({reason})"),
        Event::TokenResumed { .. } => format!("Token {id} was resumed"),
        Event::TokenLeaked(found) => {
            format!("Token {id} was found where it must not be: {}", found_at(found))
        }
        Event::TokenRevoked { reason, .. } => match ended_at {
            Some(at) => {
                format!("Token {id} had ended at {} ({reason}); now recorded", at.in_words())
            }
            None => format!("Token {id} was revoked ({reason})"),
        },
        Event::TokenExpired(at) => {
            format!("Token {id} had expired at {}; now recorded", at.in_words())
        }
    }
}

/// Where a token was found, with all that is known: `in .env:2:11, commit e26f0d346d12 of Ada, of
/// the repository /srv/a.git`.
pub fn found_at(found: &Sighting) -> String {
    let place = match (&found.path, &found.reference, &found.object) {
        (Some(path), ..) => path.clone(),
        (None, Some(reference), _) => reference.clone(),
        (None, None, Some(object)) => format!("object {}", short_id(object)),
        (None, None, None) => "a stream".to_owned(),
    };
    let line = found.line.map(|line| format!(":{line}")).unwrap_or_default();
    let column = found.column.filter(|_| found.line.is_some());
    let column = column.map(|column| format!(":{column}")).unwrap_or_default();
    let commit = found.commit.as_deref().map(|id| format!(", commit {}", short_id(id)));
    let author = found.author.as_ref().map(|author| format!(" of {}", text(author)));
    let author = author.filter(|_| commit.is_some());
    let repository = found.repository.as_deref().map(|name| format!(", repository {name}"));
    let rest = [commit, author, repository].into_iter().flatten().collect::<String>();
    format!("in {place}{line}{column}{rest}")
}

/// What somebody said of it, where somebody did.
pub(super) fn comment(event: &Event) -> Option<&str> {
    let said = match event {
        Event::TokenSuspended { comment, .. } | Event::TokenRevoked { comment, .. } => {
            comment.as_ref()
        }
        Event::TokenResumed { accepted_leak } => accepted_leak.as_ref(),
        Event::ScanBypassed(it) => it.reason.as_ref(),
        Event::OwnerForgotten { reason } | Event::ReviewDecided { reason, .. } => Some(reason),
        Event::ReviewClosed { comment, .. } => comment.as_ref(),
        Event::ReviewStarted { name, .. } => Some(name),
        Event::RollbackAccepted(it) => Some(&it.reason),
        Event::LedgerOpened(_)
        | Event::MapCommitted(_)
        | Event::KeyRotated(_)
        | Event::PolicyChanged(_)
        | Event::PrefixAdded(_)
        | Event::TokenIssued(_)
        | Event::TokenImported(_)
        | Event::TokenRenamed(_)
        | Event::TokenScoped { .. }
        | Event::TokenExpiryChanged(_)
        | Event::TokenRotated { .. }
        | Event::TokenLeaked(_)
        | Event::TokenExpired(_) => None,
    };
    said.and_then(|said| said.text.as_deref())
}

/// The type's name for a heading: `token.expiry_changed` is "Token expiry changed".
pub(super) fn title(kind: &str) -> String {
    let words = kind.replace(['.', '_'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// A text about a person, or that it was forgotten.
pub(super) fn text(personal: &Personal) -> &str {
    personal.text.as_deref().unwrap_or("(forgotten)")
}
