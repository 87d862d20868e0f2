//! Who is behind an error that does not say so.

use super::*;
use crate::model::Peer;

fn warned(service: &str, span: &str, at: i64, text: &str) -> LogRecord {
    LogRecord { level: Some(Level::Warn), path: None, ..record(service, span, at, text) }
}

#[test]
fn who_wrote_last_before_a_long_silence_fell_silent() {
    let beats = vec![warned("encoder", "b", 100, "encode started"), warned("encoder", "b", 5000, "heartbeat")];
    let gave_up = thrown("jobs", "a", 40_000, "ActivityError", "activity encode: heartbeat timeout");
    let trace = together(vec![vec![record("jobs", "a", 0, "job started"), gave_up.clone()], beats]);
    assert_eq!(origin(&trace), ("encoder", "service", "medium"));
    let done = vec![warned("encoder", "b", 5000, "encode completed")];
    let trace = together(vec![vec![record("jobs", "a", 0, "job started"), gave_up], done]);
    assert_eq!(origin(&trace).0, "jobs", "who was done is not waited for");
}

#[test]
fn a_program_that_could_not_run_blames_nobody_for_being_late() {
    let late = thrown("basket", "a", 5200, "StackExchange.Redis.RedisTimeoutException", "Timeout performing GET (5000ms)");
    let of = |text: &str| {
        together(vec![vec![started("basket", "a", 0), warned("basket", "a", 2000, text), late.clone(), done("basket", "a", 5220, 5220.0, 500)]])
    };
    assert_eq!(origin(&of("ThreadPool starvation detected: queue length 2731")).0, "basket");
    assert_eq!(origin(&of("GC pause 8 ms")).0, "redis", "no pause that anybody waits for");
}

#[test]
fn who_holds_a_lock_is_named_by_the_database() {
    let holds = record("pg-1", "c", 20, "process holding the lock: 4412 (application_name=analytics-etl, state=idle in transaction)");
    let trace = together(vec![
        vec![
            started("migrator", "a", 0),
            thrown("migrator", "a", 30_000, "PSQLException", "canceling statement due to lock timeout"),
            done("migrator", "a", 30_010, 30_010.0, 500),
        ],
        vec![LogRecord { path: None, ..holds }],
    ]);
    assert_eq!(origin(&trace), ("analytics-etl", "dependency", "medium"));
}

#[test]
fn transactions_that_lock_each_other_out_are_their_services_as_well() {
    let text = "Deadlock found when trying to get lock; try restarting transaction";
    let trace = together(vec![vec![
        started("stock", "a", 0),
        thrown("stock", "a", 50, "pymysql.err.OperationalError", text),
        done("stock", "a", 60, 60.0, 500),
    ]]);
    assert_eq!(origin(&trace), ("mysql", "database", "medium"));
    assert_eq!(trace.origin.as_ref().unwrap().alternatives.first().map(|a| a.name.as_str()), Some("stock"));
}

#[test]
fn a_call_with_an_id_of_its_own_is_a_span_that_says_whom_it_asked() {
    let call = LogRecord {
        duration_ms: Some(3318.0),
        level: Some(Level::Warn),
        path: None,
        peer: Some(Peer { name: "api.nordpay.example".into(), is_database: false }),
        fields: crate::model::Stored::of_json(r#"{"event":{"outcome":"failure"}}"#),
        ..record("payment", "c", 3320, "POST https://api.nordpay.example/v2/charges -> 502 (3317 ms)")
    };
    let trace = together(vec![request("payment", "a", 0, 3326, 502), vec![call]]);
    let span = trace.spans.iter().find(|s| s.id == "c").unwrap();
    assert_eq!((span.parent.as_deref(), span.failed, span.duration_ms), (Some("a"), true, 3318.0));
    assert_eq!(origin(&trace), ("api.nordpay.example", "dependency", "high"));
}

#[test]
fn a_request_whose_first_record_alone_bears_its_id_is_one_span() {
    let first = LogRecord { span_id: None, request_id: Some("r".into()), ..record("kiosk", "", 0, "incoming request") };
    let last = LogRecord { span_id: None, ..done("kiosk", "", 663, 663.0, 502) };
    let trace = together(vec![vec![first, last]]);
    assert_eq!(trace.spans.len(), 1);
    assert_eq!((trace.spans[0].status, trace.spans[0].duration_ms), (Some(502), 663.0));
}

#[test]
fn records_without_a_service_go_by_their_machine() {
    let bare = |at, text: &str| LogRecord { service: None, host: Some("web-nginx-2".into()), ..record("", "", at, text) };
    let named = LogRecord { service: Some("nginx".into()), host: None, ..done("nginx", "", 30, 3.0, 502) };
    let trace = together(vec![vec![bare(28, "connect() failed"), named]]);
    assert!(trace.spans.iter().all(|span| span.service == "web-nginx-2"), "{:?}", trace.services);
}
