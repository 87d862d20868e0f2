//! `?`: the keys, from the keymap and the table of actions joined.

use super::notes::wrapped;
use super::paint::Painter;
use crate::app::{Action, State};
use crate::model::printable;
use ratatui::layout::Rect;

/// From this width on the keys stand in two columns.
const WIDE: u16 = 120;
/// So wide is a column at most, and so much of it is for the keys.
const COLUMN: u16 = 74;
const KEYS: u16 = 19;

/// Draws it over the view, from the line that is scrolled to; how far down it can be scrolled.
pub fn draw(state: &State, scroll: usize, area: Rect, painter: &mut Painter<'_>) -> usize {
    let columns: u16 = if area.width >= WIDE { 2 } else { 1 };
    let box_width = area.width.saturating_sub(4).min(COLUMN * columns);
    let width = box_width / columns;
    let lines = lines(state, usize::from(width.saturating_sub(KEYS + 2)).max(10));
    let room = usize::from(area.height.saturating_sub(4)).max(1);
    let per_column = lines.len().div_ceil(usize::from(columns)).min(room);
    let height = (per_column + 2) as u16;
    let at = Rect {
        x: area.x + area.width.saturating_sub(box_width) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width: box_width,
        height: height.min(area.height),
    };
    painter.clear(at);
    painter.title(Rect { height: 1, ..at }, "Keys here", "j k scroll, esc closes", true);
    let fit = per_column * usize::from(columns);
    let deepest = lines.len().saturating_sub(fit);
    let top = scroll.min(deepest);
    for (i, (keys, doc)) in lines.iter().skip(top).take(fit).enumerate() {
        let x = at.x + 1 + (i / per_column) as u16 * width;
        let y = at.y + 1 + (i % per_column) as u16;
        let is_title = doc.is_empty();
        let style = if is_title { painter.look.strong() } else { painter.look.plain() };
        painter.text(x, y, keys, style, KEYS - 1);
        painter.text(x + KEYS, y, doc, painter.look.plain(), width.saturating_sub(KEYS + 1));
    }
    let below = lines.len().saturating_sub(top + fit);
    if below > 0 {
        painter.text(at.x + 1, at.bottom() - 1, &format!("{} below", printable::count(below, "more line")), painter.look.dim(), box_width);
    }
    deepest
}

/// Keys with what they do, broken to fit; a heading has nothing behind it.
fn lines(state: &State, width: usize) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut group = None;
    for action in Action::ALL.iter().filter(|a| a.is_possible(state)) {
        if group != Some(action.group()) {
            group = Some(action.group());
            lines.push((action.group().name().to_string(), String::new()));
        }
        let mut keys = Some(state.keymap.keys_of(*action).join(", "));
        lines.extend(wrapped(action.doc(), width).into_iter().map(|line| (keys.take().unwrap_or_default(), line)));
    }
    lines
}
