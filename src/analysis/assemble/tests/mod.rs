//! Traces whose truth is known, and what holds for every trace.

mod clocks;
mod loggers;
mod measured;
mod origins;
mod proxies;
mod swallowed;
mod unsaid;

use super::*;
use crate::model::{Exception, Level, MeasuredSpan, Side, Stored};
use proptest::prelude::*;

const ZERO: i64 = 1_768_446_000_000;

fn record(service: &str, span: &str, at: i64, message: &str) -> LogRecord {
    LogRecord {
        timestamp: Timestamp::from_millis(ZERO + at),
        level: Some(Level::Info),
        service: Some(service.into()),
        host: Some(format!("{service}-0")),
        span_id: Some(span.into()),
        message: Some(message.into()),
        method: Some("GET".into()),
        path: Some(format!("/{service}")),
        ..LogRecord::default()
    }
}

fn started(service: &str, span: &str, at: i64) -> LogRecord {
    record(service, span, at, "Request started")
}

fn done(service: &str, span: &str, at: i64, took: f64, status: i64) -> LogRecord {
    LogRecord { status: Some(status), duration_ms: Some(took), ..record(service, span, at, "Request completed") }
}

fn request(service: &str, span: &str, at: i64, took: i64, status: i64) -> Vec<LogRecord> {
    vec![started(service, span, at), done(service, span, at + took, took as f64, status)]
}

fn thrown(service: &str, span: &str, at: i64, kind: &str, text: &str) -> LogRecord {
    LogRecord {
        level: Some(Level::Error),
        exception: Some(Exception { kind: Some(kind.into()), message: Some(text.into()), stacktrace: None }),
        ..record(service, span, at, &format!("{kind}: {text}"))
    }
}

fn warned(service: &str, span: &str, at: i64, text: &str) -> LogRecord {
    LogRecord { level: Some(Level::Warn), ..record(service, span, at, text) }
}

fn measured(service: &str, id: &str, parent: Option<&str>, at: i64, took: f64, side: Side, failed: bool) -> LogRecord {
    LogRecord {
        timestamp: Timestamp::from_millis(ZERO + at),
        service: Some(service.into()),
        host: Some(format!("{service}-0")),
        span: Some(Box::new(MeasuredSpan {
            id: id.into(),
            parent: parent.map(Into::into),
            name: id.into(),
            side,
            failed: Some(failed),
            duration_ms: Some(took),
        })),
        ..LogRecord::default()
    }
}

fn together(parts: Vec<Vec<LogRecord>>) -> Trace {
    assemble("t", parts.into_iter().flatten().collect(), Marks::default())
}

fn origin(trace: &Trace) -> (&str, &str, &str) {
    let origin = trace.origin.as_ref().unwrap();
    (origin.name.as_str(), origin.kind.name(), origin.confidence)
}

fn span<'a>(trace: &'a Trace, id: &str) -> &'a Span {
    trace.spans.iter().find(|s| s.id == id).unwrap_or_else(|| panic!("no span {id}"))
}

#[test]
fn an_outside_provider_that_times_out_is_the_origin_of_all_that_inherit_it() {
    let trace = together(vec![
        request("gateway", "a", 0, 3070, 502),
        request("checkout", "b", 10, 3050, 502),
        request("pay", "c", 40, 3011, 504),
        vec![thrown("pay", "c", 3050, "TimeoutError", "stripe POST /v1/charges: no answer in 3000 ms")],
    ]);
    assert_eq!(origin(&trace), ("stripe", "dependency", "high"));
    assert_eq!(trace.origin.as_ref().unwrap().service, "pay");
    let tree: Vec<_> = trace.spans.iter().map(|s| (s.service.as_str(), s.parent.as_deref())).collect();
    assert_eq!(tree, [("gateway", None), ("checkout", Some("a")), ("pay", Some("b")), ("stripe", Some("c"))]);
    assert_eq!(span(&trace, "c").self_ms.round(), 11.0);
    assert!(trace.remarks[0].starts_with("critical path: stripe 98%"), "{:?}", trace.remarks);
    assert!(!trace.services.contains(&"stripe".to_string()));
}

#[test]
fn a_retry_that_succeeds_makes_a_failure_good() {
    let trace = together(vec![
        request("gateway", "a", 0, 300, 200),
        request("stock", "b", 10, 50, 500),
        vec![thrown("stock", "b", 55, "ConnectionError", "could not connect to redis")],
        request("stock", "c", 100, 50, 200),
    ]);
    assert!(trace.origin.is_none(), "{:?}", trace.origin);
    assert!(trace.remarks.iter().any(|r| r.contains("made good")));
}

#[test]
fn after_a_failure_made_good_the_later_one_is_the_origin() {
    let trace = together(vec![
        request("gateway", "a", 0, 500, 502),
        request("stock", "b", 10, 50, 500),
        request("stock", "c", 100, 50, 200),
        request("tax", "d", 200, 50, 500),
        vec![thrown("tax", "d", 245, "KeyError", "'country'")],
    ]);
    assert_eq!(origin(&trace), ("tax", "service", "high"));
}

#[test]
fn when_a_caller_gives_up_its_slow_callee_is_the_origin() {
    let mut slow = request("stock", "c", 40, 4000, 200);
    slow.push(LogRecord { level: Some(Level::Warn), ..record("stock", "c", 4030, "slow query 3950 ms: SELECT stock FROM items") });
    let trace = together(vec![
        request("gateway", "a", 0, 2100, 504),
        vec![thrown("gateway", "a", 2040, "TimeoutError", "stock GET /stock: no answer in 2000 ms")],
        slow,
    ]);
    let origin = trace.origin.as_ref().unwrap();
    assert_eq!((origin.service.as_str(), span(&trace, "c").parent.as_deref()), ("stock", Some("a")), "{trace:?}");
    assert!(["stock", "database"].contains(&origin.name.as_str()), "{origin:?}");
}

#[test]
fn a_404_that_is_normal_is_no_origin() {
    let trace = together(vec![
        request("gateway", "a", 0, 500, 500),
        request("profile", "b", 10, 50, 404),
        request("cart", "c", 100, 50, 500),
        vec![thrown("cart", "c", 140, "ValueError", "bad quantity")],
    ]);
    assert_eq!(origin(&trace), ("cart", "service", "high"));
}

#[test]
fn its_own_mistake_is_not_blamed_on_a_call_that_failed_before() {
    let trace = together(vec![
        request("gateway", "a", 0, 500, 500),
        request("ads", "b", 10, 50, 500),
        request("cart", "c", 100, 50, 200),
        vec![thrown("gateway", "a", 450, "KeyError", "'currency'")],
    ]);
    assert_eq!(origin(&trace).0, "gateway");
}

#[test]
fn a_request_that_never_completes_is_open_to_its_last_sign_and_the_origin() {
    let trace = together(vec![
        request("gateway", "a", 0, 2010, 504),
        vec![thrown("gateway", "a", 2005, "TimeoutError", "timed out after 2 s")],
        vec![started("pay", "b", 5), record("pay", "b", 90, "authorised")],
    ]);
    let pay = span(&trace, "b");
    assert!(pay.open && pay.duration_ms == 85.0 && pay.parent.as_deref() == Some("a"));
    assert_eq!(trace.origin.as_ref().unwrap().name, "pay");
}

#[test]
fn a_host_that_writes_nothing_is_named() {
    let trace =
        together(vec![request("gateway", "a", 0, 50, 502), vec![thrown("gateway", "a", 45, "ConnectError", "connection refused: inventory:8080")]]);
    assert_eq!(origin(&trace), ("inventory", "service", "high"), "it is addressed as one of ours");
}

#[test]
fn parallel_calls_that_begin_together_are_siblings_and_said_to_be_guessed() {
    let trace = together(vec![request("catalog", "a", 0, 60, 200), request("stock", "b", 5, 40, 200), request("price", "c", 5, 20, 200)]);
    assert_eq!((span(&trace, "b").parent.as_deref(), span(&trace, "c").parent.as_deref()), (Some("a"), Some("a")));
    assert!(span(&trace, "c").ambiguous);
}

#[test]
fn calls_that_share_an_id_are_told_apart() {
    let with_request_id =
        |records: Vec<LogRecord>| records.into_iter().map(|r| LogRecord { span_id: None, request_id: Some("req".into()), ..r }).collect::<Vec<_>>();
    let trace = together(vec![
        with_request_id(request("checkout", "", 0, 500, 502)),
        with_request_id(request("pay", "", 10, 100, 500)),
        with_request_id(request("pay", "", 130, 100, 500)),
        with_request_id(request("pay", "", 250, 100, 500)),
    ]);
    let pays: Vec<(i64, f64)> = trace.spans.iter().filter(|s| s.service == "pay").map(|s| (s.start.millis() - ZERO, s.duration_ms)).collect();
    assert_eq!(pays, [(10, 100.0), (130, 100.0), (250, 100.0)]);
}

#[test]
fn one_of_many_calls_in_a_loop_is_no_retry() {
    let mut parts = vec![request("catalog", "a", 0, 900, 500)];
    parts.extend((0..100).map(|i| request("price", &format!("p{i}"), 10 + i * 4, 3, if i == 40 { 500 } else { 200 })));
    parts.push(vec![thrown("price", "p40", 172, "KeyError", "'EUR'")]);
    assert_eq!(together(parts).origin.unwrap().span, "p40");
}

#[test]
fn measured_spans_keep_their_parents_and_records_hang_on_them() {
    let error = LogRecord { span_id: Some("c".into()), ..thrown("pay", "c", 60, "CardError", "declined") };
    let nameless = LogRecord { span_id: None, ..record("checkout", "", 25, "reading the cart") };
    let trace = together(vec![
        vec![
            measured("gateway", "a", None, 0, 100.0, Side::Server, true),
            measured("gateway", "b", Some("a"), 5, 90.0, Side::Client, true),
            measured("checkout", "s", Some("b"), 10, 80.0, Side::Server, true),
            measured("pay", "c", Some("s"), 30, 40.0, Side::Server, true),
            measured("tax", "o", Some("lost"), 15, 5.0, Side::Server, false),
            measured("pay", "c", Some("s"), 30, 40.0, Side::Server, true),
        ],
        vec![error, nameless],
    ]);
    assert_eq!(trace.spans.len(), 5, "a document in two indices is one span");
    assert_eq!(span(&trace, "o").missing_parent.as_deref(), Some("lost"));
    assert_eq!(origin(&trace), ("pay", "service", "high"));
    let at = |message: &str| trace.spans[trace.places[trace.records.iter().position(|r| r.message.as_deref() == Some(message)).unwrap()]].id.as_str();
    assert_eq!((at("CardError: declined"), at("reading the cart")), ("c", "s"));
    assert!(trace.clocks.is_empty());
}

#[test]
fn what_a_request_set_off_may_begin_after_it_ended() {
    let trace = together(vec![vec![
        measured("shop", "a", None, 0, 40.0, Side::Server, false),
        measured("mailer", "b", Some("a"), 3_000, 20.0, Side::Server, false),
    ]]);
    assert!(trace.clocks.is_empty(), "nobody waited for it: {:?}", trace.clocks);
    let called = together(vec![vec![
        measured("shop", "a", None, 0, 40.0, Side::Server, false),
        measured("shop", "c", Some("a"), 5, 30.0, Side::Client, false),
        measured("mailer", "b", Some("c"), 3_000, 20.0, Side::Server, false),
    ]]);
    assert_eq!(called.clocks.len(), 1, "somebody waited for it: its clock is wrong");
}

#[test]
fn a_ring_of_parents_is_cut() {
    let trace = together(vec![vec![
        measured("a", "1", Some("2"), 0, 10.0, Side::Server, false),
        measured("b", "2", Some("1"), 1, 5.0, Side::Server, false),
        measured("c", "3", Some("3"), 2, 5.0, Side::Server, false),
    ]]);
    assert_eq!(trace.spans.len(), 3);
    assert_eq!(trace.spans.iter().filter(|s| s.parent.is_none()).count(), 2);
}

#[test]
fn both_sides_of_a_call_under_one_id_are_two_spans() {
    let trace = together(vec![vec![
        measured("web", "1", None, 0, 50.0, Side::Client, false),
        measured("api", "1", None, 5, 40.0, Side::Server, false),
        measured("db", "2", Some("1"), 10, 20.0, Side::Client, false),
    ]]);
    let tree: Vec<_> = trace.spans.iter().map(|s| (s.id.as_str(), s.parent.as_deref())).collect();
    assert_eq!(tree, [("1", None), ("1/server", Some("1")), ("2", Some("1/server"))]);
}

#[test]
fn of_two_parallel_calls_the_slower_one_counts() {
    let of = |id: &str, at: i64, took: i64| request(id, id, at, took, 200);
    let trace = together(vec![of("a", 0, 100), of("fast", 5, 20), of("late", 40, 50), of("early", 10, 25)]);
    let path: Vec<_> = trace.critical_path.iter().map(|(id, from, to)| (id.as_str(), *from as i64, *to as i64)).collect();
    assert_eq!(path, [("a", 0, 10), ("early", 10, 35), ("a", 35, 40), ("late", 40, 90), ("a", 90, 100)]);
}

#[test]
fn who_used_up_the_time_is_the_origin_and_not_who_was_asked_last() {
    // Many quick calls in a row, until the caller gives up.
    let mut parts =
        vec![request("gateway", "g", 0, 2000, 504), vec![thrown("gateway", "g", 2000, "TimeoutError", "no answer from kitchen in 2000 ms")]];
    parts.push(request("kitchen", "k", 5, 2600, 200));
    parts.extend((0..25).map(|i| request("voucher", &format!("v{i}"), 10 + i * 100, 90, 200)));
    assert_eq!(origin(&together(parts)).0, "kitchen");
    // One that had hardly begun when its caller's time was up.
    let late = together(vec![
        request("basket", "b", 0, 2000, 504),
        vec![thrown("basket", "b", 1999, "DeadlineExceeded", "courier: DEADLINE_EXCEEDED")],
        request("courier", "c", 1830, 165, 499),
    ]);
    assert_eq!(origin(&late).0, "basket");
    assert!(late.origin.as_ref().is_some_and(|o| o.confidence != "high" && o.alternatives.iter().any(|a| a.name == "courier")));
}

#[test]
fn who_turned_a_request_away_is_the_origin_of_its_failure() {
    let trace = together(vec![request("edge", "e", 0, 30, 503), request("switch", "s", 10, 15, 429), request("limiter", "l", 15, 5, 429)]);
    assert_eq!(origin(&trace), ("limiter", "service", "medium"));
    let normal = together(vec![request("edge", "e", 0, 30, 500), request("items", "i", 10, 5, 404)]);
    assert_eq!(origin(&normal).0, "edge", "what is not there turns nobody away");
}

#[test]
fn the_record_tells_which_database_it_was() {
    let mut failed = thrown("bookings", "b", 40, "psycopg2.errors.LockNotAvailable", "canceling statement due to lock timeout");
    failed.fields = Stored::of_json(r#"{"context": {"db": "booking-pg"}}"#);
    assert_eq!(origin(&together(vec![request("bookings", "b", 0, 50, 500), vec![failed]])).0, "booking-pg");
    let parsed = thrown("zones", "z", 40, "SyntaxError", "Unterminated string in JSON at position 8169");
    let parsed = LogRecord { message: Some("event=parse_error provider=messagebird host=rest.messagebird.com".into()), ..parsed };
    assert_eq!(origin(&together(vec![request("zones", "z", 0, 50, 502), vec![parsed]])).0, "rest.messagebird.com");
}

#[test]
fn anything_is_drawn_and_nothing_loops() {
    assert!(assemble("t", Vec::new(), Marks::default()).spans.is_empty());
    let mut odd = vec![LogRecord::default(), done("a", "x", 5, f64::NAN, 200), done("a", "y", 5, -3.0, 500), done("b", "x", 5, 1e12, 200)];
    odd.extend((0..300).map(|i| started("n", &i.to_string(), i)));
    assert_eq!(assemble("t", odd, Marks::default()).spans.len(), 304);
}

fn any_record() -> impl Strategy<Value = LogRecord> {
    let ids = || prop_oneof![Just(None), (0..6_u8).prop_map(|i| Some(format!("s{i}")))];
    (0..4_u8, ids(), ids(), 0..400_i64, 0..5_u8, prop::option::of(-5.0..500.0_f64), any::<bool>()).prop_map(
        |(service, id, parent, at, kind, took, failed)| {
            let name = format!("service-{service}");
            let base = LogRecord { span_id: id.clone(), duration_ms: None, ..record(&name, "", at, &format!("note {kind} {at}")) };
            match kind {
                0 => LogRecord { message: Some("Request started".into()), ..base },
                1 => LogRecord { message: Some("Request completed".into()), duration_ms: took, status: Some(if failed { 500 } else { 200 }), ..base },
                2 => LogRecord { level: Some(Level::Error), ..base },
                3 => measured(
                    &name,
                    &id.unwrap_or_default(),
                    parent.as_deref(),
                    at,
                    took.unwrap_or(1.0).max(0.0),
                    if failed { Side::Client } else { Side::Server },
                    failed,
                ),
                _ => base,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn what_holds_for_every_trace(records in prop::collection::vec(any_record(), 0..40), seed in any::<u64>()) {
        let logs = records.iter().filter(|r| r.span.is_none()).count();
        let trace = assemble("t", records.clone(), Marks::default());
        // Every record is in exactly one place.
        prop_assert_eq!(trace.records.len(), logs);
        let mut placed: Vec<usize> = trace.own.iter().flatten().copied().collect();
        placed.sort_unstable();
        prop_assert_eq!(placed, (0..logs).collect::<Vec<_>>());
        // Children lie in the tree once, below their parent; ids are unique.
        let ids: std::collections::HashSet<&str> = trace.spans.iter().map(|s| s.id.as_str()).collect();
        prop_assert_eq!(ids.len(), trace.spans.len());
        for (i, s) in trace.spans.iter().enumerate() {
            if let Some(parent) = &s.parent {
                let at = trace.spans.iter().position(|p| p.id == *parent);
                prop_assert!(at.is_some_and(|at| at < i && trace.children[at].contains(&i)));
            }
            prop_assert!(s.self_ms >= 0.0 && s.self_ms <= s.duration_ms + 1e-3, "{} of {}", s.self_ms, s.duration_ms);
        }
        prop_assert_eq!(trace.children.iter().flatten().count(), trace.spans.iter().filter(|s| s.parent.is_some()).count());
        // The critical path covers the root without overlapping.
        for (a, b) in trace.critical_path.iter().zip(trace.critical_path.iter().skip(1)) {
            prop_assert!((a.2 - b.1).abs() < 1e-6, "{:?} then {:?}", a, b);
        }
        let (start, _) = trace.edges();
        for (id, from, to) in &trace.critical_path {
            let s = trace.spans.iter().find(|s| s.id == *id).unwrap();
            let begin = Trace::true_start(s).millis_since(start);
            prop_assert!(*from >= begin - 1e-3 && *to <= begin + s.duration_ms + 1e-3);
        }
        // The order of the input does not matter.
        let mut shuffled = records;
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let again = assemble("t", shuffled, Marks::default());
        let shape = |t: &Trace| t.spans.iter().map(|s| (s.id.clone(), s.parent.clone(), s.start, s.failed)).collect::<Vec<_>>();
        prop_assert_eq!(shape(&trace), shape(&again));
        prop_assert_eq!(trace.origin, again.origin);
    }
}
