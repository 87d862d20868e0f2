//! A machine from which nothing is heard any more, while the services on it go on elsewhere: its log shipper is stuck.

use super::Service;
use std::collections::BTreeMap;

/// What was heard of a service from a machine.
#[derive(Clone, PartialEq, Debug)]
pub struct Heard {
    /// Whose records.
    pub service: String,
    /// Where it ran.
    pub host: String,
    /// The first of them, ms.
    pub first_ms: i64,
    /// The last of them, ms.
    pub last_ms: i64,
    /// How many.
    pub records: u64,
}

/// A machine that is not heard of.
#[derive(Clone, PartialEq, Debug)]
pub struct Unheard {
    /// Which.
    pub host: String,
    /// What ran there and goes on elsewhere, the busiest first.
    pub services: Vec<String>,
    /// Its last record, ms.
    pub last_ms: i64,
    /// So many records are missing.
    pub missing: f64,
}

/// It must have been quiet for so long, ms.
const QUIET_MS: i64 = 180_000;
/// What stops within so long of another stops with it, ms.
const TOGETHER_MS: i64 = 180_000;
/// Fewer services show nothing.
const LEAST_SERVICES: usize = 3;
/// So many records of a service must be due from it.
const DUE: f64 = 9.0;
/// A service must have run there for so long, ms.
const SETTLED_MS: i64 = 600_000;
/// The time before it that is looked at, ms.
const BEFORE_MS: i64 = 3_600_000;

impl Heard {
    /// Records a minute.
    fn rate(&self) -> f64 {
        self.records as f64 * 60_000.0 / (self.last_ms - self.first_ms).max(60_000) as f64
    }

    fn due(&self, now_ms: i64) -> f64 {
        self.rate() * (now_ms - self.last_ms) as f64 / 60_000.0
    }
}

/// The machine from which most services are not heard of any more. Were it gone, others would do its work, and as many records would be
/// written; where they are missing, they were written and did not arrive.
pub fn unheard(heard: &[Heard], services: &[Service], now_ms: i64) -> Option<Unheard> {
    let mut hosts: BTreeMap<&str, Vec<&Heard>> = BTreeMap::new();
    for one in heard.iter().filter(|h| h.last_ms - h.first_ms >= SETTLED_MS) {
        hosts.entry(&one.host).or_default().push(one);
    }
    let found = hosts.into_iter().filter_map(|(host, all)| quiet(host, &all, services, now_ms));
    found.max_by(|a, b| a.missing.total_cmp(&b.missing))
}

fn quiet(host: &str, all: &[&Heard], services: &[Service], now_ms: i64) -> Option<Unheard> {
    let silent: Vec<&Heard> = all.iter().copied().filter(|h| now_ms - h.last_ms >= QUIET_MS && h.due(now_ms) >= DUE).collect();
    let last_ms = silent.iter().map(|h| h.last_ms).max()?;
    let mut together: Vec<&Heard> = silent.into_iter().filter(|h| last_ms - h.last_ms <= TOGETHER_MS).collect();
    let busy = all.iter().filter(|h| h.due(now_ms) >= DUE || h.last_ms > last_ms).count();
    if together.len() < LEAST_SERVICES || together.len() * 10 < busy * 6 {
        return None;
    }
    together.sort_by(|a, b| b.rate().total_cmp(&a.rate()));
    let own = |h: &Heard| services.iter().find(|s| s.name == h.service);
    let goes_on = |h: &&&Heard| own(h).is_some_and(|s| s.hours.sum(last_ms + 60_000, now_ms).records > 0);
    let sum = |from: i64, to: i64| together.iter().filter_map(|h| own(h)).map(|s| s.hours.sum(from, to).records as f64).sum::<f64>();
    let gone = (now_ms - last_ms) as f64;
    let usual = sum(last_ms - BEFORE_MS, last_ms) * gone / BEFORE_MS as f64;
    let missing = usual - sum(last_ms, now_ms);
    let its_own: f64 = together.iter().map(|h| h.due(now_ms)).sum();
    let shown = missing >= 0.5 * its_own && missing >= 4.0 * usual.sqrt();
    let others = together.iter().filter(goes_on).count();
    let services = together.iter().map(|h| h.service.clone()).collect();
    (shown && others * 3 >= together.len() * 2).then(|| Unheard { host: host.to_string(), services, last_ms, missing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::incident::{Cell, Course};

    fn heard(service: &str, host: &str, last_min: i64) -> Heard {
        Heard { service: service.into(), host: host.into(), first_ms: 0, last_ms: last_min * 60_000, records: (last_min * 10) as u64 }
    }

    fn service(name: &str, after: u64) -> Service {
        let cells = (0..120).map(|i| Cell { records: if i < 105 { 30 } else { after }, ..Cell::default() }).collect();
        Service { name: name.into(), hours: Course { from_ms: 0, interval_ms: 60_000, cells }, ..Service::default() }
    }

    #[test]
    fn a_stuck_shipper_is_told_from_a_machine_that_was_taken_away() {
        let names = ["cart", "tax", "search", "mail"];
        let all: Vec<Heard> = names.iter().flat_map(|name| [heard(name, "n1", 120), heard(name, "n2", 120), heard(name, "n3", 105)]).collect();
        let services = |after: u64| names.iter().map(|name| service(name, after)).collect::<Vec<_>>();
        let found = unheard(&all, &services(20), 120 * 60_000).unwrap();
        assert_eq!((found.host.as_str(), found.services.len(), found.last_ms), ("n3", 4, 105 * 60_000));
        assert_eq!(unheard(&all, &services(30), 120 * 60_000), None, "others do its work");
    }
}
