//! Schemas of measured spans.

use super::{Attributes, PLAIN, Preset};
use crate::schema::Field;

/// Jaeger (`*jaeger-span-*`). `startTime` is a number of microseconds that no range fits; `startTimeMillis` is the date.
pub const JAEGER: Preset = Preset {
    name: "jaeger",
    decisive: &[&["traceID"], &["spanID"], &["process.serviceName"], &["startTimeMillis", "startTime"]],
    fields: &[
        (Field::Timestamp, &["startTimeMillis", "@timestamp", "startTime"]),
        (Field::StartMicros, &["startTime"]),
        (Field::Duration, &["duration"]),
        (Field::Service, &["process.serviceName"]),
        (Field::Version, &["process.tag.service.version", "process.tag.service@version"]),
        (Field::Host, &["process.tag.host.name", "process.tag.hostname", "process.tag.host@name"]),
        (Field::Pod, &["process.tag.k8s.pod.name", "process.tag.service.instance.id"]),
        (Field::TraceId, &["traceID"]),
        (Field::SpanId, &["spanID"]),
        (Field::ParentId, &["parentSpanID"]),
        (Field::SpanName, &["operationName"]),
        (Field::SpanKind, &["tag.span.kind"]),
        (Field::Outcome, &["tag.otel.status_code", "tag.error"]),
        (Field::Status, &["tag.http.response.status_code", "tag.http.status_code"]),
        (Field::Method, &["tag.http.request.method", "tag.http.method"]),
        (Field::Path, &["tag.url.path", "tag.http.route", "tag.http.target"]),
        (Field::Message, &["tag.otel.status_description"]),
        (Field::Peer, &["tag.peer.service", "tag.server.address", "tag.net.peer.name", "tag.messaging.system", "tag.peer.address"]),
        (Field::Database, &["tag.db.system.name", "tag.db.system", "tag.db.type"]),
        (Field::Url, &["tag.url.full", "tag.http.url"]),
    ],
    duration_units_per_ms: 1e3,
    spans: true,
    attributes: Attributes::Jaeger,
    ..PLAIN
};

/// Zipkin (`*zipkin-span-*`): only the trace id is indexed, tags are in the stored record alone.
pub const ZIPKIN: Preset = Preset {
    name: "zipkin",
    decisive: &[&["traceId"], &["localEndpoint.serviceName"], &["timestamp_millis", "timestamp"]],
    fields: &[
        (Field::Timestamp, &["timestamp_millis", "timestamp"]),
        (Field::StartMicros, &["timestamp"]),
        (Field::Duration, &["duration"]),
        (Field::Service, &["localEndpoint.serviceName"]),
        (Field::Host, &["localEndpoint.ipv4", "localEndpoint.ipv6"]),
        (Field::TraceId, &["traceId"]),
        (Field::SpanId, &["id"]),
        (Field::ParentId, &["parentId"]),
        (Field::SpanName, &["name"]),
        (Field::SpanKind, &["kind"]),
        (Field::Outcome, &["tags.error"]),
        (Field::Status, &["tags.http.status_code", "tags.http.response.status_code"]),
        (Field::Method, &["tags.http.method"]),
        (Field::Path, &["tags.http.path", "tags.http.route"]),
        (Field::Message, &["tags.error"]),
        (Field::Peer, &["remoteEndpoint.serviceName", "tags.peer.service"]),
        (Field::Database, &["tags.db.system", "tags.sql.database"]),
        (Field::Url, &["tags.http.url"]),
    ],
    duration_units_per_ms: 1e3,
    spans: true,
    ..PLAIN
};

/// Spans in OpenSearch by Data Prepper or its exporter (`otel-v1-apm-span-*`), in the old form (keys with `@` at the root) and
/// the standard one.
pub const DATA_PREPPER: Preset = Preset {
    name: "dp-span",
    sign: &["durationInNanos"],
    beside: Some("dp-log"),
    decisive: &[&["traceId"], &["durationInNanos"], &["spanId"]],
    fields: &[
        (Field::Timestamp, &["startTime"]),
        (Field::End, &["endTime"]),
        (Field::Duration, &["durationInNanos"]),
        (Field::Service, &["serviceName", "resource.attributes.service.name", "resource.attributes.service@name"]),
        (Field::Version, &["resource.attributes.service.version", "resource.attributes.service@version"]),
        (Field::Host, &["resource.attributes.host.name", "resource.attributes.host@name"]),
        (Field::Pod, &["resource.attributes.k8s.pod.name", "resource.attributes.service.instance.id", "resource.attributes.k8s@pod@name"]),
        (Field::TraceId, &["traceId"]),
        (Field::SpanId, &["spanId"]),
        (Field::ParentId, &["parentSpanId"]),
        (Field::SpanName, &["name"]),
        (Field::SpanKind, &["kind"]),
        (Field::Outcome, &["status.code"]),
        (
            Field::Status,
            &[
                "attributes.http.response.status_code",
                "attributes.http.status_code",
                "span.attributes.http.response.status_code",
                "span.attributes.http.status_code",
            ],
        ),
        (
            Field::Method,
            &["attributes.http.request.method", "attributes.http.method", "span.attributes.http.request.method", "span.attributes.http.method"],
        ),
        (
            Field::Path,
            &[
                "attributes.url.path",
                "attributes.http.target",
                "span.attributes.url.path",
                "span.attributes.http.target",
                "span.attributes.http.route",
            ],
        ),
        (Field::Message, &["status.message"]),
        (
            Field::Peer,
            &[
                "attributes.peer.service",
                "attributes.server.address",
                "attributes.net.peer.name",
                "attributes.messaging.system",
                "span.attributes.peer.service",
                "span.attributes.server.address",
                "span.attributes.net.peer.name",
                "span.attributes.messaging.system",
            ],
        ),
        (Field::Database, &["attributes.db.system.name", "attributes.db.system", "span.attributes.db.system.name", "span.attributes.db.system"]),
        (Field::Url, &["attributes.url.full", "attributes.http.url", "span.attributes.url.full", "span.attributes.http.url"]),
    ],
    duration_units_per_ms: 1e6,
    spans: true,
    attributes: Attributes::DataPrepper,
    ..PLAIN
};

/// Spans of OpenSearch's simple schema (`ss4o_traces-*`): no duration, but an end.
pub const SS4O: Preset = Preset {
    name: "ss4o-span",
    sign: &["endTime"],
    beside: Some("dp-log"),
    decisive: &[&["traceId"], &["spanId"], &["startTime"], &["endTime"]],
    fields: &[
        (Field::Timestamp, &["startTime", "@timestamp"]),
        (Field::End, &["endTime"]),
        (Field::Service, &["resource.service.name", "serviceName", "resource.attributes.service.name"]),
        (Field::Version, &["resource.service.version"]),
        (Field::Host, &["resource.host.name"]),
        (Field::Pod, &["resource.k8s.pod.name", "resource.service.instance.id"]),
        (Field::TraceId, &["traceId"]),
        (Field::SpanId, &["spanId"]),
        (Field::ParentId, &["parentSpanId"]),
        (Field::SpanName, &["name"]),
        (Field::SpanKind, &["kind"]),
        (Field::Outcome, &["status.code"]),
        (Field::Status, &["attributes.http.response.status_code", "attributes.http.status_code"]),
        (Field::Method, &["attributes.http.request.method", "attributes.http.method"]),
        (Field::Path, &["attributes.url.path", "attributes.http.target", "attributes.http.route"]),
        (Field::Message, &["status.message"]),
        (Field::Peer, &["attributes.peer.service", "attributes.server.address", "attributes.net.peer.name", "attributes.messaging.system"]),
        (Field::Database, &["attributes.db.system.name", "attributes.db.system"]),
        (Field::Url, &["attributes.url.full", "attributes.http.url"]),
    ],
    spans: true,
    ..PLAIN
};

/// Spans of OpenTelemetry in Elasticsearch (`traces-*.otel-*`). Their events are log records.
pub const OTEL: Preset = Preset {
    name: "otel-span",
    sign: &["duration"],
    beside: Some("otel-log"),
    decisive: &[&["trace_id"], &["span_id"], &["duration"], &["kind", "name"], &["resource.attributes.service.name"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::Duration, &["duration"]),
        (Field::Service, &["resource.attributes.service.name", "service.name"]),
        (Field::Version, &["resource.attributes.service.version"]),
        (Field::Host, &["resource.attributes.host.name"]),
        (Field::Pod, &["resource.attributes.k8s.pod.name", "resource.attributes.service.instance.id"]),
        (Field::TraceId, &["trace_id"]),
        (Field::SpanId, &["span_id"]),
        (Field::ParentId, &["parent_span_id"]),
        (Field::SpanName, &["name"]),
        (Field::SpanKind, &["kind"]),
        (Field::Outcome, &["status.code"]),
        (Field::Status, &["attributes.http.response.status_code", "attributes.http.status_code"]),
        (Field::Method, &["attributes.http.request.method", "attributes.http.method"]),
        (Field::Path, &["attributes.url.path", "attributes.http.target", "attributes.http.route"]),
        (Field::Message, &["status.message"]),
        (Field::Peer, &["attributes.peer.service", "attributes.server.address", "attributes.net.peer.name", "attributes.messaging.system"]),
        (Field::Database, &["attributes.db.system.name", "attributes.db.system"]),
        (Field::Url, &["attributes.url.full", "attributes.http.url"]),
    ],
    duration_units_per_ms: 1e6,
    spans: true,
    ..PLAIN
};

/// Spans of the collector's exporter in its modes none and raw.
pub const EXPORTER: Preset = Preset {
    name: "exporter-span",
    sign: &["EndTimestamp", "Duration", "TraceStatus"],
    beside: Some("exporter-log"),
    decisive: &[&["TraceId"], &["SpanId"], &["Duration", "TraceStatus", "EndTimestamp"]],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::End, &["EndTimestamp"]),
        (Field::Duration, &["Duration"]),
        (Field::Service, &["Resource.service.name"]),
        (Field::Version, &["Resource.service.version"]),
        (Field::Host, &["Resource.host.name"]),
        (Field::Pod, &["Resource.k8s.pod.name", "Resource.service.instance.id"]),
        (Field::TraceId, &["TraceId"]),
        (Field::SpanId, &["SpanId"]),
        (Field::ParentId, &["ParentSpanId"]),
        (Field::SpanName, &["Name"]),
        (Field::SpanKind, &["Kind"]),
        (Field::Outcome, &["TraceStatus"]),
        (Field::Status, &["Attributes.http.response.status_code", "Attributes.http.status_code", "http.response.status_code", "http.status_code"]),
        (Field::Method, &["Attributes.http.request.method", "Attributes.http.method", "http.request.method", "http.method"]),
        (Field::Path, &["Attributes.url.path", "Attributes.http.target", "url.path"]),
        (Field::Message, &["TraceStatusDescription"]),
        (
            Field::Peer,
            &[
                "Attributes.peer.service",
                "Attributes.server.address",
                "Attributes.net.peer.name",
                "Attributes.messaging.system",
                "peer.service",
                "server.address",
            ],
        ),
        (Field::Database, &["Attributes.db.system.name", "Attributes.db.system", "db.system"]),
        (Field::Url, &["Attributes.url.full", "Attributes.http.url", "url.full"]),
    ],
    duration_units_per_ms: 1e3,
    spans: true,
    ..PLAIN
};

/// Transactions and spans of Elastic APM (`traces-apm*`).
pub const APM: Preset = Preset {
    name: "apm-trace",
    beside: Some("apm-error"),
    decisive: &[&["processor.event"], &["transaction.duration.us", "span.duration.us"], &["service.name"]],
    absent: &["trace_id"],
    sign: &["transaction.duration.us", "span.duration.us"],
    fields: &[
        (Field::Timestamp, &["@timestamp"]),
        (Field::StartMicros, &["timestamp.us"]),
        (Field::Duration, &["transaction.duration.us", "span.duration.us"]),
        (Field::Service, &["service.name"]),
        (Field::Version, &["service.version"]),
        (Field::Host, &["host.name", "host.hostname"]),
        (Field::Pod, &["kubernetes.pod.name", "service.node.name"]),
        (Field::TraceId, &["trace.id"]),
        // A span's document names its transaction too: its own id comes first.
        (Field::SpanId, &["span.id", "transaction.id"]),
        (Field::ParentId, &["parent.id"]),
        (Field::SpanName, &["span.name", "transaction.name"]),
        (Field::SpanKind, &["span.kind", "span.type", "transaction.type"]),
        (Field::Outcome, &["event.outcome"]),
        (Field::Status, &["http.response.status_code"]),
        (Field::Method, &["http.request.method"]),
        (Field::Path, &["url.path", "url.original"]),
        (Field::User, &["user.id", "user.name"]),
        (Field::Peer, &["span.destination.service.resource", "service.target.name", "destination.address"]),
        (Field::Database, &["span.db.type", "span.subtype"]),
        (Field::Url, &["url.full"]),
    ],
    duration_units_per_ms: 1e3,
    spans: true,
    ..PLAIN
};
