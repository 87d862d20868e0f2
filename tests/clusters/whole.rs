//! Lists come whole, however many records lie on one instant.

use crate::agree::elastic;
use crate::cluster::Cluster;
use crate::load::in_both;
use crate::wait;
use serde_json::json;
use spia::answers::logs::LogsQuestion;
use spia::answers::trace::TraceQuestion;
use spia::answers::{LogsParams, Reach, Scope, TraceParams};
use spia::model::{TimeRange, Timestamp, target};
use spia::runtime::drive::{drive, know};
use spia::source::{SchemaQuestion, Source};
use std::collections::BTreeSet;
use std::time::Duration;

const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ON_ONE_INSTANT: usize = 25_000;
const AROUND: usize = 3_000;

/// A burst of one millisecond, with a second of other records before and after it.
pub fn more_on_one_instant_than_a_page(cluster: &Cluster) {
    let at = Timestamp::parse("2026-11-23T03:10:00Z").expect("a time").0;
    let offsets = (0..AROUND as i64).map(|ms| ms - 4_000).chain(std::iter::repeat_n(0, ON_ONE_INSTANT)).chain((1..=AROUND as i64).map(|ms| ms * 2));
    let lines: Vec<String> = offsets
        .enumerate()
        .map(|(nth, off)| {
            json!({"timestamp": at.plus_millis(off).rfc3339(), "level": "INFO", "service": "burst", "trace_id": ID, "span_id": "a", "message": format!("row {nth}")}).to_string()
        })
        .collect();
    let mapping = json!({"properties": {"timestamp": {"type": "date"}, "level": {"type": "keyword"}, "service": {"type": "keyword"}, "trace_id": {"type": "keyword"}, "message": {"type": "text"}}});
    cluster.send("PUT", "/burst-1", json!({"settings": {"number_of_shards": 3, "number_of_replicas": 0}, "mappings": mapping}).to_string());
    let (_file, local) = in_both(cluster, "burst-1", &lines);
    let cluster = elastic(cluster, "burst-*");
    for source in [&cluster as &dyn Source, &local] {
        let known = spia::answers::Known { clock: at.plus_millis(60_000), ..wait(know(source, &SchemaQuestion::default())).expect("fields") };
        let params = TraceParams { id: target::parse(ID).expect("an id").ids.remove(0), around: None, only: false, limit: 200_000, usual: false };
        let (answer, cost) = wait(drive(source, &known, TraceQuestion::new(params), Duration::from_secs(60))).expect("an answer");
        assert!(answer.completeness.complete, "{:?}", answer.completeness);
        let trace = answer.trace.expect("it is found");
        let rows: BTreeSet<&str> = trace.records.iter().filter_map(|r| r.message.as_deref()).collect();
        assert_eq!((trace.records.len(), rows.len()), (lines.len(), lines.len()), "each record once");
        assert!(cost.requests < 16, "{} requests", cost.requests);
        let few = TraceParams { id: target::parse(ID).expect("an id").ids.remove(0), around: None, only: false, limit: 12_000, usual: false };
        let few = wait(drive(source, &known, TraceQuestion::new(few), Duration::from_secs(60))).expect("an answer").0;
        assert_eq!((few.trace.map(|t| t.records.len()), few.completeness.complete), (Some(12_000), false), "no more than wanted, and that is said");
        // From the other end, beyond the burst.
        let range = TimeRange { from: at.plus_millis(-10_000), to: at.plus_millis(10_000) };
        let scope = Scope { reach: Reach::Exactly(range), ..Scope::default() };
        let params = LogsParams { scope, behind: None, limit: ON_ONE_INSTANT + AROUND + 10, around: None };
        let logs = wait(drive(source, &known, LogsQuestion::new(params), Duration::from_secs(60))).expect("an answer").0;
        assert_eq!((logs.records.len(), logs.more), (ON_ONE_INSTANT + AROUND + 10, true));
        assert_eq!(logs.records[0].timestamp, at.plus_millis(AROUND as i64 - 4_000 - 10));
    }
}
