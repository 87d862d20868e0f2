//! Who is to blame in traces of measured spans: calls that were cancelled, work that goes on alone, callees that fall silent.

use super::*;
use crate::model::Peer;

fn named(name: &str, record: LogRecord) -> LogRecord {
    let mut record = record;
    if let Some(span) = &mut record.span {
        span.name = name.into();
    }
    record
}

fn to(host: &str, record: LogRecord) -> LogRecord {
    LogRecord { peer: Some(Peer { name: host.into(), is_database: false }), ..record }
}

#[test]
fn calls_that_were_cancelled_because_another_one_failed_are_not_what_broke() {
    let trace = together(vec![vec![
        measured("edge", "e", None, 0, 40.0, Side::Server, true),
        measured("quote", "q", Some("e"), 5, 30.0, Side::Server, true),
        measured("quote", "c1", Some("q"), 10, 15.0, Side::Client, true),
        measured("zones", "z", Some("c1"), 11, 13.0, Side::Server, true),
        measured("quote", "c2", Some("q"), 10, 15.0, Side::Client, true),
        measured("slots", "s", Some("c2"), 11, 20.0, Side::Server, false),
        thrown("zones", "z", 23, "AttributeError", "'NoneType' object has no attribute 'amount'"),
    ]]);
    assert_eq!(trace.origin.unwrap().name, "zones");
}

#[test]
fn work_that_goes_on_alone_and_fails_is_told() {
    let trace = together(vec![vec![
        measured("edge", "e", None, 0, 20.0, Side::Server, false),
        measured("intake", "i", Some("e"), 5, 10.0, Side::Server, false),
        measured("intake", "w", Some("i"), 8, 1600.0, Side::Own, true),
        thrown("intake", "w", 1600, "NullPointerException", "getReading() is null"),
    ]]);
    assert_eq!(origin(&trace), ("intake", "service", "medium"));
}

#[test]
fn who_lost_the_span_that_hung_is_told_by_what_it_called_before() {
    let said = "I/O error on GET request for \"http://formulary.int.clinic.local:80\": Read timed out";
    let gave_up = || thrown("records", "r", 5008, "ResourceAccessException", said);
    let call = || to("formulary.int.clinic.local", measured("records", "c", Some("r"), 10, 5000.0, Side::Client, true));
    let trace = together(vec![vec![
        measured("records", "r", None, 0, 5010.0, Side::Server, true),
        call(),
        measured("formulary", "q", Some("lost"), 12, 2.0, Side::Client, false),
        gave_up(),
    ]]);
    assert_eq!(trace.origin.unwrap().name, "formulary");
    let alone = together(vec![vec![
        measured("records", "r", None, 0, 5010.0, Side::Server, true),
        call(),
        record("formulary", "f", 12, "received GET /drugs/7"),
        record("formulary", "f", 18, "entering critical section"),
        named("SELECT drug", measured("formulary", "q", Some("f"), 13, 2.0, Side::Client, false)),
        gave_up(),
    ]]);
    assert_eq!(alone.origin.unwrap().name, "formulary", "a statement of 2 ms is not what took five seconds");
}

#[test]
fn a_statement_that_was_tried_again_is_the_same_with_and_without_its_schema() {
    let trace = together(vec![vec![
        measured("transfers", "t", None, 0, 90.0, Side::Server, false),
        named("UPDATE ledger.transfer", measured("transfers", "u1", Some("t"), 10, 40.0, Side::Client, true)),
        named("UPDATE transfer", measured("transfers", "u2", Some("t"), 80, 4.0, Side::Client, false)),
        thrown("transfers", "t", 50, "PgError", "deadlock detected (SQLSTATE 40P01)"),
    ]]);
    assert_eq!(trace.origin, None);
}

#[test]
fn whose_name_was_not_resolved_is_a_candidate_beside_the_resolver() {
    let trace = together(vec![vec![
        measured("orders", "o", None, 0, 30.0, Side::Server, true),
        thrown("orders", "o", 25, "Error", "getaddrinfo EAI_AGAIN loyalty.shop.svc.cluster.local"),
    ]]);
    let origin = trace.origin.unwrap();
    assert_eq!((origin.name.as_str(), origin.alternatives[0].name.as_str()), ("dns", "loyalty"));
}

#[test]
fn a_broker_is_no_database_and_a_database_has_its_name() {
    let of = |kind: &str, text: &str| {
        let trace = together(vec![request("intake", "a", 0, 60, 500), vec![thrown("intake", "a", 50, kind, text)]]);
        let found = trace.origin.unwrap();
        (found.kind.name(), found.name)
    };
    assert_eq!(of("AMQPConnectionError", "Connection to rabbit-a.clinic.local:5672 failed: Connection refused").0, "dependency");
    let full = "SQL [UPDATE t SET a = 1]; The transaction log for database 'Charts' is full due to 'LOG_BACKUP'.";
    assert_eq!(of("org.springframework.jdbc.UncategorizedSQLException", full), ("database", "Charts".to_string()));
}

#[test]
fn a_setting_that_nobody_made_is_not_what_another_one_broke_by() {
    let trace = together(vec![
        request("edge", "a", 0, 60, 500),
        vec![warned("edge", "a", 5, "config value edge.batch-size not set, using default 50")],
        request("checks", "c", 10, 10, 200),
        vec![warned("checks", "c", 12, "config value checks.batch-size not set, using default 50")],
        request("ship", "b", 30, 20, 500),
        vec![thrown(
            "ship",
            "b",
            45,
            "UncategorizedSQLException",
            "[UPDATE shipment SET status = ?]; could not extend file: No space left on device",
        )],
    ]);
    assert!(!trace.origin.unwrap().reason.contains("batch-size"));
}

#[test]
fn what_lies_beneath_an_exception_of_dotnet_is_read() {
    let stack = "DbUpdateException: An error occurred. ---> Npgsql.PostgresException: 55P03: canceling statement due to lock timeout\n   at X";
    let mut wrapped = thrown("port", "a", 50, "Microsoft.EntityFrameworkCore.DbUpdateException", "An error occurred. See the inner exception.");
    if let Some(exception) = &mut wrapped.exception {
        exception.stacktrace = Some(stack.into());
    }
    let found = together(vec![request("port", "a", 0, 60, 500), vec![wrapped]]).origin.unwrap();
    assert_eq!(found.kind.name(), "database", "{found:?}");
}

#[test]
fn an_upstream_that_failed_is_no_source_of_what_another_one_stumbled_over() {
    let trace = together(vec![
        request("portal", "a", 0, 100, 500),
        vec![LogRecord { level: Some(Level::Error), ..record("portal", "a", 95, "upstream billing failed, giving up") }],
        request("billing", "b", 10, 80, 500),
        vec![warned("billing", "b", 11, "config key ui.theme is deprecated, use ui.skin")],
        request("score", "c", 20, 50, 500),
        vec![thrown("score", "c", 60, "KeyError", "'limit'")],
    ]);
    assert_eq!(trace.origin.unwrap().name, "score");
}
