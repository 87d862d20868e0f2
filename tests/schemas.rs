//! Documents of every schema as they are stored, and what is read of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod truth;

use serde_json::{Value, json};
use spia::answers::TraceParams;
use spia::answers::trace::{TRACE_RECORDS, TraceQuestion};
use spia::demo::{Failure, MadeTrace, Telemetry, failing};
use spia::model::{Level, Timestamp, Trace, target};
use spia::runtime::drive::{drive, know, read_whole};
use spia::source::SchemaQuestion;
use spia::source::local::LocalSource;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn trace_of(documents: &[Value]) -> Trace {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    documents.iter().for_each(|document| writeln!(file, "{document}").unwrap());
    trace_in(file.path(), TRACE).await
}

async fn trace_in(path: &Path, id: &str) -> Trace {
    let source = LocalSource::open(&[path.display().to_string()], &SchemaQuestion::default()).unwrap();
    read_whole(&source).await;
    let head = || std::fs::read_to_string(path).unwrap().chars().take(300).collect::<String>();
    let known = know(&source, &SchemaQuestion::default()).await.unwrap_or_else(|e| panic!("{e}: {}", head()));
    let params = TraceParams { id: target::parse(id).unwrap().ids.remove(0), around: None, only: false, limit: TRACE_RECORDS, usual: false };
    let answer = drive(&source, &known, TraceQuestion::new(params), Duration::from_secs(10)).await.unwrap().0;
    answer.trace.unwrap_or_else(|| panic!("not found: {}", head()))
}

/// An error of Elastic APM names the transaction that it is of, and is an error all the same.
#[tokio::test]
async fn an_error_that_names_its_transaction_is_an_error() {
    let at = 1_782_900_000_100_321_i64;
    let common = json!({"@timestamp": "2026-07-01T10:00:00.100Z", "timestamp": {"us": at}, "trace": {"id": TRACE}, "service": {"name": "checkout"}});
    let with = |more: Value| {
        let mut document = common.clone();
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    let transaction = json!({"id": "00f067aa0ba902b7", "name": "POST /pay", "type": "request", "duration": {"us": 52310}});
    let request = with(
        json!({"processor": {"event": "transaction"}, "transaction": transaction, "event": {"outcome": "failure"}, "http": {"response": {"status_code": 500}}}),
    );
    let error = with(
        json!({"processor": {"event": "error"}, "transaction": {"id": "00f067aa0ba902b7", "name": "POST /pay", "type": "request"}, "parent": {"id": "00f067aa0ba902b7"},
        "error": {"id": "e1", "exception": [{"type": "KeyError", "message": "'price'"}]}}),
    );
    let trace = trace_of(&[request, error]).await;
    assert_eq!((trace.spans.len(), trace.spans[0].errors), (1, 1), "{:?}", trace.spans);
    assert_eq!(trace.origin.map(|origin| (origin.name, origin.reason)), Some(("checkout".to_string(), "KeyError: 'price'".to_string())));
}

/// Two spans, the second a failed client's side; service, parent, times, units, side and failure are read alike.
#[tokio::test]
async fn measured_spans_of_every_store() {
    let (root, call) = ("00f067aa0ba902b7", "53995c3f42cd8ad8");
    let stores = [
        (
            "jaeger",
            vec![
                json!({"traceID": TRACE, "spanID": root, "operationName": "POST /pay", "startTime": 1_782_900_000_100_321_i64, "startTimeMillis": 1_782_900_000_100_i64, "duration": 52310, "tags": [{"key": "span.kind", "value": "server"}], "process": {"serviceName": "checkout"}}),
                json!({"traceID": TRACE, "spanID": call, "operationName": "SELECT cards", "references": [{"refType": "CHILD_OF", "traceID": TRACE, "spanID": root}], "startTime": 1_782_900_000_110_001_i64, "startTimeMillis": 1_782_900_000_110_i64, "duration": 4100,
                "tag": {"span@kind": "client", "db@system": "postgresql", "error": true}, "tags": null, "logs": [{"timestamp": 1_782_900_000_112_000_i64, "fields": [{"key": "event", "value": "exception"}, {"key": "exception.type", "value": "Timeout"}]}], "process": {"serviceName": "checkout"}}),
            ],
        ),
        (
            "zipkin",
            vec![
                json!({"traceId": TRACE, "id": root, "kind": "SERVER", "name": "POST /pay", "timestamp_millis": 1_782_900_000_100_i64, "timestamp": 1_782_900_000_100_321_i64, "duration": 52310, "localEndpoint": {"serviceName": "checkout"}}),
                json!({"traceId": TRACE, "parentId": root, "id": call, "kind": "CLIENT", "name": "SELECT cards", "timestamp_millis": 1_782_900_000_110_i64, "timestamp": 1_782_900_000_110_001_i64, "duration": 4100, "localEndpoint": {"serviceName": "checkout"}, "remoteEndpoint": {"serviceName": "postgresql"}, "tags": {"error": ""}}),
            ],
        ),
        (
            "data prepper, standard form",
            vec![
                json!({"traceId": TRACE, "spanId": root, "parentSpanId": "", "name": "POST /pay", "kind": "SPAN_KIND_SERVER", "serviceName": "checkout", "startTime": "2026-07-01T10:00:00.100321Z", "endTime": "2026-07-01T10:00:00.152631Z", "durationInNanos": 52_310_000, "status": {"code": 0}}),
                json!({"traceId": TRACE, "spanId": call, "parentSpanId": root, "name": "SELECT cards", "kind": "SPAN_KIND_CLIENT", "serviceName": "checkout", "startTime": "2026-07-01T10:00:00.110001Z", "endTime": "2026-07-01T10:00:00.114101Z", "durationInNanos": 4_100_000, "status": {"code": 2}, "attributes": {"db.system": "postgresql"}}),
            ],
        ),
        (
            "simple schema: an end and no duration",
            vec![
                json!({"startTime": "2026-07-01T10:00:00.100321Z", "endTime": "2026-07-01T10:00:00.152631Z", "traceId": TRACE, "spanId": root, "parentSpanId": "", "name": "POST /pay", "kind": "Server", "status": {"code": "Unset"}, "resource": {"service.name": "checkout"}}),
                json!({"startTime": "2026-07-01T10:00:00.110001Z", "endTime": "2026-07-01T10:00:00.114101Z", "traceId": TRACE, "spanId": call, "parentSpanId": root, "name": "SELECT cards", "kind": "Client", "status": {"code": "Error"}, "resource": {"service.name": "checkout"}, "attributes": {"db.system": "postgresql"}}),
            ],
        ),
        (
            "the collector's exporter, mode none",
            vec![
                json!({"@timestamp": "2026-07-01T10:00:00.100321000Z", "TraceId": TRACE, "SpanId": root, "Name": "POST /pay", "Kind": "SPAN_KIND_SERVER", "TraceStatus": 0, "Duration": 52310, "Resource": {"service": {"name": "checkout"}}}),
                json!({"@timestamp": "2026-07-01T10:00:00.110001000Z", "TraceId": TRACE, "SpanId": call, "ParentSpanId": root, "Name": "SELECT cards", "Kind": "SPAN_KIND_CLIENT", "TraceStatus": 2, "Duration": 4100, "Attributes": {"db": {"system": "postgresql"}}, "Resource": {"service": {"name": "checkout"}}}),
            ],
        ),
        (
            "opentelemetry, times as milliseconds with a fraction",
            vec![
                json!({"@timestamp": "1782900000100.321", "trace_id": TRACE, "span_id": root, "name": "POST /pay", "kind": "Server", "duration": 52_310_000, "status": {"code": "Unset"}, "resource": {"attributes": {"service.name": "checkout"}}}),
                json!({"@timestamp": "1782900000110.001", "trace_id": TRACE, "span_id": call, "parent_span_id": root, "name": "SELECT cards", "kind": "Client", "duration": 4_100_000, "status": {"code": "Error"}, "attributes": {"db.system": "postgresql"}, "resource": {"attributes": {"service.name": "checkout"}}}),
            ],
        ),
        (
            "apm",
            vec![
                json!({"@timestamp": "2026-07-01T10:00:00.100Z", "timestamp": {"us": 1_782_900_000_100_321_i64}, "processor": {"event": "transaction"}, "trace": {"id": TRACE}, "transaction": {"id": root, "name": "POST /pay", "type": "request", "duration": {"us": 52310}}, "event": {"outcome": "success"}, "service": {"name": "checkout"}}),
                json!({"@timestamp": "2026-07-01T10:00:00.110Z", "timestamp": {"us": 1_782_900_000_110_001_i64}, "processor": {"event": "span"}, "trace": {"id": TRACE}, "transaction": {"id": root}, "parent": {"id": root}, "span": {"id": call, "name": "SELECT cards", "type": "db", "subtype": "postgresql", "duration": {"us": 4100}}, "event": {"outcome": "failure"}, "service": {"name": "checkout"}}),
            ],
        ),
    ];
    for (store, documents) in stores {
        let trace = trace_of(&documents).await;
        let [first, second] = trace.spans.as_slice() else { panic!("{store}: {:?}", trace.spans) };
        assert_eq!(
            (first.id.as_str(), first.parent.as_deref(), first.service.as_str(), first.name.as_str()),
            (root, None, "checkout", "POST /pay"),
            "{store}"
        );
        assert_eq!(
            (first.start.rfc3339_precise().as_str(), first.duration_ms, first.failed, first.inferred),
            ("2026-07-01T10:00:00.100321Z", 52.31, false, false),
            "{store}"
        );
        assert_eq!((second.id.as_str(), second.parent.as_deref(), second.duration_ms, second.failed), (call, Some(root), 4.1, true), "{store}");
        assert_eq!(second.kind, spia::model::SpanKind::Client, "{store}");
        assert_eq!(second.peer.as_ref().map(|p| (p.name.as_str(), p.is_database)), Some(("postgresql", true)), "{store}");
        if store == "jaeger" {
            assert_eq!(trace.records[0].exception.as_ref().and_then(|e| e.kind.as_deref()), Some("Timeout"));
        }
    }
}

#[tokio::test]
async fn lines_of_json_loggers() {
    let lines = [
        (
            "pino",
            json!({"level": 50, "time": 1_782_900_000_123_i64, "pid": 7, "hostname": "web-3", "msg": "payment declined", "traceId": TRACE, "err": {"type": "CardError", "message": "declined"}}),
        ),
        ("zap", json!({"level": "error", "ts": 1_782_900_000.123, "caller": "pay/pay.go:88", "msg": "payment declined", "trace_id": TRACE})),
        (
            "structlog",
            json!({"event": "payment declined", "level": "error", "timestamp": "2026-07-01T10:00:00.123Z", "logger": "shop.pay", "trace_id": TRACE}),
        ),
        (
            "python-json-logger",
            json!({"asctime": "2026-07-01 10:00:00,123", "levelname": "ERROR", "name": "shop.pay", "message": "payment declined", "otelTraceID": TRACE}),
        ),
        ("serilog, compact", json!({"@t": "2026-07-01T10:00:00.123Z", "@mt": "payment declined", "@l": "Error", "@tr": TRACE, "trace_id": TRACE})),
        (
            "logback",
            json!({"@timestamp": "2026-07-01T10:00:00.123Z", "@version": "1", "message": "payment declined", "level": "ERROR", "logger_name": "a.B", "traceId": TRACE}),
        ),
        ("logrus", json!({"time": "2026-07-01T10:00:00.123Z", "level": "error", "msg": "payment declined", "trace_id": TRACE})),
        (
            "ecs without a service",
            json!({"@timestamp": "2026-07-01T10:00:00.123Z", "log.level": "error", "message": "payment declined", "trace": {"id": TRACE}}),
        ),
        (
            "otel log",
            json!({"@timestamp": "1782900000123.0", "severity_number": 17, "trace_id": TRACE, "body": {"text": "payment declined"}, "resource": {"attributes": {"service.name": "pay"}}}),
        ),
        (
            "data prepper log",
            json!({"time": "2026-07-01T10:00:00.123Z", "severity": {"number": 17, "text": "ERROR"}, "body": "payment declined", "traceId": TRACE}),
        ),
        (
            "apm error",
            json!({"@timestamp": "2026-07-01T10:00:00.123Z", "processor": {"event": "error"}, "trace": {"id": TRACE}, "error": {"id": "e1", "grouping_key": "9ab", "exception": [{"type": "CardError", "message": "payment declined"}]}, "service": {"name": "pay"}}),
        ),
    ];
    for (logger, line) in lines {
        let trace = trace_of(&[line]).await;
        let record = &trace.records[0];
        // An APM error has no message but its exception's, which is said with its class.
        let said = record.message.as_deref().map(|m| m.trim_start_matches("CardError: "));
        assert_eq!((said, record.level), (Some("payment declined"), Some(Level::Error)), "{logger}");
        assert_eq!(record.timestamp.rfc3339(), "2026-07-01T10:00:00.123Z", "{logger}");
    }
}

/// Access logs have neither a level nor a message, and durations in units of their own.
#[tokio::test]
async fn access_logs_of_proxies_alone_and_beside_a_service() {
    let at = "2026-07-01T10:00:00.250Z";
    let lines = [
        (
            "nginx",
            json!({"time_iso8601": "2026-07-01T10:00:00+00:00", "msec": 1_782_900_000.25, "service": "edge", "request_method": "GET",
            "request_uri": "/cart", "status": 502, "request_time": 0.042, "upstream_status": "502", "http_user_agent": "x", "trace_id": TRACE}),
        ),
        (
            "envoy",
            json!({"@timestamp": at, "start_time": "2026-07-01T10:00:00.208Z", "service": "edge", "method": "GET", "path": "/cart", "response_code": 502,
            "response_flags": "UF", "duration": 42, "upstream_cluster": "cart", "trace_id": TRACE}),
        ),
        (
            "traefik",
            json!({"time": at, "level": "info", "msg": "", "DownstreamStatus": 502, "Duration": 42_000_000, "RequestMethod": "GET", "RequestPath": "/cart",
            "service": "edge", "trace_id": TRACE}),
        ),
        (
            "caddy",
            json!({"ts": 1_782_900_000.25, "level": "error", "logger": "http.log.access", "msg": "handled request", "status": 502, "duration": 0.042,
            "request": {"method": "GET", "uri": "/cart"}, "service": "edge", "trace_id": TRACE}),
        ),
        (
            "zap",
            json!({"ts": 1_782_900_000.25, "level": "info", "caller": "http/server.go:9", "msg": "GET /cart", "status": 502, "duration": 0.042,
            "method": "GET", "path": "/cart", "service": "edge", "trace_id": TRACE}),
        ),
    ];
    let other = json!({"@timestamp": at, "log": {"level": "info"}, "message": "ok", "service": {"name": "cart"}, "trace": {"id": TRACE}});
    for (logger, line) in lines {
        for lines in [vec![line.clone()], vec![line.clone(), other.clone(), line.clone()]] {
            let trace = trace_of(&lines).await;
            let record = trace.records.iter().find(|r| r.service.as_deref() == Some("edge")).unwrap_or_else(|| panic!("{logger}"));
            assert_eq!(record.timestamp.rfc3339(), at, "{logger}");
            assert_eq!((record.status, record.method.as_deref(), record.path.as_deref()), (Some(502), Some("GET"), Some("/cart")), "{logger}");
            assert!((record.duration_ms.unwrap() - 42.0).abs() < 1e-6, "{logger}: {:?}", record.duration_ms);
        }
    }
}

/// Envoy's time is that at which a request came in, and its record says to whom it went and why that failed; HAProxy keeps time
/// and service where others do.
#[tokio::test]
async fn proxies_say_to_whom_they_passed_a_request_on() {
    let envoy = json!({"start_time": "2026-07-01T10:00:00.208Z", "service": "edge", "method": "GET", "path": "/cart", "response_code": 503,
        "response_flags": "UF,URX", "response_code_details": "upstream_reset_before_response_started{delayed_connect_error:_111}", "duration": 42,
        "upstream_cluster": "outbound|8080||cart.prod.svc.cluster.local", "trace_id": TRACE});
    let haproxy = json!({"timestamp": "2026-07-01T10:00:00.250Z", "service": "edge", "backend": "be_cart", "server": "<NOSRV>", "http_method": "GET",
        "http_path": "/cart", "status": 503, "termination_state": "SC--", "Tt": 42, "trace_id": TRACE});
    let beside = json!({"timestamp": "2026-07-01T10:00:00.249Z", "level": "info", "event": "cart asked", "service": "shop", "trace_id": TRACE});
    for line in [envoy, haproxy] {
        for lines in [vec![line.clone()], vec![beside.clone(), beside.clone(), line.clone(), beside.clone()]] {
            let trace = trace_of(&lines).await;
            let edge = trace.spans.iter().find(|s| s.service == "edge").unwrap();
            assert_eq!(edge.start.rfc3339(), "2026-07-01T10:00:00.208Z", "{line}");
            let origin = trace.origin.as_ref().unwrap();
            assert_eq!((origin.name.as_str(), origin.kind.name()), ("cart", "service"), "{line}");
            assert!(origin.reason.starts_with("no connection to it ("), "{}", origin.reason);
        }
    }
}

/// Python writes what was thrown last; what SQLAlchemy adds stands behind it.
#[tokio::test]
async fn the_class_of_a_python_exception_is_found_before_what_its_library_adds() {
    let stack = "Traceback (most recent call last):\n  File \"/app/q.py\", line 44, in cohort\nsqlalchemy.exc.OperationalError: (psycopg2.errors.QueryCanceled) canceling statement due to statement timeout\n\n[SQL: SELECT 1]";
    let line = json!({"event": "it broke", "level": "error", "timestamp": "2026-07-01T10:00:00.249Z", "service": "cohort", "trace_id": TRACE, "exception": stack});
    let trace = trace_of(&[line]).await;
    let thrown = trace.records[0].exception.as_ref().unwrap();
    assert_eq!(thrown.kind.as_deref(), Some("sqlalchemy.exc.OperationalError"));
    assert_eq!(trace.origin.unwrap().kind.name(), "database");
}

/// Spans of Elastic APM and ECS logs keep time and service in the same places: each is read as what it is.
#[tokio::test]
async fn access_logs_in_ecs_beside_spans_of_elastic_apm() {
    let span = json!({"@timestamp": "2026-07-01T10:00:00.010Z", "processor": {"event": "transaction"}, "service": {"name": "shop"}, "trace": {"id": TRACE},
        "transaction": {"id": "00000000000000b2", "name": "GET /cart", "duration": {"us": 80_000}}, "parent": {"id": "00000000000000a1"}});
    let access = json!({"@timestamp": "2026-07-01T10:00:00.100Z", "log": {"level": "info"}, "message": "GET /cart 200", "service": {"name": "edge"},
        "trace": {"id": TRACE}, "span": {"id": "00000000000000a1"}, "http": {"response": {"status_code": 200}}, "event": {"duration": 100_000_000}});
    let trace = trace_of(&[span.clone(), access, span]).await;
    let of = |service: &str| trace.spans.iter().find(|s| s.service == service).unwrap();
    assert_eq!((of("edge").duration_ms, of("shop").duration_ms), (100.0, 80.0));
    assert_eq!(of("shop").parent.as_deref(), Some(of("edge").id.as_str()));
}

/// What loggers write by default, each alone and beside an ECS record of another service in one file: the service, the time to the
/// millisecond, the level, the class of what was thrown and the trace are read alike.
#[tokio::test]
async fn default_shapes_of_loggers_alone_and_in_one_file_with_others() {
    let (at, second) = ("2026-07-01T10:00:00.250Z", 1_782_900_000.25);
    let shapes = [
        (
            "loguru",
            json!({"text": "it broke", "record": {"time": {"timestamp": second}, "level": {"name": "ERROR", "no": 40}, "message": "it broke", "name": "api",
            "exception": {"type": "KeyError", "value": "'price'"}, "extra": {"service": "tax", "trace_id": TRACE}}}),
        ),
        (
            "log4j JsonLayout",
            json!({"instant": {"epochSecond": 1_782_900_000_i64, "nanoOfSecond": 250_000_000}, "level": "ERROR", "loggerName": "tax", "message": "it broke",
            "thrown": {"name": "KeyError", "message": "'price'"}, "contextMap": {"traceId": TRACE, "service": "tax"}}),
        ),
        (
            "Serilog JsonFormatter",
            json!({"Timestamp": at, "Level": "Error", "MessageTemplate": "it broke", "TraceId": TRACE, "Exception": "KeyError: 'price'\n at x",
            "Properties": {"Application": "tax"}}),
        ),
        (
            "Serilog compact",
            json!({"@t": at, "@l": "Error", "@mt": "it broke", "@tr": TRACE, "@x": "KeyError: 'price'\n at x", "Application": "tax"}),
        ),
        (
            "Monolog",
            json!({"message": "it broke", "level": 400, "level_name": "ERROR", "channel": "app", "datetime": at,
            "context": {"exception": {"class": "KeyError", "message": "'price'"}}, "extra": {"service": "tax", "trace_id": TRACE}}),
        ),
        (
            "Monolog for Logstash",
            json!({"@timestamp": at, "@version": 1, "message": "it broke", "type": "tax", "channel": "app", "level": "ERROR", "monolog_level": 400,
            "context": {"exception": {"class": "KeyError", "message": "'price'"}}, "extra": {"trace_id": TRACE}}),
        ),
        (
            "tracing",
            json!({"timestamp": at, "level": "ERROR", "fields": {"message": "it broke"}, "target": "tax", "exception": {"type": "KeyError"},
            "spans": [{"name": "request", "trace_id": TRACE, "service": "tax"}]}),
        ),
        (
            "semantic_logger",
            json!({"timestamp": at, "level": "error", "name": "Tax", "message": "it broke", "application": "tax", "named_tags": {"trace_id": TRACE},
            "exception": {"name": "KeyError", "message": "'price'", "stack_trace": []}}),
        ),
        (
            "LoggerJSON",
            json!({"time": at, "severity": "error", "message": "it broke", "metadata": {"service": "tax", "trace_id": TRACE}, "exception": {"type": "KeyError"}}),
        ),
        (
            "Datadog's fields",
            json!({"timestamp": at, "level": "error", "message": "it broke", "dd": {"service": "tax", "trace_id": TRACE}, "stack": "KeyError: 'price'\n at x"}),
        ),
        (
            "logstash-encoder",
            json!({"@timestamp": at, "@version": "1", "message": "it broke", "logger_name": "c.T", "level": "ERROR", "service": "tax", "traceId": TRACE,
            "stack_trace": "KeyError: 'price'\n at x"}),
        ),
        (
            "structlog",
            json!({"event": "it broke", "level": "error", "timestamp": at, "service": "tax", "trace_id": TRACE, "exception": "Traceback (most recent call last):\n  x\nKeyError: 'price'"}),
        ),
        (
            "pino in Kubernetes",
            json!({"level": 50, "time": 1_782_900_000_250_i64, "pid": 7, "hostname": "tax-1", "name": "tax", "trace_id": TRACE, "msg": "it broke", "err": {"type": "KeyError"}}),
        ),
    ];
    let other = json!({"@timestamp": "2026-07-01T10:00:00.100Z", "log.level": "info", "message": "well", "service.name": "cart", "trace.id": TRACE});
    for (name, record) in shapes {
        for mixed in [false, true] {
            let documents = if mixed { vec![other.clone(), record.clone(), other.clone()] } else { vec![record.clone()] };
            let trace = trace_of(&documents).await;
            let found: Vec<_> = trace.records.iter().filter(|r| r.service.as_deref() == Some("tax")).collect();
            assert_eq!(found.len(), 1, "{name}, mixed: {mixed}: {:?}", trace.records);
            let thrown = found[0].exception.as_ref().and_then(|e| e.kind.as_deref());
            let read = (found[0].timestamp.rfc3339(), found[0].level, found[0].message.as_deref(), thrown);
            assert_eq!(read, (at.to_string(), Some(Level::Error), Some("it broke"), Some("KeyError")), "{name}, mixed: {mixed}");
        }
    }
}

/// Requests that loggers tell by attributes which they keep below others.
#[tokio::test]
async fn requests_whose_attributes_lie_below_others() {
    let (at, name) = ("2026-07-01T10:00:00.250Z", "GET /rates");
    for (layout, record) in [
        (
            "NLog",
            json!({"time": at, "level": "Info", "logger": "Requests", "message": "done", "service": "tax", "traceId": TRACE,
            "properties": {"Method": "GET", "Path": "/rates", "StatusCode": 503, "ElapsedMs": 163.0}}),
        ),
        (
            "log4j JsonLayout",
            json!({"instant": {"epochSecond": 1_782_900_000_i64, "nanoOfSecond": 250_000_000}, "level": "INFO", "loggerName": "tax", "message": "done", "service": "tax",
            "contextMap": {"traceId": TRACE, "http.method": "GET", "http.path": "/rates", "http.status": "503", "http.durationMs": "163"}}),
        ),
    ] {
        let trace = trace_of(&[record]).await;
        let span = &trace.spans[0];
        assert_eq!((span.name.as_str(), span.status, span.duration_ms), (name, Some(503), 163.0), "{layout}");
    }
}

/// A span's events and logs may lie in one file with it.
#[tokio::test]
async fn spans_and_logs_of_opentelemetry_in_one_file() {
    let resource = json!({"attributes": {"service.name": "pay"}});
    let trace = trace_of(&[
        json!({"@timestamp": "1782900000100.0", "trace_id": TRACE, "span_id": "a", "name": "POST /pay", "kind": "Server", "duration": 52_000_000, "status": {"code": "Error"}, "resource": resource}),
        json!({"@timestamp": "1782900000120.0", "trace_id": TRACE, "span_id": "a", "severity_text": "ERROR", "body": {"text": "oops"}, "resource": resource}),
        json!({"@timestamp": "1782900000130.0", "trace_id": TRACE, "span_id": "a", "event_name": "exception", "attributes": {"exception.type": "CardError", "exception.message": "declined"}, "resource": resource}),
    ])
    .await;
    assert_eq!((trace.spans.len(), trace.records.len(), trace.spans[0].errors), (1, 2, 2));
    assert_eq!(trace.origin.unwrap().reason, "CardError: declined");
}

#[tokio::test]
async fn one_json_document_full_of_spans() {
    let jaeger = json!({"data": [{"traceID": TRACE, "spans": [
        {"traceID": TRACE, "spanID": "a", "operationName": "GET /", "startTime": 1_782_900_000_100_000_i64, "duration": 5000, "processID": "p1", "tags": []},
        {"traceID": TRACE, "spanID": "b", "operationName": "GET /x", "references": [{"refType": "CHILD_OF", "traceID": TRACE, "spanID": "a"}], "startTime": 1_782_900_000_101_000_i64, "duration": 3000, "processID": "p2", "tags": []}],
        "processes": {"p1": {"serviceName": "web"}, "p2": {"serviceName": "api"}}}]});
    let otlp = json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]}, "scopeSpans": [{"spans": [
        {"traceId": TRACE, "spanId": "a", "name": "GET /", "kind": 2, "startTimeUnixNano": "1782900000100000000", "endTimeUnixNano": "1782900000105000000", "status": {}},
        {"traceId": TRACE, "spanId": "b", "parentSpanId": "a", "name": "GET /x", "kind": 3, "startTimeUnixNano": "1782900000101000000", "endTimeUnixNano": "1782900000104000000", "status": {"code": 2},
         "events": [{"timeUnixNano": "1782900000103000000", "name": "exception", "attributes": [{"key": "exception.type", "value": {"stringValue": "E"}}]}]}]}]}]});
    for document in [jaeger, otlp] {
        let trace = trace_of(std::slice::from_ref(&document)).await;
        let shape: Vec<_> = trace.spans.iter().map(|s| (s.id.as_str(), s.parent.as_deref(), s.duration_ms)).collect();
        assert_eq!(shape, [("a", None, 5.0), ("b", Some("a"), 3.0)]);
    }
}

/// The trace that comes back of made-up documents.
async fn trace_back(made: &MadeTrace, documents: Vec<(String, Value)>) -> Trace {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    documents.iter().for_each(|(_, document)| writeln!(file, "{document}").unwrap());
    trace_in(file.path(), &made.trace_id).await
}

/// Who called whom and what was waited for, of every way of failing, from records and from measured spans.
#[tokio::test]
async fn parents_and_critical_path_are_the_true_ones() {
    let start = Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0;
    for telemetry in Telemetry::ALL {
        let (mut wrong, mut unsure) = (Vec::new(), 0);
        for (failure, seed) in Failure::ALL.into_iter().flat_map(|failure| (0..8).map(move |seed| (failure, seed))) {
            let made = failing(failure, 300 + seed, start);
            let trace = trace_back(&made, telemetry.documents(&made)).await;
            let (not_so, guessed) = truth::structure(telemetry, &made, &trace);
            wrong.extend(not_so.into_iter().map(|what| format!("{failure:?} {seed}: {what}")));
            unsure += guessed;
        }
        println!("{telemetry:?}: {unsure} parents are said to be unsure");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// One host's clock is wrong: its size is said within the plus-minus that is printed, or nothing is said of it; durations stay.
#[tokio::test]
async fn a_wrong_clock_is_within_what_is_said_of_it() {
    let start = Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0;
    let (mut told, mut all) = (0, 0);
    for (failure, seed) in Failure::ALL.into_iter().flat_map(|failure| (0..5).map(move |seed| (failure, seed))) {
        let made = failing(failure, 100 + seed, start);
        let host = &made.parts[seed as usize % made.parts.len()].host;
        for off in [5_000_i64, -5_000, 7_200_000] {
            let trace = trace_back(&made, truth::skewed(&made, Telemetry::Spia, host, off)).await;
            told += truth::told_clocks(&made, &trace, host, off);
            all += 1;
        }
    }
    assert!(told * 10 >= all * 6, "{told} of {all}");
}
