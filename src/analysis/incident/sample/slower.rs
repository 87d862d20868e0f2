//! Whose own part of requests takes longer than before, and whom that service waits for.

use super::{Party, Sample, Slower, ends, of_peer};
use crate::analysis::incident::CauseKind;
use crate::analysis::incident::sentence as say;
use crate::analysis::incident::symptoms::Onset;
use crate::analysis::incident::waited::waited_for;
use crate::analysis::outside;
use crate::model::Trace;
use std::collections::{BTreeMap, BTreeSet};

/// Of so many of the slowest those are shown that tell most.
const EXAMPLES: usize = 20;
/// Fewer visits than this give no mean.
const FEW: usize = 4;

impl Sample {
    /// Services whose own part of requests takes longer than before, the one that costs most first.
    /// `whole` is what the requests of those that are slow took before, ms: where too few of them were read, their own part was no longer.
    pub fn slower(&self, onset: &Onset, roster: &BTreeSet<String>, whole: &BTreeMap<String, f64>) -> Vec<Slower> {
        let mut usual = own_times(self.before(onset));
        let settled = self.settled_ms();
        let now = own_times(self.during(onset).filter(|t| ends(t) <= settled));
        let all = self.during(onset).count().max(1);
        let mut found = Vec::new();
        for (service, (times, mut slow)) in now {
            let before = usual.remove(&service).map(|(times, _)| times).unwrap_or_default();
            let usual = if before.len() < FEW { whole.get(&service).copied() } else { Some(mean(&before)) };
            let Some(usual_ms) = usual.filter(|_| times.len() >= FEW) else { continue };
            let now_ms = mean(&times);
            if now_ms < 1.6 * usual_ms || now_ms - usual_ms < 10.0 {
                continue;
            }
            let party = |(kind, name): (CauseKind, String), known: fn(&str, &str) -> String| Party { kind, known_by: known(&service, &name), name };
            let waited = || waited_for(&service, (now_ms * usual_ms.max(1.0)).sqrt(), self.during(onset));
            let named = self.complained_of(&service, onset, roster).map(|(kind, name)| {
                let host = (kind == CauseKind::Database && outside::is_make(&name)).then(|| self.host_of(&service, &name)).flatten();
                (kind, host.unwrap_or(name))
            });
            let complained = named.map(|named| party(named, say::complains));
            let peer = complained.or_else(|| {
                let waited = waited()?;
                Some(party(of_peer(&waited.name, waited.is_database, roster), say::waits_for))
            });
            // Those that speak of whom it waits for show most.
            slow.sort_by(|a, b| b.0.total_cmp(&a.0));
            slow.truncate(EXAMPLES);
            let speaks = |id: &str| peer.as_ref().is_some_and(|peer| self.speaks_of(id, &service, &peer.name));
            slow.sort_by_key(|(_, id)| !speaks(id));
            let examples = slow.into_iter().take(5).map(|(_, id)| id).collect();
            let cost = (now_ms - usual_ms) * times.len() as f64 / all as f64;
            found.push((cost, Slower { service, now_ms, usual_ms, visits: times.len(), peer, examples }));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.service.cmp(&b.1.service)));
        found.into_iter().map(|(_, slower)| slower).collect()
    }

    /// Whether the service's records of a trace speak of that party.
    fn speaks_of(&self, id: &str, service: &str, party: &str) -> bool {
        let own = self.traces.iter().filter(|t| t.trace_id == id).flat_map(|t| &t.records).filter(|r| r.service.as_deref() == Some(service));
        own.filter_map(|r| r.message.as_deref()).any(|text| text.contains(party))
    }

    /// The host of a database of that make, as most records of the service that speak of one call it.
    pub(super) fn host_of(&self, service: &str, make: &str) -> Option<String> {
        let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
        for record in
            self.traces.iter().flat_map(|t| &t.records).chain(&self.loose).chain(&self.first).filter(|r| r.service.as_deref() == Some(service))
        {
            let said = record.exception.as_ref().and_then(|e| e.message.as_deref());
            if let Some(host) = record.message.as_deref().into_iter().chain(said).find_map(|text| outside::host_of_make(make, text)) {
                *hosts.entry(host).or_default() += 1;
            }
        }
        hosts.into_iter().max_by_key(|(_, count)| *count).map(|(host, _)| host)
    }

    /// The name that any record gives a bare address: `"pg-orders-rw.data.internal" (10.42.7.21)`.
    pub(super) fn name_of(&self, address: &str, make: &str) -> Option<String> {
        let all = self.traces.iter().flat_map(|t| &t.records).chain(&self.loose).chain(&self.first);
        let texts = all.flat_map(|r| [r.message.as_deref(), r.exception.as_ref().and_then(|e| e.message.as_deref())]).flatten();
        texts.filter(|text| text.contains(address)).find_map(|text| outside::host_of_make(make, text))
    }

    /// The party that most of a service's time goes to, in all that was read.
    pub fn habit(&self, service: &str, roster: &BTreeSet<String>) -> Option<Party> {
        let usual = own_times(self.traces.iter()).remove(service).map(|(times, _)| mean(&times))?;
        let peer = waited_for(service, 0.3 * usual, self.traces.iter())?;
        let (kind, name) = of_peer(&peer.name, peer.is_database, roster);
        Some(Party { kind, known_by: say::waits_for(service, &name), name })
    }

    /// Each service's own time in a request before the incident, ms, where there is enough to tell.
    pub fn usual_own(&self, onset: &Onset) -> BTreeMap<String, f64> {
        let times = own_times(self.before(onset)).into_iter().filter(|(_, (times, _))| times.len() >= FEW);
        times.map(|(service, (times, _))| (service, mean(&times))).collect()
    }
}

type Times = (Vec<f64>, Vec<(f64, String)>);

/// Each service's own time in each trace, ms.
fn own_times<'a>(traces: impl Iterator<Item = &'a Trace>) -> BTreeMap<String, Times> {
    let mut times: BTreeMap<String, Times> = BTreeMap::new();
    for trace in traces {
        let mut own: BTreeMap<&str, f64> = BTreeMap::new();
        for span in trace.spans.iter().filter(|s| !s.open) {
            *own.entry(span.service.as_str()).or_default() += span.self_ms;
        }
        for (service, ms) in own {
            let (all, slow) = times.entry(service.to_string()).or_default();
            all.push(ms);
            // One that failed as well is no example of what is only slow.
            slow.push((if trace.origin.is_some() { 0.0 } else { ms }, trace.trace_id.clone()));
        }
    }
    times
}

/// Without the slowest twentieth: one request that took a minute is no trend.
fn mean(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.truncate((times.len() - times.len() / 20).max(1));
    times.iter().sum::<f64>() / times.len().max(1) as f64
}
