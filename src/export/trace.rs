//! `spia trace`.

use super::logs::{record_json, record_text};
use super::number::millis;
use super::table::Style;
use super::{completeness_json, completeness_text};
use crate::answers::trace::TraceAnswer;
use crate::answers::usual::Usual;
use crate::model::printable::{self, left, line, right};
use crate::model::{Origin, Span, SpanKind, Timestamp, Trace, Zone};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// The contract's document; `None` when there is no such trace.
pub fn trace_json(answer: &TraceAnswer) -> Option<Value> {
    let trace = answer.trace.as_ref()?;
    let (start, end) = trace.edges();
    let services: HashMap<&str, &str> = trace.spans.iter().map(|s| (s.id.as_str(), s.service.as_str())).collect();
    let service_of = |id: &str| services.get(id).copied();
    let path: Vec<Value> = trace
        .critical_path
        .iter()
        .map(|(span, from, to)| json!({"span": span, "service": service_of(span), "from_ms": millis(Some(*from)), "to_ms": millis(Some(*to))}))
        .collect();
    let clocks: Vec<Value> = trace
        .clocks
        .iter()
        .map(|c| json!({"host": c.host, "shift_ms": millis(Some(c.shift_ms)), "plus_minus_ms": millis(Some(c.plus_minus_ms))}))
        .collect();
    Some(json!({
        "trace_id": trace.trace_id,
        "start": start.rfc3339_precise(),
        "end": end.rfc3339_precise(),
        "duration_ms": millis(Some(end.millis_since(start))),
        "records": trace.records.len(),
        "services": trace.services,
        "error_services": trace.error_services(),
        "failed_services": trace.failed_services(),
        "origin": trace.origin.as_ref().map(origin_json),
        "critical_path": path,
        "clocks": clocks,
        "remarks": trace.remarks,
        "usual": answer.usual.as_ref().map(usual_json),
        "spans": trace.spans.iter().map(span_json).collect::<Vec<_>>(),
        "events": trace.records.iter().map(record_json).collect::<Vec<_>>(),
        "completeness": completeness_json(&answer.completeness),
    }))
}

fn usual_json(usual: &Usual) -> Value {
    let parts: Vec<Value> = usual
        .parts
        .iter()
        .map(|p| json!({"service": p.service, "p50_ms": millis(Some(p.p50_ms)), "p95_ms": millis(Some(p.p95_ms)), "now_ms": millis(Some(p.now_ms))}))
        .collect();
    json!({"from": usual.range.from.rfc3339(), "to": usual.range.to.rfc3339(), "traces": usual.traces, "p50_ms": millis(Some(usual.p50_ms)),
        "p95_ms": millis(Some(usual.p95_ms)), "services": parts, "missing": usual.missing, "new": usual.new})
}

fn origin_json(origin: &Origin) -> Value {
    let alternatives: Vec<Value> = origin
        .alternatives
        .iter()
        .map(|a| json!({"kind": a.kind.name(), "name": a.name, "service": a.service, "span": a.span, "reason": a.reason}))
        .collect();
    json!({"kind": origin.kind.name(), "name": origin.name, "service": origin.service, "span": origin.span, "timestamp": origin.timestamp.rfc3339(),
        "reason": origin.reason, "confidence": origin.confidence, "alternatives": alternatives, "slow": origin.slow})
}

fn span_json(span: &Span) -> Value {
    let kind = match span.kind {
        SpanKind::Service => "service",
        SpanKind::Client => "client",
        SpanKind::External => "external",
    };
    json!({"id": span.id, "parent": span.parent, "missing_parent": span.missing_parent, "kind": kind, "service": span.service, "name": span.name,
        "start": span.start.rfc3339_precise(), "duration_ms": millis(Some(span.duration_ms)), "self_ms": millis(Some(span.self_ms)), "errors": span.errors,
        "failed": span.failed, "inferred": span.inferred, "ambiguous": span.ambiguous, "open": span.open, "shift_ms": millis(Some(span.shift_ms))})
}

const BAR: usize = 40;

/// A tree for people, then the records.
pub fn trace_text(answer: &TraceAnswer, style: Style, zone: Zone) -> String {
    let Some(trace) = &answer.trace else { return completeness_text(&answer.completeness) };
    let (start, end) = trace.edges();
    let whole = end.millis_since(start).max(0.001);
    let mut out = format!(
        "trace {}  {} {} {}  {} ms\n",
        line(&trace.trace_id),
        zone.day(start),
        zone.clock_millis(start),
        zone.name(),
        printable::millis(whole)
    );
    if let Some(origin) = &trace.origin {
        let noticed = if origin.name == origin.service {
            String::new()
        } else {
            format!(" ({}, no records of its own), noticed by {}", origin.kind.name(), line(&origin.service))
        };
        let what = if origin.slow { "slow" } else { "origin" };
        out.push_str(&format!("{what}: {}{noticed}: {} ({} confidence)\n", line(&origin.name), line(&origin.reason), origin.confidence));
    }
    let on_path: BTreeSet<&str> = trace.critical_path.iter().map(|(id, ..)| id.as_str()).collect();
    for (i, span) in trace.spans.iter().enumerate() {
        let depth = trace.depths.get(i).copied().unwrap_or(0);
        let mark = if on_path.contains(span.id.as_str()) { '*' } else { ' ' };
        let guessed = if span.ambiguous { "? " } else { "" };
        let label = format!("{}{guessed}{} {}", "  ".repeat(depth.min(12)), span.service, span.name);
        let bar = bar(span, start, whole, style);
        let open = if span.open { " never completed" } else { "" };
        out.push_str(&format!("{mark}{} {bar} {}{open}\n", left(&line(&label), 44), right(&printable::millis(span.duration_ms), 7)));
    }
    for remark in &trace.remarks {
        out.push_str(&format!("  {}\n", line(remark)));
    }
    out.push('\n');
    for record in &trace.records {
        out.push_str(&record_text(record, zone, style));
    }
    out.push_str(&completeness_text(&answer.completeness));
    out
}

fn bar(span: &Span, start: Timestamp, whole: f64, style: Style) -> String {
    let column = |at: f64| ((at / whole) * BAR as f64).clamp(0.0, BAR as f64) as usize;
    let at = Trace::true_start(span).millis_since(start);
    let from = column(at).min(BAR - 1);
    let to = column(at + span.duration_ms).max(from + 1).min(BAR);
    let (fill, fail) = if style.ascii { ('=', 'x') } else { ('█', '×') };
    (0..BAR)
        .map(|i| match i {
            i if i + 1 == to && span.failed => fail,
            i if (from..to).contains(&i) => fill,
            _ => ' ',
        })
        .collect()
}
