//! Whom a service that is slow waits for, by what its own records say of the time.

use crate::analysis::outside::waited_ms;
use crate::analysis::told::asked_by;
use crate::model::{LogRecord, SpanKind, Trace};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fewer slow visits than this show nothing.
const FEW: usize = 3;

/// The party that half of the slow visits of a service name in a record whose time is about the whole of the visit; a visit that takes
/// longer than `slow_ms` is one.
pub fn waited_for<'a>(service: &str, slow_ms: f64, traces: impl Iterator<Item = &'a Trace>) -> Option<String> {
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    let mut visits = 0;
    for trace in traces {
        for (at, span) in trace.spans.iter().enumerate() {
            if span.service != service || span.kind == SpanKind::External || span.self_ms < slow_ms {
                continue;
            }
            visits += 1;
            let own = trace.own.get(at).into_iter().flatten().filter_map(|i| trace.records.get(*i));
            let about = |ms: f64| ms >= 0.6 * span.self_ms && ms <= 1.1 * span.duration_ms;
            let party = own.into_iter().find_map(|record| asked_by(record).filter(|_| times_of(record).into_iter().any(about)));
            if let Some(party) = party {
                *votes.entry(party).or_default() += 1;
            }
        }
    }
    votes.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count >= FEW && count * 2 >= visits).map(|(party, _)| party)
}

/// The times that a record speaks of beside its request's own, ms: in fields called after milliseconds, and in its message.
fn times_of(record: &LogRecord) -> Vec<f64> {
    let mut times: Vec<f64> = record.message.as_deref().and_then(waited_ms).into_iter().collect();
    let below = record.fields.values().filter_map(Value::as_object).flatten();
    let named = record.fields.iter().chain(below).filter(|(name, _)| name.ends_with("_ms") || name.ends_with("Ms"));
    times.extend(named.filter_map(|(_, value)| value.as_f64()));
    times
}
