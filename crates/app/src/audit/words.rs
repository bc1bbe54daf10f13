//! Instants and lengths of time in documents.

use patrol_ledger::{Lifetime, Timestamp};

/// "2026-03-03 12:00:00 UTC".
pub(super) fn when(at: Timestamp) -> String {
    at.in_words()
}

/// An instant, or that there is none.
pub(super) fn when_or(at: Option<Timestamp>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), when)
}

/// As [`span`], of what is told by commits' dates: they have whole seconds, so that what is less than
/// one is no figure.
pub(super) fn span_of_commits(length: Lifetime) -> String {
    match length.as_micros() {
        ..1_000_000 => "under 1 s".into(),
        _ => span(length),
    }
}

/// Scopes as everywhere; none is a word, not a blank.
pub(super) fn scopes(scopes: &[String]) -> String {
    if scopes.is_empty() { "none".into() } else { scopes.join(" ") }
}

/// "3 d 4 h", "12 min", "340 ms": the two largest units.
pub(super) fn span(length: Lifetime) -> String {
    let micros = length.as_micros();
    let units =
        [("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000)];
    let Some(largest) = units.iter().position(|(_, unit)| micros >= *unit) else {
        return match micros {
            0 => "0 s".into(),
            1..=999 => "under 1 ms".into(),
            _ => format!("{} ms", micros / 1000),
        };
    };
    let (name, unit) = units[largest];
    let rest = micros % unit;
    let second = units.get(largest + 1).map(|(name, unit)| (name, rest / unit));
    match second.filter(|(_, count)| *count > 0) {
        Some((smaller, count)) => format!("{} {name} {count} {smaller}", micros / unit),
        None => format!("{} {name}", micros / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn lengths_are_told_in_their_two_largest_units() {
        for (text, expect) in [
            ("0s", "0 s"),
            ("90s", "1 min 30 s"),
            ("24h", "1 d"),
            ("100h", "4 d 4 h"),
            ("3601s", "1 h"),
            ("45s", "45 s"),
        ] {
            assert_eq!(span(text.parse().unwrap()), expect, "{text}");
        }
    }
}
