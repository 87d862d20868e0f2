//! Who is to blame where neither statuses nor the deepest error tell.

use super::*;

#[test]
fn what_the_other_side_rightly_refuses_is_ones_own_fault() {
    let of = |kind: &str, text: &str| {
        let trace = together(vec![request("gateway", "a", 0, 60, 502), request("pay", "b", 10, 40, 500), vec![thrown("pay", "b", 45, kind, text)]]);
        let found = trace.origin.unwrap();
        (found.kind.name(), found.name)
    };
    let own = [
        ("org.apache.kafka.common.errors.RecordTooLargeException", "The message is 8388831 bytes when serialized which is larger than 1048576"),
        ("psycopg2.errors.UndefinedColumn", "column \"tier\" of relation \"users\" does not exist"),
        ("openai.BadRequestError", "Error code: 400 - maximum context length is 8192 tokens"),
        ("botocore.exceptions.ClientError", "An error occurred (RequestTimeTooSkewed) when calling the PutObject operation"),
        ("KeyError", "key :avatar_url not found in: %{id: 9} (account/show.html.heex:41)"),
        ("System.TimeoutException", "Thread pool starvation: 64 of 64 worker threads blocked on sync-over-async"),
    ];
    for (kind, text) in own {
        assert_eq!(of(kind, text), ("service", "pay".to_string()), "{kind}: {text}");
    }
    let others = [
        ("redis.exceptions.OutOfMemoryError", "OOM command not allowed when used memory > 'maxmemory'.", ("database", "redis")),
        ("requests.exceptions.ProxyError", "Unable to connect to proxy squid-egress:3128: connection refused", ("dependency", "squid-egress")),
        ("BrokenCircuitException", "The circuit is now open and is not allowing calls to dhl.", ("dependency", "dhl")),
        ("ServiceUnavailable", "[503]: Load balancer does not contain an instance for the service tax", ("service", "tax")),
    ];
    for (kind, text, (what, name)) in others {
        assert_eq!(of(kind, text), (what, name.to_string()), "{kind}: {text}");
    }
    let (kind, name) = of("torch.cuda.CudaError", "CUDA error on gpu-node-3: NVRM: Xid 79, GPU has fallen off the bus");
    assert_eq!((kind, name.as_str()), ("host", "gpu-node-3"));
}

#[test]
fn a_setting_that_was_changed_is_what_it_fails_by() {
    let says = |text: &str| warned("cart", "b", 12, text);
    let typo = together(vec![
        request("gateway", "a", 0, 60, 502),
        request("cart", "b", 10, 40, 500),
        vec![
            says("configuration reloaded: INVENTORY_URL changed to http://inventroy:8080"),
            thrown("cart", "b", 45, "Error", "getaddrinfo ENOTFOUND inventroy"),
        ],
    ]);
    assert_eq!(origin(&typo), ("cart", "service", "medium"));
    let impatient = together(vec![
        request("offers", "b", 10, 50, 504),
        vec![says("http client for rules: timeout=50ms (was 2000ms)")]
            .into_iter()
            .map(|r| LogRecord { service: Some("offers".into()), ..r })
            .collect(),
        vec![thrown("offers", "b", 59, "Timeout", "rules did not answer within 50 ms: timed out")],
        request("rules", "c", 12, 155, 200),
    ]);
    assert_eq!(impatient.origin.unwrap().name, "offers");
}

#[test]
fn who_gave_up_on_another_is_its_caller_though_both_began_in_one_millisecond() {
    let trace = together(vec![
        request("edge", "a", 0, 5006, 504),
        vec![thrown("edge", "a", 5005, "Timeout", "Timeout calling matching")],
        request("matching", "b", 0, 11_306, 200),
    ]);
    assert_eq!(span(&trace, "b").parent.as_deref(), Some("a"), "{trace:?}");
    assert_eq!(trace.origin.unwrap().name, "matching");
}

#[test]
fn that_somebody_could_not_be_told_is_not_what_it_broke_by() {
    let trace = together(vec![
        request("journal", "a", 0, 3100, 500),
        vec![thrown("journal", "a", 50, "PG::ConnectionBad", "could not connect to server at \"journal-pg\", port 5432: refused")],
        vec![thrown("journal", "a", 3090, "Net::ReadTimeout", "could not post alert: https://hooks.slack.com timed out")],
    ]);
    assert_eq!(origin(&trace).0, "journal-pg");
}

#[test]
fn a_part_that_is_missing_under_an_answer_that_is_well_is_told() {
    let trace = together(vec![
        request("graphql", "a", 0, 60, 200),
        vec![thrown("graphql", "a", 45, "AxiosError", "resolver User.extra failed, returning null: status code 500")],
        request("rights", "b", 10, 30, 500),
        vec![thrown("rights", "b", 38, "AttributeError", "'NoneType' object has no attribute 'plan'")],
    ]);
    assert_eq!(trace.origin.unwrap().name, "rights");
}

/// Statuses lead to who refuses; what it was given came from one that answered well, and warned.
#[test]
fn who_warned_of_what_another_refused_is_the_likelier_origin() {
    let first_two = |trace: &Trace| {
        let origin = trace.origin.clone().unwrap();
        assert_eq!(origin.confidence, "medium", "{origin:?}");
        (origin.name, origin.alternatives.first().map(|other| other.name.clone()))
    };
    let rounded = together(vec![
        request("checkout", "a", 0, 60, 500),
        request("pricing", "b", 5, 10, 200),
        vec![warned("pricing", "b", 8, "no exponent for currency JPY in table v41, using 2")],
        request("ledger", "c", 20, 20, 422),
        vec![thrown("checkout", "a", 45, "LedgerRejected", "422 AMOUNT_PRECISION: 1234.57 JPY")],
        // A warning that every program writes.
        vec![warned("checkout", "a", 1, "feature flag cache is 61s old, refreshing in background")],
    ]);
    assert_eq!(first_two(&rounded).0, "pricing");
    let said = together(vec![
        request("checkout", "a", 0, 60, 500),
        request("promo", "b", 5, 30, 200),
        vec![warned("promo", "b", 8, "rule 77 evaluation failed: undefined key min_total")],
        vec![thrown("checkout", "a", 45, "PromoError", "promo answered ok=false: internal")],
    ]);
    assert_eq!(first_two(&said), ("promo".to_string(), Some("checkout".to_string())));
    let dropped = together(vec![
        request("bff", "a", 0, 60, 500),
        vec![warned("bff", "a", 3, "mapper: field 'guestCount' has no target in ReservationV3, dropped")],
        request("reservation", "b", 5, 30, 400),
        vec![thrown("bff", "a", 45, "HttpError", "reservation: 400: guests must not be null")],
    ]);
    assert_eq!(origin(&dropped).0, "bff");
}

#[test]
fn warnings_that_have_nothing_to_do_with_it_change_nothing() {
    let trace = together(vec![
        request("gateway", "a", 0, 60, 500),
        vec![warned("gateway", "a", 2, "i18n: missing key banner for locale nl-BE, using en")],
        request("stock", "b", 5, 10, 200),
        vec![warned("stock", "b", 8, "geo database is 41 days old, using it all the same")],
        request("cart", "c", 20, 20, 500),
        vec![thrown("cart", "c", 35, "KeyError", "'warehouse'")],
    ]);
    assert_eq!(origin(&trace), ("cart", "service", "high"));
}

#[test]
fn who_was_told_to_stop_is_no_origin() {
    let trace = together(vec![
        request("quote", "a", 0, 60, 500),
        request("tax", "b", 5, 5, 500),
        vec![thrown("tax", "b", 8, "RateError", "no rate row for US-WA")],
        request("shipping", "c", 6, 40, 500),
        vec![thrown("shipping", "c", 42, "errorString", "context canceled")],
    ]);
    assert_eq!(trace.origin.unwrap().name, "tax");
}

#[test]
fn a_machine_that_fails_is_named_by_its_own_words() {
    let kernel = warned("bid", "b", 12, "kernel: nf_conntrack: table full, dropping packet");
    let trace = together(vec![
        request("ads", "a", 0, 60, 504),
        request("bid", "b", 10, 40, 504),
        vec![kernel, thrown("bid", "b", 45, "ConnectTimeoutException", "connection timed out: profile/10.96.7.7:8080")],
    ]);
    assert_eq!(origin(&trace), ("bid-0", "host", "medium"));
}

#[test]
fn whom_a_program_says_to_have_answered_badly_is_named_where_its_exception_names_nobody() {
    let answered = record("geocode", "b", 20, "maps.googleapis.com answered 200, status OVER_QUERY_LIMIT: quota exceeded");
    let trace = together(vec![
        request("web", "a", 0, 60, 502),
        request("geocode", "b", 10, 40, 502),
        vec![answered, thrown("geocode", "b", 45, "GeocodeError", "OVER_QUERY_LIMIT")],
    ]);
    assert_eq!(origin(&trace), ("maps.googleapis.com", "dependency", "medium"));
}

#[test]
fn who_gave_what_cannot_be_used_and_who_asked_for_what_is_rightly_refused_answer_for_it() {
    let gave = together(vec![
        request("checkout", "a", 0, 60, 500),
        request("pricing", "b", 5, 20, 200),
        vec![thrown("checkout", "a", 45, "InvalidUpstreamResponse", "pricing returned total -12.00 for 3 lines")],
    ]);
    assert_eq!(origin(&gave), ("pricing", "service", "medium"));
    assert_eq!(gave.origin.unwrap().alternatives[0].name, "checkout");
    let refusal = |said: &str, status: i64| {
        let warned = warned("orders", "b", 15, said);
        let parts = vec![request("checkout", "a", 0, 60, 500), request("orders", "b", 5, 20, status), vec![warned]];
        let failed = vec![thrown("checkout", "a", 45, "ClientError", &format!("orders refused our request: {status}"))];
        together(parts.into_iter().chain([failed]).collect()).origin.unwrap().name
    };
    assert_eq!(refusal("field currency is required, got null", 400), "checkout");
    assert_eq!(refusal("client checkout asked for the wrong scope", 403), "checkout");
}

#[test]
fn time_that_was_used_up_before_is_charged_to_who_used_it() {
    let trace = together(vec![
        request("checkout", "a", 0, 5010, 504),
        request("tax", "b", 5, 4780, 200),
        request("pricing", "c", 4800, 205, 504),
        vec![thrown("pricing", "c", 5003, "Deadline", "context deadline exceeded")],
        vec![thrown("checkout", "a", 5007, "Deadline", "context deadline exceeded, budget 5 s")],
    ]);
    assert_eq!(trace.origin.unwrap().name, "tax");
}

#[test]
fn what_was_tried_again_and_went_well_is_not_what_it_broke_by() {
    let retried =
        LogRecord { level: Some(Level::Warn), ..thrown("order", "b", 15, "kafka.errors.NotLeader", "the broker is not the leader, retrying (1/5)") };
    let trace = together(vec![
        request("shop", "a", 0, 60, 500),
        request("order", "b", 5, 50, 500),
        vec![retried, thrown("order", "b", 50, "java.lang.IllegalStateException", "order 55121 has no line after discount split")],
    ]);
    assert_eq!(origin(&trace), ("order", "service", "high"));
}

/// Who is named as the source of what could not be used, and warned itself, answers for it.
#[test]
fn whom_a_failure_names_as_its_source_is_the_origin_if_it_warned() {
    let deleted = |text: &str| {
        together(vec![
            request("file-web", "a", 0, 60, 500),
            request("cleaner", "b", 3, 5, 200),
            vec![warned("cleaner", "b", 4, "retention is 0 days (unset)")],
            request("downloads", "c", 20, 30, 500),
            vec![thrown("downloads", "c", 40, "OSError", text)],
        ])
    };
    assert_eq!(origin(&deleted("export-771.zip was deleted by cleaner")).0, "cleaner");
    assert_eq!(origin(&deleted("export-771.zip is too large")).0, "downloads");
}

/// A program that asks for something else after a call has failed bore that one, unless it then undoes what it did.
#[test]
fn what_is_undone_after_a_failure_is_not_what_it_broke_by() {
    let named = |service: &str, span: &str, at: i64, took: i64, status: i64, path: &str| {
        let mut records = request(service, span, at, took, status);
        records.iter_mut().for_each(|r| r.path = Some(path.to_string()));
        records
    };
    let saga = together(vec![
        request("orders", "a", 0, 100, 500),
        named("payments", "b", 10, 20, 502, "/charge"),
        vec![thrown("payments", "b", 28, "ValueError", "no such card scheme")],
        named("inventory", "c", 40, 20, 500, "/release"),
        vec![thrown("orders", "a", 70, "CompensationError", "inventory: 500")],
    ]);
    assert_eq!(origin(&saga).0, "payments");
    let optional =
        together(vec![request("shop", "a", 0, 100, 502), named("offers", "b", 10, 20, 500, "/offers"), named("tax", "c", 40, 20, 502, "/tax")]);
    assert_eq!(origin(&optional).0, "tax");
}

#[test]
fn an_error_that_an_answer_of_200_carried_on_is_whose_it_first_was() {
    let trace = |below: &str, above: &str| {
        let told = vec![thrown("reviews", "c", 30, "GraphQLError", below), thrown("web", "a", 50, "ApolloError", above)];
        together(vec![request("web", "a", 0, 60, 500), request("router", "b", 5, 40, 200), request("reviews", "c", 14, 20, 200), told])
            .origin
            .unwrap()
    };
    let carried = trace("Cannot return null for Review.author", "Cannot return null for Review.author");
    assert_eq!((carried.name.as_str(), carried.confidence), ("reviews", "medium"));
    assert_eq!(trace("its cache is cold: 412 entries", "field rating is not known").name, "web");
}

#[test]
fn who_gave_nothing_and_said_so_comes_before_who_stumbled_over_it() {
    let stumbled = || thrown("quote", "a", 20, "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'float'");
    let trace = |said: &str| {
        let warned = warned("rates", "b", 12, said);
        together(vec![request("quote", "a", 0, 30, 500), request("rates", "b", 8, 6, 200), vec![warned], vec![stumbled()]]).origin.unwrap().name
    };
    assert_eq!(trace("feed is stale for 9400 s, serving null as last known rate"), "rates");
    assert_eq!(trace("slow disk"), "quote");
}

#[test]
fn who_said_that_it_was_too_much_is_the_origin_of_a_request_that_was_turned_away() {
    let origin = |status| together(vec![request("api", "a", 0, 12, status), request("quota", "b", 4, 3, status)]).origin.map(|o| o.name);
    assert_eq!((origin(429).as_deref(), origin(404)), (Some("quota"), None));
}
