//! Instants and lifetimes. Storage is an integer of microseconds; text is RFC 3339 in UTC with all
//! six digits, so that text order is time order and nothing is rounded between the two.

use std::fmt;
use std::str::FromStr;

/// Where the program learns what time it is. The shipped program has one clock, the system's; tests
/// have their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// An instant: microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use patrol_ledger::Timestamp;
/// let at: Timestamp = "2026-03-03".parse()?;
/// assert_eq!(at.to_string(), "2026-03-03T00:00:00.000000Z");
/// assert_eq!(at, "2026-03-03T01:00:00+01:00".parse()?);
/// # Ok::<(), patrol_ledger::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant that has a four-digit year, and so a text of fixed length.
    pub const MAX: Self = Self(253_402_300_799_999_999);
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// For people: to the second, in UTC, without the letters in between.
    pub fn in_words(self) -> String {
        let text = self.to_string();
        format!("{} {} UTC", &text[..10], &text[11..19])
    }

    /// The instant this many microseconds after 1970, held within 1970 and [`Timestamp::MAX`].
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(0, Self::MAX.0))
    }

    /// Microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970, as ULIDs count.
    pub fn as_millis(self) -> u64 {
        self.0.unsigned_abs() / 1000
    }

    /// The instant `lifetime` later, or [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, lifetime: Lifetime) -> Self {
        Self::from_micros(self.0.saturating_add(lifetime.0))
    }

    /// The instant `lifetime` earlier, or 1970.
    #[must_use]
    pub fn minus(self, lifetime: Lifetime) -> Self {
        Self::from_micros(self.0.saturating_sub(lifetime.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written by hand: this stands in every envelope, and the calendar is a few divisions.
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of a count of days since 1970 (Howard Hinnant's algorithm for the
/// proleptic Gregorian calendar, for days ≥ 0).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Some(at) = canonical(text.as_bytes()) {
            return Ok(at);
        }
        let refused = || TimeError::Instant(text.chars().take(40).collect());
        if text.len() == "YYYY-MM-DD".len() {
            return canonical(format!("{text}T00:00:00.000000Z").as_bytes()).ok_or_else(refused);
        }
        let instant = text.parse::<jiff::Timestamp>().map_err(|_| refused())?;
        let micros = instant.as_microsecond();
        if !(0..=Self::MAX.0).contains(&micros) {
            return Err(refused());
        }
        Ok(Self(micros))
    }
}

/// Reads the form that [`Timestamp`] is shown in. Replaying a log reads it millions of times.
fn canonical(text: &[u8]) -> Option<Timestamp> {
    let text: &[u8; 27] = text.try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (26, b'Z')];
    if marks.iter().any(|(at, mark)| text[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0i64, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = days_since_1970(year, month, day);
    if year < 1970 || hour > 23 || minute > 59 || second > 59 || civil(days) != (year, month, day) {
        return None;
    }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp(seconds * 1_000_000 + number(20, 26)?))
}

/// The inverse of [`civil`], for dates that exist.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A length of time: microseconds, never negative.
///
/// ```
/// use patrol_ledger::Lifetime;
/// assert_eq!("90d".parse::<Lifetime>()?, Lifetime::days(90));
/// assert_eq!("24h".parse::<Lifetime>()?.to_string(), "1d");
/// assert!("90".parse::<Lifetime>().is_err());
/// # Ok::<(), patrol_ledger::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime(i64);

/// Units in the order in which a lifetime is shown: the largest that divides it.
const UNITS: [(&str, i64); 6] =
    [("y", 365 * 86_400), ("w", 7 * 86_400), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

impl Lifetime {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self(days * 86_400_000_000)
    }

    /// This many seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// The time from `from` to `to`, or none if that is negative.
    pub fn between(from: Timestamp, to: Timestamp) -> Self {
        Self((to.0 - from.0).max(0))
    }

    /// Microseconds.
    pub fn as_micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Lifetime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refused = || TimeError::Lifetime(text.chars().take(40).collect());
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refused)?;
        let (digits, unit) = text.split_at(split);
        let count: i64 = digits.parse().map_err(|_| refused())?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        count
            .checked_mul(seconds * 1_000_000)
            .filter(|micros| *micros <= Timestamp::MAX.0)
            .map(Self)
            .ok_or_else(refused)
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000_000;
        // Weeks are only read, never written: "13w" says less to a person than "91d".
        let shown = UNITS.iter().filter(|(name, _)| *name != "w");
        match shown.into_iter().find(|(_, unit)| seconds != 0 && seconds % unit == 0) {
            Some((name, unit)) => write!(f, "{}{name}", seconds / unit),
            None => write!(f, "{seconds}s"),
        }
    }
}

/// A text that is not an instant or a lifetime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339 nor a date, or outside the years 1970 to 9999.
    #[error("{0:?} is not an instant: write 2026-03-03 or 2026-03-03T12:00:00Z (1970 to 9999)")]
    Instant(String),
    /// Not a number and a unit.
    #[error("{0:?} is not a duration: write a number and one of s, m, h, d, w, y, such as 90d")]
    Lifetime(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for micros in [0, 1, 951_782_399_999_999, 1_772_496_000_000_000, Timestamp::MAX.0] {
            let at = Timestamp::from_micros(micros);
            let text = at.to_string();
            assert_eq!(text.len(), 27);
            assert_eq!(text.parse::<Timestamp>().unwrap(), at);
        }
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::MAX.in_words(), "9999-12-31 23:59:59 UTC");
        for day in 0..80_000 {
            let at = Timestamp::from_micros(day * 86_400_000_000);
            assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        }
    }

    #[test]
    fn texts_that_are_no_times() {
        let wrong = "2026-02-29T00:00:00.000000Z";
        for text in ["", "never", wrong, "2026-13-01", "2026-02-30", "1969-12-31", "10000-01-01"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        for text in ["", "d", "-1d", "1.5h", "90", "90 d", "9999999999999999999d", "99999999y"] {
            assert!(text.parse::<Lifetime>().is_err(), "{text}");
        }
        for (text, shown) in
            [("0s", "0s"), ("90s", "90s"), ("60m", "1h"), ("4w", "28d"), ("1y", "1y")]
        {
            assert_eq!(text.parse::<Lifetime>().unwrap().to_string(), shown);
        }
    }
}
