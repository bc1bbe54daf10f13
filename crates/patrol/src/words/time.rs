//! Times for people: "in 89 days", "3 min ago". Exact ones stand in JSON and with `--verbose`.

use patrol_ledger::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// How far `at` is from `now`, in one unit.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = (at.as_micros() - now.as_micros()) / 1_000_000;
    let span = span(seconds.abs());
    match span {
        None => "now".into(),
        Some(span) if seconds > 0 => format!("in {span}"),
        Some(span) => format!("{span} ago"),
    }
}

/// The instant to the second, in UTC, without the letters in between.
pub(crate) fn exact(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", &text[..10], &text[11..19])
}

/// As [`relative`], or as [`exact`] where more detail is wanted.
pub(crate) fn when(at: Timestamp, now: Timestamp, verbose: bool) -> String {
    if verbose { exact(at) } else { relative(at, now) }
}

/// Both: "2026-03-03 12:00:00 UTC (3 min ago)".
pub(crate) fn both(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", exact(at), relative(at, now))
}

/// Whole units that have passed, never rounded up: "in 1 day" is at least a day.
fn span(seconds: i64) -> Option<String> {
    let plural = |count: i64, unit: &str| {
        Some(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
    };
    match seconds {
        0 => None,
        1..MINUTE => Some(format!("{seconds} s")),
        MINUTE..HOUR => Some(format!("{} min", seconds / MINUTE)),
        HOUR..DAY => Some(format!("{} h", seconds / HOUR)),
        // Ninety days minus a moment read as ninety: people issue for days, and look at once.
        DAY..YEAR => plural((seconds + MINUTE) / DAY, "day"),
        _ => plural((seconds + MINUTE) / YEAR, "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: i64, words: &str) {
        let now: Timestamp = "2026-03-03T12:00:00Z".parse().unwrap();
        let at = Timestamp::from_micros(now.as_micros() + seconds * 1_000_000);
        assert_eq!(relative(at, now), words);
    }

    #[test]
    fn one_unit_and_a_direction() {
        check(0, "now");
        check(-1, "1 s ago");
        check(200, "in 3 min");
        check(-7_300, "2 h ago");
        check(90 * DAY - 1, "in 90 days");
        check(DAY, "in 1 day");
        check(-400 * DAY, "1 year ago");
        check(366 * DAY, "in 1 year");
        check(730 * DAY, "in 2 years");
    }

    #[test]
    fn exact_times_are_to_the_second() {
        let at: Timestamp = "2026-03-03T12:00:00.999999Z".parse().unwrap();
        assert_eq!(exact(at), "2026-03-03 12:00:00 UTC");
        assert_eq!(both(at, at), "2026-03-03 12:00:00 UTC (now)");
    }
}
