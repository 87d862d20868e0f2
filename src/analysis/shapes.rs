//! Failing traces by shape: where they broke, with what, and which services they crossed.

use crate::model::{SpanKind, Timestamp, Trace};
use std::collections::BTreeMap;

/// What is said of one trace.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// As it is stored.
    pub trace_id: String,
    /// Its first span's start.
    pub start: Timestamp,
    /// To the end of its last span, ms.
    pub duration_ms: f64,
    /// Records in it.
    pub records: u64,
    /// Error records in it.
    pub errors: u64,
    /// Failed requests in it.
    pub failed: u64,
    /// All services, in order of their first span.
    pub services: Vec<String>,
    /// Those with error records.
    pub error_services: Vec<String>,
    /// Those with failed requests.
    pub failed_services: Vec<String>,
    /// Where it broke.
    pub origin: Option<String>,
    /// The service that noticed.
    pub noticed_by: Option<String>,
    /// What was thrown there.
    pub exception: Option<String>,
    /// Something in it never completed.
    pub open: bool,
    /// Its last record.
    pub newest: Timestamp,
}

/// Traces that broke alike.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// Where they broke.
    pub origin: Option<String>,
    /// The service that noticed.
    pub noticed_by: Option<String>,
    /// With what.
    pub exception: Option<String>,
    /// The services with errors or failures.
    pub services: Vec<String>,
    /// How many.
    pub count: u64,
    /// The newest of them.
    pub example: String,
    /// How long that one took, ms.
    pub example_ms: f64,
}

/// Sums up a trace.
pub fn summary(trace: &Trace) -> Summary {
    let (start, end) = trace.edges();
    let mut services = Vec::new();
    for span in &trace.spans {
        if span.kind != SpanKind::External && !services.contains(&span.service) {
            services.push(span.service.clone());
        }
    }
    let origin_span = trace.origin.as_ref().and_then(|origin| trace.spans.iter().find(|s| s.id == origin.span));
    Summary {
        trace_id: trace.trace_id.clone(),
        start,
        duration_ms: end.millis_since(start),
        records: trace.records.len() as u64,
        errors: trace.records.iter().filter(|r| r.is_error()).count() as u64,
        failed: trace.records.iter().filter(|r| r.is_failed()).count() as u64,
        services,
        error_services: trace.error_services(),
        failed_services: trace.failed_services(),
        origin: trace.origin.as_ref().map(|o| o.name.clone()),
        noticed_by: trace.origin.as_ref().map(|o| o.service.clone()),
        // A failure that was handled has no origin, but what was thrown is known all the same.
        exception: match origin_span {
            Some(span) => span.exception.clone(),
            None => trace.records.iter().rev().find_map(|r| r.exception.as_ref()?.kind.clone()),
        },
        open: trace.spans.iter().any(|s| s.open),
        newest: trace.records.iter().map(|r| r.timestamp).max().unwrap_or_default(),
    }
}

/// Groups traces by shape, the most frequent first; the newest of a shape is its example.
pub fn group(summaries: &[Summary]) -> Vec<Shape> {
    type ShapeKey = (Option<String>, Option<String>, Vec<String>);
    let mut shapes: BTreeMap<ShapeKey, (Shape, Timestamp)> = BTreeMap::new();
    for one in summaries {
        let mut services: Vec<String> = one.error_services.iter().chain(&one.failed_services).cloned().collect();
        services.sort();
        services.dedup();
        let key = (one.origin.clone(), one.exception.clone(), services.clone());
        let fresh = || {
            let shape = Shape {
                origin: one.origin.clone(),
                noticed_by: one.noticed_by.clone(),
                exception: one.exception.clone(),
                services,
                count: 0,
                example: String::new(),
                example_ms: 0.0,
            };
            (shape, Timestamp::MIN)
        };
        let (shape, newest) = shapes.entry(key).or_insert_with(fresh);
        shape.count += 1;
        if one.start > *newest {
            *newest = one.start;
            shape.example.clone_from(&one.trace_id);
            shape.example_ms = one.duration_ms;
        }
    }
    let mut shapes: Vec<Shape> = shapes.into_values().map(|(shape, _)| shape).collect();
    shapes.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| a.origin.cmp(&b.origin))
            .then_with(|| a.exception.cmp(&b.exception))
            .then_with(|| a.services.cmp(&b.services))
    });
    shapes
}
