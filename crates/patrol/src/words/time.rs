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
    at.in_words()
}

/// As [`relative`], or as [`exact`] where more detail is wanted.
pub(crate) fn when(at: Timestamp, now: Timestamp, verbose: bool) -> String {
    if verbose { exact(at) } else { relative(at, now) }
}

/// Both: "2026-03-03 12:00:00 UTC (3 min ago)".
pub(crate) fn both(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", exact(at), relative(at, now))
}

/// The largest unit of which there is at least one. A little is added before: people write 1h or
/// 90d and look at once, and want to read what they wrote.
fn span(seconds: i64) -> Option<String> {
    let plural =
        |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    let (minutes, hours) = ((seconds + 2) / MINUTE, (seconds + 30) / HOUR);
    // Days are the nearest whole ones: a token of 90 days has not lost one after its first minute.
    let days = if seconds + MINUTE < DAY { 0 } else { (seconds + DAY / 2) / DAY };
    let years = (seconds + MINUTE) / YEAR;
    match seconds {
        _ if years > 0 => Some(plural(years, "year")),
        _ if days > 0 => Some(plural(days, "day")),
        _ if hours > 0 => Some(format!("{hours} h")),
        _ if minutes > 0 => Some(format!("{minutes} min")),
        0 => None,
        seconds => Some(format!("{seconds} s")),
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
        check(90 * DAY - HOUR, "in 90 days");
        check(89 * DAY + HOUR, "in 89 days");
        check(DAY - HOUR, "in 23 h");
        check(-(DAY + HOUR), "1 day ago");
        check(HOUR - 1, "in 1 h");
        check(MINUTE - 3, "in 57 s");
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
