//! Slow requests: p95 of all, against the usual, with its trend.

use super::paint::Painter;
use crate::answers::{ServiceSlow, Slow};
use crate::app::{Pane, Seen, State};
use crate::model::printable::{count, millis, percent, thousands};
use ratatui::layout::Rect;

/// Draws the pane.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let focused = state.focus == Pane::Slow;
    painter.title(Rect { height: 1, ..area }, "2 Slow: p95 of all requests, ms", "", focused);
    let Some(slow) = &state.slow.data.answer else {
        let text = state.slow.data.fault.as_ref().map_or("…".to_string(), ToString::to_string);
        painter.text(area.x + 1, area.y + 1, &text, painter.look.unknown(), area.width.saturating_sub(2));
        return Seen::default();
    };
    let name = if area.width >= 60 { 18 } else { 14 };
    let spark = Rect { x: area.x + 1 + name + 25, width: area.width.saturating_sub(name + 27), ..area };
    head(slow, area, name, painter);
    moments(state, slow, Rect { y: area.y + 1, height: 1, ..spark }, painter);
    let rows = state.slow.rows();
    let notes = notes(slow, &rows);
    let room = usize::from(area.height.saturating_sub(3)).saturating_sub(notes.len().min(2));
    let at = state.slow.row();
    let top = at.saturating_sub(room.saturating_sub(1));
    for (i, service) in rows.iter().enumerate().skip(top).take(room) {
        let y = area.y + 2 + (i - top) as u16;
        row(service, Rect { y, ..area }, name, Rect { y, ..spark }, painter);
        if i == at && focused {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
    }
    let mut y = area.y + 2 + rows.len().saturating_sub(top).min(room) as u16;
    for note in notes.iter().take(2) {
        painter.text(area.x + 1, y, note, painter.look.plain(), area.width.saturating_sub(2));
        y += 1;
    }
    let more = rows.len().saturating_sub(top + room);
    let hidden = state.slow.hidden();
    let mut rest = Vec::new();
    if more > 0 {
        rest.push(format!("{more} more below"));
    }
    if hidden > 0 {
        rest.push(format!("+ {} {}", count(hidden, "service"), quiet(slow)));
    }
    if slow.services.is_empty() {
        rest.push("no request in this range".to_string());
    }
    if y < area.bottom() {
        painter.text(area.x + 1, y, &rest.join(", "), painter.look.dim(), area.width.saturating_sub(2));
    }
    Seen::of(room)
}

/// What can be said of those that are not slow.
fn quiet(slow: &Slow) -> &'static str {
    // An incomplete answer is no reason to call anything fast, and what is usual may not be known.
    match (slow.completeness.complete, slow.services.iter().any(|s| s.usual_p95_ms.is_some())) {
        (false, _) => "not slower as far as is known",
        (true, false) => "not slow; what is usual is not known",
        (true, true) => "as fast as usual",
    }
}

fn head(slow: &Slow, area: Rect, name: u16, painter: &mut Painter<'_>) {
    let (y, dim) = (area.y + 1, painter.look.dim());
    let x = area.x + 1 + name;
    let over = format!(">{}s", slow.threshold_ms / 1000.0);
    painter.text_right(x + 9, y, "p95", dim, 8);
    painter.text_right(x + 17, y, "usual", dim, 7);
    painter.text_right(x + 23, y, &over, dim, 5);
}

/// Over the trends: where a version or a told change appeared, and the marks.
fn moments(state: &State, slow: &Slow, area: Rect, painter: &mut Painter<'_>) {
    let column = |at: crate::model::Timestamp| {
        let point = slow.starts.partition_point(|start| *start <= at.millis()).checked_sub(1)?;
        let column = point / points_each(slow.starts.len(), usize::from(area.width));
        slow.range.contains(at).then_some(area.x + column as u16)
    };
    let versions = state.errors.data.answer.iter().flat_map(|errors| &errors.markers).map(|m| m.first_seen);
    for x in versions.chain(state.told.iter().map(|told| told.at)).filter_map(column) {
        painter.glyph(x, area.y, if painter.look.ascii { 'v' } else { '▾' }, painter.look.warning());
    }
    for x in state.marks.moments().filter_map(|mark| column(mark.at)) {
        painter.glyph(x, area.y, 'm', painter.look.strong());
    }
}

fn row(service: &ServiceSlow, area: Rect, name: u16, spark: Rect, painter: &mut Painter<'_>) {
    let x = area.x + 1 + name;
    let worse = service.p95_ms.zip(service.usual_p95_ms).is_some_and(|(now, usual)| usual > 0.0 && now > usual * 2.0);
    let style = if worse { painter.look.critical() } else { painter.look.plain() };
    painter.text(area.x + 1, area.y, &service.service, painter.look.plain(), name - 1);
    let capped = if service.flat_ms.is_some() { "!" } else { " " };
    let ms = |value: Option<f64>| value.map_or("?".to_string(), millis);
    painter.text_right(x + 10, area.y, &format!("{}{capped}", ms(service.p95_ms)), style, 9);
    painter.text_right(x + 17, area.y, &ms(service.usual_p95_ms), painter.look.dim(), 7);
    painter.text_right(x + 23, area.y, &service.share_slow.map_or("-".to_string(), percent), painter.look.plain(), 5);
    let most = service.points.iter().filter_map(|p| p.p95_ms).fold(service.usual_p95_ms.unwrap_or(1.0), f64::max);
    for (x, p95) in fitted(service, usize::from(spark.width)).into_iter().enumerate() {
        if let Some(p95) = p95 {
            painter.glyph(spark.x + x as u16, area.y, painter.look.spark(p95 / most.max(1e-9)), painter.look.plain());
        }
    }
}

/// How many points share a column.
fn points_each(points: usize, width: usize) -> usize {
    points.div_ceil(width.max(1)).max(1)
}

/// The whole range in so many columns: of several points in one the worst is shown.
fn fitted(service: &ServiceSlow, width: usize) -> Vec<Option<f64>> {
    let each = points_each(service.points.len(), width);
    service.points.chunks(each).map(|points| points.iter().filter_map(|p| p.p95_ms).reduce(f64::max)).collect()
}

/// A flat top, and requests that never completed.
fn notes(slow: &Slow, rows: &[&ServiceSlow]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let flat: Vec<String> = rows.iter().filter_map(|s| Some(format!("{} {}", s.service, millis(s.flat_ms?)))).take(2).collect();
    if !flat.is_empty() {
        notes.push(format!("! flat top, a client's time-out cuts: {}", flat.join(", ")));
    }
    let sum = |read: fn(&ServiceSlow) -> Option<u64>| slow.services.iter().filter_map(read).sum::<u64>();
    let (now, usual) = (sum(|s| s.unfinished), sum(|s| s.usual_unfinished));
    if slow.services.iter().any(|s| s.unfinished.is_some()) {
        let worst = slow.services.iter().max_by_key(|s| s.unfinished).filter(|s| s.unfinished > Some(0));
        let by = worst.map_or(String::new(), |s| format!(", {} {}", s.service, s.unfinished.unwrap_or(0)));
        notes.push(format!("{} started, not completed (usual {}){by}", thousands(now), thousands(usual)));
    }
    notes
}

/// The pane in one line, where there is no room for it.
pub fn line(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let ms = |value: Option<f64>| value.map_or("?".to_string(), millis);
    let one = |s: &&ServiceSlow| format!("{} {}{} ({})", s.service, ms(s.p95_ms), if s.flat_ms.is_some() { "!" } else { "" }, ms(s.usual_p95_ms));
    let rows = state.slow.rows();
    let text = match (&state.slow.data.fault, rows.is_empty()) {
        (Some(fault), _) => fault.to_string(),
        (None, true) => match &state.slow.data.answer {
            Some(slow) if slow.services.is_empty() && slow.completeness.complete => "slow p95: no request in this range".to_string(),
            Some(slow) => format!("slow p95: {}", quiet(slow)),
            None => "slow p95: …".to_string(),
        },
        (None, false) => format!("slow p95: {}", rows.iter().take(3).map(one).collect::<Vec<_>>().join("  ")),
    };
    painter.text(area.x + 1, area.y, &text, painter.look.plain(), area.width.saturating_sub(1));
}
