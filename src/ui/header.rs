//! The third line: where I am.

use super::paint::Painter;
use crate::answers::Reach;
use crate::app::{State, View};
use crate::model::Interval;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) {
    match state.view {
        View::Overview => overview(state, area, painter),
        View::Records => {
            let text = format!("< overview > {}", state.records.title);
            let still = if state.live { "" } else { "still: live is off (F)" };
            let taken = painter.text(area.x, area.y, &text, painter.look.strong(), area.width);
            painter.text_right(area.right(), area.y, still, painter.look.dim(), area.width.saturating_sub(taken + 2));
        }
        View::Trace => trace(state, area, painter),
    }
}

fn overview(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let right = right_side(state);
    let filters: Vec<String> = state.scope.filters.iter().map(ToString::to_string).collect();
    let scope = if filters.is_empty() { "all services".to_string() } else { filters.join(" ") };
    let left = format!("{}  {}  {scope}", state.start.source, state.start.target);
    let taken = u16::try_from(crate::model::printable::width(&right)).unwrap_or(area.width).min(area.width);
    painter.text(area.x, area.y, &left, painter.look.plain(), area.width.saturating_sub(taken + 2));
    painter.text_right(area.right(), area.y, &right, painter.look.plain(), area.width);
}

fn right_side(state: &State) -> String {
    let live = match state.live {
        true if !state.moves() => "file".to_string(),
        true if state.refresh_ms > state.start.refresh_ms => format!("live {}s ({}s)", state.refresh_ms / 1000, state.start.refresh_ms / 1000),
        true => format!("live {}s", state.refresh_ms / 1000),
        false => "still".to_string(),
    };
    let Some(errors) = &state.errors.data.answer else {
        let asked = match state.scope.reach {
            Reach::Last(ms) => format!("last {}", Interval::from_millis(ms)),
            Reach::Exactly(range) => format!("{}-{}", state.zone.clock(range.from), state.zone.clock(range.to)),
        };
        return format!("{asked}  {live}");
    };
    let range = errors.range;
    let day = if state.zone.day(range.from) == state.zone.day(state.now) { String::new() } else { format!("{} ", state.zone.day(range.from)) };
    let baseline = errors.baseline.map_or("vs none".to_string(), |b| format!("vs {}-{}", state.zone.minute(b.from), state.zone.minute(b.to)));
    format!(
        "{day}{}-{} {}  {}/cell  {baseline}  {live}",
        state.zone.clock(range.from),
        state.zone.clock(range.to),
        state.zone.name(),
        errors.interval
    )
}

fn trace(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let id = state.trace.id.as_ref().map(|id| id.text().to_string()).unwrap_or_default();
    let right = state.trace.trace().map_or(String::new(), |trace| {
        let (start, end) = trace.edges();
        format!(
            "{} {} {}  {} ms  {} rec  {} services",
            state.zone.day(start),
            state.zone.clock(start),
            state.zone.name(),
            crate::model::printable::millis(end.millis_since(start)),
            trace.records.len(),
            trace.services.len()
        )
    });
    let taken = painter.text(area.x, area.y, &format!("< trace {id}"), painter.look.strong(), area.width);
    painter.text_right(area.right(), area.y, &right, painter.look.plain(), area.width.saturating_sub(taken + 2));
}
