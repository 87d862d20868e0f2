//! The presets: one table each. To add a schema, add a table.

use super::Field;
use crate::model::LevelScale;

/// Where a schema keeps what.
#[derive(Debug)]
pub struct Preset {
    /// How `--schema` calls it.
    pub name: &'static str,
    /// An index or file is of this schema when it has one path of each row.
    pub decisive: &'static [&'static [&'static str]],
    /// For each field the paths to try, best first.
    pub fields: &'static [(Field, &'static [&'static str])],
    /// How much of the stored duration is a millisecond.
    pub duration_units_per_ms: f64,
    /// What a number in the level field means.
    pub level_scale: LevelScale,
    /// How the record that opens a request begins, where the schema has one.
    pub start_message: Option<&'static str>,
    /// How the record that closes it begins.
    pub completion_message: Option<&'static str>,
}

impl Preset {
    /// The paths to try for a field, best first.
    pub fn candidates(&self, field: &Field) -> &'static [&'static str] {
        self.fields.iter().find(|(f, _)| f == field).map_or(&[], |(_, paths)| *paths)
    }
}

/// In the order in which they are tried.
pub const PRESETS: &[Preset] = &[SPIA, ECS];

/// What a file is taken for that shows no schema.
pub const DEFAULT_PRESET: &Preset = &SPIA;

/// The preset of that name.
pub fn preset_named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// JSON of 23 Python services through Filebeat and Logstash: the schema this program was made for.
const SPIA: Preset = Preset {
    name: "spia",
    decisive: &[&["service"], &["level"], &["timestamp", "@timestamp"]],
    fields: &[
        (Field::Timestamp, &["timestamp", "@timestamp"]),
        (Field::Arrival, &["event.ingested", "@timestamp"]),
        (Field::Level, &["level"]),
        (Field::Service, &["service"]),
        (Field::Version, &["version"]),
        (Field::Host, &["host.name", "host"]),
        (Field::Pod, &["kubernetes.pod.name", "kubernetes.pod_name", "pod"]),
        (Field::TraceId, &["trace_id"]),
        (Field::SpanId, &["span_id"]),
        (Field::User, &["user_id"]),
        (Field::RequestId, &["request_id"]),
        (Field::Message, &["message"]),
        (Field::Module, &["module"]),
        (Field::Function, &["function"]),
        (Field::Line, &["line"]),
        (Field::Duration, &["performance.duration_ms"]),
        (Field::Status, &["context.status_code"]),
        (Field::Method, &["context.method"]),
        (Field::Path, &["context.path"]),
        (Field::ExceptionType, &["exception.type"]),
        (Field::ExceptionMessage, &["exception.message"]),
        (Field::Stacktrace, &["exception.traceback"]),
    ],
    duration_units_per_ms: 1.0,
    level_scale: LevelScale::Python,
    start_message: Some("Request started"),
    completion_message: Some("Request completed"),
};

/// The Elastic Common Schema: Filebeat's modules, Elastic Agent, ecs-logging. `event.duration` is in nanoseconds.
const ECS: Preset = Preset {
    name: "ecs",
    decisive: &[&["service.name"], &["log.level", "message"], &["@timestamp"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::Arrival, &["event.ingested", "event.created"]),
        (Field::Level, &["log.level"]),
        (Field::Service, &["service.name"]),
        (Field::Version, &["service.version"]),
        (Field::Host, &["host.name", "host.hostname"]),
        (Field::Pod, &["kubernetes.pod.name", "container.id", "service.node.name"]),
        (Field::TraceId, &["trace.id"]),
        (Field::SpanId, &["span.id", "transaction.id"]),
        (Field::User, &["user.id", "user.name"]),
        (Field::RequestId, &["http.request.id"]),
        (Field::Message, &["message"]),
        (Field::Module, &["log.logger"]),
        (Field::Function, &["log.origin.function"]),
        (Field::Line, &["log.origin.file.line"]),
        (Field::Duration, &["event.duration"]),
        (Field::Status, &["http.response.status_code"]),
        (Field::Method, &["http.request.method"]),
        (Field::Path, &["url.path", "url.original"]),
        (Field::ExceptionType, &["error.type"]),
        (Field::ExceptionMessage, &["error.message"]),
        (Field::Stacktrace, &["error.stack_trace"]),
    ],
    duration_units_per_ms: 1e6,
    level_scale: LevelScale::Syslog,
    start_message: None,
    completion_message: None,
};
