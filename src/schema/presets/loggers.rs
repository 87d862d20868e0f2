//! What JSON loggers write by themselves. Their level numbers collide, so the table of each says which scale is meant.

use super::{PLAIN, Paths, Preset};
use crate::model::{Level, LevelScale};
use crate::schema::Field;

pub(super) const TRACE: &[&str] = &[
    "trace_id",
    "traceId",
    "trace.id",
    "traceID",
    "TraceId",
    "traceid",
    "otelTraceID",
    "mdc.traceId",
    "dd.trace_id",
    "x_b3_traceid",
    "labels.trace_id",
    "@tr",
    "properties.TraceId",
    "context.trace_id",
    "extra.trace_id",
    "metadata.trace_id",
    "contextMap.traceId",
    "contextMap.trace_id",
    "named_tags.trace_id",
    "named_tags.traceId",
    "record.extra.trace_id",
    "record.extra.traceId",
    "span.trace_id",
    "spans.trace_id",
    "Properties.TraceId",
    "Properties.trace_id",
    "fields.trace_id",
    "mdc.trace_id",
    "extra.traceId",
    "metadata.traceId",
];
const SPAN: &[&str] = &[
    "span_id",
    "spanId",
    "span.id",
    "spanID",
    "SpanId",
    "otelSpanID",
    "mdc.spanId",
    "dd.span_id",
    "x_b3_spanid",
    "@sp",
    "properties.SpanId",
    "context.span_id",
    "extra.span_id",
    "metadata.span_id",
    "contextMap.spanId",
    "contextMap.span_id",
    "named_tags.span_id",
    "record.extra.span_id",
    "span.span_id",
    "Properties.SpanId",
    "fields.span_id",
    "mdc.span_id",
];
const PARENT: &[&str] = &["parent_span_id", "parentSpanId", "parent_id", "parent.id", "@ps", "ParentId"];
pub(super) const SERVICE: &[&str] = &[
    "service.name",
    "service",
    "serviceName",
    "app",
    "application",
    "fields.service",
    "kubernetes.labels.app",
    "kubernetes.container.name",
    "kubernetes.container_name",
    "otelServiceName",
    "service_name",
    "svc",
    "svc_name",
    "ServiceName",
    "Application",
    "ApplicationName",
    "app_name",
    "appName",
    "application_name",
    "applicationName",
    "properties.Application",
    "properties.ServiceName",
    "component",
    "dd.service",
    "Properties.Application",
    "Properties.ServiceName",
    "Properties.Service",
    "metadata.service",
    "metadata.application",
    "extra.service",
    "context.service",
    "span.service",
    "spans.service",
    "mdc.service",
    "contextMap.service",
    "named_tags.service",
    "record.extra.service",
    "record.extra.service_name",
    "record.extra.app",
    "labels.service",
    "container_name",
    // A function that runs by itself: AWS Lambda, and as OpenTelemetry calls it.
    "functionName",
    "faas.name",
    // As Google's logging exports containers.
    "resource.labels.container_name",
];
const MONOLOG_SERVICE: &[&str] = &["service", "service.name", "extra.service", "context.service", "extra.app", "app", "application", "type"];
/// pino and bunyan name themselves; elsewhere `name` is the logger's.
const SELF_NAMED: &[&str] = &["service.name", "service", "serviceName", "app", "application", "service_name", "name", "kubernetes.labels.app"];
pub(super) const VERSION: &[&str] = &["service.version", "version", "app_version", "appVersion", "release", "dd.version"];
/// In Kubernetes a program takes its pod for the machine.
pub(super) const HOST: &[&str] = &[
    "kubernetes.node.name",
    "kubernetes.host",
    "nodeName",
    "host.name",
    "hostname",
    "host",
    "MachineName",
    "properties.MachineName",
    "machinename",
    "node",
];
pub(super) const POD: &[&str] = &["kubernetes.pod.name", "kubernetes.pod_name", "pod", "container.id", "container_id"];
/// What only an answered request has comes first: an outgoing call may have a bare `status` in the same index.
const STATUS: &[&str] = &[
    "http.response.status_code",
    "res.statusCode",
    "http.status_code",
    "status_code",
    "statusCode",
    "status",
    "http_status",
    "StatusCode",
    "context.status",
    "Properties.StatusCode",
    "properties.StatusCode",
    "payload.status",
    "payload.status_code",
    "record.extra.status",
    "record.extra.status_code",
    "fields.status",
    "fields.status_code",
    "metadata.status",
    "extra.status",
    "contextMap.status",
    "contextMap.http.status",
    "contextMap.http.status_code",
    "mdc.status",
];
const DURATION: &[&str] = &[
    "responseTime",
    "duration_ms",
    "durationMs",
    "elapsed_ms",
    "latency_ms",
    "took_ms",
    "Elapsed",
    "ElapsedMilliseconds",
    "elapsedMs",
    "context.duration_ms",
    "Properties.Elapsed",
    "properties.Elapsed",
    "properties.ElapsedMs",
    "properties.ElapsedMilliseconds",
    "payload.duration_ms",
    "record.extra.duration_ms",
    "fields.duration_ms",
    "fields.latency_ms",
    "metadata.duration_ms",
    "extra.duration_ms",
    "contextMap.duration_ms",
    "contextMap.durationMs",
    "contextMap.http.durationMs",
    "mdc.duration_ms",
    "time_taken_ms",
    "response_time_ms",
    "responseTimeMs",
    "request_time_ms",
];
const METHOD: &[&str] = &[
    "http.request.method",
    "req.method",
    "http.method",
    "method",
    "http_method",
    "RequestMethod",
    "Properties.RequestMethod",
    "properties.RequestMethod",
    "properties.Method",
    "payload.method",
    "record.extra.method",
    "fields.method",
    "metadata.method",
    "context.method",
    "contextMap.method",
    "contextMap.http.method",
    "extra.method",
];
const PATH: &[&str] = &[
    "url.path",
    "req.url",
    "http.path",
    "http.target",
    "path",
    "http_path",
    "uri",
    "RequestPath",
    "request_path",
    "route",
    "Properties.RequestPath",
    "properties.RequestPath",
    "properties.Path",
    "payload.path",
    "record.extra.path",
    "fields.path",
    "fields.uri",
    "metadata.path",
    "metadata.request_path",
    "context.path",
    "contextMap.path",
    "contextMap.http.path",
    "extra.path",
];
const KIND: &[&str] = &[
    "exception.type",
    "exception.class",
    "exception.name",
    "error.type",
    "error.kind",
    "error.class",
    "error.name",
    "err.type",
    "err.name",
    "exception_class",
    "error_class",
    "error_type",
    "errorType",
    "exc_type",
    "context.exception.class",
    "record.exception.type",
    "thrown.name",
];
const SAID: &[&str] = &[
    "exception.message",
    "error.message",
    "err.message",
    "exception_message",
    "error_message",
    "errorMessage",
    "exc_value",
    "context.exception.message",
    "record.exception.value",
    "thrown.message",
    "thrown.localizedMessage",
];
const STACK: &[&str] = &[
    "exception.stacktrace",
    "exception.stack_trace",
    "exception.backtrace",
    "error.stack_trace",
    "error.stack",
    "err.stack",
    "stack_trace",
    "stacktrace",
    "stackTrace",
    "stack",
    "backtrace",
    "traceback",
    "exc_info",
    "exc_text",
    "exception",
    "Exception",
    "@x",
    "thrown.extendedStackTrace",
    "error.reason",
];

/// Where loggers keep what the layout of a record has no place for, or has not in that place; tried after the layout's own.
pub const ANYWHERE: Paths = &[
    (Field::Service, SERVICE),
    (Field::Version, VERSION),
    (Field::Host, HOST),
    (Field::Pod, POD),
    (Field::TraceId, TRACE),
    (Field::SpanId, SPAN),
    (Field::ParentId, PARENT),
    (Field::Duration, DURATION),
    (Field::Status, STATUS),
    (Field::Method, METHOD),
    (Field::Path, PATH),
    (Field::ExceptionType, KIND),
    (Field::ExceptionMessage, SAID),
    (Field::Stacktrace, STACK),
];

/// What the program wrote before what a shipper added.
const TIME: &[&str] = &["timestamp", "time", "ts", "datetime", "Timestamp", "@timestamp", "asctime", "date", "eventTime"];
const LEVEL: &[&str] =
    &["level", "severity", "loglevel", "lvl", "level_name", "levelname", "log_level", "logLevel", "Level", "log.level", "severity_text"];

const MESSAGE: &[&str] = &[
    "message",
    "msg",
    "event",
    "log",
    "Message",
    "RenderedMessage",
    "renderedMessage",
    "MessageTemplate",
    "text",
    "short_message",
    "body",
    "fields.message",
];
const LEVEL_OR_MESSAGE: &[&str] =
    &["level", "severity", "loglevel", "lvl", "levelname", "log_level", "logLevel", "Level", "message", "msg", "Message", "log"];

macro_rules! logger {
    ($doc:literal $constant:ident $name:literal, $decisive:expr, $service:expr, $time:expr, $level:expr, $message:expr, $kind:expr, $said:expr, $stack:expr, $scale:ident, $default:expr $(; $($field:ident in $paths:expr),+; seconds $seconds:expr)?) => {
        #[doc = $doc]
        pub const $constant: Preset = Preset {
            name: $name,
            decisive: $decisive,
            fields: &[
                $($((Field::$field, $paths),)+)?
                (Field::Timestamp, $time),
                (Field::Arrival, &["event.ingested", "@timestamp"]),
                (Field::Level, $level),
                (Field::Service, $service),
                (Field::Version, VERSION),
                (Field::Host, HOST),
                (Field::Pod, POD),
                (Field::TraceId, TRACE),
                (Field::SpanId, SPAN),
                (Field::User, &["user_id", "userId", "user.id"]),
                (Field::RequestId, &["request_id", "reqId", "req.id", "requestId"]),
                (Field::Message, $message),
                (Field::Module, &["logger", "logger_name", "name", "SourceContext", "fields.SourceContext", "caller"]),
                (Field::Function, &["function", "source.function", "funcName"]),
                (Field::Line, &["line", "source.line", "lineno"]),
                (Field::Duration, DURATION),
                (Field::Status, STATUS),
                (Field::Method, METHOD),
                (Field::Path, PATH),
                (Field::ExceptionType, $kind),
                (Field::ExceptionMessage, $said),
                (Field::Stacktrace, $stack),
                (Field::ParentId, PARENT),
            ],
            level_scale: LevelScale::$scale,
            level: $default,
            $(seconds: $seconds,)?
            tells_both: true,
            ..PLAIN
        };
    };
}

logger!("Monolog: numbers of its own beside the names of levels; Logstash's formatter keeps the application's name in `type`." MONOLOG "monolog",
    &[&["level_name", "monolog_level"], &["datetime", "@timestamp"], &["message"]],
    MONOLOG_SERVICE, &["datetime", "@timestamp"], &["level_name", "level"], &["message"],
    &["context.exception.class"], &["context.exception.message"], &["context.exception.trace"], Python, None);
logger!("loguru, serialized." LOGURU "loguru", &[&["record.time.timestamp"], &["record.message"]],
    &["record.extra.service", "record.extra.service_name", "record.extra.app", "service", "app"],
    &["record.time.timestamp", "record.time.repr"], &["record.level.name", "record.level.no"], &["record.message"],
    &["record.exception.type"], &["record.exception.value"], &["text"], Python, None);
logger!("log4j 2, JsonLayout: seconds and the nanoseconds of them." LOG4J2 "log4j2", &[&["instant.epochSecond"], &["level"], &["message"]],
    SERVICE, &["instant.epochSecond", "timeMillis", "@timestamp"], &["level"], &["message"],
    &["thrown.name"], &["thrown.message"], &["thrown.extendedStackTrace"], Python, None);
logger!("pino and bunyan: numbers from 10 to 60." PINO "pino", &[&["level"], &["msg"], &["pid"], &["hostname"]],
    SELF_NAMED, &["time", "@timestamp"], &["level"], &["msg"], &["err.type", "err.name"], &["err.message"], &["err.stack"], Pino, None;
    Duration in &["responseTime", "duration_ms", "durationMs", "elapsed_ms", "latency_ms", "elapsedMs", "duration"]; seconds &[]);
logger!("zap: seconds since the epoch as a float." ZAP "zap", &[&["level"], &["msg"], &["ts", "caller"]],
    SERVICE, &["ts", "time", "@timestamp"], &["level"], &["msg"], &["errorType"], &["error"], &["stacktrace"], Python, None;
    Duration in &["duration_ms", "durationMs", "elapsed_ms", "latency_ms", "took_ms", "duration", "latency", "elapsed"]; seconds &["duration", "latency", "elapsed"]);
logger!("Serilog's compact form: no level is Information." SERILOG_COMPACT "serilog-compact", &[&["@t"], &["@m", "@mt"]],
    SERVICE, &["@t", "@timestamp"], &["@l"], &["@m", "@mt"], &["ExceptionType"], &["@x"], &["@x"], Python, Some(Level::Info));
logger!("Serilog's Elasticsearch sink." SERILOG "serilog", &[&["@timestamp"], &["level"], &["messageTemplate"]],
    SERVICE, &["@timestamp"], &["level"], &["message", "messageTemplate"], &["exceptions.ClassName"], &["exceptions.Message"], &["exceptions.StackTraceString", "exception"], Python, None);
logger!("logback with logstash-encoder." LOGBACK "logback", &[&["@timestamp"], &["level"], &["logger_name"], &["message"]],
    SERVICE, &["@timestamp"], &["level"], &["message"], &["exception_class"], &["exception_message"], &["stack_trace"], Python, None;
    Duration in &["duration_ms", "durationMs", "elapsed_ms", "latency_ms", "elapsedMs", "elapsed_time", "duration"]; seconds &[]);
logger!("structlog: what happened is in `event`." STRUCTLOG "structlog", &[&["event"], &["level"], &["timestamp", "@timestamp"]],
    SERVICE, &["timestamp", "@timestamp"], &["level"], &["event", "message"], &["exc_type"], &["exc_value"], &["exception"], Python, None;
    Status in &["http.response.status_code", "http.status_code", "status_code", "status", "http_status", "code"],
    Duration in &["duration_ms", "durationMs", "elapsed_ms", "latency_ms", "duration", "elapsed"]; seconds &["duration", "elapsed"]);
logger!("python-json-logger." PYTHON "python-json", &[&["levelname"], &["message"]],
    SERVICE, &["timestamp", "time", "@timestamp", "asctime"], &["levelname", "levelno"], &["message"], &["exc_type"], &["exc_value"], &["exc_info"], Python, None);
logger!("Any logger that writes a time and a level or a message: logrus, slog, a Logstash pipe." PLAIN_JSON "json",
    &[TIME, LEVEL_OR_MESSAGE], SERVICE, TIME, LEVEL, MESSAGE,
    &["error.type", "exception.type", "exc_type"], &["error.message", "error", "exception.message"], &["error.stack_trace", "stacktrace", "stack_trace", "exception"], Python, None);
