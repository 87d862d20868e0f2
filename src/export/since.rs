//! `spia since`.

use super::number::{round, share};
use super::table::Table;
use super::{completeness_json, completeness_text};
use crate::answers::since::{ServiceSince, Side, Since, Turn};
use crate::model::Zone;
use crate::model::printable::{millis, percent, thousands};
use serde_json::{Value, json};

/// The document.
pub fn since_json(since: &Since) -> Value {
    let side = |side: &Side| json!({"requests": side.requests, "failed": side.failed, "share": share(side.share()), "p95_ms": round(side.p95_ms, 3)});
    let service = |s: &ServiceSince| json!({"service": s.service, "turn": s.turn.name(), "before": side(&s.before), "after": side(&s.after)});
    let range = |range: crate::model::TimeRange| json!({"from": range.from.rfc3339(), "to": range.to.rfc3339()});
    json!({"at": since.at.rfc3339(), "before": range(since.before), "after": range(since.after),
        "services": since.services.iter().map(service).collect::<Vec<_>>(), "completeness": completeness_json(&since.completeness)})
}

fn fails(side: &Side) -> String {
    side.share().map_or("?".to_string(), percent)
}

fn took(side: &Side) -> String {
    side.p95_ms.map_or("-".to_string(), millis)
}

fn verdict(turn: Turn) -> &'static str {
    match turn {
        Turn::Better => "better",
        Turn::Worse => "WORSE",
        Turn::Same => "no change",
        Turn::TooEarly => "too early to say",
    }
}

/// The same for people.
pub fn since_text(since: &Since, zone: Zone) -> String {
    let mut out = format!(
        "since {} {} {}, against {}-{}\n",
        zone.day(since.at),
        zone.clock(since.at),
        zone.name(),
        zone.clock(since.before.from),
        zone.clock(since.before.to)
    );
    let mut table = Table::new(&[
        ("service", true),
        ("", true),
        ("fails", false),
        ("before", false),
        ("p95", false),
        ("before", false),
        ("requests", false),
        ("before", false),
    ]);
    for s in &since.services {
        let counts = [thousands(s.after.requests), thousands(s.before.requests)];
        let [now, before] = counts;
        table.row(vec![
            s.service.clone(),
            verdict(s.turn).to_string(),
            fails(&s.after),
            fails(&s.before),
            took(&s.after),
            took(&s.before),
            now,
            before,
        ]);
    }
    out.push_str(&table.text());
    out.push_str(&completeness_text(&since.completeness));
    out
}

/// One service in a line: what failed before and fails now, with their counts, and what that means.
pub fn since_words(s: &ServiceSince) -> String {
    format!(
        "{}: {}, {} > {} fail ({} of {} > {} of {}), p95 {} > {} ms",
        s.service,
        verdict(s.turn),
        fails(&s.before),
        fails(&s.after),
        thousands(s.before.failed),
        thousands(s.before.requests),
        thousands(s.after.failed),
        thousands(s.after.requests),
        took(&s.before),
        took(&s.after)
    )
}
