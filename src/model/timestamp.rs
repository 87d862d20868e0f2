//! A point in time, as precise as the record it was read from.

use chrono::{DateTime, SecondsFormat, Utc};

/// Nanoseconds since 1970-01-01T00:00:00Z; the range is 1677 to 2262, as of Elasticsearch's `date_nanos`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

/// What a producer's clock format gets wrong; the time is still read, and the flaw is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TimestampFlaw {
    /// `2026-01-15T10:30:45Z`: whole seconds only.
    NoFraction,
    /// `2026-01-15T10:30:45.%fZ`: Python's `formatTime` does not know `%f` and prints it.
    LiteralPercentF,
    /// No zone at all: read as UTC.
    NoZone,
}

impl TimestampFlaw {
    /// The end of a sentence that begins "timestamps of …".
    pub const fn says(self) -> &'static str {
        match self {
            TimestampFlaw::NoFraction => "have whole seconds only",
            TimestampFlaw::LiteralPercentF => "carry a literal %f for their fraction",
            TimestampFlaw::NoZone => "name no zone and are read as UTC",
        }
    }
}

const NANOS_PER_MILLI: i64 = 1_000_000;

impl Timestamp {
    /// The earliest time that can be held.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest time that can be held.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Timestamp(nanos)
    }

    /// From milliseconds since the epoch; times outside 1677 to 2262 become the nearest that can be held.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MILLI)
    }

    /// This time moved by so many milliseconds.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Timestamp(self.0.saturating_add(millis.saturating_mul(NANOS_PER_MILLI)))
    }

    /// Milliseconds from `earlier` to this, with fractions.
    pub fn millis_since(self, earlier: Timestamp) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / NANOS_PER_MILLI as f64
    }

    /// The calendar's view of it.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }

    /// RFC 3339, UTC, milliseconds: the form of every time in a JSON answer.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// RFC 3339, UTC, with as many digits as the source had (milliseconds at least): a span's start.
    pub fn rfc3339_precise(self) -> String {
        let format = match self.0.rem_euclid(NANOS_PER_MILLI) {
            0 => SecondsFormat::Millis,
            rest if rest % 1000 == 0 => SecondsFormat::Micros,
            _ => SecondsFormat::Nanos,
        };
        self.utc().to_rfc3339_opts(format, true)
    }

    /// From a number since the epoch in whatever unit its size shows: seconds, milli-, micro- or nanoseconds.
    pub const fn from_epoch(number: i64) -> Self {
        match number.unsigned_abs() {
            0..=9_999_999_999 => Timestamp(number.saturating_mul(1_000_000_000)),
            10_000_000_000..=99_999_999_999_999 => Timestamp::from_millis(number),
            100_000_000_000_000..=99_999_999_999_999_999 => Timestamp(number.saturating_mul(1000)),
            _ => Timestamp(number),
        }
    }

    /// From seconds since the epoch with a fraction, as precise as such a number is.
    pub fn from_seconds(seconds: f64) -> Self {
        Timestamp(((seconds * 1e6).round() as i64).saturating_mul(1000))
    }

    /// Reads a number since the epoch that is written as text; behind a point stands the fraction of a millisecond
    /// (`1721314113467.654123`, OpenTelemetry's exporter) or of a second.
    pub fn parse_epoch(text: &str) -> Option<Timestamp> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_millis = whole.len() >= 12;
        let places = if is_millis { 6 } else { 9 };
        let digits = fraction.get(..places.min(fraction.len()))?;
        let nanos = if digits.is_empty() { 0 } else { digits.parse::<i64>().ok()? * 10_i64.pow((places - digits.len()) as u32) };
        Some(Timestamp(Timestamp::from_epoch(whole.parse().ok()?).0.checked_add(nanos)?))
    }

    /// Reads ISO 8601 as loggers write it: `T` or a space, `.` or `,` before a fraction of any length, `Z`, an offset
    /// with or without colon, or nothing; and the flaws that real producers have.
    ///
    /// Written by hand because it runs once for every line of a file, before anything is on screen.
    pub fn parse(text: &str) -> Option<(Timestamp, Option<TimestampFlaw>)> {
        let bytes = text.trim().as_bytes();
        let (date, rest) = bytes.split_at_checked(10)?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
        let year = number(&[y1, y2, y3, y4])?;
        let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let (clock, mut rest) = rest.split_at_checked(9)?;
        let [b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = *clock else { return None };
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
        if hour > 24 || minute > 59 || second > 60 {
            return None;
        }
        let mut flaw = Some(TimestampFlaw::NoFraction);
        let mut nanos = 0_i64;
        if let [b'.' | b',', after @ ..] = rest {
            if let [b'%', b'f', tail @ ..] = after {
                flaw = Some(TimestampFlaw::LiteralPercentF);
                rest = tail;
            } else {
                let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
                let (fraction, tail) = after.split_at_checked(digits)?;
                if fraction.is_empty() {
                    return None;
                }
                let mut scale = 100_000_000_i64;
                for digit in fraction.iter().take(9) {
                    nanos += i64::from(digit - b'0') * scale;
                    scale /= 10;
                }
                flaw = None;
                rest = tail;
            }
        }
        let offset_minutes = match rest {
            [b'Z' | b'z'] => 0,
            [] => {
                flaw = flaw.filter(|f| *f == TimestampFlaw::LiteralPercentF).or(Some(TimestampFlaw::NoZone));
                0
            }
            [sign @ (b'+' | b'-'), h1, h2, tail @ ..] => {
                let minutes = match tail {
                    [] => 0,
                    [b':', m1, m2] | [m1, m2] => number(&[*m1, *m2])?,
                    _ => return None,
                };
                let all = number(&[*h1, *h2])? * 60 + minutes;
                if *sign == b'-' { -all } else { all }
            }
            _ => return None,
        };
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + (minute - offset_minutes) * 60 + second;
        let at = seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?;
        Some((Timestamp(at), flaw))
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar.
///
/// The algorithm is `days_from_civil` of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<TimestampFlaw>) {
        let (at, flaw) = Timestamp::parse(text).unwrap_or_else(|| panic!("{text} is a time"));
        (at.rfc3339_precise(), flaw)
    }

    #[test]
    fn loggers_forms_are_read() {
        assert_eq!(read("2026-01-15T10:30:45.123Z"), ("2026-01-15T10:30:45.123Z".into(), None));
        assert_eq!(read("2026-01-15 10:30:45,123456+02:00"), ("2026-01-15T08:30:45.123456Z".into(), None));
        assert_eq!(read("2026-01-15T10:30:45.1234567-0330"), ("2026-01-15T14:00:45.123456700Z".into(), None));
        assert_eq!(read("1970-01-01T00:00:00.000Z"), ("1970-01-01T00:00:00.000Z".into(), None));
        assert_eq!(read("2024-02-29T23:59:59.999Z").0, "2024-02-29T23:59:59.999Z");
        assert_eq!(read("2099-12-31T00:00:00.5Z").0, "2099-12-31T00:00:00.500Z");
    }

    #[test]
    fn numbers_since_the_epoch_in_any_unit() {
        for (text, ms) in [
            ("1782900000", 1_782_900_000_000),
            ("1782900000123", 1_782_900_000_123),
            ("1782900000123456", 1_782_900_000_123),
            ("1782900000.5", 1_782_900_000_500),
        ] {
            assert_eq!(Timestamp::parse_epoch(text).map(Timestamp::millis), Some(ms), "{text}");
        }
        assert_eq!(Timestamp::parse_epoch("1721314113467.654123").map(Timestamp::nanos), Some(1_721_314_113_467_654_123));
        assert_eq!(Timestamp::parse_epoch("x.1"), None);
        assert_eq!(Timestamp::from_seconds(1_782_900_000.123).millis(), 1_782_900_000_123);
    }

    #[test]
    fn producers_flaws_are_noticed() {
        assert_eq!(read("2026-01-15T10:30:45Z").1, Some(TimestampFlaw::NoFraction));
        assert_eq!(read("2026-01-15T10:30:45.%fZ"), ("2026-01-15T10:30:45.000Z".into(), Some(TimestampFlaw::LiteralPercentF)));
        assert_eq!(read("2026-01-15T10:30:45.5").1, Some(TimestampFlaw::NoZone));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026-13-01T00:00:00Z", "2026-01-15", "10:30:45", "2026-01-15T10:30:45.Z", "2026-01-15T10:30:45.1Q", "９026-01-15T10:30:45Z"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn agrees_with_chrono_over_four_centuries() {
        for day in (-80_000_i64..80_000).step_by(17) {
            let at = Timestamp::from_millis(day * 86_400_000 + 12_345_678);
            assert_eq!(Timestamp::parse(&at.rfc3339()), Some((at, None)));
        }
    }
}
