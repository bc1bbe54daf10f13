//! The `ArcSight` Common Event Format: seven fields between bars, then `key=value` pairs.

use super::{Line, words};
use crate::view::EventView;
use patrol_ledger::{Event, RevokeReason};

/// One event.
pub(super) fn line(line: &Line<'_>) -> String {
    let recorded = line.recorded;
    let view = EventView::with(recorded, line.changed.clone());
    let head = ["patrol", "patrol", env!("CARGO_PKG_VERSION"), view.kind, &words::title(view.kind)]
        .map(header)
        .join("|");
    let owner = line.token.and_then(|token| token.owner.text.clone());
    let action = view.kind.split('.').next_back().unwrap_or_default().to_owned();
    let after = line.changed.after.as_ref().map(super::json);
    let before = line.changed.before.as_ref().map(super::json);
    let pairs = [
        ("rt", Some(recorded.recorded_at.as_millis().to_string())),
        ("act", Some(action)),
        ("outcome", Some("success".into())),
        ("cat", Some(view.kind.split('.').next().unwrap_or_default().to_owned())),
        ("suser", view.actor.name.clone()),
        ("suid", view.actor.uid.map(|uid| uid.to_string())),
        ("duser", owner),
        ("externalId", Some(view.id.clone())),
        ("deviceExternalId", Some(line.ledger.id.to_string())),
        ("msg", Some(words::sentence(line.recorded, line.changed.ended_at))),
        ("reason", words::comment(&recorded.event).map(str::to_owned)),
        ("cn1Label", Some("position".into())),
        ("cn1", Some(recorded.position.to_string())),
        ("cs1Label", view.token_id.as_ref().map(|_| "tokenId".into())),
        ("cs1", view.token_id.clone()),
        ("cs2Label", Some("via".into())),
        ("cs2", Some(view.actor.via.into())),
        ("cs3Label", before.as_ref().map(|_| "before".into())),
        ("cs3", before),
        ("cs4Label", after.as_ref().map(|_| "after".into())),
        ("cs4", after),
        ("cs5Label", view.ended_at.as_ref().map(|_| "endedAt".into())),
        ("cs5", view.ended_at),
    ];
    let pairs = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let pairs: Vec<_> = pairs.map(|(key, text)| format!("{key}={}", value(&text))).collect();
    format!("CEF:0|{head}|{}|{}", severity(&recorded.event), pairs.join(" "))
}

/// From 0 to 10.
fn severity(event: &Event) -> u8 {
    match event {
        Event::TokenLeaked(_) | Event::RollbackAccepted(_) => 9,
        Event::TokenRevoked { reason: RevokeReason::Leaked, .. } => 7,
        Event::ScanBypassed(_) => 7,
        Event::TokenSuspended { .. }
        | Event::TokenResumed { .. }
        | Event::OwnerForgotten { .. } => 5,
        Event::PolicyChanged(_)
        | Event::PrefixAdded(_)
        | Event::LedgerOpened(_)
        | Event::KeyRotated(_) => 4,
        Event::ReviewStarted { .. }
        | Event::ReviewDecided { .. }
        | Event::ReviewClosed { .. }
        | Event::TokenIssued(_)
        | Event::MapCommitted(_)
        | Event::TokenImported(_)
        | Event::TokenRenamed(_)
        | Event::TokenScoped { .. }
        | Event::TokenExpiryChanged(_)
        | Event::TokenRotated { .. }
        | Event::TokenRevoked { .. }
        | Event::TokenExpired(_) => 3,
    }
}

/// A field of the head: bars and backslashes are escaped, and it is one line.
fn header(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A value of a pair: equal signs and backslashes are escaped, line ends written as `\n` and `\r`;
/// other control characters, which the format has no way to write, become spaces.
fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '=' => out.push_str("\\="),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{header, value};

    /// The escapes of the published sample.
    #[test]
    fn escapes_are_those_of_the_format() {
        assert_eq!(header("Token revoked | exposed"), "Token revoked \\| exposed");
        assert_eq!(header("a\\b\nc"), "a\\\\b c");
        assert_eq!(value("https://x.test/?a=b"), "https://x.test/?a\\=b");
        assert_eq!(value("line1\nline2 c:\\x"), "line1\\nline2 c:\\\\x");
        assert_eq!(value("a|b\u{1b}[0m\r"), "a|b [0m\\r");
    }
}
