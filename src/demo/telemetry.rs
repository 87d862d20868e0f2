//! A made-up trace as the documents that log shippers and tracers store.

use super::made::{MadeTrace, Part};
use crate::model::Timestamp;
use serde_json::{Map, Value, json};

/// How a system watches itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Telemetry {
    /// Logs in the schema this program was made for.
    Spia,
    /// Logs in the Elastic Common Schema.
    Ecs,
    /// Elastic APM: transactions, spans, errors.
    Apm,
    /// OpenTelemetry in Elasticsearch: spans, and logs beside them.
    Otel,
    /// Jaeger: spans with their logs in them.
    Jaeger,
    /// Data Prepper in OpenSearch, in its old form.
    DataPrepper,
}

/// A measured span, in no schema yet.
struct Measured<'a> {
    id: String,
    parent: Option<String>,
    part: &'a Part,
    name: String,
    is_client: bool,
    peer: Option<(&'a str, bool)>,
    start_ms: f64,
    duration_ms: f64,
    status: Option<u16>,
    failed: bool,
    thrown: Option<(&'a str, &'a str, f64)>,
}

/// A line that a part logs.
struct Line<'a> {
    at: f64,
    level: &'static str,
    message: String,
    thrown: Option<(&'static str, &'a str)>,
    done: bool,
}

impl Telemetry {
    /// All of them.
    pub const ALL: [Telemetry; 6] = [Telemetry::Spia, Telemetry::Ecs, Telemetry::Apm, Telemetry::Otel, Telemetry::Jaeger, Telemetry::DataPrepper];

    /// The index that a document of this trace goes to, and the document.
    pub fn documents(self, trace: &MadeTrace) -> Vec<(String, Value)> {
        match self {
            Telemetry::Spia | Telemetry::Ecs => trace.parts.iter().filter(|p| !p.mute).flat_map(|part| self.logs(trace, part)).collect(),
            _ => measured(trace).iter().flat_map(|span| self.span(trace, span)).collect(),
        }
    }

    /// What index patterns its documents are found under.
    pub const fn pattern(self) -> &'static str {
        match self {
            Telemetry::Spia => "logs-spia-*",
            Telemetry::Ecs => "logs-ecs-*",
            Telemetry::Apm => "traces-apm-*,logs-apm*",
            Telemetry::Otel => "traces-otel-*,logs-otel-*",
            Telemetry::Jaeger => "jaeger-span-*",
            Telemetry::DataPrepper => "otel-v1-apm-span-*",
        }
    }

    fn logs(self, trace: &MadeTrace, part: &Part) -> Vec<(String, Value)> {
        let said = |at: f64, level: &'static str, message: String| Line { at, level, message, thrown: None, done: false };
        let mut lines = vec![said(part.start_ms, "INFO", "Request started".to_string())];
        lines.extend(part.notes.iter().map(|(warn, text, at)| said(*at, if *warn { "WARNING" } else { "INFO" }, text.clone())));
        lines.extend(
            part.thrown
                .iter()
                .map(|thrown| Line { thrown: Some((thrown.0, &thrown.1)), ..said(thrown.2, "ERROR", format!("{}: {}", thrown.0, thrown.1)) }),
        );
        if part.status.is_some() {
            lines.push(Line { done: true, ..said(part.start_ms + part.duration_ms, "INFO", "Request completed".to_string()) });
        }
        lines.into_iter().map(|line| self.log(trace, part, &line)).collect()
    }

    fn log(self, trace: &MadeTrace, part: &Part, line: &Line<'_>) -> (String, Value) {
        let when = at_ms(trace.start, line.at).rfc3339();
        let took = line.done.then_some(part.duration_ms);
        let status = part.status.filter(|_| line.done);
        let thrown = line.thrown.map(|(kind, text)| json!({"type": kind, "message": text}));
        let document = match self {
            Telemetry::Ecs => {
                json!({"@timestamp": when, "log.level": line.level.to_lowercase(), "message": line.message, "service": {"name": part.service},
                "trace": {"id": trace.trace_id.replace('-', "")}, "span": {"id": part.id}, "host": {"name": part.host}, "url": {"path": part.path},
                "http": {"request": {"method": part.method}, "response": {"status_code": status}}, "event": {"duration": took.map(|ms| (ms * 1e6) as i64)},
                "error": thrown})
            }
            _ => {
                json!({"timestamp": when, "level": line.level, "service": part.service, "trace_id": trace.trace_id, "span_id": part.id, "message": line.message,
                "kubernetes": {"pod": {"name": part.host}}, "context": {"method": part.method, "path": part.path, "status_code": status},
                "performance": {"duration_ms": took}, "exception": thrown})
            }
        };
        let index = if self == Telemetry::Ecs { format!("logs-ecs-{}", part.service) } else { format!("logs-spia-{}", part.service) };
        (index, without_nulls(document))
    }

    fn span(self, trace: &MadeTrace, span: &Measured<'_>) -> Vec<(String, Value)> {
        let at = at_ms(trace.start, span.start_ms);
        let us = at.nanos() / 1000;
        let id32 = trace.trace_id.replace('-', "");
        let ns = (span.duration_ms * 1e6) as i64;
        let part = span.part;
        let mut documents = Vec::new();
        match self {
            Telemetry::Apm => {
                let outcome = if span.failed { "failure" } else { "success" };
                let common = json!({"@timestamp": at.rfc3339(), "timestamp": {"us": us}, "trace": {"id": id32}, "parent": {"id": span.parent},
                    "service": {"name": part.service}, "host": {"name": part.host}, "event": {"outcome": outcome}});
                let own = if span.is_client {
                    json!({"processor": {"event": "span"}, "span": {"id": span.id, "name": span.name, "type": if span.peer.is_some_and(|p| p.1) { "db" } else { "external" },
                        "subtype": span.peer.map_or("http", |p| if p.1 { p.0 } else { "http" }), "duration": {"us": ns / 1000},
                        "destination": {"service": {"resource": span.peer.map(|p| p.0)}}}, "transaction": {"id": part.id}})
                } else {
                    json!({"processor": {"event": "transaction"}, "transaction": {"id": span.id, "name": span.name, "type": "request", "duration": {"us": ns / 1000}},
                        "http": {"request": {"method": part.method}, "response": {"status_code": span.status}}, "url": {"path": part.path}})
                };
                documents.push(("traces-apm-default".to_string(), merged(common, own)));
                if let Some((kind, text, when)) = span.thrown {
                    documents.push(("logs-apm-error".to_string(), json!({"@timestamp": at_ms(trace.start, when).rfc3339(), "timestamp": {"us": at_ms(trace.start, when).nanos() / 1000},
                        "processor": {"event": "error"}, "trace": {"id": id32}, "parent": {"id": span.id}, "transaction": {"id": part.id}, "service": {"name": part.service}, "host": {"name": part.host},
                        "error": {"id": format!("e{}", span.id), "grouping_key": kind, "exception": [{"type": kind, "message": text}]}})));
                }
            }
            Telemetry::Otel => {
                let attributes = attributes(span, '.');
                let resource = json!({"attributes": {"service.name": part.service, "host.name": part.host}});
                let code = if span.failed { "Error" } else { "Unset" };
                documents.push(("traces-otel-default".to_string(), json!({"@timestamp": millis_dot_nanos(at), "trace_id": id32, "span_id": span.id, "parent_span_id": span.parent,
                    "name": span.name, "kind": if span.is_client { "Client" } else { "Server" }, "duration": ns, "status": {"code": code}, "attributes": attributes, "resource": resource})));
                if let Some((kind, text, when)) = span.thrown {
                    documents.push(("logs-otel-default".to_string(), json!({"@timestamp": millis_dot_nanos(at_ms(trace.start, when)), "trace_id": id32, "span_id": span.id, "severity_text": "ERROR", "severity_number": 17,
                        "body": {"text": format!("{kind}: {text}")}, "attributes": {"exception.type": kind, "exception.message": text}, "resource": resource})));
                }
            }
            Telemetry::Jaeger => {
                let mut tags = vec![json!({"key": "span.kind", "type": "string", "value": if span.is_client { "client" } else { "server" }})];
                tags.extend(attributes(span, '.').into_iter().map(
                    |(key, value)| json!({"key": key, "type": "string", "value": value.as_str().map_or_else(|| value.to_string(), str::to_string)}),
                ));
                if span.failed {
                    tags.push(json!({"key": "error", "type": "bool", "value": "true"}));
                }
                let logs: Vec<Value> = span.thrown.iter().map(|(kind, text, when)| json!({"timestamp": at_ms(trace.start, *when).nanos() / 1000, "fields": [
                    {"key": "event", "type": "string", "value": "exception"}, {"key": "exception.type", "type": "string", "value": kind}, {"key": "exception.message", "type": "string", "value": text}]})).collect();
                let references: Vec<Value> =
                    span.parent.iter().map(|parent| json!({"refType": "CHILD_OF", "traceID": id32, "spanID": parent})).collect();
                documents.push((
                    "jaeger-span-2026-11-23".to_string(),
                    json!({"traceID": id32, "spanID": span.id, "operationName": span.name, "references": references, "startTime": us,
                    "startTimeMillis": us / 1000, "duration": ns / 1000, "tags": tags, "logs": logs,
                    "process": {"serviceName": part.service, "tags": [{"key": "host.name", "type": "string", "value": part.host}]}}),
                ));
            }
            _ => {
                let mut document = json!({"traceId": id32, "spanId": span.id, "parentSpanId": span.parent.clone().unwrap_or_default(), "name": span.name,
                    "kind": if span.is_client { "SPAN_KIND_CLIENT" } else { "SPAN_KIND_SERVER" }, "serviceName": part.service, "startTime": at.rfc3339_precise(),
                    "endTime": Timestamp::from_nanos(at.nanos() + ns).rfc3339_precise(), "durationInNanos": ns, "status.code": if span.failed { 2 } else { 0 },
                    "resource.attributes.host@name": part.host,
                    "events": span.thrown.iter().map(|(kind, text, when)| json!({"name": "exception", "time": at_ms(trace.start, *when).rfc3339_precise(),
                        "attributes": {"exception@type": kind, "exception@message": text}})).collect::<Vec<_>>()});
                if let Some(fields) = document.as_object_mut() {
                    fields.extend(attributes(span, '@').into_iter().map(|(key, value)| (format!("span.attributes.{key}"), value)));
                }
                documents.push(("otel-v1-apm-span-000001".to_string(), document));
            }
        }
        documents.into_iter().map(|(index, document)| (index, without_nulls(document))).collect()
    }
}

fn at_ms(start: Timestamp, ms: f64) -> Timestamp {
    Timestamp::from_nanos(start.nanos() + (ms * 1e6) as i64)
}

/// `1721314113467.654123`.
fn millis_dot_nanos(at: Timestamp) -> String {
    format!("{}.{:06}", at.nanos() / 1_000_000, at.nanos() % 1_000_000)
}

fn attributes(span: &Measured<'_>, dot: char) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| drop(map.insert(if dot == '.' { key.to_string() } else { key.replace('.', "@") }, value));
    put("http.request.method", span.part.method.into());
    if let Some(status) = span.status {
        put("http.response.status_code", status.into());
    }
    if let Some((name, is_database)) = span.peer {
        put("server.address", name.into());
        if is_database {
            put("db.system", name.into());
        }
    } else if !span.is_client {
        put("url.path", span.part.path.clone().into());
    }
    map
}

/// What a tracer measures of a made-up trace: both sides of each call, and the callers' side of calls to the outside.
fn measured(trace: &MadeTrace) -> Vec<Measured<'_>> {
    let mut spans = Vec::new();
    for part in &trace.parts {
        let caller = part.parent.and_then(|parent| trace.parts.get(parent));
        let call = derived(&part.id, "call");
        if let Some(caller) = caller {
            // A caller that gave up ended its side then.
            let own_end = caller
                .thrown
                .iter()
                .map(|t| t.2)
                .filter(|at| *at < part.start_ms + part.duration_ms && caller.status == Some(504))
                .fold(f64::INFINITY, f64::min);
            let end = (part.start_ms + part.duration_ms + 0.4).min(own_end).max(part.start_ms);
            let end = if part.status.is_none() { own_end.min(part.start_ms + 60_000.0) } else { end };
            let failed = part.status.is_none_or(|s| s >= 500) || own_end.is_finite();
            spans.push(Measured {
                id: call.clone(),
                parent: Some(caller.id.clone()),
                part: caller,
                name: format!("{} {}", part.method, part.service),
                is_client: true,
                peer: Some((part.service, false)),
                start_ms: part.start_ms - 0.4,
                duration_ms: end - part.start_ms + 0.4,
                status: part.status.filter(|_| !own_end.is_finite()),
                failed,
                thrown: None,
            });
        }
        // A span that never ends is never sent.
        if part.status.is_some() {
            spans.push(Measured {
                id: part.id.clone(),
                parent: caller.map(|_| call),
                part,
                name: format!("{} {}", part.method, part.path),
                is_client: false,
                peer: None,
                start_ms: part.start_ms,
                duration_ms: part.duration_ms,
                status: part.status,
                failed: part.status.is_some_and(|s| s >= 500),
                thrown: part.thrown.last().map(|(kind, text, at)| (*kind, text.as_str(), *at)),
            });
        }
        if let Some(asked) = part.asked.as_ref().filter(|_| part.status.is_some()) {
            spans.push(Measured {
                id: derived(&part.id, "asked"),
                parent: Some(part.id.clone()),
                part,
                name: format!("call {}", asked.name),
                is_client: true,
                peer: Some((asked.name, asked.is_database)),
                start_ms: asked.start_ms,
                duration_ms: asked.duration_ms,
                status: None,
                failed: asked.failed,
                thrown: None,
            });
        }
    }
    spans
}

/// An id of its own for a span that belongs to another one.
fn derived(id: &str, what: &str) -> String {
    format!("{:016x}", crate::model::fingerprint(&format!("{id}/{what}")))
}

fn merged(mut a: Value, b: Value) -> Value {
    if let (Some(a), Value::Object(b)) = (a.as_object_mut(), b) {
        a.extend(b);
    }
    a
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect()),
        other => other,
    }
}
