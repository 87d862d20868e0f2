//! From a stored record to a `LogRecord`, by a map.

use super::{Field, FieldMap};
use crate::model::{Exception, Level, LogRecord, Place, Timestamp};
use serde_json::{Map, Value};

/// The value at a dotted path; keys may hold dots themselves, in any mixture with objects.
pub fn lookup<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(path) {
        return Some(value).filter(|v| !v.is_null());
    }
    path.match_indices('.').find_map(|(at, _)| {
        let (head, tail) = path.split_at_checked(at)?;
        match fields.get(head)? {
            Value::Object(inner) => lookup(inner, tail.strip_prefix('.')?),
            _ => None,
        }
    })
}

/// The record in this program's words; what is missing or of another type is `None`.
pub fn read_record(map: &FieldMap, fields: Map<String, Value>) -> LogRecord {
    let value = |field: Field| map.path(&field).and_then(|path| lookup(&fields, path));
    let text = |field: Field| value(field).and_then(scalar);
    let integer = |field: Field| value(field).and_then(number).map(|n| n as i64);
    let time = |field: Field| value(field).and_then(timestamp);
    let exception = Exception { kind: text(Field::ExceptionType), message: text(Field::ExceptionMessage), stacktrace: text(Field::Stacktrace) };
    let place = Place { module: text(Field::Module), function: text(Field::Function), line: integer(Field::Line) };
    LogRecord {
        timestamp: time(Field::Timestamp).unwrap_or_default(),
        arrived: time(Field::Arrival),
        level: value(Field::Level).and_then(|v| level(v, map)),
        service: text(Field::Service),
        message: text(Field::Message),
        trace_id: text(Field::TraceId),
        span_id: text(Field::SpanId),
        request_id: text(Field::RequestId),
        version: text(Field::Version),
        host: text(Field::Pod).or_else(|| text(Field::Host)),
        duration_ms: value(Field::Duration).and_then(number).map(|n| n / map.duration_units_per_ms),
        status: integer(Field::Status),
        method: text(Field::Method),
        path: text(Field::Path),
        exception: (exception.kind.is_some()).then_some(exception),
        place: (place != Place::default()).then_some(place),
        fields,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Array(values) => values.first().and_then(scalar),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|n: &f64| n.is_finite())
}

fn timestamp(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text).map(|(at, _)| at).or_else(|| text.parse().ok().map(Timestamp::from_millis)),
        Value::Number(number) => number.as_i64().map(Timestamp::from_millis),
        _ => None,
    }
}

fn level(value: &Value, map: &FieldMap) -> Option<Level> {
    match value {
        Value::Number(number) => number.as_i64().and_then(|n| Level::from_number(n, map.level_scale)),
        Value::String(text) => Level::parse(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dotted_keys_and_objects_are_found_alike() {
        let Value::Object(fields) = json!({"log.level": "error", "log": {"origin": {"file.line": 7}}, "a": {"b.c": {"d": null}}}) else { panic!() };
        assert_eq!(lookup(&fields, "log.level"), Some(&json!("error")));
        assert_eq!(lookup(&fields, "log.origin.file.line"), Some(&json!(7)));
        assert_eq!(lookup(&fields, "a.b.c.d"), None);
        assert_eq!(lookup(&fields, "log.level.x"), None);
    }
}
