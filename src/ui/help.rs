//! `?`: the keys, from the keymap and the table of actions joined.

use super::paint::Painter;
use crate::app::{Action, State};
use ratatui::layout::Rect;

/// Draws it over the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut group = None;
    for action in Action::ALL.iter().filter(|a| a.is_possible(state)) {
        if group != Some(action.group()) {
            group = Some(action.group());
            lines.push((action.group().name().to_string(), String::new()));
        }
        lines.push((state.keymap.keys_of(*action).join(", "), action.doc().to_string()));
    }
    let columns: u16 = if area.width >= 120 { 2 } else { 1 };
    let room = usize::from(area.height.saturating_sub(4));
    let box_width = (area.width - 4).min(64 * columns);
    let height = (lines.len().div_ceil(usize::from(columns)).min(room) + 2) as u16;
    let at = Rect { x: area.x + (area.width - box_width) / 2, y: area.y + (area.height - height) / 2, width: box_width, height };
    painter.clear(at);
    painter.title(Rect { height: 1, ..at }, "Keys here", "esc closes", true);
    let per_column = usize::from(height - 2);
    for (i, (keys, doc)) in lines.iter().enumerate().take(per_column * usize::from(columns)) {
        let x = at.x + 1 + (i / per_column) as u16 * (box_width / columns);
        let y = at.y + 1 + (i % per_column) as u16;
        let style = if doc.is_empty() { painter.look.strong() } else { painter.look.plain() };
        painter.text(x, y, keys, style, 18);
        painter.text(x + 19, y, doc, painter.look.plain(), box_width / columns - 21);
    }
    let cut = lines.len().saturating_sub(per_column * usize::from(columns));
    if cut > 0 {
        painter.text(at.x + 1, at.bottom() - 1, &format!("{cut} more: spia keys"), painter.look.dim(), box_width);
    }
}
