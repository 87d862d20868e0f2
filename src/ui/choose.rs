//! A pasted text names several traces: which?

use super::paint::Painter;
use crate::model::target::{Target, TraceId};
use ratatui::layout::Rect;

/// Draws it over the view.
pub fn draw(target: &Target, at: usize, area: Rect, painter: &mut Painter<'_>) {
    let width = area.width.saturating_sub(4).min(56);
    let rows = target.ids.len().min(usize::from(area.height.saturating_sub(6)));
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + 3, width, height: rows as u16 + 2 };
    painter.clear(place);
    painter.title(Rect { height: 1, ..place }, &format!("{} traces are named: which?", target.ids.len()), "enter", true);
    let top = at.saturating_sub(rows.saturating_sub(1));
    for (i, id) in target.ids.iter().map(TraceId::text).enumerate().skip(top).take(rows) {
        let y = place.y + 1 + (i - top) as u16;
        let mark = if i == at { "> " } else { "  " };
        painter.text(place.x + 1, y, &format!("{mark}{id}"), if i == at { painter.look.strong() } else { painter.look.plain() }, width - 2);
    }
}
