//! How a service is, against its own past.

use super::tally::{Counts, Day, Tally};
use crate::analysis::significance::{higher_rate, more_often, surprise};
use crate::model::{Interval, TimeRange};
use std::collections::BTreeMap;

/// How a service is; the first that holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// A shard or index of it did not answer.
    Incomplete,
    /// Its records have not arrived yet.
    Late,
    /// It has stopped writing.
    Silent,
    /// There is nothing to judge it by.
    Unknown,
    /// It fails more than it used to.
    Failing,
    /// As usual.
    Ok,
}

impl State {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            State::Incomplete => "incomplete",
            State::Late => "late",
            State::Silent => "silent",
            State::Unknown => "unknown",
            State::Failing => "failing",
            State::Ok => "ok",
        }
    }
}

/// Everything that states rest on.
pub struct Basis<'a> {
    pub tallies: &'a BTreeMap<String, Tally>,
    pub range: TimeRange,
    pub baseline: TimeRange,
    pub interval: Interval,
    pub clock_ms: i64,
    pub has_baseline: bool,
    pub incomplete: &'a [String],
}

/// The same, with what is found of all services together.
pub struct Judge<'a> {
    basis: Basis<'a>,
    /// Up to when records are due, ms.
    end_ms: i64,
    /// Nobody writes any more since then.
    all_stopped: bool,
    /// The first record of anybody, ms.
    began_ms: Option<i64>,
}

/// From this many records due and not there on, a service is silent.
const DUE: f64 = 10.0;
/// Below this chance a share is more than the baseline's.
const UNLIKELY: f64 = 0.001;
/// Fewer requests than this say nothing.
pub const FEW_REQUESTS: u64 = 20;
const FEW_FAILED: u64 = 5;

/// So long after the first record of anybody one that begins was not there before, ms.
const BEGAN_MS: i64 = 300_000;

/// Whether who worked from `first_ms` to `last_ms` did so for less long than it has been silent, and was silent for as long before, or for a
/// small part of it and not from the first on: a job that is through. `began_ms` is the first record that there is of anybody.
pub fn is_job(first_ms: i64, last_ms: i64, silent_ms: i64, began_ms: i64) -> bool {
    let (worked, before) = (last_ms - first_ms, first_ms - began_ms);
    (worked < silent_ms && before >= silent_ms) || (worked * 3 < silent_ms && before >= BEGAN_MS)
}

impl<'a> Judge<'a> {
    /// By these.
    pub fn new(basis: Basis<'a>) -> Judge<'a> {
        let to_ms = basis.range.to.millis();
        // In a range that begins after all that there is everything is missing.
        let end_ms = if basis.range.from.millis() > basis.clock_ms { to_ms } else { basis.clock_ms.min(to_ms) };
        // Where nobody writes any more nothing is known of anybody, but of who had stopped before that.
        let stopped = basis.all_stopped(end_ms);
        let began_ms = basis.tallies.values().filter_map(|tally| tally.day.oldest_ms).min();
        Judge { end_ms: stopped.unwrap_or(end_ms), all_stopped: stopped.is_some(), began_ms, basis }
    }

    /// Its state, and how surprising it is.
    pub fn state(&self, service: &str, tally: &Tally) -> (State, f64) {
        let counts = tally.counts();
        let p = self.basis.chance(counts, &tally.baseline);
        let newest = tally.newest_ms().unwrap_or(i64::MIN / 2);
        let age = self.end_ms.saturating_sub(newest);
        let late_from = 2 * self.basis.interval.millis() + tally.day.usual_lag_ms.unwrap_or(0.0).max(0.0) as i64;
        let due = tally.day.per_minute(self.end_ms).unwrap_or(0.0) * age as f64 / 60_000.0;
        // Services that write seldom are quiet together by chance.
        let late = age > late_from && (arrivals_lag(tally, late_from) || (due >= DUE && self.basis.many_stopped_with(newest, age)));
        let silent = due >= DUE && age > late_from && age > tally.day.longest_gap_ms() && !self.is_job(&tally.day, newest, age);
        let state = if self.basis.incomplete.iter().any(|name| name == service) {
            State::Incomplete
        } else if late || (self.all_stopped && !silent) {
            State::Late
        } else if silent {
            State::Silent
        } else if !self.basis.has_baseline && counts.requests < FEW_REQUESTS {
            State::Unknown
        } else if self.basis.fails(counts, p) {
            State::Failing
        } else {
            State::Ok
        };
        // A silence is as surprising as that many records missing by chance.
        let of_silence = if silent { due / std::f64::consts::LN_10 } else { 0.0 };
        (state, surprise(p).max(of_silence).min(300.0))
    }

    fn is_job(&self, day: &Day, newest: i64, age: i64) -> bool {
        day.oldest_ms.zip(self.began_ms).is_some_and(|(first, began)| is_job(first, newest, age, began))
    }
}

fn arrivals_lag(tally: &Tally, late_from: i64) -> bool {
    let usual = tally.day.usual_lag_ms.unwrap_or(0.0).max(0.0);
    tally.counts().recent_lag_ms.is_some_and(|lag| lag > late_from as f64 && lag > 2.0 * usual)
}

impl Basis<'_> {
    /// The time of the last record of all, where much more would have come by now.
    fn all_stopped(&self, end_ms: i64) -> Option<i64> {
        let newest = self.tallies.values().filter_map(Tally::newest_ms).max()?;
        let lag = self.tallies.values().filter_map(|tally| tally.day.usual_lag_ms).fold(0.0, f64::max) as i64;
        let gone = end_ms - newest;
        let due: f64 = self.tallies.values().filter_map(|tally| tally.day.per_minute(end_ms)).sum::<f64>() * gone as f64 / 60_000.0;
        (self.tallies.len() > 1 && gone > 2 * self.interval.millis() + lag && due >= 3.0 * DUE).then_some(newest)
    }

    fn many_stopped_with(&self, newest: i64, age: i64) -> bool {
        let near = |tally: &&Tally| tally.newest_ms().is_some_and(|other| (other - newest).abs() <= self.interval.millis());
        let stopped = self.tallies.values().filter(near).count();
        age > 2 * self.interval.millis() && stopped >= 3 && stopped * 2 >= self.tallies.len()
    }

    fn chance(&self, counts: &Counts, baseline: &Counts) -> f64 {
        if !self.has_baseline {
            return 1.0;
        }
        if counts.requests > 0 && baseline.requests > 0 {
            let of = |c: &Counts| (c.failed + c.unfinished().unwrap_or(0), c.requests + c.unfinished().unwrap_or(0));
            let ((bad, all), (usual_bad, usual_all)) = (of(counts), of(baseline));
            more_often(bad, all, usual_bad, usual_all)
        } else {
            higher_rate(counts.errors, self.range.millis() as f64, baseline.errors, self.baseline.millis() as f64)
        }
    }

    fn fails(&self, counts: &Counts, p: f64) -> bool {
        if counts.requests > 0 {
            let bad = counts.failed + counts.unfinished().unwrap_or(0);
            let much = if self.has_baseline { p < UNLIKELY } else { counts.error_share().is_some_and(|share| share >= 0.05) };
            bad >= FEW_FAILED && much
        } else {
            let much = if self.has_baseline { p < UNLIKELY } else { counts.errors * 20 >= counts.records };
            counts.errors >= FEW_FAILED && much
        }
    }
}
