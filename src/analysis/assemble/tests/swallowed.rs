//! Failures that somebody on the way kept to himself, or that came by a way that left no span.

use super::*;
use crate::model::Peer;

fn warned(service: &str, span: &str, at: i64, text: &str) -> LogRecord {
    LogRecord { level: Some(Level::Warn), ..record(service, span, at, text) }
}

fn of_peer(mut span: LogRecord, peer: &str, is_database: bool) -> LogRecord {
    span.peer = Some(Peer { name: peer.into(), is_database });
    span
}

#[test]
fn who_answers_with_nothing_because_its_database_failed_leads_to_that() {
    let trace = together(vec![
        vec![
            measured("reco", "a", None, 0, 100.0, Side::Server, true),
            measured("reco", "b", Some("a"), 5, 80.0, Side::Client, false),
            measured("profiles", "c", Some("b"), 6, 78.0, Side::Server, false),
            of_peer(measured("profiles", "d", Some("c"), 7, 76.0, Side::Client, true), "bigtable.googleapis.com", true),
        ],
        vec![
            thrown("profiles", "c", 84, "APIError", "code = Unavailable"),
            warned("reco", "a", 86, "profiles returned 0 of 40 vectors"),
            thrown("reco", "a", 90, "ValueError", "zero-size array"),
        ],
    ]);
    assert_eq!(origin(&trace), ("bigtable.googleapis.com", "database", "medium"));
}

#[test]
fn who_failed_behind_one_that_writes_nothing_is_the_origin() {
    let trace = together(vec![vec![
        measured("edge", "a", None, 0, 160.0, Side::Server, true),
        of_peer(measured("edge", "b", Some("a"), 5, 150.0, Side::Client, true), "bridge", false),
        measured("writer", "c", Some("not there"), 8, 140.0, Side::Server, true),
        of_peer(measured("writer", "d", Some("c"), 12, 130.0, Side::Client, true), "pg-2", true),
    ]]);
    assert_eq!(origin(&trace), ("pg-2", "database", "medium"));
}

#[test]
fn of_two_calls_that_failed_it_is_the_one_whose_words_the_error_repeats() {
    let trace = together(vec![
        vec![
            measured("post", "a", None, 0, 70.0, Side::Server, true),
            of_peer(measured("post", "get", Some("a"), 5, 40.0, Side::Client, true), "memcached-1", true),
            of_peer(measured("post", "insert", Some("a"), 50, 4.0, Side::Client, true), "mysql-rw", true),
        ],
        vec![
            thrown("post", "get", 45, "OpError", "dial tcp 10.1.1.7:11211: i/o timeout"),
            thrown("post", "insert", 54, "MySQLError", "Error 1040: Too many connections"),
            thrown("post", "a", 55, "wrapError", "insert post: Error 1040: Too many connections"),
        ],
    ]);
    assert_eq!(origin(&trace).0, "mysql-rw");
}

#[test]
fn a_message_that_was_dealt_with_when_it_came_again_is_no_failure() {
    let trace = |again: bool| {
        let mut parts = vec![request("shop", "a", 0, 20, 201)];
        parts.push(vec![thrown("warehouse", "b", 200, "TransientError", "could not reserve, message will be requeued")]);
        if again {
            parts.push(vec![record("warehouse", "c", 1200, "redelivered, pick list made"), record("warehouse", "c", 1240, "processed")]);
        }
        together(parts).origin.map(|o| o.name)
    };
    assert_eq!((trace(false).as_deref(), trace(true)), (Some("warehouse"), None));
}

#[test]
fn a_part_of_a_span_failed_by_what_is_said_of_the_whole() {
    let trace = together(vec![
        vec![measured("mail", "a", None, 0, 100.0, Side::Server, true), measured("mail", "send", Some("a"), 2, 95.0, Side::Own, true)],
        vec![thrown("mail", "a", 99, "SMTPSendFailed", "421 4.3.2 smtp-relay.acme.internal Service not available, closing channel")],
    ]);
    assert_eq!(origin(&trace).0, "smtp-relay");
}

#[test]
fn a_callee_that_logs_no_requests_belongs_to_who_ran_out_of_time() {
    let trace = together(vec![
        request("feed", "a", 0, 830, 500),
        vec![
            record("ranker", "b", 20, "ranking 320 candidates"),
            thrown("ranker", "b", 820, "RpcError", "status = DEADLINE_EXCEEDED, Deadline Exceeded"),
            record("features", "c", 28, "GetOnlineFeatures entities=320"),
            warned("features", "c", 4100, "compaction backlog 41 files"),
        ],
    ]);
    assert_eq!(span(&trace, "c").parent.as_deref(), Some("b"));
    assert_eq!(origin(&trace).0, "features");
}

#[test]
fn a_token_that_was_not_renewed_is_the_fault_of_who_was_to_renew_it() {
    let mut unrenewed = thrown("tokens", "b", 15, "OAuthError", "cannot fetch token: 503 Service Unavailable");
    unrenewed.fields = Stored::of_json(r#"{"endpoint":"https://login.idp.com/oauth2/token"}"#);
    let trace = together(vec![
        request("sync", "a", 0, 60, 502),
        request("tokens", "b", 10, 10, 200),
        vec![unrenewed, warned("tokens", "b", 16, "serving cached token although it has expired")],
        request("rooms", "c", 30, 5, 401),
        vec![warned("rooms", "c", 33, "Rejected token: Jwt expired"), thrown("sync", "a", 40, "Unauthorized", "401 GET http://rooms/rooms")],
    ]);
    assert_eq!(origin(&trace), ("login.idp.com", "dependency", "medium"));
}
