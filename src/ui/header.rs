//! The third line: where I am.

use super::paint::Painter;
use crate::answers::Reach;
use crate::app::explain::ExplainPane;
use crate::app::patterns::PatternsPane;
use crate::app::records::RecordsPane;
use crate::app::trace::TracePane;
use crate::app::{State, View};
use crate::model::Interval;
use crate::model::printable;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) {
    match state.view {
        View::Overview => overview(state, area, painter),
        View::Records | View::Explain | View::Patterns => {
            let still = if state.live { "" } else { "still: live is off (F)" };
            let taken = painter.text(area.x, area.y, &crumbs(state, area.width), painter.look.strong(), area.width);
            painter.text_right(area.right(), area.y, still, painter.look.dim(), area.width.saturating_sub(taken + 2));
        }
        View::Trace => trace(state, area, painter),
    }
}

/// The way here: the beginning goes where there is no room for it.
fn crumbs(state: &State, width: u16) -> String {
    let name = |view: View, records: &RecordsPane, trace: &TracePane, explain: &ExplainPane, patterns: &PatternsPane| match view {
        View::Overview => "overview".to_string(),
        View::Records => records.about.title.clone(),
        View::Trace => format!("trace {}", trace.id.iter().flat_map(|id| id.text().chars()).take(8).collect::<String>()),
        View::Explain => format!("explain {}", explain.about.title),
        View::Patterns => format!("patterns {}", patterns.about.title),
    };
    let mut names: Vec<String> = state.back.iter().map(|p| name(p.view, &p.records, &p.trace, &p.explain, &p.patterns)).collect();
    names.push(name(state.view, &state.records, &state.trace, &state.explain, &state.patterns));
    let long = |names: &[String]| names.iter().map(|n| printable::width(n) + 3).sum::<usize>() > usize::from(width);
    let mut cut = false;
    while names.len() > 1 && long(&names) {
        names.remove(0);
        cut = true;
    }
    format!("< {}{}", if cut { "… > " } else { "" }, names.join(" > "))
}

fn overview(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let right = right_side(state);
    let scope = if state.filters.is_empty() { "all services" } else { "" };
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
    let room = area.width.saturating_sub((printable::width(&right) + 2) as u16);
    let way = crumbs(state, area.width);
    let way = way.rsplit_once("trace ").map_or("< ", |(way, _)| way);
    let whole = format!("{way}trace {id}");
    let text = if printable::width(&whole) <= usize::from(room) { whole } else { format!("< trace {id}") };
    let taken = painter.text(area.x, area.y, &text, painter.look.strong(), area.width);
    painter.text_right(area.right(), area.y, &right, painter.look.plain(), area.width.saturating_sub(taken + 2));
}
