//! One log record, in the words of this program, whatever schema it came from.

use super::{Level, Stored, Timestamp};

/// One log record.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogRecord {
    /// When it was written, by its producer's clock.
    pub timestamp: Timestamp,
    /// When it reached the pipeline.
    pub arrived: Option<Timestamp>,
    /// Severity, normalised.
    pub level: Option<Level>,
    /// The service that wrote it.
    pub service: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// The request it belongs to, across services.
    pub trace_id: Option<String>,
    /// The part of the request it belongs to.
    pub span_id: Option<String>,
    /// The span that called the one it belongs to, where the record says so.
    pub parent_id: Option<String>,
    /// The request's id within one service.
    pub request_id: Option<String>,
    /// The service's version.
    pub version: Option<String>,
    /// Pod, container or host: the instance that wrote it.
    pub host: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<f64>,
    /// HTTP status.
    pub status: Option<i64>,
    /// `POST`.
    pub method: Option<String>,
    /// `/api/pay`.
    pub path: Option<String>,
    /// What was thrown.
    pub exception: Option<Exception>,
    /// Where in the code.
    pub place: Option<Place>,
    /// The measured span that this is, rather than a log record.
    pub span: Option<Box<MeasuredSpan>>,
    /// Whom it says it asked outside.
    pub peer: Option<Peer>,
    /// What a proxy says of the request that it passed on.
    pub passed_on: Option<Box<PassedOn>>,
    /// Everything, as it is stored.
    pub fields: Stored,
}

/// What was thrown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exception {
    /// Its class.
    pub kind: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// Its stack, one frame or more a line.
    pub stacktrace: Option<String>,
}

/// Where in the code a record was written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Module or logger.
    pub module: Option<String>,
    /// Function.
    pub function: Option<String>,
    /// Line number.
    pub line: Option<i64>,
}

impl LogRecord {
    /// ERROR or worse.
    pub fn is_error(&self) -> bool {
        self.level.is_some_and(|level| level >= Level::Error)
    }

    /// A record that closes a request: a status and no exception.
    pub fn is_request(&self) -> bool {
        self.status.is_some() && self.exception.is_none()
    }

    /// When what it tells of ended: access logs may bear the time at which a request came in.
    pub fn ended(&self) -> Timestamp {
        let came_in = self.passed_on.as_ref().is_some_and(|passed| passed.came_in);
        let took = self.duration_ms.filter(|ms| came_in && ms.is_finite() && *ms >= 0.0).unwrap_or_default();
        Timestamp::from_nanos(self.timestamp.nanos().saturating_add((took * 1e6) as i64))
    }

    /// A request that failed: its status is 500 or above.
    pub fn is_failed(&self) -> bool {
        self.is_request() && self.status.is_some_and(|status| status >= 500)
    }
}

/// A span as a tracer measured it; its start is the record's timestamp.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MeasuredSpan {
    /// Its id.
    pub id: String,
    /// The span that called it.
    pub parent: Option<String>,
    /// What it is called.
    pub name: String,
    /// Which side of a call it is.
    pub side: Side,
    /// Whether it failed, where the tracer says so.
    pub failed: Option<bool>,
    /// Milliseconds; `None` for one that has not ended.
    pub duration_ms: Option<f64>,
}

/// Which side of a call a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// It serves, consumes, or works for itself.
    #[default]
    Own,
    /// It serves a call.
    Server,
    /// It calls, or sends.
    Client,
    /// It takes up what was sent before: nobody waits for it.
    Consumer,
}

/// Somebody who is asked and writes no records of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// As it is addressed.
    pub name: String,
    /// A database.
    pub is_database: bool,
}

/// What a proxy's access log says of a request that it passed on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PassedOn {
    /// To whom, as the proxy calls it; `None` where it kept it.
    pub to: Option<Peer>,
    /// Why that did not go well, where it says so.
    pub said: Option<String>,
    /// The record bears the time at which the request came in, not that at which it was through.
    pub came_in: bool,
    /// Who asked did not wait for the answer.
    pub gave_up: bool,
}

impl PassedOn {
    /// How it is said that whom a proxy asks before it passes a request on did not answer.
    pub const ASKS: &'static str = "whom it asks about ";
}

/// The host that a URL names, without user and port; `None` of what is no URL.
pub fn host_of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.split(':').next().filter(|host| !host.is_empty())
}

/// A line of a file that is no record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnreadLine {
    /// File and byte.
    pub place: String,
    /// Why it is none.
    pub reason: String,
    /// How it begins.
    pub line: String,
}
