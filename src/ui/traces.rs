//! Failing traces by shape.

use super::paint::Painter;
use crate::answers::traces::Shape;
use crate::app::{Pane, Seen, State};
use crate::model::printable::{millis, percent, thousands};
use ratatui::layout::Rect;

/// Draws the pane.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let focused = state.focus == Pane::Traces;
    let Some(traces) = &state.traces.data.answer else {
        painter.title(Rect { height: 1, ..area }, "3 Failing traces", "", focused);
        let text = state.traces.data.fault.as_ref().map_or("…".to_string(), ToString::to_string);
        painter.text(area.x + 1, area.y + 1, &text, painter.look.unknown(), area.width.saturating_sub(2));
        return Seen::default();
    };
    let (seen, shapes) = (traces.traces_seen, traces.shapes.len());
    let title = format!("3 Failing traces: {} seen, {shapes} shape{}", thousands(seen), if shapes == 1 { "" } else { "s" });
    let wide = area.width >= 60;
    let rest = u16::from(traces.running > 0) + u16::from(traces.sampled && area.height > 8);
    let head = u16::from(area.height > 5);
    if head == 1 {
        let text = if wide {
            "  count share  origin < noticed by              exception        services  example"
        } else {
            "  count share  origin < noticed by"
        };
        painter.text(area.x, area.y + 1, text, painter.look.dim(), area.width);
    }
    // Shapes that look alike differ in what the line at the end says.
    let about = u16::from(shapes > 0 && area.height >= 6);
    let room = usize::from(area.height.saturating_sub(1 + head + rest + about));
    let at = state.traces.row.min(shapes.saturating_sub(1));
    let top = at.saturating_sub(room.saturating_sub(1));
    let listed = if shapes > room { format!("{}-{} of {shapes}", top + 1, (top + room).min(shapes)) } else { String::new() };
    let sampled = if traces.sampled { format!("sampled, {} failing records", thousands(traces.errors_total)) } else { String::new() };
    painter.title(Rect { height: 1, ..area }, &title, if listed.is_empty() { &sampled } else { &listed }, focused);
    for (i, shape) in traces.shapes.iter().enumerate().skip(top).take(room) {
        let y = area.y + 1 + head + (i - top) as u16;
        row(shape, seen, Rect { y, height: 1, ..area }, wide, painter);
        if i == at && focused {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
    }
    if shapes == 0 {
        painter.text(area.x + 1, area.y + 1 + head, "none in this range", painter.look.dim(), area.width);
    }
    let mut y = area.y + 1 + head + shapes.saturating_sub(top).min(room) as u16;
    if let Some(shape) = traces.shapes.get(at).filter(|_| about == 1) {
        painter.text(area.x + 1, y, &described(shape), painter.look.dim(), area.width.saturating_sub(1));
        y += 1;
    }
    if traces.running > 0 && y < area.bottom() {
        painter.text(area.x + 1, y, &format!("{} more may still be running: not counted", traces.running), painter.look.dim(), area.width);
        y += 1;
    }
    if rest > 1 && y < area.bottom() {
        painter.text(
            area.x + 1,
            y,
            &format!("sampled: {} of more; {} failing records", thousands(seen), thousands(traces.errors_total)),
            painter.look.dim(),
            area.width,
        );
    }
    Seen::of(room)
}

/// What the row has no room for.
fn described(shape: &Shape) -> String {
    format!("{}, {} ms: {}", shape.example.chars().take(8).collect::<String>(), millis(shape.example_ms), shape.services.join(" "))
}

fn origin(shape: &Shape) -> String {
    match (&shape.origin, &shape.noticed_by) {
        (Some(origin), Some(service)) if origin != service => format!("{origin} < {service}"),
        (Some(origin), _) => origin.clone(),
        _ => "handled, no request failed".to_string(),
    }
}

fn row(shape: &Shape, seen: u64, area: Rect, wide: bool, painter: &mut Painter<'_>) {
    let (x, y) = (area.x + 1, area.y);
    painter.text_right(x + 6, y, &thousands(shape.count), painter.look.plain(), 6);
    painter.text_right(x + 12, y, &percent(shape.count as f64 / seen.max(1) as f64), painter.look.plain(), 6);
    // Of a class with its package the class tells more.
    let exception = shape.exception.as_deref().map_or("-", |kind| kind.rsplit('.').next().unwrap_or(kind)).to_string();
    let services = match shape.services.len() {
        0 | 1 => shape.services.first().cloned().unwrap_or_default(),
        n => format!("{n} services"),
    };
    if wide {
        painter.text(x + 14, y, &origin(shape), painter.look.plain(), 32);
        painter.text(x + 47, y, &exception, painter.look.plain(), 16);
        painter.text(x + 64, y, &services, painter.look.plain(), 10);
        let example = format!("{} {} ms", shape.example.chars().take(8).collect::<String>(), millis(shape.example_ms));
        painter.text(x + 75, y, &example, painter.look.dim(), area.width.saturating_sub(76));
    } else {
        painter.text(x + 14, y, &format!("{}  {exception}", origin(shape)), painter.look.plain(), area.width.saturating_sub(15));
    }
}

/// The pane in one line, where there is no room for it.
pub fn line(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let text = match (&state.traces.data.answer, &state.traces.data.fault) {
        (_, Some(fault)) => fault.to_string(),
        (Some(traces), None) => traces
            .shapes
            .first()
            .map_or("no failing traces".to_string(), |s| format!("failing traces: {} of {} {}", s.count, traces.traces_seen, origin(s))),
        (None, None) => "failing traces: …".to_string(),
    };
    painter.text(area.x + 1, area.y, &text, painter.look.plain(), area.width.saturating_sub(1));
}
