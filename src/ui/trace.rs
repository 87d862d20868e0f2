//! One trace: a waterfall over its records.

use super::paint::Painter;
use super::records::draw_list;
use crate::app::{Seen, State};
use crate::model::printable::millis;
use crate::model::{Span, Timestamp, Trace};
use ratatui::layout::Rect;
use std::collections::{BTreeMap, BTreeSet};

const FIGURES: u16 = 18;

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let Some(trace) = state.trace.trace() else { return Seen::default() };
    let spans = state.trace.spans();
    let wanted = spans.len() as u16 + 3;
    let height = wanted.min(area.height * 3 / 5).max(5).min(area.height);
    let upper = Rect { height, ..area };
    let rows = waterfall(state, trace, &spans, upper, painter);
    let lower = Rect { y: upper.bottom(), height: area.height - height, ..area };
    if lower.height == 0 {
        return Seen { rows };
    }
    painter.title(Rect { height: 1, ..lower }, &format!("Records {}", trace.records.len()), "all levels · times as recorded", state.trace.in_records);
    let list = Rect { y: lower.y + 1, height: lower.height - 1, ..lower };
    let seen = draw_list(state.trace.records(), state.trace.record, list, state, painter);
    if state.trace.in_records { seen } else { Seen { rows } }
}

fn waterfall(state: &State, trace: &Trace, spans: &[&Span], area: Rect, painter: &mut Painter<'_>) -> usize {
    let inferred = if trace.spans.iter().any(|s| s.inferred) { ", inferred" } else { "" };
    painter.title(
        Rect { height: 1, ..area },
        "Waterfall  █ self ─ waits × error ? guessed * critical path",
        &format!("{} spans{inferred}", trace.spans.len()),
        !state.trace.in_records,
    );
    let (start, end) = trace.edges();
    let whole = end.millis_since(start).max(0.001);
    let label = (area.width * 2 / 5).min(48);
    let chart = Rect { x: area.x + label, width: area.width.saturating_sub(label + FIGURES), ..area };
    ruler(whole, Rect { y: area.y + 1, ..chart }, painter);
    painter.text_right(area.right() - 9, area.y + 1, "total", painter.look.dim(), 9);
    painter.text_right(area.right(), area.y + 1, "self", painter.look.dim(), 8);
    let depths = trace.depths();
    let critical: BTreeSet<&str> = trace.critical_path.iter().map(|(id, ..)| id.as_str()).collect();
    let numbers = service_numbers(trace);
    let room = usize::from(area.height.saturating_sub(3));
    let at = state.trace.span.min(spans.len().saturating_sub(1));
    let top = at.saturating_sub(room.saturating_sub(1));
    for (i, span) in spans.iter().enumerate().skip(top).take(room) {
        let y = area.y + 2 + (i - top) as u16;
        let style = numbers.get(span.service.as_str()).map_or(painter.look.plain(), |n| painter.look.service(*n));
        let mark = match (i == at, critical.contains(span.id.as_str())) {
            (true, _) => '>',
            (false, true) => '*',
            (false, false) => ' ',
        };
        painter.glyph(area.x, y, mark, painter.look.strong());
        let depth = depths.get(span.id.as_str()).copied().unwrap_or(0).min(12);
        let folded = if state.trace.folded.contains(&span.id) { "▸ " } else { "" };
        let guessed = if span.ambiguous { "? " } else { "" };
        painter.text(
            area.x + 1 + depth as u16 * 2,
            y,
            &format!("{folded}{guessed}{} {}", span.service, span.name),
            style,
            label.saturating_sub(2 + depth as u16 * 2),
        );
        bar(span, trace, start, whole, Rect { y, height: 1, ..chart }, painter);
        let open = if span.open { "+" } else { "" };
        painter.text_right(area.right() - 9, y, &format!("{}{open}", millis(span.duration_ms)), painter.look.plain(), 9);
        painter.text_right(area.right(), y, &millis(span.self_ms), painter.look.dim(), 8);
    }
    let y = area.y + 2 + spans.len().saturating_sub(top).min(room) as u16;
    if y < area.bottom() {
        let more = spans.len().saturating_sub(top + room);
        let below = if more > 0 { format!("{more} more spans below · ") } else { String::new() };
        painter.text(area.x + 1, y, &format!("{below}critical path: {}", shares(trace)), painter.look.dim(), area.width - 1);
    }
    room
}

fn service_numbers(trace: &Trace) -> BTreeMap<&str, usize> {
    let mut numbers = BTreeMap::new();
    for span in &trace.spans {
        let next = numbers.len();
        numbers.entry(span.service.as_str()).or_insert(next);
    }
    numbers
}

/// Each service's share of the critical path, the largest first.
fn shares(trace: &Trace) -> String {
    let mut by_service: BTreeMap<&str, f64> = BTreeMap::new();
    let mut whole = 0.0;
    for (id, from, to) in &trace.critical_path {
        let service = trace.spans.iter().find(|s| s.id == *id).map_or("?", |s| s.service.as_str());
        *by_service.entry(service).or_default() += to - from;
        whole += to - from;
    }
    let mut rows: Vec<(&str, f64)> = by_service.into_iter().collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    rows.iter().take(4).map(|(service, ms)| format!("{service} {:.0}%", ms / f64::max(whole, 0.001) * 100.0)).collect::<Vec<_>>().join("  ")
}

fn ruler(whole: f64, area: Rect, painter: &mut Painter<'_>) {
    const STEPS: [f64; 12] = [1.0, 5.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 60_000.0];
    let most = (f64::from(area.width) / 9.0).max(1.0);
    let step = STEPS.into_iter().find(|step| whole / step <= most).unwrap_or(whole);
    let mut at = 0.0;
    while at < whole {
        let x = (at / whole * f64::from(area.width)) as u16;
        let text = if step >= 1000.0 { format!("{:.0}s", at / 1000.0) } else { format!("{at:.0}ms") };
        if x + 6 <= area.width {
            painter.text(area.x + x, area.y, &text, painter.look.dim(), 8);
        }
        at += step;
    }
}

/// A span's bar: its own work solid, waiting for its children a line; the last column says how it ended.
fn bar(span: &Span, trace: &Trace, start: Timestamp, whole: f64, area: Rect, painter: &mut Painter<'_>) {
    let width = f64::from(area.width);
    let column = |at: f64| (at / whole * width).clamp(0.0, width) as u16;
    let from = column(span.start.millis_since(start)).min(area.width.saturating_sub(1));
    let to = column(span.end().millis_since(start)).max(from + 1).min(area.width);
    let children: Vec<(u16, u16)> = trace
        .spans
        .iter()
        .filter(|child| child.parent.as_ref() == Some(&span.id))
        .map(|child| (column(child.start.millis_since(start)), column(child.end().millis_since(start))))
        .collect();
    let (work, wait, fail) = if painter.look.ascii { ('#', '-', 'x') } else { ('█', '─', '×') };
    for x in from..to {
        let waits = children.iter().any(|(a, b)| *a <= x && x < *b);
        painter.glyph(area.x + x, area.y, if waits { wait } else { work }, painter.look.plain());
    }
    if span.failed {
        painter.glyph(area.x + to - 1, area.y, fail, painter.look.critical());
    }
}
