//! A trace: what one request did, and where.

use super::{LogRecord, Peer, Stored, Timestamp};

/// Whose work a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SpanKind {
    /// One of our services doing its part.
    #[default]
    Service,
    /// The caller's side of a call, as real span data record it.
    Client,
    /// Something that writes no records of its own: a provider, a database.
    External,
}

/// One service's part of a request.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Span {
    /// Unique within the trace.
    pub id: String,
    /// The span that called it.
    pub parent: Option<String>,
    /// A parent that is named but not there.
    pub missing_parent: Option<String>,
    /// Whose work it is.
    pub kind: SpanKind,
    /// Whose work, or the outside party's name.
    pub service: String,
    /// What was done, as `POST /api/pay`.
    pub name: String,
    /// As recorded, never shifted.
    pub start: Timestamp,
    /// Milliseconds.
    pub duration_ms: f64,
    /// Milliseconds in which no child was running.
    pub self_ms: f64,
    /// Error records in it.
    pub errors: u64,
    /// It ended with a failure.
    pub failed: bool,
    /// Put together from records, not measured by a tracer.
    pub inferred: bool,
    /// Several spans could be its parent.
    pub ambiguous: bool,
    /// It never completed; the duration is to its last sign of life.
    pub open: bool,
    /// What would have to be added to its times: its host's clock seems to be wrong; 0 when it seems right.
    pub shift_ms: f64,
    /// The instance it ran on.
    pub host: Option<String>,
    /// What was thrown in it.
    pub exception: Option<String>,
    /// HTTP status.
    pub status: Option<i64>,
    /// What a tracer says of its failure.
    pub said: Option<String>,
    /// Whom it asked outside, as a tracer says.
    pub peer: Option<Peer>,
    /// Its duration as its record gives it, where that must be of another unit.
    pub odd_duration: Option<f64>,
    /// Everything, as a tracer stored it.
    pub fields: Option<Stored>,
}

impl Span {
    /// The moment at which it ended.
    pub fn end(&self) -> Timestamp {
        Timestamp::from_nanos(self.start.nanos().saturating_add((self.duration_ms * 1e6) as i64))
    }

    /// Whether it is a request that a proxy passed on to that party, by its access log.
    pub fn passes_on_to(&self, peer: &Peer) -> bool {
        self.inferred && self.kind == SpanKind::Service && self.peer.as_ref() == Some(peer)
    }
}

/// What kind of thing broke.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OriginKind {
    /// One of ours.
    #[default]
    Service,
    /// Something outside that our services call.
    Dependency,
    /// A database that a service of ours uses.
    Database,
    /// A machine that a service of ours runs on.
    Host,
}

impl OriginKind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            OriginKind::Service => "service",
            OriginKind::Dependency => "dependency",
            OriginKind::Database => "database",
            OriginKind::Host => "host",
        }
    }
}

/// Where a request broke.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Origin {
    /// What kind of thing.
    pub kind: OriginKind,
    /// Its name.
    pub name: String,
    /// The service of ours that noticed.
    pub service: String,
    /// The span that noticed.
    pub span: String,
    /// When it was first seen.
    pub timestamp: Timestamp,
    /// One sentence.
    pub reason: String,
    /// `high`, `medium` or `low`.
    pub confidence: &'static str,
    /// What else it could be.
    pub alternatives: Vec<Origin>,
    /// Nothing broke: it is where the time went.
    pub slow: bool,
}

/// A host's clock that must be wrong.
#[derive(Clone, PartialEq, Debug)]
pub struct ClockShift {
    /// Whose clock.
    pub host: String,
    /// What to add to its times.
    pub shift_ms: f64,
    /// How far off that may be.
    pub plus_minus_ms: f64,
}

/// One request across services.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trace {
    /// As it is stored.
    pub trace_id: String,
    /// Spans, parents before children, siblings by start.
    pub spans: Vec<Span>,
    /// Records by time.
    pub records: Vec<LogRecord>,
    /// Where it broke.
    pub origin: Option<Origin>,
    /// Where the time went of one that was slow and did not break.
    pub slowest: Option<Origin>,
    /// Spans (by id) on the critical path with the stretches they hold, ms from the trace's start.
    pub critical_path: Vec<(String, f64, f64)>,
    /// Clocks that must be wrong.
    pub clocks: Vec<ClockShift>,
    /// Start and end with wrong clocks put right: of the request that somebody waited for, and of all that it set off.
    pub edges: (Timestamp, Timestamp),
    /// For each span how deep it lies.
    pub depths: Vec<usize>,
    /// For each span its children's places.
    pub children: Vec<Vec<usize>>,
    /// For each record the place of its span.
    pub places: Vec<usize>,
    /// For each span the places of its records.
    pub own: Vec<Vec<usize>>,
    /// For each span whether the critical path goes through it.
    pub on_path: Vec<bool>,
    /// How many spans failed, and how many never completed.
    pub failed: usize,
    /// See `failed`.
    pub open: usize,
    /// The services whose own spans or records are in it, by name.
    pub services: Vec<String>,
    /// What has to be said about it, the most important first.
    pub remarks: Vec<String>,
}

impl Trace {
    /// First start and last end of its spans, with wrong clocks put right.
    pub fn edges(&self) -> (Timestamp, Timestamp) {
        self.edges
    }

    /// A span's start with its clock put right.
    pub fn true_start(span: &Span) -> Timestamp {
        Timestamp::from_nanos(span.start.nanos().saturating_add((span.shift_ms * 1e6) as i64))
    }

    /// Those with error records.
    pub fn error_services(&self) -> Vec<String> {
        let names: std::collections::BTreeSet<&str> = self.records.iter().filter(|r| r.is_error()).filter_map(|r| r.service.as_deref()).collect();
        names.into_iter().map(str::to_string).collect()
    }

    /// Those with failed requests: by their records or, where a tracer measured them, by their spans.
    pub fn failed_services(&self) -> Vec<String> {
        let of_records = self.records.iter().filter(|r| r.is_failed()).filter_map(|r| r.service.as_deref());
        let of_spans = self.spans.iter().filter(|s| !s.inferred && s.failed && s.kind == SpanKind::Service).map(|s| s.service.as_str());
        let names: std::collections::BTreeSet<&str> = of_records.chain(of_spans).collect();
        names.into_iter().map(str::to_string).collect()
    }
}
