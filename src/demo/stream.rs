//! Records in the order in which they are written or arrive, second after second.

use super::calls::{self, endpoint};
use super::incident::{FLOOD, FLOODING_TENANT, Incident};
use super::journal::Made;
use super::rng::Rng;
use super::{Scenario, clock, request, workers};
use std::collections::BTreeMap;

/// An endless supply of records of a scenario.
pub struct Stream {
    scenario: Scenario,
    second: i64,
    /// Records of requests under way, by the time at which they are due.
    waiting: BTreeMap<(i64, u64), Made>,
    count: u64,
    by_arrival: bool,
}

impl Scenario {
    /// Every record of the requests that begin in that second (since the epoch).
    pub fn second(&self, second: i64) -> Vec<Made> {
        let mut rng = Rng::of(self.seed, second as u64);
        let mut out = Vec::new();
        for i in 0..rng.poisson(self.rate * clock::busyness(second)) {
            let start = second as f64 * 1000.0 + rng.unit() * 1000.0;
            let part = endpoint(rng.unit());
            out.extend(request::follow(self, Rng::of(rng.next(), i as u64), start, part, None));
        }
        if self.incident == Some(Incident::Tenant) && self.strikes(second as f64 * 1000.0) {
            // As many more as make this tenant's searches so many times what they were.
            for i in 0..rng.poisson(self.rate * 0.2 * 0.12 * (FLOOD - 1.0)) {
                let start = second as f64 * 1000.0 + rng.unit() * 1000.0;
                let stream = Rng::of(rng.next() ^ 0xf100d, i as u64);
                out.extend(request::follow(self, stream, start, &calls::API_SEARCH, Some(FLOODING_TENANT)));
            }
        }
        out.extend(workers::background(self, second));
        out
    }
}

impl Stream {
    /// From that second on; ordered by arrival, or else by the time of writing.
    pub fn new(scenario: Scenario, from_second: i64, by_arrival: bool) -> Stream {
        Stream { scenario, second: from_second, waiting: BTreeMap::new(), count: 0, by_arrival }
    }

    /// All records due before `ms` (since the epoch) that were not given out yet.
    pub fn until(&mut self, ms: i64) -> Vec<Made> {
        while self.second * 1000 < ms {
            for made in self.scenario.second(self.second) {
                let due = if self.by_arrival { made.arrived } else { made.at };
                self.count += 1;
                self.waiting.insert((due.millis(), self.count), made);
            }
            self.second += 1;
        }
        let later = self.waiting.split_off(&(ms, 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }
}

/// Exactly the last `records` written before `to_ms`, in batches, each ordered by time.
///
/// Counts first and writes then, so that no more than a second of records is held at a time.
pub fn exactly(scenario: Scenario, records: u64, to_ms: i64, mut each: impl FnMut(Vec<Made>)) {
    let per_second = (scenario.rate * 9.5 + 2.0).max(1.0);
    let mut first = to_ms / 1000 - (records as f64 / per_second * 1.15) as i64 - 30;
    let end = (to_ms + 999) / 1000;
    let mut total = count(scenario, first, end, to_ms);
    while total < records {
        let length = end - first;
        first -= length / 4 + 10;
        total = count(scenario, first, end, to_ms);
    }
    let mut skip = total - records;
    let mut stream = Stream::new(scenario, first, false);
    for second in first..=end {
        let mut batch = stream.until((second * 1000).min(to_ms));
        let cut = usize::try_from(skip).unwrap_or(usize::MAX).min(batch.len());
        skip -= cut as u64;
        batch.drain(..cut);
        if !batch.is_empty() {
            each(batch);
        }
    }
}

fn count(scenario: Scenario, first: i64, end: i64, to_ms: i64) -> u64 {
    let before = |made: &Made| made.at.millis() < to_ms;
    (first..end).map(|second| scenario.second(second).iter().filter(|made| before(made)).count() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Incident, SERVICES};
    use super::*;
    use crate::model::Timestamp;
    use std::collections::BTreeSet;

    fn scenario(incident: Option<Incident>) -> Scenario {
        Scenario { seed: 1, incident, onset: Timestamp::from_millis(1_768_446_000_000), end: None, rate: 4.0, late_ms: 0 }
    }

    const ONSET: i64 = 1_768_446_000;

    #[test]
    fn the_same_second_is_always_the_same() {
        let one = scenario(Some(Incident::Payment));
        assert_eq!(one.second(ONSET + 5), one.second(ONSET + 5));
        assert_ne!(one.second(ONSET + 5), Scenario { seed: 2, ..one }.second(ONSET + 5));
    }

    #[test]
    fn a_normal_hour_has_every_service_and_few_failures() {
        let records: Vec<Made> = (ONSET - 1800..ONSET).flat_map(|s| scenario(None).second(s)).collect();
        let services: BTreeSet<usize> = records.iter().map(|r| r.service).collect();
        assert_eq!(services.len(), SERVICES.len());
        let requests = records.iter().filter(|r| r.is_request()).count();
        let failed = records.iter().filter(|r| r.is_failed()).count();
        assert!(failed > 0 && failed * 50 < requests, "{failed} of {requests}");
    }

    #[test]
    fn each_incident_shows_where_it_should() {
        let share = |incident, service: usize, failed: fn(&Made) -> bool| {
            let records: Vec<Made> = (ONSET..ONSET + 300).flat_map(|s| scenario(incident).second(s)).filter(|r| r.service == service).collect();
            let requests = records.iter().filter(|r| r.is_request()).count().max(1);
            (records.iter().filter(|r| failed(r)).count() as f64 / requests as f64, records.len())
        };
        assert!(share(Some(Incident::Payment), 3, Made::is_failed).0 > 0.5);
        let (canary, _) = share(Some(Incident::Canary), 10, Made::is_failed);
        assert!(canary > 0.01 && canary < 0.05, "{canary}");
        assert!(share(Some(Incident::Canary), 10, Made::is_error).0 < 0.01, "its failures are logged at INFO");
        assert!(share(Some(Incident::Database), 11, |r| r.duration_ms.is_some_and(|ms| ms > 500.0)).0 > 0.5);
        assert_eq!(share(Some(Incident::Silence), 4, Made::is_error).1, 0);
    }

    #[test]
    fn exactly_as_many_as_asked_for_in_order() {
        let mut all = Vec::new();
        exactly(scenario(Some(Incident::Payment)), 5000, ONSET * 1000 + 60_500, |batch| all.extend(batch));
        assert_eq!(all.len(), 5000);
        assert!(all.is_sorted_by_key(|made| made.at));
        assert!(all.last().is_some_and(|made| made.at.millis() < ONSET * 1000 + 60_500));
    }

    #[test]
    fn late_records_arrive_late_and_none_is_lost() {
        let late = Scenario { late_ms: 720_000, ..scenario(None) };
        let mut stream = Stream::new(late, ONSET - 10, true);
        let mut soon = stream.until(ONSET * 1000 + 60_000);
        let after = stream.until(ONSET * 1000 + 800_000);
        assert!(soon.iter().all(|made| made.at < late.onset));
        let shortly = after.iter().filter(|made| made.at >= late.onset && made.at.millis() < ONSET * 1000 + 60_000).count();
        let made: usize = (ONSET..ONSET + 60).map(|s| late.second(s).iter().filter(|m| m.at.millis() < ONSET * 1000 + 60_000).count()).sum();
        assert!(shortly >= made);
        soon.clear();
    }
}
