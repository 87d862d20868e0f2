//! Whom a span waits for, by what its own records say: of a time as long as its own, or on either side of a silence as long.

use super::outside::{addressed, spoken_of, waited_ms};
use super::told::asked_by;
use crate::model::{LogRecord, Peer, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// The party that one of the records of a span names with a time that `about` takes for the whole of it, or beside a silence of
/// that length; the records by time, ms.
pub fn party(own: &[&LogRecord], start: Timestamp, about: impl Fn(f64) -> bool) -> Option<Peer> {
    let with_time = own.iter().find_map(|record| {
        let named = asked_by(record).map(|name| addressed(&name)).or_else(|| spoken_of(record.message.as_deref()?, &[]));
        named.filter(|_| times_of(record).into_iter().any(&about))
    });
    with_time.or_else(|| beside_silence(own, start, about))
}

/// Whether a record names somebody with a time.
pub fn tells(record: &LogRecord) -> bool {
    !times_of(record).is_empty() && (asked_by(record).is_some() || record.message.as_deref().is_some_and(|text| spoken_of(text, &[]).is_some()))
}

/// Whom a record speaks of that a client library wrote when the answer came, after a silence of about that length, or after several;
/// or that was written as the call began, before the silence.
fn beside_silence(own: &[&LogRecord], start: Timestamp, about: impl Fn(f64) -> bool) -> Option<Peer> {
    let mut last: Option<&LogRecord> = None;
    let mut waited: BTreeMap<String, (f64, Peer)> = BTreeMap::new();
    let spoken = |record: &LogRecord| spoken_of(record.message.as_deref()?, &[]);
    for record in own {
        let gap = record.timestamp.millis_since(last.map_or(start, |last| last.timestamp));
        if let Some(peer) = spoken(record).or_else(|| spoken(last?)) {
            waited.entry(peer.name.clone()).or_insert((0.0, peer)).0 += gap.max(0.0);
        }
        last = Some(record);
    }
    waited.into_values().max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(ms, _)| about(*ms)).map(|(_, peer)| peer)
}

/// The times that a record speaks of beside its request's own, ms: in fields called after milliseconds, and in its message.
fn times_of(record: &LogRecord) -> Vec<f64> {
    let mut times: Vec<f64> = record.message.as_deref().and_then(waited_ms).into_iter().collect();
    let below = record.fields.values().filter_map(Value::as_object).flatten();
    let named = record.fields.iter().chain(below).filter(|(name, _)| name.ends_with("_ms") || name.ends_with("Ms"));
    times.extend(named.filter_map(|(_, value)| value.as_f64()));
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(ms: i64, message: &str) -> LogRecord {
        LogRecord { timestamp: Timestamp::from_millis(ms), message: Some(message.to_string()), ..LogRecord::default() }
    }

    #[test]
    fn whom_a_span_waits_for() {
        let who = |records: &[LogRecord]| {
            party(&records.iter().collect::<Vec<_>>(), Timestamp::from_millis(0), |ms| ms >= 900.0).map(|p| (p.name, p.is_database))
        };
        let is = |name: &str, database: bool| Some((name.to_string(), database));
        let took = [record(1, "Request started"), record(1000, "postgresql query on genome-pg took 995.9 ms: SELECT 1")];
        assert_eq!(who(&took), is("genome-pg", true));
        let came = [record(1, "started"), record(1000, "HTTP Request: GET https://panel.sendcloud.sc/api/v2/price \"HTTP/1.1 200 OK\"")];
        assert_eq!(who(&came), is("panel.sendcloud.sc", false));
        assert_eq!(who(&[record(1, "calling stripe POST /v1/charges"), record(1000, "done")]), is("stripe", false));
        assert_eq!(who(&[record(1, "GET https://a.io"), record(300, "GET https://b.io"), record(600, "done")]), None);
    }
}
