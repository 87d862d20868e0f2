//! Records that are laid out in several ways lie in one index, mapped as they came.

use crate::agree::elastic;
use crate::cluster::Cluster;
use crate::load::in_both;
use crate::wait;
use serde_json::{Value, json};
use spia::answers::errors::ErrorsQuestion;
use spia::answers::trace::TraceQuestion;
use spia::answers::{ErrorsParams, Measure, Reach, Scope, TraceParams};
use spia::model::{TimeRange, Timestamp, target};
use spia::runtime::drive::{drive, know};
use spia::source::{SchemaQuestion, Source};
use std::time::Duration;

/// A proxy's access log, a service that logs with pino, one that logs with logback: a request of each crosses all three.
fn request(nth: i64, zero: Timestamp) -> [Value; 3] {
    let at = |ms: i64| zero.plus_millis(nth * 1000 + ms).rfc3339();
    let (trace, status) = (format!("{nth:032x}"), if nth % 5 == 0 { 502 } else { 200 });
    [
        json!({"@timestamp": at(0), "start_time": at(0), "service": {"name": "edge"}, "method": "GET", "path": "/cart", "response_code": status,
            "response_flags": "-", "duration": 90, "upstream_cluster": "outbound|8080||cart.prod.svc.cluster.local", "trace_id": trace}),
        json!({"@timestamp": at(85), "level": "info", "time": zero.plus_millis(nth * 1000 + 85).millis(), "pid": 1, "hostname": "cart-1", "name": "cart",
            "traceId": trace, "spanId": "a", "req": {"method": "GET", "url": "/cart"}, "res": {"statusCode": status}, "responseTime": 80, "msg": "request completed"}),
        json!({"@timestamp": at(60), "@version": "1", "message": "GET /stock", "logger_name": "com.acme.Stock", "thread_name": "t", "level": "INFO",
            "level_value": 20000, "application": "stock", "traceId": trace, "spanId": "b", "method": "GET", "path": "/stock", "status": status, "duration_ms": 40}),
    ]
}

/// Each record is counted once, and as what it is: as in a file.
pub fn in_one_index(cluster: &Cluster) {
    let zero = Timestamp::parse("2026-11-23T03:10:00Z").expect("a time").0;
    let lines: Vec<String> = (0..200).flat_map(|nth| request(nth, zero)).map(|record| record.to_string()).collect();
    // `service` is an object for one and would be text for another: the latter do not use it.
    let (_file, local) = in_both(cluster, "mixed-1", &lines);
    let cluster = elastic(cluster, "mixed-*");
    for source in [&cluster as &dyn Source, &local] {
        let known = spia::answers::Known { clock: zero.plus_millis(240_000), ..wait(know(source, &SchemaQuestion::default())).expect("fields") };
        let scope = Scope { reach: Reach::Exactly(TimeRange { from: zero, to: zero.plus_millis(240_000) }), ..Scope::default() };
        let params = ErrorsParams { scope, measure: Measure::Failed, ..ErrorsParams::default() };
        let errors = wait(drive(source, &known, ErrorsQuestion::new(params), Duration::from_secs(20))).expect("an answer").0;
        let mut told: Vec<(&str, u64, u64)> = errors.services.iter().map(|s| (s.service.as_str(), s.requests, s.failed)).collect();
        told.sort_unstable();
        assert_eq!(told, [("cart", 200, 40), ("edge", 200, 40), ("stock", 200, 40)], "{:?}", known.schemas.notes);
        let id = target::parse(&format!("{:032x}", 5)).expect("an id").ids.remove(0);
        let params = TraceParams { id, around: None, only: false, limit: 1000, usual: false };
        let trace =
            wait(drive(source, &known, TraceQuestion::new(params), Duration::from_secs(20))).expect("an answer").0.trace.expect("it is found");
        let spans: Vec<(&str, f64)> = trace.spans.iter().map(|s| (s.service.as_str(), s.duration_ms)).collect();
        assert_eq!(spans, [("edge", 90.0), ("cart", 80.0), ("stock", 40.0)]);
    }
}
