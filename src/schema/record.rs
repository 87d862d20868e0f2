//! From a stored record to a `LogRecord`, by a map.

use super::{Attributes, Field, FieldMap, Preset, attributes, passed_on::passed_on, preset_named};
use crate::model::{Exception, Level, LogRecord, MeasuredSpan, PassedOn, Peer, Place, Side, Stored, Timestamp, host_of_url};
use serde_json::{Map, Value};

/// The value at a dotted path; keys may hold dots themselves, in any mixture with objects; of a list the first object counts.
pub fn lookup<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(path) {
        return Some(value).filter(|v| !v.is_null());
    }
    path.match_indices('.').find_map(|(at, _)| {
        let (head, tail) = path.split_at_checked(at)?;
        let tail = tail.strip_prefix('.')?;
        match fields.get(head)? {
            Value::Object(inner) => lookup(inner, tail),
            Value::Array(list) => lookup(list.first()?.as_object()?, tail),
            _ => None,
        }
    })
}

/// The record in this program's words; what is missing or of another type is `None`.
///
/// A field that is not where the group's map says is looked for in the other places that its schema knows: what is not indexed
/// is in the stored record all the same.
pub fn read_record(map: &FieldMap, stored: Stored) -> LogRecord {
    let preset = preset_named(map.preset);
    let kept = preset.map_or(Attributes::Plain, |p| p.attributes);
    let mut fields = stored.read();
    attributes::unfold(kept, &mut fields);
    let mut reader = Reader { map, preset, fields: &fields };
    if preset.is_some_and(|preset| preset.spans) && !reader.looks_like_span() {
        // Among spans lie their events and logs.
        reader.preset = preset.and_then(|preset| preset_named(preset.beside?)).or(preset);
    }
    let mut record = reader.record();
    if preset.is_some_and(|preset| preset.spans) && reader.looks_like_span() {
        reader.as_span(&mut record);
    }
    // Where nothing else is said, what was thrown is said with its class.
    if let Some(Exception { kind: Some(kind), message: Some(text), .. }) =
        record.exception.as_ref().filter(|e| record.message.is_none() || record.message == e.message)
    {
        record.message = Some(format!("{kind}: {text}"));
    }
    // What was thrown is an error, whether its record has a severity or not.
    if record.level.is_none() && record.exception.is_some() && record.span.is_none() {
        record.level = Some(Level::Error);
    }
    record.fields = if kept == Attributes::Plain { stored } else { Stored::of_json(Value::Object(fields).to_string()) };
    record
}

/// The record, and behind it the events that a measured span carries within itself.
pub fn read_records(map: &FieldMap, stored: Stored) -> Vec<LogRecord> {
    let record = read_record(map, stored);
    let events = if record.span.is_some() { attributes::events(&record) } else { Vec::new() };
    std::iter::once(record).chain(events).collect()
}

struct Reader<'a> {
    map: &'a FieldMap,
    preset: Option<&'static Preset>,
    fields: &'a Map<String, Value>,
}

impl Reader<'_> {
    fn value(&self, field: Field) -> Option<&Value> {
        let mapped = self.map.path(&field).and_then(|path| lookup(self.fields, path));
        let there = |v: &&Value| v.as_str() != Some("");
        let elsewhere = || {
            let preset = self.preset?;
            preset.places(&field).find_map(|path| lookup(self.fields, path).filter(there))
        };
        mapped.filter(there).or_else(|| match field {
            // What is not where it was found to be is not looked for in another field's place.
            Field::Timestamp | Field::Arrival => None,
            _ => elsewhere(),
        })
    }

    /// In the unit of the place where it stands.
    fn duration_ms(&self) -> Option<f64> {
        let at = |path: &str| lookup(self.fields, path).and_then(number);
        let mapped = || at(self.map.path(&Field::Duration)?).map(|n| n / self.map.duration_units_per_ms);
        let elsewhere = || self.preset?.places(&Field::Duration).find_map(|path| Some(at(path)? / self.preset?.units_per_ms(path)));
        mapped().or_else(elsewhere)
    }

    fn text(&self, field: Field) -> Option<String> {
        self.value(field).and_then(scalar)
    }

    fn integer(&self, field: Field) -> Option<i64> {
        self.value(field).and_then(number).map(|n| n as i64)
    }

    fn record(&self) -> LogRecord {
        let time = |field: Field| self.value(field).and_then(timestamp);
        let mut exception = Exception {
            kind: self.text(Field::ExceptionType),
            message: self.text(Field::ExceptionMessage),
            stacktrace: self.text(Field::Stacktrace),
        };
        // Rails' loggers keep class and text in a list.
        if let Some([Value::String(kind), Value::String(said), ..]) = lookup(self.fields, "exception").and_then(Value::as_array).map(Vec::as_slice) {
            (exception.kind, exception.message) = (Some(kind.clone()), Some(said.clone()));
        }
        if exception.kind.is_none() {
            (exception.kind, exception.message) = of_stack(exception.stacktrace.as_deref(), exception.message.clone());
        } else if exception.message.is_none() {
            // The class alone is told beside a stack that says the rest.
            let (kind, said) = of_stack(exception.stacktrace.as_deref(), None);
            exception.message = said.filter(|_| kind == exception.kind);
        }
        let place = Place { module: self.text(Field::Module), function: self.text(Field::Function), line: self.integer(Field::Line) };
        let nanos = self.map.nanos_path().and_then(|path| lookup(self.fields, path)?.as_i64()).unwrap_or_default();
        let coarse = time(Field::Timestamp).map(|at| Timestamp::from_nanos(at.nanos().saturating_add(nanos))).unwrap_or_default();
        let micros = self.integer(Field::StartMicros).map(|us| Timestamp::from_nanos(us.saturating_mul(1000)));
        let passed_on = self.passed_on();
        // Who asked went away before there was a status: nginx's word for it.
        let gone = passed_on.as_ref().filter(|passed| passed.gave_up).map(|_| 499);
        LogRecord {
            // The finer time is taken only where it is the same moment.
            timestamp: micros.filter(|fine| (fine.millis() - coarse.millis()).abs() <= 1).unwrap_or(coarse),
            arrived: time(Field::Arrival),
            level: self.value(Field::Level).and_then(|v| level(v, self.map)).or(self.preset.and_then(|preset| preset.level)),
            service: self.text(Field::Service).or_else(|| self.preset.filter(|p| p.access.is_some()).map(|p| p.name.to_string())),
            message: self.text(Field::Message),
            trace_id: self.text(Field::TraceId),
            span_id: self.text(Field::SpanId),
            parent_id: self.text(Field::ParentId).filter(|id| !id.is_empty()),
            request_id: self.text(Field::RequestId),
            version: self.text(Field::Version),
            host: self.text(Field::Pod).or_else(|| self.text(Field::Host)),
            duration_ms: self.duration_ms(),
            status: self.integer(Field::Status).filter(|status| *status > 0).or(gone),
            method: self.text(Field::Method),
            path: self.text(Field::Path),
            exception: exception.kind.is_some().then_some(exception),
            place: (place != Place::default()).then_some(place),
            span: None,
            // What is a call out of a request says whom it asked.
            peer: self.peer().filter(|_| self.value(Field::Status).is_none() && self.duration_ms().is_some()),
            passed_on: passed_on.map(Box::new),
            fields: Stored::default(),
        }
    }

    fn passed_on(&self) -> Option<PassedOn> {
        let came_in = self.preset?.access?;
        let at_start = self.map.path(&Field::Timestamp).is_some_and(|path| came_in.contains(&path));
        passed_on(self.fields, self.text(Field::Peer).as_deref(), at_start)
    }

    /// Events of spans lie among them in some stores, and errors that name the transaction they are of.
    fn looks_like_span(&self) -> bool {
        let is_error = lookup(self.fields, "processor.event").and_then(Value::as_str) == Some("error");
        !is_error && [Field::Duration, Field::End, Field::SpanKind, Field::SpanName].into_iter().any(|field| self.value(field).is_some())
    }

    fn as_span(&self, record: &mut LogRecord) {
        let end = self.value(Field::End).and_then(timestamp);
        let duration_ms = record.duration_ms.or_else(|| end.map(|end| end.millis_since(record.timestamp)));
        let name = self.text(Field::SpanName).unwrap_or_default();
        if record.message.is_none() && !name.is_empty() {
            record.message = Some(name.clone());
        }
        // Zipkin's tag says by being there that something went wrong.
        let tagged = self.map.preset == "zipkin" && lookup(self.fields, "tags.error").is_some();
        let side = self.text(Field::SpanKind).map_or(Side::Own, |kind| side(&kind));
        // On the server's side an address is its own.
        record.peer = self.peer().filter(|peer| side == Side::Client || (side == Side::Own && peer.is_database));
        record.span = Some(Box::new(MeasuredSpan {
            id: record.span_id.clone().unwrap_or_default(),
            parent: self.parent(record.trace_id.as_deref()),
            name,
            side,
            failed: if tagged { Some(true) } else { self.value(Field::Outcome).and_then(outcome) },
            duration_ms: duration_ms.filter(|ms| ms.is_finite() && *ms >= 0.0),
        }));
    }

    /// The parent's id: as a field of its own or, in older Jaeger, the first reference within the trace.
    fn parent(&self, trace: Option<&str>) -> Option<String> {
        let zero = |id: &String| !id.is_empty() && id.bytes().any(|b| b != b'0');
        self.text(Field::ParentId).filter(zero).or_else(|| {
            let references = self.fields.get("references")?.as_array()?;
            let word = |reference: &Value, key: &str| reference.get(key).and_then(Value::as_str).map(str::to_string);
            let within = |reference: &&Value| word(reference, "traceID").is_none_or(|id| Some(id.as_str()) == trace);
            let child_of = references.iter().filter(within).find(|r| word(r, "refType").as_deref() == Some("CHILD_OF"));
            word(child_of.or_else(|| references.iter().find(within))?, "spanID")
        })
    }

    fn peer(&self) -> Option<Peer> {
        let database = self.text(Field::Database).filter(|name| is_database(name));
        let host = || host_of_url(&self.text(Field::Url)?).map(str::to_string);
        match (self.text(Field::Peer), database) {
            (Some(name), database) => Some(Peer { is_database: database.is_some() || is_database(&name), name }),
            (None, Some(name)) => Some(Peer { name, is_database: true }),
            (None, None) => host().map(|name| Peer { name, is_database: false }),
        }
    }
}

/// Class and text from a stack that stands alone: Python writes them last, the others first.
fn of_stack(stack: Option<&str>, said: Option<String>) -> (Option<String>, Option<String>) {
    let lines = || stack.unwrap_or_default().lines().filter(|l| !l.is_empty() && !l.starts_with(char::is_whitespace) && !l.starts_with("Traceback"));
    let is_python = stack.is_some_and(|s| s.starts_with("Traceback"));
    let is_class = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$'))
            && word.chars().any(|c| c.is_ascii_uppercase())
    };
    // What a library adds may stand behind it.
    let mut parts = lines().map(|line| line.split_once(": ").unwrap_or((line, "")));
    let thrown = if is_python { parts.rfind(|(class, _)| is_class(class)) } else { parts.next() };
    match thrown {
        Some((class, text)) if is_class(class) => (Some(class.to_string()), Some(text.to_string()).filter(|t| !t.is_empty()).or(said)),
        _ => (None, said),
    }
}

/// What is spoken of as a database, by the names that tracers give (OpenTelemetry's `db.system`, APM's `span.subtype`).
fn is_database(name: &str) -> bool {
    const NAMES: [&str; 35] = [
        "postgres",
        "mysql",
        "mariadb",
        "mssql",
        "oracle",
        "sqlite",
        "redis",
        "memcached",
        "mongo",
        "cassandra",
        "dynamo",
        "couch",
        "elasticsearch",
        "opensearch",
        "sql",
        "clickhouse",
        "cockroach",
        "neo4j",
        "db2",
        "influx",
        "timescale",
        "questdb",
        "scylla",
        "hbase",
        "aerospike",
        "solr",
        "snowflake",
        "bigquery",
        "redshift",
        "spanner",
        "trino",
        "arango",
        "hazelcast",
        "etcd",
        "firebird",
    ];
    let lower = name.to_ascii_lowercase();
    NAMES.iter().any(|known| lower.starts_with(known)) || lower == "db"
}

fn side(kind: &str) -> Side {
    let kind = kind.trim_start_matches("SPAN_KIND_").to_ascii_lowercase();
    match kind.as_str() {
        "server" | "request" => Side::Server,
        "consumer" | "messaging" => Side::Consumer,
        "client" | "producer" | "db" | "external" | "cache" | "storage" => Side::Client,
        _ => Side::Own,
    }
}

/// Failed or not, in any of the words that span schemas have; `None` where it is left open.
fn outcome(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(failed) => Some(*failed),
        Value::Number(code) => match code.as_i64()? {
            2 => Some(true),
            1 => Some(false),
            _ => None,
        },
        Value::String(word) => match word.trim_start_matches("STATUS_CODE_").to_ascii_lowercase().as_str() {
            "error" | "failure" | "true" | "2" => Some(true),
            "ok" | "success" | "1" => Some(false),
            "unset" | "unknown" | "" | "0" | "false" => None,
            // Zipkin's tag `error` holds what went wrong.
            _ => Some(true),
        },
        _ => None,
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
        Value::String(text) => Timestamp::parse(text).map(|(at, _)| at).or_else(|| Timestamp::parse_epoch(text)),
        // A fraction is of seconds (zap).
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(Timestamp::from_epoch(whole)),
            None => number.as_f64().filter(|s| s.is_finite()).map(Timestamp::from_seconds),
        },
        _ => None,
    }
}

fn level(value: &Value, map: &FieldMap) -> Option<Level> {
    match value {
        Value::Number(number) => number.as_i64().and_then(|n| Level::from_number(n, map.level_scale)),
        Value::String(text) => Level::parse(text).or_else(|| text.parse().ok().and_then(|n| Level::from_number(n, map.level_scale))),
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
