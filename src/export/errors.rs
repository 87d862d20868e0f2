//! `spia errors`.

use super::number::{millis, round, share};
use super::table::{Style, Table};
use super::{completeness_json, completeness_text, range_json, time};
use crate::answers::errors::{By, CELL_PER_MS, CRITICAL, Column, Errors, Measure, PER_MS, ServiceErrors, State, WARNING};
use crate::model::printable::{age, percent, thousands};
use crate::model::{Timestamp, Zone};
use serde_json::{Value, json};

/// The contract's document.
pub fn errors_json(errors: &Errors) -> Value {
    let by_time = errors.by == By::Time;
    let columns: Vec<Value> = errors
        .columns
        .iter()
        .map(|column| match column {
            Column::Start(ms) => Timestamp::from_millis(*ms).rfc3339().into(),
            Column::Value(value) => value.as_str().into(),
        })
        .collect();
    let thresholds = if errors.measure.has_thresholds() || !by_time {
        json!({"warning": WARNING as i64, "critical": CRITICAL as i64, "per_ms": PER_MS, "cell_per_ms": CELL_PER_MS})
    } else {
        Value::Null
    };
    let thresholds = if errors.measure.has_thresholds() { thresholds } else { Value::Null };
    let markers: Vec<Value> = errors
        .markers
        .iter()
        .map(|m| json!({"service": m.service, "field": m.field.name(), "value": m.value, "first_seen": m.first_seen.rfc3339()}))
        .collect();
    json!({
        "from": errors.range.from.rfc3339(),
        "to": errors.range.to.rfc3339(),
        "interval_ms": if by_time { Value::from(errors.interval.millis()) } else { Value::Null },
        "measure": errors.measure.name(),
        "by": match &errors.by { By::Time => "time", By::Field(field) => field.name() },
        "baseline": range_json(errors.baseline),
        "thresholds": thresholds,
        "columns": columns,
        "partial": errors.partial,
        "markers": markers,
        "services": errors.services.iter().map(|s| service_json(s, errors.measure)).collect::<Vec<_>>(),
        "completeness": completeness_json(&errors.completeness),
    })
}

fn figure(value: Option<f64>, measure: Measure) -> Value {
    match measure {
        Measure::Share => share(value),
        Measure::P95 => millis(value),
        _ => round(value, 0),
    }
}

fn service_json(service: &ServiceErrors, measure: Measure) -> Value {
    json!({
        "service": service.service,
        "total": figure(service.total, measure),
        "requests": service.requests,
        "failed": service.failed,
        "unfinished": service.unfinished,
        "error_share": share(service.error_share),
        "usual": share(service.usual),
        "usual_per_min": millis(service.usual_per_min),
        "newest": time(service.newest),
        "lag_ms": millis(service.lag_ms),
        "state": service.state.name(),
        "surprise": millis(Some(service.surprise)),
        "cells": service.cells.iter().map(|cell| figure(*cell, measure)).collect::<Vec<_>>(),
    })
}

/// The same for people.
pub fn errors_text(errors: &Errors, style: Style, zone: Zone) -> String {
    let clock = |at: Timestamp| zone.clock(at);
    let mut out = format!("{} by service, {}, {} a column\n", errors.measure.name(), zone.range(errors.range), errors.interval);
    let mut columns =
        vec![("service", true), ("state", true), ("total", false), ("fails", false), ("usual", false), ("requests", false), ("newest", false)];
    let values: Vec<&str> = errors
        .columns
        .iter()
        .filter_map(|c| match c {
            Column::Value(v) => Some(v.as_str()),
            Column::Start(_) => None,
        })
        .collect();
    columns.extend(values.iter().map(|value| (*value, false)));
    if values.is_empty() {
        columns.push(("trend", true));
    }
    let mut table = Table::new(&columns);
    let end = errors.clock.min(errors.range.to);
    for service in &errors.services {
        let share = |value: Option<f64>| value.map_or("-".to_string(), percent);
        let newest = service.newest.map_or("none".to_string(), |at| age(end.millis() - at.millis()));
        let mut row = vec![
            service.service.clone(),
            service.state.name().to_string(),
            total_text(service, errors.measure),
            share(service.error_share),
            share(service.usual),
            thousands(service.requests),
            newest,
        ];
        if values.is_empty() {
            row.push(trend(service, errors, style));
        } else {
            row.extend(service.cells.iter().map(|cell| figure_text(*cell, errors.measure)));
        }
        table.row(row);
    }
    out.push_str(&table.text());
    for marker in &errors.markers {
        out.push_str(&format!("{} {} {} first seen {}\n", clock(marker.first_seen), marker.service, marker.value, marker.first_seen.rfc3339()));
    }
    out.push_str(&completeness_text(&errors.completeness));
    if style.colour { coloured(&out) } else { out }
}

fn total_text(service: &ServiceErrors, measure: Measure) -> String {
    let text = figure_text(service.total, measure);
    match service.state {
        State::Incomplete => format!("≥{text}"),
        _ => text,
    }
}

fn figure_text(value: Option<f64>, measure: Measure) -> String {
    match (value, measure) {
        (None, _) => "?".to_string(),
        (Some(value), Measure::Share) => percent(value),
        (Some(value), _) => thousands(value.round().max(0.0) as u64),
    }
}

fn trend(service: &ServiceErrors, errors: &Errors, style: Style) -> String {
    let scale = errors.interval.millis() as f64 / CELL_PER_MS as f64;
    let most = service.cells.iter().flatten().copied().fold(0.0, f64::max);
    service
        .cells
        .iter()
        .map(|cell| {
            let level = match (cell, errors.measure.has_thresholds()) {
                (None, _) => return '/',
                (Some(n), _) if *n <= 0.0 => 0,
                (Some(n), true) => {
                    if *n >= CRITICAL * scale {
                        3
                    } else if *n >= WARNING * scale {
                        2
                    } else {
                        1
                    }
                }
                (Some(n), false) => (n / most * 2.99) as usize + 1,
            };
            let glyphs = if style.ascii { [' ', '.', '+', '#'] } else { [' ', '▁', '▄', '█'] };
            glyphs.get(level).copied().unwrap_or(' ')
        })
        .collect::<String>()
}

/// Only the word that names a state is coloured.
fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 200);
    for line in text.split_inclusive('\n') {
        let paint = [("failing", "31"), ("silent", "35"), ("late", "33"), ("incomplete", "33"), ("INCOMPLETE", "33")];
        let hit = paint
            .iter()
            .find_map(|(word, code)| line.find(&format!("{word} ")).or_else(|| line.find(&format!("{word};"))).map(|at| (at, *word, *code)));
        match hit.and_then(|(at, word, code)| Some((line.get(..at)?, word, code, line.get(at + word.len()..)?))) {
            Some((before, word, code, after)) => out.push_str(&format!("{before}\u{1b}[{code}m{word}\u{1b}[0m{after}")),
            None => out.push_str(line),
        }
    }
    out
}
