//! `spia slow`.

use super::number::{millis, share};
use super::table::{Style, Table};
use super::{completeness_json, completeness_text, range_json};
use crate::answers::slow::{ServiceSlow, Slow};
use crate::model::printable::{self, percent, thousands};
use crate::model::{Timestamp, Zone};
use serde_json::{Value, json};

/// The contract's document.
pub fn slow_json(slow: &Slow) -> Value {
    json!({
        "from": slow.range.from.rfc3339(),
        "to": slow.range.to.rfc3339(),
        "interval_ms": slow.interval.millis(),
        "threshold_ms": millis(Some(slow.threshold_ms)),
        "baseline": range_json(slow.baseline),
        "starts": slow.starts.iter().map(|ms| Timestamp::from_millis(*ms).rfc3339()).collect::<Vec<_>>(),
        "partial": slow.partial,
        "services": slow.services.iter().map(service_json).collect::<Vec<_>>(),
        "completeness": completeness_json(&slow.completeness),
    })
}

fn service_json(service: &ServiceSlow) -> Value {
    let points: Vec<Value> = service
        .points
        .iter()
        .map(|p| json!({"start": Timestamp::from_millis(p.start).rfc3339(), "requests": p.requests, "slow": p.slow, "avg_slow_ms": millis(p.avg_slow_ms), "p95_ms": millis(p.p95_ms)}))
        .collect();
    json!({
        "service": service.service,
        "requests": service.requests,
        "slow": service.slow,
        "share_slow": share(service.share_slow),
        "avg_slow_ms": millis(service.avg_slow_ms),
        "p50_ms": millis(service.p50_ms),
        "p95_ms": millis(service.p95_ms),
        "usual_p95_ms": millis(service.usual_p95_ms),
        "flat_ms": millis(service.flat_ms),
        "unfinished": service.unfinished,
        "usual_unfinished": service.usual_unfinished,
        "points": points,
    })
}

/// The same for people.
pub fn slow_text(slow: &Slow, style: Style, zone: Zone) -> String {
    let mut out = format!("slow by service, {}, above {} ms\n", zone.range(slow.range), printable::millis(slow.threshold_ms));
    let mut table = Table::new(&[
        ("service", true),
        ("p95", false),
        ("usual", false),
        ("p50", false),
        ("slow", false),
        ("share", false),
        ("avg slow", false),
        ("hung", false),
        ("trend", true),
    ]);
    for s in &slow.services {
        let ms = |value: Option<f64>| value.map_or("-".to_string(), printable::millis);
        let p95 = format!("{}{}", ms(s.p95_ms), if s.flat_ms.is_some() { "!" } else { "" });
        table.row(vec![
            s.service.clone(),
            p95,
            ms(s.usual_p95_ms),
            ms(s.p50_ms),
            thousands(s.slow),
            s.share_slow.map_or("-".to_string(), percent),
            ms(s.avg_slow_ms),
            s.unfinished.map_or("-".to_string(), thousands),
            trend(s, style),
        ]);
    }
    out.push_str(&table.text());
    for s in slow.services.iter().filter(|s| s.flat_ms.is_some()) {
        let top = s.flat_ms.map(printable::millis).unwrap_or_default();
        out.push_str(&format!("! {}: durations end flat at {top} ms, a client's time-out cuts them\n", printable::line(&s.service)));
    }
    out.push_str(&completeness_text(&slow.completeness));
    out
}

fn trend(service: &ServiceSlow, style: Style) -> String {
    let most = service.points.iter().filter_map(|p| p.p95_ms).fold(1.0, f64::max);
    let glyphs: Vec<char> = if style.ascii { ".:-=+*#%".chars().collect() } else { "▁▂▃▄▅▆▇█".chars().collect() };
    let glyph = |p95: Option<f64>| p95.map_or(' ', |ms| glyphs.get(((ms / most) * 7.0).round() as usize).copied().unwrap_or(' '));
    service.points.iter().map(|p| glyph(p.p95_ms)).collect()
}
