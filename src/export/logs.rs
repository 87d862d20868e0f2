//! `spia logs`: NDJSON, or lines for people. The exporter of one record serves `trace` too.

use super::number::millis;
use super::table::Style;
use super::trace_markdown::plain;
use crate::model::printable::{left, line};
use crate::model::{Level, LogRecord, Zone};
use serde_json::{Map, Value, json};

/// One record of the contract; what is absent is left out.
pub fn record_json(record: &LogRecord) -> Value {
    let text = |value: &Option<String>| value.clone().map(Value::from);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| fields.extend(value.map(|v| (name.to_string(), v)));
    put("timestamp", Some(record.timestamp.rfc3339().into()));
    put("level", record.level.map(|level| level.name().into()));
    put("service", text(&record.service));
    put("message", text(&record.message));
    put("trace_id", text(&record.trace_id));
    put("span_id", text(&record.span_id));
    put("version", text(&record.version));
    put("host", text(&record.host));
    put("duration_ms", record.duration_ms.map(|ms| millis(Some(ms))));
    put("exception", record.exception.as_ref().map(|e| json!({"type": e.kind, "message": e.message, "stacktrace": e.stacktrace})));
    put("place", record.place.as_ref().map(|p| json!({"module": p.module, "function": p.function, "line": p.line})));
    put("fields", Some(Value::Object(record.fields.read())));
    Value::Object(fields)
}

/// One line for people: time, level, service, what it says.
pub fn record_text(record: &LogRecord, zone: Zone, style: Style) -> String {
    let level = record.level.map_or("-", Level::name);
    let service = record.service.as_deref().unwrap_or("-");
    let message = record.message.as_deref().unwrap_or_default();
    let mut rest = String::new();
    if let Some(status) = record.status {
        rest.push_str(&format!("  {status}"));
    }
    if let Some(path) = &record.path {
        rest.push_str(&format!("  {} {}", line(record.method.as_deref().unwrap_or("")), line(path)));
    }
    if let Some(ms) = record.duration_ms {
        rest.push_str(&format!("  {} ms", crate::model::printable::millis(ms)));
    }
    let level = match (style.colour, record.level) {
        (true, Some(Level::Error | Level::Fatal)) => format!("\u{1b}[31m{level:5}\u{1b}[0m"),
        (true, Some(Level::Warn)) => format!("\u{1b}[33m{level:5}\u{1b}[0m"),
        _ => format!("{level:5}"),
    };
    format!("{} {level} {} {}{rest}\n", zone.clock_millis(record.timestamp), left(&line(service), 16), line(message))
}

/// One record a line, as JSON.
pub fn records_ndjson(records: &[LogRecord]) -> String {
    records.iter().map(|record| format!("{}\n", record_json(record))).collect()
}

/// One record a line, for people.
pub fn records_text(records: &[LogRecord], zone: Zone) -> String {
    records.iter().map(|record| record_text(record, zone, Style::default())).collect()
}

/// A table for a ticket; nothing that a record says is taken for markup.
pub fn records_markdown(records: &[LogRecord], zone: Zone) -> String {
    let mut out = format!("| time ({}) | level | service | message |\n|---|---|---|---|\n", zone.name());
    for record in records {
        let level = record.level.map_or("-", Level::name);
        let (service, message) = (record.service.as_deref().unwrap_or("-"), record.message.as_deref().unwrap_or_default());
        let at = format!("{} {}", zone.day(record.timestamp), zone.clock_millis(record.timestamp));
        out.push_str(&format!("| {at} | {level} | {} | {} |\n", plain(service), plain(message)));
    }
    out
}
