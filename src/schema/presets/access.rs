//! Access logs of proxies as JSON: a record for each request, with neither a level nor a message.

use super::loggers::{HOST, POD, SERVICE, TRACE, VERSION};
use super::{PLAIN, Preset};
use crate::schema::Field;

macro_rules! access {
    ($doc:literal $constant:ident $name:literal, $decisive:expr, $time:expr, $status:expr, $method:expr, $path:expr, $duration:expr, $units:expr, $upstream:expr, $came_in:expr, $sign:expr) => {
        #[doc = $doc]
        pub const $constant: Preset = Preset {
            name: $name,
            decisive: $decisive,
            fields: &[
                (Field::Timestamp, $time),
                (Field::Arrival, &["event.ingested", "@timestamp"]),
                (Field::Level, &["level"]),
                (Field::Service, SERVICE),
                (Field::Version, VERSION),
                (Field::Host, HOST),
                (Field::Pod, POD),
                (Field::TraceId, TRACE),
                (Field::User, &["user_id", "userId", "user.id", "remote_user"]),
                (Field::RequestId, &["request_id", "x_request_id", "request.headers.X-Request-Id"]),
                (Field::Message, &["message", "msg"]),
                (Field::Status, $status),
                (Field::Method, $method),
                (Field::Path, $path),
                (Field::Duration, $duration),
                (Field::Peer, $upstream),
            ],
            duration_units_per_ms: $units,
            access: Some($came_in),
            sign: $sign,
            ..PLAIN
        };
    };
}

access!("nginx, by the names of its variables; `$request_time` is in seconds." NGINX "nginx",
    &[&["request_time", "upstream_response_time"], &["status"], &["request_method", "request_uri", "request", "http_user_agent"]],
    &["msec", "@timestamp", "time_iso8601", "timestamp", "time", "time_local"], &["status"],
    &["request_method", "method"], &["uri", "request_uri", "path"], &["request_time"], 1e-3, &["proxy_upstream_name", "upstream_name"], &[], &[]);
access!("Envoy's JSON format, and Istio's, which is the same." ENVOY "envoy",
    &[&["response_code"], &["response_flags", "upstream_cluster", "response_code_details"], &["start_time", "@timestamp"]],
    &["@timestamp", "start_time", "timestamp"], &["response_code"],
    &["method"], &["path"], &["duration"], 1.0, &["upstream_cluster", "upstream_cluster_name"], &["start_time"],
    &["response_code"]);
access!("Traefik; durations are in nanoseconds." TRAEFIK "traefik",
    &[&["DownstreamStatus"], &["time", "StartUTC", "@timestamp"]],
    &["time", "@timestamp", "StartUTC"], &["DownstreamStatus"],
    &["RequestMethod"], &["RequestPath"], &["Duration"], 1e6, &["ServiceName"], &["StartUTC"], &["DownstreamStatus"]);
access!("Caddy, which logs by zap: in seconds." CADDY "caddy",
    &[&["request.uri"], &["status"], &["duration"], &["ts", "@timestamp"]],
    &["ts", "@timestamp"], &["status"],
    &["request.method"], &["request.uri"], &["duration"], 1e-3, &[], &[], &[]);
access!("HAProxy, by the names that its manual gives to the parts of its lines; in milliseconds." HAPROXY "haproxy",
    &[&["termination_state", "term_state"], &["backend", "backend_name"], &["status", "status_code", "http_status", "http_status_code"]],
    &["@timestamp", "timestamp", "time", "accept_date", "date"], &["status", "status_code", "http_status", "http_status_code"],
    &["http_method", "method", "http_verb"], &["http_path", "path", "http_request", "uri"],
    &["Tt", "Ta", "time_duration", "time_total", "total_time", "time_active"], 1.0, &["backend", "backend_name"], &["accept_date"],
    &["termination_state", "term_state"]);
