//! Loggers that have one record for how a request ended and what it raised, or leave out what others say.

use super::*;

/// A record that closes a request and tells what was raised in it.
fn raised(service: &str, span: &str, at: i64, took: f64, status: i64, text: &str) -> LogRecord {
    let exception = Some(Exception { kind: Some("Error".into()), message: Some(text.into()), stacktrace: None });
    let message = Some(format!("{service} answered"));
    LogRecord { level: Some(Level::Warn), exception, message, ..done(service, span, at, took, status) }
}

/// A call that a service made under the id of its own request.
fn call(service: &str, span: &str, at: i64, took: f64, status: i64) -> LogRecord {
    LogRecord { path: None, method: None, ..done(service, span, at, took, status) }
}

#[test]
fn a_record_that_tells_of_an_exception_may_be_the_one_that_closes_the_request() {
    let text = "api.shippo.com: no rates returned by carrier api";
    let trace = together(vec![
        vec![raised("gateway", "a", 166, 166.0, 422, text)],
        vec![raised("rates", "b", 150, 67.0, 422, text), call("rates", "b", 148, 56.0, 200)],
    ]);
    assert_eq!((span(&trace, "a").duration_ms, span(&trace, "b").duration_ms), (166.0, 67.0));
    assert_eq!(span(&trace, "b").parent.as_deref(), Some("a"));
    let outgoing = trace.spans.iter().find(|s| s.duration_ms == 56.0).unwrap();
    assert_eq!(outgoing.parent.as_deref(), Some("b"), "what it asked under the id of its own request lies within it");
    assert_eq!(origin(&trace), ("api.shippo.com", "dependency", "low"), "it may have been right to turn it away");
}

#[test]
fn an_exception_told_of_within_a_request_is_no_request_of_its_own() {
    let trace = together(vec![vec![raised("cart", "a", 90, 80.0, 500, "boom"), done("cart", "a", 100, 100.0, 500)]]);
    assert_eq!(trace.spans.len(), 1);
    assert_eq!((trace.spans[0].duration_ms, trace.spans[0].exception.as_deref()), (100.0, Some("Error")));
    let one_id = together(vec![vec![raised("cart", "a", 90, 80.0, 503, "busy"), done("cart", "a", 200, 60.0, 200)]]);
    assert_eq!(one_id.spans.len(), 2, "two tries");
}

#[test]
fn what_leaves_out_the_machine_and_how_long_it_took_closes_the_request_all_the_same() {
    let bare = |record: LogRecord| LogRecord { span_id: None, ..record };
    let ended = LogRecord { host: None, duration_ms: None, ..bare(record("cart", "", 80, "[502] GET /cart")) };
    let trace = together(vec![
        request("gateway", "a", 0, 100, 502),
        vec![
            bare(record("cart", "", 10, "HTTP GET /cart received")),
            bare(thrown("cart", "", 70, "KeyError", "'sku'")),
            LogRecord { status: Some(502), ..ended },
        ],
    ]);
    assert_eq!(trace.spans.len(), 2);
    let cart = trace.spans.iter().find(|s| s.service == "cart").unwrap();
    assert_eq!((cart.duration_ms, cart.status, cart.failed), (70.0, Some(502), true));
    assert_eq!(origin(&trace).0, "cart");
}

#[test]
fn what_is_asked_for_and_not_there_is_nobody_s_failure() {
    let trace = together(vec![request("gateway", "a", 0, 50, 404), request("catalog", "b", 10, 20, 404)]);
    assert_eq!(trace.origin, None);
    let trace = together(vec![request("gateway", "a", 0, 50, 404), vec![raised("catalog", "b", 30, 20.0, 404, "no item 7")]]);
    assert_eq!(trace.origin, None, "nor is it where that was raised and warned of");
}

#[test]
fn who_wrote_what_cannot_be_read_is_asked_first() {
    let text = "Can't deserialize value of type double from \"12.4 kg\" (field weight, written by shipments schema 3)";
    let error = LogRecord { message: Some("Error deserializing value".into()), ..thrown("labels", "b", 80, "SerializationException", text) };
    let trace = together(vec![request("shipments", "a", 0, 100, 500), vec![started("labels", "b", 20), error, done("labels", "b", 90, 70.0, 500)]]);
    assert_eq!(origin(&trace).0, "shipments");
}

#[test]
fn of_two_that_could_each_lie_in_the_other_the_longer_one_called() {
    let at = |service: &str, id: &str, at: i64, took: f64| vec![done(service, id, at, took, 502)];
    let trace = together(vec![at("storefront", "b", 279, 15.92), at("edge", "a", 280, 16.81)]);
    let parent = |service: &str| trace.spans.iter().find(|s| s.service == service).unwrap().parent.clone();
    assert_eq!((parent("edge"), parent("storefront")), (None, Some("a".to_string())), "though by its rounded end it began first");
}

#[test]
fn a_proxy_calls_what_it_passed_on_however_its_times_are_rounded() {
    let proxy = LogRecord { level: None, message: None, span_id: None, request_id: Some("r".into()), ..done("edge", "", 450, 449.9, 503) };
    let trace = together(vec![vec![done("importer", "a", 449, 449.6, 503), proxy]]);
    let parent = |service: &str| trace.spans.iter().find(|s| s.service == service).unwrap().parent.clone();
    assert_eq!((parent("edge"), parent("importer")), (None, Some("r".to_string())));
}
