//! What JSON loggers write by themselves. Their level numbers collide, so the table of each says which scale is meant.

use super::{PLAIN, Preset};
use crate::model::{Level, LevelScale};
use crate::schema::Field;

const TRACE: &[&str] = &[
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
];
const SPAN: &[&str] = &["span_id", "spanId", "span.id", "spanID", "SpanId", "otelSpanID", "mdc.spanId", "dd.span_id", "x_b3_spanid"];
const SERVICE: &[&str] = &[
    "service.name",
    "service",
    "serviceName",
    "app",
    "application",
    "fields.service",
    "kubernetes.labels.app",
    "kubernetes.container.name",
    "otelServiceName",
];
const VERSION: &[&str] = &["service.version", "version", "app_version"];
const HOST: &[&str] = &["host.name", "hostname", "host"];
const POD: &[&str] = &["kubernetes.pod.name", "kubernetes.pod_name", "pod", "container.id", "container_id"];
const STATUS: &[&str] = &["status_code", "statusCode", "status", "http.response.status_code", "res.statusCode", "http_status"];
const DURATION: &[&str] = &["duration_ms", "durationMs", "responseTime", "elapsed_ms", "latency_ms", "took_ms"];
const METHOD: &[&str] = &["method", "http.request.method", "req.method", "http_method"];
const PATH: &[&str] = &["path", "url.path", "req.url", "http_path", "uri"];

macro_rules! logger {
    ($doc:literal $constant:ident $name:literal, $decisive:expr, $time:expr, $level:expr, $message:expr, $kind:expr, $said:expr, $stack:expr, $scale:ident, $default:expr) => {
        #[doc = $doc]
        pub const $constant: Preset = Preset {
            name: $name,
            decisive: $decisive,
            fields: &[
                (Field::Timestamp, $time),
                (Field::Arrival, &["event.ingested"]),
                (Field::Level, $level),
                (Field::Service, SERVICE),
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
                (Field::ParentId, &["parent_span_id", "parentSpanId", "parent_id"]),
            ],
            level_scale: LevelScale::$scale,
            level: $default,
            ..PLAIN
        };
    };
}

logger!("pino and bunyan: numbers from 10 to 60." PINO "pino", &[&["level"], &["msg"], &["pid"], &["hostname"]],
    &["@timestamp", "time"], &["level"], &["msg"], &["err.type", "err.name"], &["err.message"], &["err.stack"], Pino, None);
logger!("zap: seconds since the epoch as a float." ZAP "zap", &[&["level"], &["msg"], &["ts", "caller"]],
    &["@timestamp", "ts", "time"], &["level"], &["msg"], &["errorType"], &["error"], &["stacktrace"], Python, None);
logger!("Serilog's compact form: no level is Information." SERILOG_COMPACT "serilog-compact", &[&["@t"], &["@m", "@mt"]],
    &["@t", "@timestamp"], &["@l"], &["@m", "@mt"], &["ExceptionType"], &["@x"], &["@x"], Python, Some(Level::Info));
logger!("Serilog's Elasticsearch sink." SERILOG "serilog", &[&["@timestamp"], &["level"], &["messageTemplate"]],
    &["@timestamp"], &["level"], &["message", "messageTemplate"], &["exceptions.ClassName"], &["exceptions.Message"], &["exceptions.StackTraceString", "exception"], Python, None);
logger!("logback with logstash-encoder." LOGBACK "logback", &[&["@timestamp"], &["level"], &["logger_name"], &["message"]],
    &["@timestamp"], &["level"], &["message"], &["exception_class"], &["exception_message"], &["stack_trace"], Python, None);
logger!("structlog: what happened is in `event`." STRUCTLOG "structlog", &[&["event"], &["level"], &["timestamp", "@timestamp"]],
    &["timestamp", "@timestamp"], &["level"], &["event", "message"], &["exc_type"], &["exc_value"], &["exception"], Python, None);
logger!("python-json-logger." PYTHON "python-json", &[&["levelname"], &["message"]],
    &["@timestamp", "timestamp", "asctime", "time"], &["levelname", "levelno"], &["message"], &["exc_type"], &["exc_value"], &["exc_info"], Python, None);
logger!("Any logger that writes a time, a level and a message: logrus, slog, a Logstash pipe." PLAIN_JSON "json",
    &[&["@timestamp", "time", "timestamp", "ts", "asctime"], &["level", "severity", "loglevel", "lvl"], &["message", "msg", "log", "event"]],
    &["@timestamp", "timestamp", "time", "ts"], &["level", "severity", "loglevel", "lvl"], &["message", "msg", "log"],
    &["error.type", "exception.type", "exc_type"], &["error.message", "error", "exception.message"], &["error.stack_trace", "stacktrace", "stack_trace", "exception"], Python, None);
