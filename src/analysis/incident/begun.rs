//! Who began to work just before something went wrong, and does so at no other time.

use super::{Cell, Service};

/// A job that runs at a time at which it does not run else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    /// Which.
    pub service: String,
    /// Its first record, to the minute, ms.
    pub since_ms: i64,
}

/// It began so long before the onset at most, or so shortly after it, ms.
const BEFORE_MS: i64 = 300_000;
const AFTER_MS: i64 = 30_000;
/// It was silent for so long before, ms.
const SILENT_MS: i64 = 3_600_000;
/// It works in no larger part of a day than this, and wrote in so many minutes since.
const SELDOM: f64 = 0.15;
const LEAST_MINUTES: usize = 3;
/// A day, and how much earlier or later it may have run then, ms.
const DAY_MS: i64 = 86_400_000;
const ABOUT_MS: i64 = 900_000;

/// The jobs that began then. `heard_ms` is the first record that there is of anybody: without a whole day nobody knows when a job runs.
pub fn begun(services: &[Service], onset_ms: i64, heard_ms: i64) -> Vec<Begun> {
    if heard_ms > onset_ms - DAY_MS - ABOUT_MS {
        return Vec::new();
    }
    let wrote = |cell: &Cell| cell.records > 0;
    let of = |service: &Service| {
        let hours = &service.hours;
        let at = (hours.at(onset_ms - BEFORE_MS)..hours.at(onset_ms + AFTER_MS)).find(|at| hours.cells.get(*at).is_some_and(wrote))?;
        let since_ms = hours.start_of(at);
        let silent = hours.from_ms <= since_ms - SILENT_MS && hours.sum(since_ms - SILENT_MS, since_ms).records == 0;
        let minutes = hours.cells.get(at..)?.iter().filter(|cell| wrote(cell)).count();
        let day = &service.day;
        let before = day.cells.get(day.at(heard_ms)..day.at(since_ms - day.interval_ms))?;
        let seldom = before.iter().filter(|cell| wrote(cell)).count() as f64 <= SELDOM * before.len() as f64;
        let yesterday = since_ms - DAY_MS;
        let daily = day.sum(yesterday - ABOUT_MS, yesterday + ABOUT_MS).records > 0;
        // Who only complains writes since something is wrong.
        let sum = hours.sum(since_ms, hours.start_of(hours.cells.len()));
        let complains = sum.errors * 5 > sum.records;
        (silent && seldom && !daily && !complains && minutes >= LEAST_MINUTES).then(|| Begun { service: service.name.clone(), since_ms })
    };
    services.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::incident::Course;

    const MINUTE: i64 = 60_000;
    const NOW: i64 = 26 * 60 * MINUTE;

    /// A service that works in those minutes of 26 hours.
    fn job(works: &[std::ops::Range<i64>]) -> Service {
        let course = |from_ms: i64, interval_ms: i64| {
            let cells = (0..(NOW - from_ms) / interval_ms).map(|i| from_ms + i * interval_ms);
            let records = |at: i64| works.iter().filter(|w| w.start * MINUTE < at + interval_ms && at < w.end * MINUTE).count() as u64;
            Course { from_ms, interval_ms, cells: cells.map(|at| Cell { records: records(at), ..Cell::default() }).collect() }
        };
        Service { name: "reconciler".to_string(), day: course(0, 10 * MINUTE), hours: course(NOW - 120 * MINUTE, MINUTE) }
    }

    #[test]
    fn a_job_that_runs_at_another_time_than_else_is_found() {
        let onset = 1530 * MINUTE;
        let found = |works: &[std::ops::Range<i64>], heard: i64| begun(&[job(works)], onset, heard).first().map(|b| b.since_ms / MINUTE);
        assert_eq!(found(&[1000..1030, 1528..1560], 0), Some(1528));
        assert_eq!(found(&[85..120, 1528..1560], 0), None, "it ran at that time yesterday");
        assert_eq!(found(&[0..800, 800..1560], 0), None, "it always works");
        assert_eq!(found(&[1528..1540, 1540..1560], 600 * MINUTE), None, "nobody knows when it runs");
        assert_eq!(found(&[1540..1550, 1550..1560], 0), None, "it began later");
    }
}
