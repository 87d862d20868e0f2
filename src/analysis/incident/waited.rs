//! Whom a service that is slow waits for.

use crate::analysis::waited::{party, tells};
use crate::model::{LogRecord, Peer, SpanKind, Trace};
use std::collections::BTreeMap;

/// Fewer slow visits than this show nothing.
const FEW: usize = 3;

/// The party that a third of the slow visits of a service that speak of any wait for, and more than for any other, by their own records; a visit that takes longer than `slow_ms` is one.
pub fn waited_for<'a>(service: &str, slow_ms: f64, traces: impl Iterator<Item = &'a Trace>) -> Option<Peer> {
    let mut votes: BTreeMap<String, (usize, Peer)> = BTreeMap::new();
    let mut visits = 0;
    for trace in traces {
        for (at, span) in trace.spans.iter().enumerate() {
            if span.service != service || span.kind == SpanKind::External || span.self_ms < slow_ms {
                continue;
            }
            let own: Vec<&LogRecord> = trace.own.get(at).into_iter().flatten().filter_map(|i| trace.records.get(*i)).collect();
            let about = |ms: f64| ms >= 0.6 * span.self_ms && ms <= 1.1 * span.duration_ms;
            // A caller's side that leads nowhere is time of whom it called.
            let alone = span.kind == SpanKind::Client && trace.children.get(at).is_none_or(Vec::is_empty);
            let called = span.peer.clone().filter(|_| alone);
            let found = called.or_else(|| party(&own, span.start, about));
            // Where calls are logged now and then, a visit that speaks of none says nothing.
            visits += usize::from(found.is_some() || own.iter().any(|record| tells(record)) || !trace.children.get(at).is_none_or(Vec::is_empty));
            if let Some(party) = found {
                votes.entry(party.name.clone()).or_insert((0, party)).0 += 1;
            }
        }
    }
    let (count, party) = votes.into_values().max_by_key(|(count, _)| *count)?;
    (count >= FEW && count * 3 >= visits).then_some(party)
}
