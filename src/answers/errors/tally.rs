//! What the replies say of each service, added up over groups of indices.

use super::ask::{DAY_BUCKET_MS, Item};
use crate::model::{Timestamp, TimestampFlaw};
use crate::query::{Bucket, Reply};
use std::collections::BTreeMap;

/// Counts over one range.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Counts {
    pub records: u64,
    pub errors: u64,
    pub requests: u64,
    pub failed: u64,
    pub slow: u64,
    pub starts: u64,
    pub completions: u64,
    /// Whether any group knows start records.
    pub knows_starts: bool,
    pub p95: Option<f64>,
    /// In how many groups the service has records: a percentile cannot be joined.
    pub groups: u32,
    pub newest_ms: Option<i64>,
    pub recent_lag_ms: Option<f64>,
}

/// Everything about one service.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    pub totals: Counts,
    pub unfiltered: Option<Counts>,
    pub baseline: Counts,
    /// The same of what is filtered, where that is not all.
    pub usual: Option<Counts>,
    pub day: Day,
}

/// The day before the range's end.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Day {
    pub records: u64,
    pub newest_ms: Option<i64>,
    pub oldest_ms: Option<i64>,
    /// Start of each ten minutes with records -> how many.
    pub buckets: BTreeMap<i64, u64>,
    pub usual_lag_ms: Option<f64>,
    /// What the time of its newest record is written wrong in.
    pub flaw: Option<TimestampFlaw>,
    /// Version -> first seen (ms).
    pub versions: BTreeMap<String, i64>,
}

impl Counts {
    fn add(&mut self, bucket: &Bucket) {
        self.records += bucket.count;
        self.errors += bucket.count_of("errors");
        self.requests += bucket.count_of("requests");
        self.failed += bucket.count_of("failed");
        self.slow += bucket.count_of("slow");
        self.starts += bucket.count_of("starts");
        self.completions += bucket.count_of("completions");
        self.knows_starts |= bucket.one("starts").is_some();
        self.groups += 1;
        self.p95 = if self.groups == 1 { bucket.percentile("p", 0) } else { None };
        self.newest_ms = self.newest_ms.max(bucket.number("newest").map(|n| n as i64));
        self.recent_lag_ms = self.recent_lag_ms.or(lag(bucket, "recent"));
    }

    /// Started less completed, at least 0; `None` where no start records are known.
    pub fn unfinished(&self) -> Option<u64> {
        self.knows_starts.then(|| self.starts.saturating_sub(self.completions))
    }

    /// Failed and unfinished of all requests; `None` when there were none.
    pub fn error_share(&self) -> Option<f64> {
        let unfinished = self.unfinished().unwrap_or(0);
        let all = self.requests + unfinished;
        (all > 0).then(|| (self.failed + unfinished) as f64 / all as f64)
    }
}

impl Day {
    fn add(&mut self, bucket: &Bucket) {
        self.records += bucket.count;
        let number = |name| bucket.number(name).map(|n| n as i64);
        self.newest_ms = self.newest_ms.max(number("newest"));
        self.oldest_ms = [self.oldest_ms, number("oldest")].into_iter().flatten().min();
        for part in bucket.buckets("h") {
            *self.buckets.entry(part.start()).or_default() += part.count;
        }
        self.usual_lag_ms = self.usual_lag_ms.or(lag(bucket, "lag"));
        self.flaw = self.flaw.or_else(|| flaw(bucket));
        for version in bucket.buckets("versions") {
            if let Some(first) = version.number("first").map(|n| n as i64) {
                let seen = self.versions.entry(version.term().to_string()).or_insert(first);
                *seen = first.min(*seen);
            }
        }
    }

    /// Records a minute over what there is of the day; `None` when that is under a minute.
    pub fn per_minute(&self, day_end_ms: i64) -> Option<f64> {
        let minutes = (day_end_ms - self.oldest_ms?) as f64 / 60_000.0;
        (minutes >= 1.0).then(|| self.records as f64 / minutes)
    }

    /// The longest time in it that surely had no record, ms: whole empty buckets between full ones.
    pub fn longest_gap_ms(&self) -> i64 {
        let starts: Vec<i64> = self.buckets.keys().copied().collect();
        starts.iter().zip(starts.iter().skip(1)).map(|(a, b)| b - a - DAY_BUCKET_MS).max().unwrap_or(0)
    }

    /// Records in the whole buckets before a moment.
    pub fn records_before(&self, ms: i64) -> u64 {
        self.buckets.range(..ms).filter(|(start, _)| **start + DAY_BUCKET_MS <= ms).map(|(_, n)| n).sum()
    }
}

/// The flaw of the first of its times that is text, as it was written.
fn flaw(bucket: &Bucket) -> Option<TimestampFlaw> {
    let stamp = bucket.stored("latest")?.values().find_map(serde_json::Value::as_str)?;
    Timestamp::parse(stamp)?.1
}

/// Mean time from writing to arrival over the records of a filter's bucket, ms.
fn lag(bucket: &Bucket, name: &str) -> Option<f64> {
    let both = bucket.one(name)?;
    Some(both.number("arrived")? - both.number("at")?)
}

impl Tally {
    /// What its state rests on: the counts that no filter but those on service narrows.
    pub fn counts(&self) -> &Counts {
        self.unfiltered.as_ref().unwrap_or(&self.totals)
    }

    /// Its last record of any level within the day, ms.
    pub fn newest_ms(&self) -> Option<i64> {
        self.day.newest_ms.max(self.counts().newest_ms)
    }
}

/// Adds up everything but the cells.
pub fn tallies<'a>(items: &[Item], replies: impl IntoIterator<Item = &'a Reply>) -> BTreeMap<String, Tally> {
    let mut all: BTreeMap<String, Tally> = BTreeMap::new();
    for (item, reply) in items.iter().zip(replies) {
        if matches!(item, Item::Cells | Item::Ahead) {
            continue;
        }
        for bucket in reply.buckets("services") {
            let tally = all.entry(bucket.term().to_string()).or_default();
            match item {
                Item::Cells | Item::Ahead => {}
                Item::Totals => tally.totals.add(bucket),
                Item::Unfiltered => tally.unfiltered.get_or_insert_default().add(bucket),
                Item::Baseline => tally.baseline.add(bucket),
                Item::Usual => tally.usual.get_or_insert_default().add(bucket),
                Item::Day | Item::DayOfMost => tally.day.add(bucket),
            }
        }
    }
    all
}
