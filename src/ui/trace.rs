//! One trace: a waterfall over its records, or over what the cursor is on in full.

use super::paint::Painter;
use super::{detail, list, waterfall};
use crate::app::trace::Only;
use crate::app::{Seen, State};
use crate::model::Trace;
use ratatui::layout::Rect;

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.trace;
    let Some(trace) = pane.trace() else { return Seen::default() };
    // At most four lines: the critical path's shares come first.
    let remarks = trace.remarks.get(..4.min(trace.remarks.len())).unwrap_or_default();
    // Title, ruler, rows, and what has to be said below them.
    let wanted = pane.rows.len().min(usize::from(area.height)) as u16 + 2 + remarks.len() as u16;
    let height = wanted.min(area.height * 3 / 5).max(6).min(area.height);
    let upper = Rect { height, ..area };
    let rows = upper_half(state, trace, remarks, upper, painter);
    let lower = Rect { y: upper.bottom(), height: area.height - height, ..area };
    if lower.height == 0 {
        return Seen::of(rows);
    }
    if pane.detail {
        let title = if pane.in_records { format!("Record {} of {}", pane.record + 1, trace.records.len()) } else { "Span".to_string() };
        detail::draw(&title, pane.scroll, lower, state, painter);
        return Seen::of(usize::from(lower.height.saturating_sub(1)));
    }
    let times = if trace.clocks.is_empty() { "all levels" } else { "all levels · times as recorded" };
    painter.title(Rect { height: 1, ..lower }, &format!("Records {}", trace.records.len()), times, pane.in_records);
    let below = Rect { y: lower.y + 1, height: lower.height - 1, ..lower };
    let seen = list::draw(pane.records(), pane.record, pane.record..=pane.record, below, state, painter);
    if pane.in_records { seen } else { Seen::of(rows) }
}

fn upper_half(state: &State, trace: &Trace, remarks: &[String], area: Rect, painter: &mut Painter<'_>) -> usize {
    let pane = &state.trace;
    let measured = trace.spans.iter().take(1000).any(|s| !s.inferred);
    let inferred = if trace.spans.iter().take(1000).any(|s| s.inferred) { if measured { ", some inferred" } else { ", inferred" } } else { "" };
    let right = match &pane.only {
        Only::All => format!("{} spans{inferred}", trace.spans.len()),
        Only::Errors => format!("only failed: {} of {}", pane.rows.len(), trace.spans.len()),
        Only::Service(service) => format!("only {service}"),
    };
    painter.title(Rect { height: 1, ..area }, "Waterfall  █ self ─ waits × error ? guessed * critical path", &right, !pane.in_records);
    let said = remarks.len().min(usize::from(area.height.saturating_sub(4)));
    let rows = waterfall::draw(state, trace, Rect { y: area.y + 1, height: area.height - 1 - said as u16, ..area }, painter);
    for (i, remark) in remarks.iter().take(said).enumerate() {
        let y = area.bottom() - said as u16 + i as u16;
        painter.text(area.x + 1, y, remark, painter.look.dim(), area.width.saturating_sub(1));
    }
    rows
}
