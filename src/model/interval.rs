//! The width of a column.

use std::fmt;

/// Milliseconds in one column of the heatmap or one point of a trend; at least 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Interval(i64);

/// Why a text is no interval.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is no interval: write a positive whole number and a unit, as 15s, 1m, 2h or 1d")]
pub struct IntervalError(String);

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The widths a person can read a clock by.
const WIDTHS: [i64; 17] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    12 * HOUR,
    DAY,
];

impl Interval {
    /// From milliseconds; what is not positive becomes one millisecond.
    pub const fn from_millis(millis: i64) -> Self {
        Interval(if millis < 1 { 1 } else { millis })
    }

    /// Its length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The smallest readable width that shows `range_ms` in at most `columns` columns (whole days beyond the table).
    pub fn fitting(range_ms: i64, columns: usize) -> Self {
        let columns = i64::try_from(columns).unwrap_or(i64::MAX).max(1);
        let fits = |width: &i64| range_ms <= width.saturating_mul(columns);
        match WIDTHS.iter().copied().find(fits) {
            Some(width) => Interval(width),
            None => Interval((range_ms / columns / DAY + 1).max(1) * DAY),
        }
    }

    /// The start of the column in which `millis` lies; columns are aligned to the UTC epoch.
    pub const fn floor(self, millis: i64) -> i64 {
        millis.div_euclid(self.0) * self.0
    }

    /// The start of the first column that begins at or after `millis`.
    pub const fn ceil(self, millis: i64) -> i64 {
        let floor = self.floor(millis);
        if floor == millis { floor } else { floor + self.0 }
    }

    /// Reads `15s`, `1m`, `500ms`, `1h`, `1d`.
    pub fn parse(text: &str) -> Result<Self, IntervalError> {
        let error = || IntervalError(text.to_string());
        let text = text.trim();
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(error)?;
        let unit = match unit {
            "ms" => 1,
            "s" => SECOND,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return Err(error()),
        };
        let millis = number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit)).ok_or_else(error)?;
        if millis < 1 { Err(error()) } else { Ok(Interval(millis)) }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")] {
            if self.0 % unit == 0 {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_an_hour_is_read_in_quarter_minutes() {
        assert_eq!(Interval::fitting(15 * MINUTE, 60).to_string(), "15s");
        assert_eq!(Interval::fitting(15 * MINUTE, 59).to_string(), "20s");
        assert_eq!(Interval::fitting(24 * HOUR, 60).to_string(), "30m");
        assert_eq!(Interval::fitting(1, 60).to_string(), "1s");
        assert_eq!(Interval::fitting(400 * DAY, 60).to_string(), "7d");
    }

    #[test]
    fn text_and_interval_agree() {
        for text in ["500ms", "15s", "1m", "90s", "1h", "1d"] {
            assert_eq!(Interval::parse(text).map(|i| i.to_string()), Ok(text.to_string()));
        }
        for text in ["", "0s", "-5m", "s", "5", "5x", "99999999999999999999d", "1.5h"] {
            assert!(Interval::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn columns_before_the_epoch_are_aligned_too() {
        let quarter = Interval::from_millis(15 * SECOND);
        assert_eq!((quarter.floor(-1), quarter.ceil(-1)), (-15_000, 0));
        assert_eq!((quarter.floor(15_000), quarter.ceil(15_000)), (15_000, 15_000));
    }
}
