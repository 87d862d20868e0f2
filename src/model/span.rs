//! A trace: what one request did, and where.

use super::{LogRecord, Timestamp};
use std::collections::BTreeMap;

/// Whose work a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpanKind {
    /// One of our services doing its part.
    Service,
    /// The caller's side of a call, as real span data record it.
    Client,
    /// Something that writes no records of its own: a provider, a database.
    External,
}

/// One service's part of a request.
#[derive(Clone, PartialEq, Debug)]
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
    /// What its host's clock seems to be wrong by; 0 when it seems right.
    pub shift_ms: f64,
    /// The instance it ran on.
    pub host: Option<String>,
    /// What was thrown in it.
    pub exception: Option<String>,
}

impl Span {
    /// The moment at which it ended.
    pub fn end(&self) -> Timestamp {
        Timestamp::from_nanos(self.start.nanos().saturating_add((self.duration_ms * 1e6) as i64))
    }
}

/// What kind of thing broke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OriginKind {
    /// One of ours.
    Service,
    /// Something outside that our services call.
    Dependency,
    /// A database that a service of ours uses.
    Database,
}

impl OriginKind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            OriginKind::Service => "service",
            OriginKind::Dependency => "dependency",
            OriginKind::Database => "database",
        }
    }
}

/// Where a request broke.
#[derive(Clone, PartialEq, Debug)]
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
    /// Spans (by id) on the critical path with the stretches they hold, ms from the trace's start.
    pub critical_path: Vec<(String, f64, f64)>,
    /// Clocks that must be wrong.
    pub clocks: Vec<ClockShift>,
}

impl Trace {
    /// First start and last end of its spans.
    pub fn edges(&self) -> (Timestamp, Timestamp) {
        let start = self.spans.iter().map(|s| s.start).min().unwrap_or_default();
        let end = self.spans.iter().map(Span::end).max().unwrap_or_default();
        (start, end)
    }

    /// How deep each span lies in the tree, by id.
    pub fn depths(&self) -> BTreeMap<&str, usize> {
        let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
        for span in &self.spans {
            let above = span.parent.as_deref().and_then(|parent| depths.get(parent)).copied();
            depths.insert(&span.id, above.map_or(0, |d| d + 1));
        }
        depths
    }
}
