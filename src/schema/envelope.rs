//! Files that hold many spans in one JSON document: what Jaeger's UI and API give (`{"data":[{"spans":…}]}`), and
//! OTLP/JSON (`{"resourceSpans":…}`, `{"resourceLogs":…}`), taken apart into the documents that a store would hold.

use crate::model::Timestamp;
use serde_json::{Map, Value, json};

/// Whether a file that begins like this is such a document.
pub fn is_envelope(start: &[u8]) -> bool {
    let has = |word: &str| start.windows(word.len()).any(|part| part == word.as_bytes());
    has("\"resourceSpans\"")
        || has("\"resourceLogs\"")
        || has("\"resource_spans\"")
        || (has("\"data\"") && has("\"traceID\"") && (has("\"spans\"") || has("\"processes\"")))
}

/// The documents in it; none when it is something else.
pub fn unpack(envelope: &Value) -> Vec<Value> {
    let list = |value: &Value, names: &[&str]| names.iter().find_map(|name| value.get(*name)?.as_array().cloned()).unwrap_or_default();
    let mut documents = Vec::new();
    for trace in list(envelope, &["data"]) {
        documents.extend(list(&trace, &["spans"]).into_iter().map(|span| of_jaeger(span, &trace)));
    }
    for resource in list(envelope, &["resourceSpans", "resource_spans"]) {
        for scope in list(&resource, &["scopeSpans", "scope_spans", "instrumentationLibrarySpans"]) {
            documents.extend(list(&scope, &["spans"]).iter().filter_map(|span| of_otlp_span(span, &resource)));
        }
    }
    for resource in list(envelope, &["resourceLogs", "resource_logs"]) {
        for scope in list(&resource, &["scopeLogs", "scope_logs"]) {
            documents.extend(list(&scope, &["logRecords", "log_records"]).iter().filter_map(|record| of_otlp_log(record, &resource)));
        }
    }
    documents
}

fn of_jaeger(mut span: Value, trace: &Value) -> Value {
    let process = span.get("processID").and_then(Value::as_str).and_then(|id| trace.pointer(&format!("/processes/{id}"))).cloned();
    let millis = span.get("startTime").and_then(Value::as_i64).map(|us| us / 1000);
    if let Some(fields) = span.as_object_mut() {
        fields.extend(process.map(|process| ("process".to_string(), process)));
        fields.extend(millis.map(|ms| ("startTimeMillis".to_string(), ms.into())));
    }
    span
}

/// A field in either of OTLP's spellings.
fn field<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    value.get(camel).or_else(|| value.get(snake)).filter(|v| !v.is_null())
}

/// Nanoseconds since the epoch, as text or as a number.
fn nanos(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    }
}

/// `{"key":"k","value":{"stringValue":"v"}}` and the like as a map.
fn attributes(value: &Value) -> Map<String, Value> {
    let list = value.get("attributes").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|pair| {
        let (_, value) = pair.get("value")?.as_object()?.iter().next()?;
        Some((pair.get("key")?.as_str()?.to_string(), value.clone()))
    })
    .collect()
}

fn resource_of(resource: &Value) -> Value {
    json!({"attributes": attributes(resource.get("resource").unwrap_or(&Value::Null))})
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(str::to_string)
}

fn of_otlp_span(span: &Value, resource: &Value) -> Option<Value> {
    let start = nanos(field(span, "startTimeUnixNano", "start_time_unix_nano"))?;
    let end = nanos(field(span, "endTimeUnixNano", "end_time_unix_nano")).unwrap_or(start);
    let kind = match span.get("kind") {
        Some(Value::Number(number)) => match number.as_i64() {
            Some(2) => "Server",
            Some(3) => "Client",
            Some(4) => "Producer",
            Some(5) => "Consumer",
            _ => "Internal",
        }
        .to_string(),
        other => text(other).unwrap_or_else(|| "Internal".to_string()),
    };
    let status = span.get("status");
    let failed = match status.and_then(|status| status.get("code")) {
        Some(Value::Number(code)) => code.as_i64() == Some(2),
        Some(Value::String(code)) => code.ends_with("ERROR"),
        _ => false,
    };
    let events: Vec<Value> = span
        .get("events")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|event| {
            let at = Timestamp::from_nanos(nanos(field(event, "timeUnixNano", "time_unix_nano"))?);
            Some(json!({"time": at.rfc3339_precise(), "name": event.get("name"), "attributes": attributes(event)}))
        })
        .collect();
    Some(json!({
        "@timestamp": Timestamp::from_nanos(start).rfc3339_precise(),
        "trace_id": text(field(span, "traceId", "trace_id"))?,
        "span_id": text(field(span, "spanId", "span_id"))?,
        "parent_span_id": text(field(span, "parentSpanId", "parent_span_id")),
        "name": span.get("name"),
        "kind": kind,
        "duration": end.saturating_sub(start),
        "status": {"code": if failed { "Error" } else { "Unset" }, "message": status.and_then(|s| s.get("message"))},
        "attributes": attributes(span),
        "events": events,
        "links": span.get("links"),
        "resource": resource_of(resource),
    }))
}

fn of_otlp_log(record: &Value, resource: &Value) -> Option<Value> {
    let at = nanos(field(record, "timeUnixNano", "time_unix_nano"))
        .filter(|ns| *ns > 0)
        .or_else(|| nanos(field(record, "observedTimeUnixNano", "observed_time_unix_nano")))?;
    let body = record
        .get("body")
        .and_then(Value::as_object)
        .and_then(|body| body.values().next())
        .map(|body| body.as_str().map_or_else(|| body.to_string(), str::to_string));
    Some(json!({
        "@timestamp": Timestamp::from_nanos(at).rfc3339_precise(),
        "trace_id": text(field(record, "traceId", "trace_id")),
        "span_id": text(field(record, "spanId", "span_id")),
        "severity_text": text(field(record, "severityText", "severity_text")),
        "severity_number": field(record, "severityNumber", "severity_number"),
        "body": {"text": body},
        "attributes": attributes(record),
        "resource": resource_of(resource),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jaeger_and_otlp_files_are_taken_apart() {
        let jaeger = json!({"data": [{"traceID": "t", "spans": [{"traceID": "t", "spanID": "s", "startTime": 5000, "processID": "p1"}], "processes": {"p1": {"serviceName": "cart"}}}]});
        assert_eq!(unpack(&jaeger)[0]["process"]["serviceName"], "cart");
        assert_eq!(unpack(&jaeger)[0]["startTimeMillis"], 5);
        let otlp = json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]}, "scopeSpans": [{"spans": [
            {"traceId": "t", "spanId": "s", "kind": 3, "startTimeUnixNano": "1000000", "endTimeUnixNano": "3000000", "status": {"code": 2},
             "attributes": [{"key": "http.response.status_code", "value": {"intValue": "503"}}]}]}]}]});
        let span = &unpack(&otlp)[0];
        assert_eq!((&span["kind"], &span["duration"], &span["status"]["code"]), (&json!("Client"), &json!(2_000_000), &json!("Error")));
        assert_eq!(span["resource"]["attributes"]["service.name"], "cart");
        assert!(is_envelope(otlp.to_string().as_bytes()) && !is_envelope(b"{\"level\":\"INFO\"}"));
    }
}
