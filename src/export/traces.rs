//! `spia traces`.

use super::number::{millis, share};
use super::table::Table;
use super::{completeness_json, completeness_text};
use crate::answers::traces::Traces;
use crate::model::Zone;
use crate::model::printable::{percent, thousands};
use serde_json::{Value, json};

/// The contract's document.
pub fn traces_json(traces: &Traces) -> Value {
    let part = |count: u64| share((traces.traces_seen > 0).then(|| count as f64 / traces.traces_seen as f64));
    let shapes: Vec<Value> = traces
        .shapes
        .iter()
        .map(|s| json!({"origin": s.origin, "exception": s.exception, "services": s.services, "count": s.count, "share": part(s.count), "example": s.example}))
        .collect();
    let list: Vec<Value> = traces
        .traces
        .iter()
        .map(|t| {
            json!({"trace_id": t.trace_id, "start": t.start.rfc3339(), "duration_ms": millis(Some(t.duration_ms)), "records": t.records, "errors": t.errors, "failed": t.failed,
                "services": t.services, "error_services": t.error_services, "failed_services": t.failed_services})
        })
        .collect();
    json!({
        "from": traces.range.from.rfc3339(),
        "to": traces.range.to.rfc3339(),
        "sampled": traces.sampled,
        "errors_total": traces.errors_total,
        "traces_seen": traces.traces_seen,
        "running": traces.running,
        "shapes": shapes,
        "traces": list,
        "completeness": completeness_json(&traces.completeness),
    })
}

/// The same for people.
pub fn traces_text(traces: &Traces, zone: Zone) -> String {
    let mut out = format!(
        "failing traces by shape, {}: {} seen, {} failing records\n",
        zone.range(traces.range),
        thousands(traces.traces_seen),
        thousands(traces.errors_total)
    );
    let mut table = Table::new(&[
        ("count", false),
        ("share", false),
        ("origin", true),
        ("exception", true),
        ("services", true),
        ("example", true),
        ("ms", false),
    ]);
    for shape in &traces.shapes {
        let origin = match (&shape.origin, &shape.noticed_by) {
            (Some(origin), Some(service)) if origin != service => format!("{origin} < {service}"),
            (Some(origin), _) => origin.clone(),
            _ => "?".to_string(),
        };
        table.row(vec![
            thousands(shape.count),
            percent(shape.count as f64 / traces.traces_seen.max(1) as f64),
            origin,
            shape.exception.clone().unwrap_or_else(|| "-".to_string()),
            shape.services.join(" "),
            shape.example.clone(),
            crate::model::printable::millis(shape.example_ms),
        ]);
    }
    out.push_str(&table.text());
    if traces.running > 0 {
        out.push_str(&format!("{} more may still be running: not counted\n", traces.running));
    }
    out.push_str(&completeness_text(&traces.completeness));
    out
}
