//! The fields that this program has a word for.

use std::fmt;

/// A field in this program's words, or any other by its path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Field {
    /// When a record was written.
    Timestamp,
    /// When it reached the pipeline.
    Arrival,
    /// Severity.
    Level,
    /// Who wrote it.
    Service,
    /// The writer's version.
    Version,
    /// The machine.
    Host,
    /// The pod or container.
    Pod,
    /// The request across services.
    TraceId,
    /// The part of the request.
    SpanId,
    /// Who the request is for.
    User,
    /// The request within a service.
    RequestId,
    /// What it says.
    Message,
    /// Module or logger.
    Module,
    /// Function.
    Function,
    /// Line of code.
    Line,
    /// How long a request took; asked and answered in milliseconds whatever the stored unit.
    Duration,
    /// HTTP status.
    Status,
    /// HTTP method.
    Method,
    /// Path of the URL.
    Path,
    /// Class of what was thrown.
    ExceptionType,
    /// What it says.
    ExceptionMessage,
    /// Its stack.
    Stacktrace,
    /// The span that called this one.
    ParentId,
    /// What a span is called.
    SpanName,
    /// Server, client, producer, consumer or internal.
    SpanKind,
    /// Whether a span failed, in the schema's own words.
    Outcome,
    /// A span's start in microseconds, where the timestamp is coarser.
    StartMicros,
    /// A span's end, where it has no duration.
    End,
    /// Who a span called: a service, a host.
    Peer,
    /// The database it asked.
    Database,
    /// The URL it asked.
    Url,
    /// Any other field, by its path.
    Named(String),
}

const NAMES: [(Field, &str); 31] = [
    (Field::Timestamp, "timestamp"),
    (Field::Arrival, "arrived"),
    (Field::Level, "level"),
    (Field::Service, "service"),
    (Field::Version, "version"),
    (Field::Host, "host"),
    (Field::Pod, "pod"),
    (Field::TraceId, "trace_id"),
    (Field::SpanId, "span_id"),
    (Field::User, "user"),
    (Field::RequestId, "request_id"),
    (Field::Message, "message"),
    (Field::Module, "module"),
    (Field::Function, "function"),
    (Field::Line, "line"),
    (Field::Duration, "duration_ms"),
    (Field::Status, "status"),
    (Field::Method, "method"),
    (Field::Path, "path"),
    (Field::ExceptionType, "exception"),
    (Field::ExceptionMessage, "exception_message"),
    (Field::Stacktrace, "stacktrace"),
    (Field::ParentId, "parent_id"),
    (Field::SpanName, "span_name"),
    (Field::SpanKind, "span_kind"),
    (Field::Outcome, "outcome"),
    (Field::StartMicros, "start_us"),
    (Field::End, "end"),
    (Field::Peer, "peer"),
    (Field::Database, "database"),
    (Field::Url, "url"),
];

impl Field {
    /// All that have a word, in a fixed order.
    pub fn all() -> impl Iterator<Item = Field> {
        NAMES.iter().map(|(field, _)| field.clone())
    }

    /// The field of that word, else the one at that path.
    pub fn parse(name: &str) -> Field {
        NAMES.iter().find(|(_, word)| *word == name).map_or_else(|| Field::Named(name.to_string()), |(field, _)| field.clone())
    }

    /// Its word, or its path.
    pub fn name(&self) -> &str {
        match self {
            Field::Named(path) => path,
            known => NAMES.iter().find(|(field, _)| field == known).map_or("", |(_, word)| *word),
        }
    }

    /// Fields with about as many values as records: never counted by value.
    pub fn is_identifier(&self) -> bool {
        matches!(self, Field::TraceId | Field::SpanId | Field::ParentId | Field::RequestId)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
