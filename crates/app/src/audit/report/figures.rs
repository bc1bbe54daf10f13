//! Figures: lengths of time in a few numbers, and counts over periods.

use patrol_ledger::{Lifetime, Timestamp};
use serde::Serialize;

use crate::audit::exposure::seconds;

/// Periods of a chart, at most.
const PERIODS_MAX: i64 = 60;

const DAY: i64 = 86_400_000_000;

/// Lengths of time: how many, and where the middle, the slow end and the slowest are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// How many.
    pub count: usize,
    /// Half were at most this long, in seconds.
    pub p50_seconds: Option<f64>,
    /// Nineteen of twenty were at most this long.
    pub p95_seconds: Option<f64>,
    /// The longest.
    pub max_seconds: Option<f64>,
    #[serde(skip)]
    shown: Option<[Lifetime; 3]>,
}

impl Times {
    /// The figures of some lengths: percentiles by nearest rank, so that each is one that was
    /// measured.
    pub fn of(mut lengths: Vec<Lifetime>) -> Self {
        lengths.sort_unstable();
        let rank = |percent: usize| {
            let rank = (lengths.len() * percent).div_ceil(100).max(1);
            lengths.get(rank - 1).copied()
        };
        let (p50, p95, max) = (rank(50), rank(95), lengths.last().copied());
        Self {
            count: lengths.len(),
            p50_seconds: seconds(p50),
            p95_seconds: seconds(p95),
            max_seconds: seconds(max),
            shown: p50.zip(p95).zip(max).map(|((p50, p95), max)| [p50, p95, max]),
        }
    }

    /// For people: middle, slow end, slowest, each as `span` tells a length.
    pub(super) fn cells(&self, span: fn(Lifetime) -> String) -> [String; 3] {
        match self.shown {
            Some(lengths) => lengths.map(span),
            None => ["–", "–", "–"].map(str::to_owned),
        }
    }
}

/// What happened in one period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Period {
    /// Its beginning.
    pub from: String,
    /// Issued or imported.
    pub issued: u64,
    /// Rotated.
    pub rotated: u64,
    /// Revoked.
    pub revoked: u64,
    /// Expired.
    pub expired: u64,
    /// Living at its end.
    pub living: u64,
}

/// Even periods of whole days over a span of time, the last one maybe shorter.
pub(super) struct Periods {
    from: Timestamp,
    to: Timestamp,
    length: i64,
}

impl Periods {
    pub(super) fn over(from: Timestamp, to: Timestamp) -> Self {
        let whole = to.as_micros() - from.as_micros();
        let days = [1, 7, 14, 28, 91, 182, 364];
        let fits = days.iter().map(|days| days * DAY).find(|length| whole / length < PERIODS_MAX);
        // Longer than the longest fits: as long as it takes, in whole years.
        let length = fits.unwrap_or_else(|| (whole / PERIODS_MAX / (364 * DAY) + 1) * 364 * DAY);
        Self { from, to, length }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let whole = self.to.as_micros() - self.from.as_micros();
        usize::try_from((whole + self.length - 1) / self.length).unwrap_or(1).max(1)
    }

    /// The one an instant lies in, if it lies in any.
    pub(super) fn index(&self, at: Timestamp) -> Option<usize> {
        if at < self.from || at >= self.to {
            return None;
        }
        usize::try_from((at.as_micros() - self.from.as_micros()) / self.length).ok()
    }

    /// Where one begins.
    pub(super) fn begin(&self, index: usize) -> Timestamp {
        let past = i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(self.length);
        Timestamp::from_micros(self.from.as_micros().saturating_add(past))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::words::span;

    #[test]
    fn percentiles_are_lengths_that_were_measured() {
        let lengths = |n: i64| (1..=n).rev().map(Lifetime::days).collect::<Vec<_>>();
        assert_eq!(Times::of(lengths(0)).max_seconds, None);
        assert_eq!(Times::of(lengths(1)).cells(span), ["1 d", "1 d", "1 d"]);
        assert_eq!(Times::of(lengths(20)).cells(span), ["10 d", "19 d", "20 d"]);
        assert_eq!(Times::of(lengths(100)).cells(span), ["50 d", "95 d", "100 d"]);
    }

    #[test]
    fn periods_cover_the_time_without_gap_or_overlap() {
        for (from, to, count) in [
            ("2026-01-01", "2026-01-02", 1),
            ("2026-01-01", "2026-01-01T00:00:00.000001Z", 1),
            ("2026-01-01", "2026-03-01", 59),
            ("2026-01-01", "2027-01-01", 53),
            ("1970-01-01", "9999-12-31", 60),
        ] {
            let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
            let periods = Periods::over(from, to);
            assert_eq!(periods.count(), count, "{from} {to}");
            let last = Timestamp::from_micros(to.as_micros() - 1);
            assert_eq!((periods.index(from), periods.index(last)), (Some(0), Some(count - 1)));
            assert_eq!((periods.index(to), periods.begin(0)), (None, from));
        }
    }
}
