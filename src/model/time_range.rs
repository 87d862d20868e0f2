//! Ranges of time, and the ways in which people write them.

use super::{Interval, Timestamp};

/// Half-open: `from` is in it, `to` is not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimeRange {
    /// First moment in the range.
    pub from: Timestamp,
    /// First moment after it.
    pub to: Timestamp,
}

/// The offset of a person's wall clock from UTC, in minutes east.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Zone {
    /// Minutes east of Greenwich.
    pub minutes_east: i32,
}

/// Why a text is no time or no range.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RangeError {
    /// Neither a clock time, nor RFC 3339, nor relative.
    #[error("'{0}' is no time: write now-15m, 15m, 14:20, 2026-01-15T10:30:00Z or milliseconds since 1970")]
    NotATime(String),
    /// The end lies at or before the start.
    #[error("the range ends ({to}) before it starts ({from}): swap --from and --to")]
    EndsBeforeItStarts {
        /// RFC 3339.
        from: String,
        /// RFC 3339.
        to: String,
    },
    /// Not an offset such as `+02:00`.
    #[error("'{0}' is no zone: write UTC, local or an offset as +02:00")]
    NotAZone(String),
}

impl TimeRange {
    /// A range that does not end before it starts.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, RangeError> {
        if from < to { Ok(TimeRange { from, to }) } else { Err(RangeError::EndsBeforeItStarts { from: from.rfc3339(), to: to.rfc3339() }) }
    }

    /// The millisecond that holds an instant.
    pub fn millisecond(at: Timestamp) -> Self {
        TimeRange { from: Timestamp::from_millis(at.millis()), to: Timestamp::from_millis(at.millis().saturating_add(1)) }
    }

    /// The `length_ms` before `now`, widened to whole columns, so that caches can hold the answer and no column is cut.
    pub fn last(now: Timestamp, length_ms: i64, interval: Interval) -> Self {
        let to = interval.ceil(now.millis().saturating_add(1));
        let from = interval.floor(to.saturating_sub(length_ms.max(1)));
        TimeRange { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) }
    }

    /// Its length in milliseconds, at least 1.
    pub fn millis(self) -> i64 {
        self.to.millis().saturating_sub(self.from.millis()).max(1)
    }

    /// Whether the moment lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// The range of equal length that ends where this one starts.
    pub fn before(self) -> Self {
        TimeRange { from: self.from.plus_millis(-self.millis()), to: self.from }
    }

    /// The same range so much later, ms.
    pub fn moved(self, by_ms: i64) -> Self {
        TimeRange { from: self.from.plus_millis(by_ms), to: self.to.plus_millis(by_ms) }
    }

    /// Whether two ranges have any moment in common.
    pub fn meets(self, other: TimeRange) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// So many parts of about the same length, one behind the other; fewer where it is shorter than that many milliseconds.
    pub fn slices(self, count: i64) -> Vec<TimeRange> {
        let step = (self.millis() / count.max(1)).max(1);
        let edge = |i: i64| if i >= count { self.to } else { self.from.plus_millis((i * step).min(self.millis())) };
        (0..count)
            .map(|i| TimeRange { from: if i == 0 { self.from } else { edge(i) }, to: edge(i + 1) })
            .filter(|slice| slice.from < slice.to)
            .collect()
    }

    /// About so many parts of one width, at multiples of it: those of a range that moves on are the same again but for the first
    /// and the last.
    pub fn lasting_slices(self, count: i64) -> Vec<TimeRange> {
        let step = (self.millis() / count.max(1)).max(1);
        let first = self.from.millis().div_euclid(step);
        let edge = |i: i64| Timestamp::from_millis((first + i) * step).max(self.from).min(self.to);
        (0..=count + 1).map(|i| TimeRange { from: edge(i), to: edge(i + 1) }).filter(|slice| slice.from < slice.to).collect()
    }

    /// The aligned starts (ms) of all columns that touch the range.
    pub fn columns(self, interval: Interval) -> Vec<i64> {
        let first = interval.floor(self.from.millis());
        let step = usize::try_from(interval.millis()).unwrap_or(1);
        (first..self.to.millis().max(first + 1)).step_by(step).collect()
    }

    /// Which columns do not hold their whole time yet: cut by the range, or still filling at `clock`.
    pub fn partial(self, interval: Interval, clock: Timestamp) -> Vec<usize> {
        let cut = |start: i64| {
            let end = start + interval.millis();
            start < self.from.millis() || end > self.to.millis() || end > clock.millis()
        };
        self.columns(interval).iter().enumerate().filter(|(_, start)| cut(**start)).map(|(i, _)| i).collect()
    }
}

impl Zone {
    /// Greenwich.
    pub const UTC: Zone = Zone { minutes_east: 0 };

    /// Reads `UTC`, `Z`, `+02:00`, `-0330`, `+2`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let error = || RangeError::NotAZone(text.to_string());
        let text = text.trim();
        if ["utc", "z", "gmt"].contains(&text.to_ascii_lowercase().as_str()) {
            return Ok(Zone::UTC);
        }
        let (sign, digits) = match text.split_at_checked(1) {
            Some(("+", digits)) => (1, digits),
            Some(("-", digits)) => (-1, digits),
            _ => return Err(error()),
        };
        let (hours, minutes) = match digits.split_once(':') {
            Some(pair) => pair,
            None if digits.len() > 2 => digits.split_at_checked(2).ok_or_else(error)?,
            None => (digits, "0"),
        };
        let hours: i32 = hours.parse().map_err(|_| error())?;
        let minutes: i32 = minutes.parse().map_err(|_| error())?;
        if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
            return Err(error());
        }
        Ok(Zone { minutes_east: sign * (hours * 60 + minutes) })
    }

    /// How it is written: `UTC` or `+02:00`.
    pub fn name(self) -> String {
        match self.minutes_east {
            0 => "UTC".to_string(),
            east => format!("{}{:02}:{:02}", if east < 0 { '-' } else { '+' }, east.abs() / 60, east.abs() % 60),
        }
    }

    /// `03:02:15` on that wall clock.
    pub fn clock(self, at: Timestamp) -> String {
        self.shifted(at).format("%H:%M:%S").to_string()
    }

    /// `03:02` on that wall clock.
    pub fn minute(self, at: Timestamp) -> String {
        self.shifted(at).format("%H:%M").to_string()
    }

    /// `03:02:15.123` on that wall clock.
    pub fn clock_millis(self, at: Timestamp) -> String {
        self.shifted(at).format("%H:%M:%S%.3f").to_string()
    }

    /// `2026-01-15 03:02:15-03:17:15 UTC`: a range on that calendar and clock.
    pub fn range(self, range: TimeRange) -> String {
        format!("{} {}-{} {}", self.day(range.from), self.clock(range.from), self.clock(range.to), self.name())
    }

    /// `2026-01-15` on that calendar.
    pub fn day(self, at: Timestamp) -> String {
        self.shifted(at).format("%Y-%m-%d").to_string()
    }

    fn shifted(self, at: Timestamp) -> chrono::DateTime<chrono::Utc> {
        at.plus_millis(i64::from(self.minutes_east) * 60_000).utc()
    }
}

/// Reads one moment: `now`, `now-15m`, `-15m`, `15m` (ago), `14:20` or `14:20:05` (the last time that clock showed it in
/// `zone`), RFC 3339, or milliseconds since the epoch.
pub fn parse_moment(text: &str, now: Timestamp, zone: Zone) -> Result<Timestamp, RangeError> {
    let error = || RangeError::NotATime(text.to_string());
    let trimmed = text.trim();
    if trimmed == "now" {
        return Ok(now);
    }
    let ago = trimmed.strip_prefix("now-").or_else(|| trimmed.strip_prefix('-')).unwrap_or(trimmed);
    if let Ok(length) = Interval::parse(ago) {
        return Ok(now.plus_millis(-length.millis()));
    }
    if let Some(ahead) = trimmed.strip_prefix("now+")
        && let Ok(length) = Interval::parse(ahead)
    {
        return Ok(now.plus_millis(length.millis()));
    }
    if trimmed.len() >= 11 && trimmed.chars().all(|c| c.is_ascii_digit()) {
        return trimmed.parse().map(Timestamp::from_millis).map_err(|_| error());
    }
    if let Some((at, _)) = Timestamp::parse(trimmed) {
        return Ok(at);
    }
    clock_time(trimmed, now, zone).ok_or_else(error)
}

/// The latest moment not after `now` (by more than an hour) at which a clock in `zone` showed `14:20` or `14:20:05`.
fn clock_time(text: &str, now: Timestamp, zone: Zone) -> Option<Timestamp> {
    let full = if text.matches(':').count() == 1 { format!("{text}:00") } else { text.to_string() };
    let today = format!("{}T{full:0>8}{}", zone.day(now), if zone == Zone::UTC { "Z".to_string() } else { zone.name() });
    let (at, _) = Timestamp::parse(&today)?;
    if at > now.plus_millis(3_600_000) { Some(at.plus_millis(-86_400_000)) } else { Some(at) }
}

/// Reads a whole range: `15m`, `-15m`, `14:20..14:35`, `A..B` with any two moments; one moment alone runs to now.
pub fn parse_range(text: &str, now: Timestamp, zone: Zone) -> Result<TimeRange, RangeError> {
    match text.split_once("..") {
        Some((from, to)) => {
            let to = if to.trim().is_empty() { now } else { parse_moment(to, now, zone)? };
            TimeRange::new(parse_moment(from, now, zone)?, to)
        }
        None => TimeRange::new(parse_moment(text, now, zone)?, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap().0
    }

    #[test]
    fn the_last_quarter_hour_is_whole_columns_and_its_last_is_filling() {
        let now = at("2026-01-15T03:16:41.2Z");
        let interval = Interval::parse("15s").unwrap();
        let range = TimeRange::last(now, 900_000, interval);
        assert_eq!((range.from, range.to), (at("2026-01-15T03:01:45Z"), at("2026-01-15T03:16:45Z")));
        assert_eq!(range.columns(interval).len(), 60);
        assert_eq!(range.partial(interval, now), vec![59]);
        assert_eq!(range.before(), TimeRange { from: at("2026-01-15T02:46:45Z"), to: range.from });
    }

    #[test]
    fn slices_that_last_are_the_same_ones_a_little_later() {
        let range = TimeRange { from: at("2026-01-15T03:00:07Z"), to: at("2026-01-15T03:10:07Z") };
        let (now, later) = (range.lasting_slices(10), range.moved(10_000).lasting_slices(10));
        assert_eq!((now.first().unwrap().from, now.last().unwrap().to), (range.from, range.to));
        assert!(now.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(now.iter().filter(|slice| later.contains(slice)).count(), now.len() - 2);
    }

    #[test]
    fn explicit_ranges_are_clipped_and_never_widened() {
        let range = TimeRange::new(at("2026-01-15T03:00:07Z"), at("2026-01-15T03:00:31Z")).unwrap();
        let interval = Interval::parse("15s").unwrap();
        let starts: Vec<_> = range.columns(interval).into_iter().map(|ms| Timestamp::from_millis(ms).rfc3339()).collect();
        assert_eq!(starts, ["2026-01-15T03:00:00.000Z", "2026-01-15T03:00:15.000Z", "2026-01-15T03:00:30.000Z"]);
        assert_eq!(range.partial(interval, at("2026-01-15T04:00:00Z")), vec![0, 2]);
    }

    #[test]
    fn moments_as_people_write_them() {
        let now = at("2026-01-15T03:10:00Z");
        let rome = Zone::parse("+01:00").unwrap();
        let read = |text| parse_moment(text, now, rome).map(Timestamp::rfc3339);
        assert_eq!(read("now-15m"), Ok("2026-01-15T02:55:00.000Z".into()));
        assert_eq!(read("-15m"), read("15m"));
        assert_eq!(read("04:02"), Ok("2026-01-15T03:02:00.000Z".into()));
        assert_eq!(read("23:50:30"), Ok("2026-01-14T22:50:30.000Z".into()), "yesterday's, for tonight's has not come");
        assert_eq!(read("1768446000000"), Ok("2026-01-15T03:00:00.000Z".into()));
        assert!(read("yesterday").is_err());
        assert!(read("-").is_err());
    }

    #[test]
    fn ranges_as_people_write_them() {
        let now = at("2026-01-15T14:40:00Z");
        let range = parse_range("14:20..14:35", now, Zone::UTC).unwrap();
        assert_eq!((range.from, range.to), (at("2026-01-15T14:20:00Z"), at("2026-01-15T14:35:00Z")));
        assert!(matches!(parse_range("14:35..14:20", now, Zone::UTC), Err(RangeError::EndsBeforeItStarts { .. })));
        assert_eq!(parse_range("1h", now, Zone::UTC).map(TimeRange::millis), Ok(3_600_000));
    }

    #[test]
    fn zones() {
        assert_eq!(Zone::parse("+5:30").map(Zone::name), Ok("+05:30".into()));
        assert_eq!(Zone::parse("-0330").map(|z| z.minutes_east), Ok(-210));
        assert!(Zone::parse("Rome").is_err());
    }
}
