//! Choosing a range.

use super::paint::Painter;
use crate::app::State;
use crate::app::ranges::{PRESETS, RangeEntry};
use ratatui::layout::Rect;

/// Draws it over the view.
pub fn draw(state: &State, entry: &RangeEntry, area: Rect, painter: &mut Painter<'_>) {
    let width = area.width.saturating_sub(4).min(64);
    let at = Rect { x: area.x + (area.width - width) / 2, y: area.y + 3, width, height: 7 };
    painter.clear(at);
    painter.title(Rect { height: 1, ..at }, "Range", "↵ takes it, esc leaves it", true);
    let mut x = at.x + 1;
    for (i, (name, _)) in PRESETS.iter().enumerate() {
        let chosen = i == entry.preset && entry.line().is_empty();
        let text = if chosen { format!("[{name}]") } else { format!(" {name} ") };
        x += painter.text(x, at.y + 1, &text, if chosen { painter.look.strong() } else { painter.look.plain() }, 8);
    }
    painter.text(at.x + 1, at.y + 2, "up, down: presets; or type:", painter.look.dim(), width);
    let typed = painter.text(at.x + 1, at.y + 3, &format!("> {}", entry.line()), painter.look.strong(), width - 2);
    painter.reverse(at.x + 1 + typed, at.y + 3);
    painter.text(
        at.x + 1,
        at.y + 4,
        &format!("15m   -2h   14:20..14:35   2026-01-15T10:00..   in {}", state.zone.name()),
        painter.look.dim(),
        width - 2,
    );
    if let Some(error) = &entry.error {
        painter.text(at.x + 1, at.y + 5, error, painter.look.critical(), width - 2);
    }
}
