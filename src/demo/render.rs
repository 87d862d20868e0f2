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
        Dress::Spia => spia(made),
        Dress::Ecs => ecs(made).to_string(),
    }
}

fn text(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}

fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    Value::Object(pairs.into_iter().filter_map(|(key, value)| Some((key.to_string(), value?))).collect::<Map<_, _>>())
}

/// Written field by field: a tree of values first would cost three times as much, and the demo waits for it.
fn spia(made: &Made) -> String {
    let service = service_at(made.service);
    let mut line = Line::with_capacity(900);
    line.text("timestamp", &made.at.rfc3339());
    line.text("level", python_level(made.level));
    line.text("service", service.name);
    line.text("version", made.version);
    line.text("trace_id", &made.trace_id);
    line.text("span_id", &made.span_id);
    line.some("user_id", text(&made.user));
    line.some("request_id", text(&made.request_id));
    line.text("message", &made.message);
    line.text("module", service.module);
    line.text("function", made.function);
    line.number("line", Some(made.line));
    line.open("context");
    line.number("payment_amount", made.amount);
    line.some("currency", made.amount.map(|_| "EUR"));
    line.some("payment_method", made.payment_method);
    line.some("tenant", made.tenant);
    line.some("user_agent", made.user_agent);
    line.some("error_code", made.error_code);
    line.some("method", text(made.method));
    line.some("path", text(made.path));
    line.number("status_code", made.status);
    line.number("response_size", made.status.map(|_| 512));
    if !made.method.is_empty() {
        line.text("client_ip", &format!("10.0.{}.{}", made.line % 8, made.service + 1));
    }
    line.close();
    line.open("performance");
    line.number("duration_ms", made.duration_ms);
    line.number("memory_mb", Some(made.memory_mb));
    line.close();
    if let Some((kind, message, stack)) = &made.exception {
        line.open("exception");
        line.text("type", kind);
        line.text("message", message);
        line.text("traceback", stack);
        line.close();
    }
    line.open("host");
    line.text("name", &made.node);
    line.close();
    line.open("kubernetes");
    line.open("pod");
    line.text("name", &made.pod);
    line.close();
    line.close();
    line.text("@timestamp", &made.arrived.rfc3339());
    line.finish()
}

/// One JSON object under way.
struct Line(String);

impl Line {
    fn with_capacity(bytes: usize) -> Line {
        let mut out = String::with_capacity(bytes);
        out.push('{');
        Line(out)
    }

    fn key(&mut self, name: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.key(name);
        self.0.push('"');
        for c in value.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                c if c.is_control() => self.0.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    fn some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn number(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.key(name);
            self.0.push_str(&value.to_string());
        }
    }

    fn open(&mut self, name: &str) {
        self.key(name);
        self.0.push('{');
    }

    fn close(&mut self) {
        self.0.push('}');
    }

    fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
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
        (
            "http",
            text(made.method).map(|method| {
                object(vec![
                    ("request", Some(json!({"method": method, "id": made.request_id}))),
                    ("response", made.status.map(|status| json!({"status_code": status}))),
                ])
            }),
        ),
        ("url", text(made.path).map(|path| json!({"path": path}))),
        (
            "event",
            Some(object(vec![
                ("duration", made.duration_ms.map(|ms| ((ms * 1e6).round() as i64).into())),
                ("ingested", Some(made.arrived.rfc3339().into())),
            ])),
        ),
        ("error", made.exception.as_ref().map(|(kind, message, stack)| json!({"type": kind, "message": message, "stack_trace": stack}))),
        ("labels", made.tenant.map(|tenant| json!({"tenant": tenant, "payment_method": made.payment_method}))),
        ("user_agent", made.user_agent.map(|agent| json!({"original": agent}))),
        ("host", Some(json!({"name": made.node}))),
        ("kubernetes", Some(json!({"pod": {"name": made.pod}}))),
    ])
}

/// The body of an index template's mappings for a dress, with strings as keyword; `None` leaves it to dynamic mapping
/// (text with `.keyword`).
pub fn mapping(dress: Dress) -> Value {
    let strings = json!([{"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}]);
    let times = match dress {
        Dress::Spia => {
            json!({"timestamp": {"type": "date"}, "@timestamp": {"type": "date"}, "message": {"type": "text"}, "exception": {"properties": {"traceback": {"type": "text"}}}})
        }
        Dress::Ecs => {
            json!({"@timestamp": {"type": "date"}, "message": {"type": "text"}, "event": {"properties": {"ingested": {"type": "date"}, "duration": {"type": "long"}}}, "error": {"properties": {"stack_trace": {"type": "keyword", "index": false, "doc_values": false}}}})
        }
    };
    json!({"dynamic_templates": strings, "properties": times})
}
