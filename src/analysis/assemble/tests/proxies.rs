//! What proxies' access logs tell of whom they passed a request on to.

use super::*;
use crate::model::{PassedOn, Peer};

/// A record as Envoy writes it: with the time at which the request came in.
fn passed(service: &str, at: i64, took: f64, status: i64, to: &str, said: Option<&str>) -> LogRecord {
    let to = (!to.is_empty()).then(|| Peer { name: to.into(), is_database: false });
    let passed_on = PassedOn { to, said: said.map(Into::into), came_in: true, gave_up: status == 499 };
    LogRecord { level: None, message: None, span_id: None, passed_on: Some(Box::new(passed_on)), ..done(service, "", at, took, status) }
}

#[test]
fn whom_a_proxy_did_not_reach_is_the_origin_though_it_wrote_nothing() {
    let trace = together(vec![
        vec![passed("edge", 0, 100.0, 502, "shop", None)],
        request("shop", "a", 1, 98, 502),
        vec![passed("mesh", 20, 3.0, 503, "catalog", Some("no connection to it (UF)"))],
        vec![passed("mesh", 40, 3.0, 503, "catalog", Some("no connection to it (UF)"))],
    ]);
    assert_eq!(origin(&trace), ("catalog", "service", "high"));
    assert_eq!(trace.origin.as_ref().unwrap().reason, "no connection to it (UF)");
    let of = |service: &str| trace.spans.iter().find(|s| s.service == service).unwrap();
    assert_eq!(of("shop").parent.as_deref(), Some(of("edge").id.as_str()), "it came in when the record says");
    assert_eq!(of("mesh").parent.as_deref(), Some("a"));
}

#[test]
fn a_proxy_called_whom_it_names_and_nobody_else_that_ran_meanwhile() {
    let trace = together(vec![
        request("shop", "a", 0, 100, 200),
        vec![passed("mesh", 10, 60.0, 200, "stock", None)],
        request("stock", "b", 12, 50, 200),
        request("prices", "c", 20, 30, 200),
    ]);
    let mesh = trace.spans.iter().find(|s| s.service == "mesh").unwrap().id.clone();
    assert_eq!(span(&trace, "b").parent.as_deref(), Some(mesh.as_str()));
    assert_ne!(span(&trace, "c").parent.as_deref(), Some(mesh.as_str()));
}

#[test]
fn what_a_proxy_asks_about_rights_and_gets_no_answer_is_the_origin_of_its_refusal() {
    let said = "whom it asks about rights did not answer (UAEX ext authz error)";
    let trace = together(vec![
        request("portal", "a", 0, 240, 500),
        vec![passed("edge", 10, 201.0, 403, "", Some(said)), passed("edge", 10, 200.0, 504, "opa", Some("no answer in time (UT)"))],
    ]);
    assert_eq!(origin(&trace).0, "opa");
}

#[test]
fn who_is_too_slow_for_a_client_that_goes_away_is_the_origin() {
    let gone = |ms: i64| {
        let edge = LogRecord { passed_on: None, ..passed("edge", ms, ms as f64, 499, "", None) };
        together(vec![vec![edge], request("search", "a", 5, 3 * ms, 200), request("rooms", "b", 9, 3 * ms - 50, 200)]).origin
    };
    assert_eq!(gone(8000).map(|o| (o.name, o.confidence)), Some(("rooms".to_string(), "medium")));
    assert_eq!(gone(300), None, "who goes away at once does not do so because it took too long");
}
