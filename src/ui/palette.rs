//! The palette of actions, and the choice of columns: rows with a cursor over the view.

use super::filters::list;
use super::paint::Painter;
use crate::app::State;
use crate::app::listing::Columns;
use crate::app::palette::Palette;
use crate::model::printable;
use ratatui::layout::Rect;

/// Draws the palette.
pub fn draw(state: &State, palette: &Palette, area: Rect, painter: &mut Painter<'_>) {
    let row = |action: &crate::app::Action| {
        let keys = state.keymap.keys_of(*action);
        let name = action.name().replace('_', " ");
        format!("{} {} {}", printable::left(&name, 16), printable::left(keys.first().map_or("", String::as_str), 7), action.doc())
    };
    let rows: Vec<String> = palette.found(state).iter().map(row).collect();
    list(&format!(":{}_", palette.text.line()), "enter does it, esc leaves it", &rows, palette.at, area, painter);
}

/// Draws the choice of columns.
pub fn columns(columns: &Columns, area: Rect, painter: &mut Painter<'_>) {
    let rows: Vec<String> = columns.rows.iter().map(|(name, shown)| format!("{} {name}", if *shown { "[x]" } else { "[ ]" })).collect();
    list("Columns", "enter on/off  J K move  d as at first  esc", &rows, columns.at, area, painter);
}
