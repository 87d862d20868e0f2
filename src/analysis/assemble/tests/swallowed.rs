//! Failures that somebody on the way kept to himself, or that came by a way that left no span.

use super::*;
use crate::model::Peer;

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

#[test]
fn statements_that_keep_their_connections_are_behind_a_pool_that_is_empty() {
    let measured_db = |peer: &str| {
        vec![
            measured("trips", "a", None, 0, 30_200.0, Side::Server, true),
            of_peer(measured("trips", "b", Some("a"), 10, 14_000.0, Side::Client, false), peer, true),
        ]
    };
    let empty = || vec![thrown("trips", "a", 30_000, "KnexTimeoutError", "Knex: Timeout acquiring a connection. The pool is probably full.")];
    let trace = together(vec![measured_db("trips-db"), empty()]);
    assert_eq!(origin(&trace), ("trips-db", "database", "medium"));
    let said = warned("trips", "a", 9000, "slow query on trips-db.internal: SELECT … took 8123 ms");
    assert_eq!(origin(&together(vec![request("trips", "a", 0, 30_200, 500), vec![said], empty()])).0, "trips-db");
}

#[test]
fn what_is_not_found_may_only_not_have_reached_a_copy() {
    let trace = |warning: &str| {
        let told = vec![warned("orders", "c", 30, warning), thrown("fulfilment", "b", 60, "OrderNotFound", "order 7 not found")];
        let asked = vec![request("orders", "a", 0, 100, 500), request("fulfilment", "b", 10, 80, 500), request("orders", "c", 20, 20, 404)];
        together([asked, vec![told]].concat()).origin.unwrap().name
    };
    assert_eq!(trace("read routed to orders-replica-2, replication lag 41210 ms (limit 5000 ms)"), "orders-replica-2");
    assert_eq!(trace("slow log flush took 4 ms"), "fulfilment");
}

#[test]
fn a_cache_that_is_gone_is_behind_the_database_that_has_to_do_its_work() {
    let trace = |load: &str| {
        together(vec![
            request("session", "a", 0, 5300, 500),
            vec![
                warned("session", "a", 10, "redis-sessions:6379 connection refused, cache bypassed, reading from sessions-db"),
                warned("session", "a", 12, load),
                thrown("session", "a", 5290, "asyncpg.exceptions.QueryCanceledError", "sessions-db: canceling statement due to statement timeout"),
            ],
        ])
        .origin
        .unwrap()
    };
    assert_eq!(trace("sessions-db load 14x usual").name, "redis-sessions");
    let one_request = trace("locale de-AT not supported");
    assert_eq!((one_request.name.as_str(), one_request.confidence), ("sessions-db", "medium"), "nothing says that it was too much for the database");
    assert_eq!(one_request.alternatives[0].name, "redis-sessions");
}

#[test]
fn who_kept_its_error_to_itself_is_the_origin_of_what_others_stumble_over() {
    let trace = |kind: &str| {
        together(vec![
            request("reorder", "a", 0, 480, 500),
            request("mirror", "b", 10, 200, 200),
            vec![thrown("mirror", "b", 150, "UnicodeDecodeError", "invalid start byte"), thrown("reorder", "a", 400, kind, "it is not possible")],
        ])
        .origin
        .unwrap()
        .name
    };
    assert_eq!(trace("ZeroDivisionError"), "mirror");
    assert_eq!(trace("PaymentDeclined"), "reorder", "which is no stumbling");
}

#[test]
fn several_parts_that_are_missing_in_what_was_answered_well_have_an_origin() {
    let trace = |parts: usize, said: &str| {
        let errors: Vec<LogRecord> = (0..parts).map(|n| thrown("prices", "b", 20 + n as i64, "PriceError", "line has no price")).collect();
        let told = vec![warned("quotes", "a", 60, said)];
        together(vec![request("quotes", "a", 0, 90, 200), request("prices", "b", 10, 40, 200), errors, told]).origin.map(|o| o.name)
    };
    assert_eq!(trace(3, "quote incomplete: 3 lines without price").as_deref(), Some("prices"));
    assert_eq!(trace(1, "quote incomplete: 1 line without price"), None, "one is what anybody handles");
    assert_eq!(trace(3, "quote sent"), None, "nobody misses them");
}

#[test]
fn of_a_slow_request_that_did_not_fail_it_is_told_where_its_time_went() {
    let trace = |ms: i64| together(vec![request("edge", "a", 0, ms + 100, 200), request("report", "b", 20, ms, 200)]);
    let slow = trace(18_000);
    assert_eq!((slow.origin.is_none(), slow.slowest.map(|o| (o.name, o.reason.contains("nothing failed")))), (true, Some(("report".into(), true))));
    assert_eq!(trace(400).slowest, None);
}

#[test]
fn who_refuses_and_says_whom_is_right_however_far_away_it_is_seen() {
    let refusal = warned("statements", "c", 43_000 + 30, "rejecting request of runner: token expired");
    let trace = together(vec![
        request("runner", "a", 0, 300, 500),
        vec![thrown("runner", "a", 290, "AuthError", "401 Unauthorized from statements: token expired")],
        vec![started("statements", "c", 43_000), refusal, done("statements", "c", 43_060, 60.0, 401)],
    ]);
    assert_eq!(origin(&trace).0, "runner");
}

#[test]
fn a_second_provider_that_did_it_leaves_nothing_to_be_told() {
    let trace = |second: &str, failed: bool| {
        let told = vec![thrown("psp", "a", 300, "SocketTimeout", "timeout")];
        let span = |id: &str, at, failed| {
            of_peer(measured("psp", id, Some("a"), at, 200.0, Side::Client, failed), id.split(' ').next_back().unwrap(), false)
        };
        let root = vec![measured("shop", "r", None, 0, 700.0, Side::Server, false), measured("psp", "a", Some("r"), 5, 690.0, Side::Server, false)];
        together(vec![root, vec![span("POST adyen", 100, true), span(second, 400, failed)], told]).origin.map(|o| o.name)
    };
    assert_eq!(trace("POST checkout", false), None);
    assert_eq!(trace("GET rates", false).as_deref(), Some("adyen"), "that was something else");
}
