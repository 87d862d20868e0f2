//! A made record in a schema's dress, as one line of NDJSON.

use super::journal::Made;
use super::services::service_at;
use crate::model::Level;
use serde_json::{Map, Value, json};

/// Which schema the records wear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dress {
    /// The seed's own.
    Spia,
    /// The Elastic Common Schema, as ecs-logging and Filebeat write it.
    Ecs,
}

/// One line of NDJSON, without its newline.
pub fn render(made: &Made, dress: Dress) -> String {
    match dress {
        Dress::Spia => spia(made).to_string(),
        Dress::Ecs => ecs(made).to_string(),
    }
}

fn text(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}

fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    Value::Object(pairs.into_iter().filter_map(|(key, value)| Some((key.to_string(), value?))).collect::<Map<_, _>>())
}

fn spia(made: &Made) -> Value {
    let service = service_at(made.service);
    let context = object(vec![
        ("payment_amount", made.amount.map(Value::from)),
        ("currency", made.amount.map(|_| "EUR".into())),
        ("payment_method", made.payment_method.map(Value::from)),
        ("error_code", made.error_code.map(Value::from)),
        ("method", text(made.method).map(Value::from)),
        ("path", text(made.path).map(Value::from)),
        ("status_code", made.status.map(Value::from)),
        ("response_size", made.status.map(|_| 512.into())),
        ("client_ip", text(made.method).map(|_| format!("10.0.{}.{}", made.line % 8, made.service + 1).into())),
    ]);
    object(vec![
        ("timestamp", Some(made.at.rfc3339().into())),
        ("level", Some(python_level(made.level).into())),
        ("service", Some(service.name.into())),
        ("version", Some(made.version.into())),
        ("trace_id", Some(made.trace_id.as_str().into())),
        ("span_id", Some(made.span_id.as_str().into())),
        ("user_id", text(&made.user).map(Value::from)),
        ("request_id", text(&made.request_id).map(Value::from)),
        ("message", Some(made.message.as_str().into())),
        ("module", Some(service.module.into())),
        ("function", Some(made.function.into())),
        ("line", Some(made.line.into())),
        ("context", Some(context)),
        ("performance", Some(object(vec![("duration_ms", made.duration_ms.map(Value::from)), ("memory_mb", Some(made.memory_mb.into()))]))),
        ("exception", made.exception.as_ref().map(|(kind, message, stack)| json!({"type": kind, "message": message, "traceback": stack}))),
        ("host", Some(json!({"name": made.node}))),
        ("kubernetes", Some(json!({"pod": {"name": made.pod}}))),
        ("@timestamp", Some(made.arrived.rfc3339().into())),
    ])
}

/// Python's own names: its logging module says WARNING and CRITICAL.
fn python_level(level: Level) -> &'static str {
    match level {
        Level::Warn => "WARNING",
        Level::Fatal => "CRITICAL",
        other => other.name(),
    }
}

fn ecs(made: &Made) -> Value {
    let service = service_at(made.service);
    object(vec![
        ("@timestamp", Some(made.at.rfc3339().into())),
        ("log.level", Some(python_level(made.level).to_ascii_lowercase().into())),
        ("message", Some(made.message.as_str().into())),
        ("ecs.version", Some("1.6.0".into())),
        ("log", Some(json!({"logger": service.module, "origin": {"function": made.function, "file": {"line": made.line}}}))),
        ("service", Some(json!({"name": service.name, "version": made.version}))),
        ("trace", Some(json!({"id": made.trace_id.replace('-', "")}))),
        ("span", Some(json!({"id": made.span_id}))),
        ("user", text(&made.user).map(|id| json!({"id": id}))),
        ("http", text(made.method).map(|method| object(vec![
            ("request", Some(json!({"method": method, "id": made.request_id}))),
            ("response", made.status.map(|status| json!({"status_code": status}))),
        ]))),
        ("url", text(made.path).map(|path| json!({"path": path}))),
        ("event", Some(object(vec![
            ("duration", made.duration_ms.map(|ms| ((ms * 1e6).round() as i64).into())),
            ("ingested", Some(made.arrived.rfc3339().into())),
        ]))),
        ("error", made.exception.as_ref().map(|(kind, message, stack)| json!({"type": kind, "message": message, "stack_trace": stack}))),
        ("host", Some(json!({"name": made.node}))),
        ("kubernetes", Some(json!({"pod": {"name": made.pod}}))),
    ])
}

/// The body of an index template's mappings for a dress, with strings as keyword; `None` leaves it to dynamic mapping
/// (text with `.keyword`).
pub fn mapping(dress: Dress) -> Value {
    let strings = json!([{"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}]);
    let times = match dress {
        Dress::Spia => json!({"timestamp": {"type": "date"}, "@timestamp": {"type": "date"}, "message": {"type": "text"}, "exception": {"properties": {"traceback": {"type": "text"}}}}),
        Dress::Ecs => json!({"@timestamp": {"type": "date"}, "message": {"type": "text"}, "event": {"properties": {"ingested": {"type": "date"}, "duration": {"type": "long"}}}, "error": {"properties": {"stack_trace": {"type": "keyword", "index": false, "doc_values": false}}}}),
    };
    json!({"dynamic_templates": strings, "properties": times})
}
