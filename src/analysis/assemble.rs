//! From the records of a request to its spans.
//!
//! Records are grouped by service and span (or request) id. A span starts at its first record, or at the completing
//! record's time less its duration, and ends at its last; it is nested in the smallest span of another service that
//! contains it. Nothing here is shifted: times stay as recorded.

use super::{critical_path, origin};
use crate::model::{LogRecord, Span, SpanKind, Timestamp, Trace};
use std::collections::BTreeMap;

/// How a schema opens and closes requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    /// How the record that opens a request begins.
    pub start: Option<&'static str>,
    /// How the record that closes it begins.
    pub completion: Option<&'static str>,
}

/// A span's edge may lie outside its parent's by the rounding of clocks, ms.
const SLACK_MS: i64 = 2;

/// Puts a trace together from its records, in any order; records of other traces do not belong in.
pub fn assemble(trace_id: &str, mut records: Vec<LogRecord>, marks: Marks) -> Trace {
    records.sort_by_key(|record| record.timestamp);
    let mut groups: BTreeMap<(String, String), Vec<&LogRecord>> = BTreeMap::new();
    for record in &records {
        let service = record.service.clone().unwrap_or_default();
        let id = record.span_id.clone().or_else(|| record.request_id.clone()).unwrap_or_default();
        groups.entry((service, id)).or_default().push(record);
    }
    let mut spans: Vec<Span> = groups.into_iter().map(|((service, id), records)| span_of(service, id, &records, marks)).collect();
    unique_ids(&mut spans);
    spans.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| b.duration_ms.total_cmp(&a.duration_ms)).then_with(|| a.id.cmp(&b.id)));
    nest(&mut spans);
    let mut spans = in_tree_order(spans);
    for i in 0..spans.len() {
        let own = self_time(&spans, i);
        if let Some(span) = spans.get_mut(i) {
            span.self_ms = own;
        }
    }
    let origin = origin::find(&spans, &records);
    let critical_path = critical_path::find(&spans);
    Trace { trace_id: trace_id.to_string(), spans, records, origin, critical_path, clocks: Vec::new() }
}

fn span_of(service: String, id: String, records: &[&LogRecord], marks: Marks) -> Span {
    let begins = |record: &&&LogRecord, mark: Option<&str>| mark.is_some_and(|mark| record.message.as_deref().is_some_and(|m| m.starts_with(mark)));
    let started = records.iter().find(|r| begins(r, marks.start));
    let closed = records
        .iter()
        .rev()
        .find(|r| begins(r, marks.completion))
        .or_else(|| records.iter().rev().find(|r| r.is_request() && r.duration_ms.is_some()));
    let first = records.first().map(|r| r.timestamp).unwrap_or_default();
    let last = records.last().map(|r| r.timestamp).unwrap_or_default();
    let measured = closed.and_then(|r| Some((r.timestamp, r.duration_ms.filter(|ms| ms.is_finite() && *ms >= 0.0)?)));
    let start = match (started, measured) {
        (Some(started), _) => started.timestamp,
        (None, Some((end, ms))) => first.min(Timestamp::from_nanos(end.nanos().saturating_sub((ms * 1e6) as i64))),
        (None, None) => first,
    };
    let duration_ms = match (started, measured) {
        (Some(_), Some((_, ms))) => ms,
        _ => closed.map_or(last, |r| r.timestamp).millis_since(start).max(0.0),
    };
    let named = records.iter().find(|r| r.path.is_some()).or(records.first());
    let name = match named.map(|r| (r.method.as_deref(), r.path.as_deref())) {
        Some((method, Some(path))) => format!("{} {path}", method.unwrap_or("")).trim().to_string(),
        _ => records.first().and_then(|r| r.message.clone()).unwrap_or_default(),
    };
    let errors = records.iter().filter(|r| r.is_error()).count() as u64;
    let thrown = records.iter().rev().find_map(|r| r.exception.as_ref()?.kind.clone());
    let failed = match closed.and_then(|r| r.status) {
        Some(status) => status >= 500,
        None => thrown.is_some() || errors > 0,
    };
    Span {
        id,
        parent: None,
        missing_parent: None,
        kind: SpanKind::Service,
        service,
        name,
        start,
        duration_ms,
        self_ms: 0.0,
        errors,
        failed,
        inferred: true,
        ambiguous: false,
        open: started.is_some() && closed.is_none(),
        shift_ms: 0.0,
        host: records.iter().find_map(|r| r.host.clone()),
        exception: thrown,
    }
}

/// Two services may use one id, and some records have none.
fn unique_ids(spans: &mut [Span]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for span in spans {
        if span.id.is_empty() {
            span.id = format!("{}/?", span.service);
        }
        let times = seen.entry(span.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            span.id = format!("{}/{}", span.service, span.id);
        }
    }
}

fn contains(outer: &Span, inner: &Span) -> bool {
    let slack = SLACK_MS * 1_000_000;
    outer.start.nanos() <= inner.start.nanos() + slack && (inner.end().nanos() <= outer.end().nanos() + slack || outer.open)
}

/// Gives each span the smallest containing span of another service as its parent; spans come ordered by start, the longer
/// first, so that a parent stands before its children and no cycle can arise.
fn nest(spans: &mut [Span]) {
    for i in 0..spans.len() {
        let (before, rest) = spans.split_at(i);
        let Some(span) = rest.first() else { continue };
        let mut around: Vec<&Span> = before.iter().filter(|outer| outer.service != span.service && contains(outer, span)).collect();
        around.sort_by(|a, b| a.duration_ms.total_cmp(&b.duration_ms));
        let parent = around.first().map(|p| p.id.clone());
        // Another span that contains it, and neither contains nor is contained in the chosen one, could as well have called it.
        let rival = |other: &&Span| around.first().is_some_and(|chosen| !contains(other, chosen));
        let ambiguous = around.iter().skip(1).any(rival);
        if let Some(span) = spans.get_mut(i) {
            span.parent = parent;
            span.ambiguous = ambiguous;
        }
    }
}

/// Parents before children, siblings by start.
fn in_tree_order(spans: Vec<Span>) -> Vec<Span> {
    let mut children: BTreeMap<Option<String>, Vec<Span>> = BTreeMap::new();
    for span in spans {
        children.entry(span.parent.clone()).or_default().push(span);
    }
    let mut out = Vec::new();
    let mut stack: Vec<Span> = children.remove(&None).unwrap_or_default().into_iter().rev().collect();
    while let Some(span) = stack.pop() {
        stack.extend(children.remove(&Some(span.id.clone())).unwrap_or_default().into_iter().rev());
        out.push(span);
    }
    out
}

/// Milliseconds of a span in which none of its children ran.
fn self_time(spans: &[Span], at: usize) -> f64 {
    let Some(span) = spans.get(at) else { return 0.0 };
    let (start, end) = (span.start.nanos(), span.end().nanos());
    let mut busy: Vec<(i64, i64)> = spans
        .iter()
        .skip(at + 1)
        .filter(|child| child.parent.as_ref() == Some(&span.id))
        .map(|child| (child.start.nanos().clamp(start, end), child.end().nanos().clamp(start, end)))
        .collect();
    busy.sort_unstable();
    let mut covered = 0;
    let mut reach = start;
    for (from, to) in busy {
        covered += (to - from.max(reach)).max(0);
        reach = reach.max(to);
    }
    ((end - start - covered) as f64 / 1e6).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Exception, Level};

    const MARKS: Marks = Marks { start: Some("Request started"), completion: Some("Request completed") };

    pub fn record(service: &str, span: &str, at: i64, message: &str) -> LogRecord {
        LogRecord {
            timestamp: Timestamp::from_millis(1_768_446_000_000 + at),
            level: Some(Level::Info),
            service: Some(service.into()),
            span_id: Some(span.into()),
            message: Some(message.into()),
            method: Some("GET".into()),
            path: Some(format!("/{service}")),
            ..LogRecord::default()
        }
    }

    fn done(service: &str, span: &str, at: i64, took: f64, status: i64) -> LogRecord {
        LogRecord { status: Some(status), duration_ms: Some(took), ..record(service, span, at, "Request completed") }
    }

    fn failing() -> Vec<LogRecord> {
        let mut thrown = record("pay", "c", 3050, "TimeoutError: stripe POST /v1/charges: no answer in 3000 ms");
        thrown.level = Some(Level::Error);
        thrown.exception = Some(Exception {
            kind: Some("TimeoutError".into()),
            message: Some("stripe POST /v1/charges: no answer in 3000 ms".into()),
            stacktrace: None,
        });
        vec![
            record("gateway", "a", 0, "Request started"),
            record("checkout", "b", 10, "Request started"),
            record("pay", "c", 40, "Request started"),
            thrown,
            done("pay", "c", 3051, 3011.0, 504),
            done("checkout", "b", 3060, 3050.0, 502),
            done("gateway", "a", 3070, 3070.0, 502),
            record("audit", "z", 3200, "event stored"),
        ]
    }

    #[test]
    fn spans_nest_by_time_and_the_deepest_failure_is_the_origin() {
        let trace = assemble("t", failing(), MARKS);
        let tree: Vec<_> = trace.spans.iter().map(|s| (s.service.as_str(), s.parent.as_deref(), s.failed)).collect();
        assert_eq!(tree[..3], [("gateway", None, true), ("checkout", Some("a"), true), ("pay", Some("b"), true)]);
        assert_eq!(trace.spans[0].self_ms.round(), 20.0);
        let origin = trace.origin.unwrap();
        assert_eq!((origin.name.as_str(), origin.service.as_str(), origin.kind.name()), ("stripe", "pay", "dependency"));
    }

    #[test]
    fn a_request_that_never_completes_is_open_to_its_last_sign() {
        let records = vec![record("gateway", "a", 0, "Request started"), record("pay", "b", 5, "Request started"), record("pay", "b", 90, "calling")];
        let trace = assemble("t", records, MARKS);
        let pay = trace.spans.iter().find(|s| s.service == "pay").unwrap();
        assert!(pay.open && pay.duration_ms == 85.0);
        assert_eq!(pay.parent.as_deref(), Some("a"), "an open span may contain what outlives its last record");
    }

    #[test]
    fn anything_is_drawn_and_nothing_loops() {
        assert!(assemble("t", Vec::new(), MARKS).spans.is_empty());
        let mut odd = vec![LogRecord::default(), done("a", "x", 5, f64::NAN, 200), done("a", "y", 5, -3.0, 500), done("b", "x", 5, 1e12, 200)];
        odd.extend((0..300).map(|i| record("n", &i.to_string(), i, "Request started")));
        assert_eq!(assemble("t", odd, MARKS).spans.len(), 304);
    }
}
