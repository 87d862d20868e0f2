//! Attributes that are no plain paths, made into some; and the events that a span carries within itself.

use super::Attributes;
use crate::model::{Exception, Level, LogRecord, Timestamp};
use serde_json::{Map, Value};

/// Adds what paths can find: Jaeger's lists of tags as `tag.*` and `process.tag.*`, Data Prepper's `@` as dots.
pub fn unfold(kept: Attributes, fields: &mut Map<String, Value>) {
    match kept {
        Attributes::Plain => {}
        Attributes::Jaeger => {
            let tags = gathered(fields.get("tags"), fields.get("tag"));
            fields.insert("tag".to_string(), Value::Object(tags));
            if let Some(Value::Object(process)) = fields.get_mut("process") {
                let tags = gathered(process.get("tags"), process.get("tag"));
                process.insert("tag".to_string(), Value::Object(tags));
            }
        }
        Attributes::DataPrepper => {
            let with_dots: Vec<(String, Value)> = fields
                .iter()
                .filter(|(key, _)| key.contains('@') && !key.starts_with('@'))
                .map(|(key, value)| (key.replace('@', "."), value.clone()))
                .collect();
            fields.extend(with_dots);
        }
    }
}

/// Tags from a list of key and value, and from an object whose keys have `@` for dots.
fn gathered(list: Option<&Value>, object: Option<&Value>) -> Map<String, Value> {
    let mut tags = Map::new();
    for (key, value) in object.and_then(Value::as_object).into_iter().flatten() {
        tags.insert(key.replace('@', "."), value.clone());
    }
    tags.extend(pairs(list));
    tags
}

fn pairs(list: Option<&Value>) -> impl Iterator<Item = (String, Value)> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|pair| Some((pair.get("key")?.as_str()?.to_string(), pair.get("value")?.clone())))
}

/// Jaeger's `logs`, Data Prepper's and the simple schema's `events`, as records of the span's service.
pub fn events(span: &LogRecord) -> Vec<LogRecord> {
    let of = |key: &str| span.fields.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let jaeger = of("logs").into_iter().filter_map(|log| {
        let at = log.get("timestamp").and_then(Value::as_i64).map(|us| Timestamp::from_nanos(us.saturating_mul(1000)))?;
        Some((at, pairs(log.get("fields")).collect::<Map<_, _>>()))
    });
    let prepper = of("events").into_iter().filter_map(|event| {
        let event = event.as_object()?.clone();
        let at = ["time", "@timestamp", "timestamp"].iter().find_map(|key| event.get(*key)?.as_str()).and_then(Timestamp::parse)?.0;
        let mut fields = event.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
        unfold(Attributes::DataPrepper, &mut fields);
        if let Some(name) = event.get("name") {
            fields.insert("event".to_string(), name.clone());
        }
        Some((at, fields))
    });
    // The collector's exporter keeps events by their names.
    let exporter = span.fields.get("Events").and_then(Value::as_object).into_iter().flatten().filter_map(|(name, event)| {
        let mut fields = event.as_object()?.clone();
        let at = fields.get("time").and_then(Value::as_str).and_then(Timestamp::parse).map_or(span.timestamp, |(at, _)| at);
        fields.insert("event".to_string(), name.clone().into());
        Some((at, fields))
    });
    jaeger.chain(exporter).chain(prepper).map(|(at, fields)| event(span, at, fields)).collect()
}

fn event(span: &LogRecord, timestamp: Timestamp, fields: Map<String, Value>) -> LogRecord {
    let text = |keys: &[&str]| keys.iter().find_map(|key| super::lookup(&fields, key)?.as_str()).map(str::to_string);
    let kind = text(&["exception.type", "error.kind", "error.type"]);
    let object = text(&["error.object"]);
    let (kind, object) = match (kind, object.as_deref().and_then(|o| o.split_once(": "))) {
        (None, Some((kind, said))) => (Some(kind.to_string()), Some(said.to_string())),
        (kind, _) => (kind, object),
    };
    let said = text(&["exception.message", "message", "error.message"]).or(object);
    let is_error = kind.is_some()
        || text(&["event"]).is_some_and(|name| name == "error")
        || text(&["level"]).is_some_and(|l| Level::parse(&l) >= Some(Level::Error));
    let message = match (&kind, &said) {
        (Some(kind), Some(said)) => Some(format!("{kind}: {said}")),
        (Some(kind), None) => Some(kind.clone()),
        (None, said) => said.clone().or_else(|| text(&["event"])),
    };
    LogRecord {
        timestamp,
        level: Some(if is_error { Level::Error } else { text(&["level", "severity"]).and_then(|l| Level::parse(&l)).unwrap_or(Level::Info) }),
        service: span.service.clone(),
        message,
        trace_id: span.trace_id.clone(),
        span_id: span.span_id.clone(),
        version: span.version.clone(),
        host: span.host.clone(),
        exception: kind.map(|kind| Exception { kind: Some(kind), message: said, stacktrace: text(&["exception.stacktrace", "stack"]) }),
        fields: fields.into(),
        ..LogRecord::default()
    }
}
