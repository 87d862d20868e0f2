//! Schemas of log records.

use super::{Attributes, PLAIN, Preset};
use crate::model::{Level, LevelScale};
use crate::schema::Field;

/// JSON of 23 Python services through Filebeat and Logstash: the schema this program was made for.
pub const SPIA: Preset = Preset {
    name: "spia",
    // Monolog's numbers of levels are others.
    absent: &["level_name"],
    decisive: &[
        &["service"],
        &["level"],
        &["timestamp", "@timestamp"],
        &["context.status_code", "context.path", "performance.duration_ms", "exception.traceback", "function", "module"],
    ],
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
        (Field::Stacktrace, &["exception.traceback", "exception.stacktrace"]),
        (Field::ParentId, &["parent_span_id", "parent_id"]),
    ],
    start_message: Some("Request started"),
    completion_message: Some("Request completed"),
    ..PLAIN
};

/// The Elastic Common Schema: Filebeat's modules, Elastic Agent, ecs-logging. `event.duration` is in nanoseconds.
pub const ECS: Preset = Preset {
    name: "ecs",
    // Indices of OpenTelemetry carry aliases of these names.
    absent: &["trace_id", "processor.event"],
    decisive: &[&["@timestamp"], &["log.level", "service.name", "log.syslog.severity.code"], &["message", "log.level"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::Arrival, &["event.ingested", "event.created"]),
        (Field::Level, &["log.level", "log.syslog.severity.code"]),
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
        (Field::Stacktrace, &["error.stack_trace", "error.stacktrace"]),
        (Field::ParentId, &["parent.id"]),
        (Field::Peer, &["destination.domain", "server.address", "destination.address"]),
        (Field::Url, &["url.full"]),
    ],
    duration_units_per_ms: 1e6,
    level_scale: LevelScale::Syslog,
    ..PLAIN
};

/// Errors of Elastic APM (`logs-apm.error-*`): the exceptions of transactions and spans.
pub const APM_ERROR: Preset = Preset {
    name: "apm-error",
    sign: &["error.id", "error.grouping_key", "error.exception.message", "error.log.message"],
    decisive: &[&["processor.event"], &["error.grouping_key", "error.exception.message", "error.exception.type", "error.id"], &["service.name"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::StartMicros, &["timestamp.us"]),
        (Field::Level, &["error.log.level", "log.level"]),
        (Field::Service, &["service.name"]),
        (Field::Version, &["service.version"]),
        (Field::Host, &["host.name", "host.hostname"]),
        (Field::Pod, &["kubernetes.pod.name", "service.node.name"]),
        (Field::TraceId, &["trace.id"]),
        (Field::SpanId, &["parent.id", "span.id", "transaction.id"]),
        (Field::User, &["user.id", "user.name"]),
        (Field::Message, &["error.exception.message", "error.log.message", "message"]),
        (Field::Module, &["error.culprit"]),
        (Field::ExceptionType, &["error.exception.type"]),
        (Field::ExceptionMessage, &["error.exception.message"]),
        (Field::Stacktrace, &["error.stack_trace"]),
    ],
    level: Some(Level::Error),
    ..PLAIN
};

/// Logs of OpenTelemetry in Elasticsearch (`logs-*.otel-*`), events of spans among them.
pub const OTEL: Preset = Preset {
    name: "otel-log",
    decisive: &[
        &["severity_number", "severity_text", "body.text", "body_text", "event_name"],
        &["resource.attributes.service.name", "trace_id", "observed_timestamp", "body.text", "body_text"],
    ],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::Arrival, &["observed_timestamp"]),
        (Field::Level, &["severity_text", "severity_number"]),
        (Field::Service, &["resource.attributes.service.name", "service.name"]),
        (Field::Version, &["resource.attributes.service.version"]),
        (Field::Host, &["resource.attributes.host.name"]),
        (Field::Pod, &["resource.attributes.k8s.pod.name", "resource.attributes.service.instance.id"]),
        (Field::TraceId, &["trace_id"]),
        (Field::SpanId, &["span_id"]),
        (Field::User, &["attributes.user.id", "attributes.enduser.id"]),
        (
            Field::Message,
            &["body.text", "body_text", "body.structured.message", "body.flattened.message", "attributes.exception.message", "event_name"],
        ),
        (Field::Module, &["scope.name"]),
        (Field::Status, &["attributes.http.response.status_code", "attributes.http.status_code"]),
        (Field::Method, &["attributes.http.request.method", "attributes.http.method"]),
        (Field::Path, &["attributes.url.path", "attributes.http.target", "attributes.http.route"]),
        (
            Field::Duration,
            &[
                "attributes.duration_ms",
                "attributes.durationMs",
                "attributes.elapsed_ms",
                "attributes.latency_ms",
                "attributes.http.server.request.duration",
            ],
        ),
        (Field::ExceptionType, &["attributes.exception.type"]),
        (Field::ExceptionMessage, &["attributes.exception.message"]),
        (Field::Stacktrace, &["attributes.exception.stacktrace"]),
        (Field::Peer, &["attributes.peer.service", "attributes.server.address", "attributes.net.peer.name"]),
    ],
    seconds: &["attributes.http.server.request.duration"],
    level_scale: LevelScale::OpenTelemetry,
    ..PLAIN
};

/// Logs of the collector's exporter in its modes none and raw.
pub const EXPORTER: Preset = Preset {
    name: "exporter-log",
    decisive: &[&["TraceId"], &["SeverityNumber", "SeverityText"], &["Body"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::Level, &["SeverityText", "SeverityNumber"]),
        (Field::Service, &["Resource.service.name"]),
        (Field::Version, &["Resource.service.version"]),
        (Field::Host, &["Resource.host.name"]),
        (Field::Pod, &["Resource.k8s.pod.name", "Resource.service.instance.id"]),
        (Field::TraceId, &["TraceId"]),
        (Field::SpanId, &["SpanId"]),
        (Field::Message, &["Body"]),
        (Field::Module, &["Scope.name"]),
        (Field::Status, &["Attributes.http.response.status_code", "Attributes.http.status_code"]),
        (Field::Method, &["Attributes.http.request.method", "Attributes.http.method"]),
        (Field::Path, &["Attributes.url.path", "Attributes.http.target", "Attributes.http.route"]),
        (Field::Duration, &["Attributes.duration_ms", "Attributes.durationMs", "Attributes.elapsed_ms"]),
        (Field::ExceptionType, &["Attributes.exception.type", "exception.type"]),
        (Field::ExceptionMessage, &["Attributes.exception.message", "exception.message"]),
        (Field::Stacktrace, &["Attributes.exception.stacktrace", "exception.stacktrace"]),
    ],
    level_scale: LevelScale::OpenTelemetry,
    ..PLAIN
};

/// Logs of OpenTelemetry in OpenSearch: Data Prepper's, the exporter's `otel-v1-logs`, and `ss4o_logs-*`.
pub const DATA_PREPPER: Preset = Preset {
    name: "dp-log",
    decisive: &[&["traceId"], &["severity.number", "severity.text", "severityNumber", "severityText"], &["body"]],
    fields: &[
        (Field::Timestamp, &["time", "@timestamp"]),
        (Field::Arrival, &["observedTime", "observedTimestamp"]),
        (Field::Level, &["severity.text", "severityText", "severity.number", "severityNumber"]),
        (Field::Service, &["serviceName", "resource.attributes.service.name", "resource.attributes.service@name", "resource.service.name"]),
        (Field::Version, &["resource.attributes.service.version", "resource.attributes.service@version", "resource.service.version"]),
        (Field::Host, &["resource.attributes.host.name", "resource.attributes.host@name", "resource.host.name"]),
        (Field::TraceId, &["traceId"]),
        (Field::SpanId, &["spanId"]),
        (Field::Message, &["body"]),
        (Field::Module, &["instrumentationScope.name"]),
        (Field::Status, &["attributes.http.response.status_code", "attributes.http.status_code", "log.attributes.http@response@status_code"]),
        (Field::Method, &["attributes.http.request.method", "attributes.http.method", "log.attributes.http@request@method"]),
        (Field::Path, &["attributes.url.path", "attributes.http.target", "attributes.http.route", "log.attributes.url@path"]),
        (Field::Duration, &["attributes.duration_ms", "attributes.durationMs", "attributes.elapsed_ms"]),
        (Field::ExceptionType, &["attributes.exception.type", "event.exception.type", "log.attributes.exception.type"]),
        (Field::ExceptionMessage, &["attributes.exception.message", "event.exception.message", "log.attributes.exception.message"]),
        (Field::Stacktrace, &["attributes.exception.stacktrace", "event.exception.stacktrace", "log.attributes.exception.stacktrace"]),
    ],
    level_scale: LevelScale::OpenTelemetry,
    attributes: Attributes::DataPrepper,
    ..PLAIN
};
