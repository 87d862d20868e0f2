//! State -> frame. Pure drawing: one file a pane, small widgets; what was seen comes back as a value.

mod brief;
mod choose;
mod detail;
mod explain;
mod filters;
mod ghost;
mod header;
mod heatmap;
mod help;
mod list;
mod look;
mod marks;
mod notes;
mod overview;
mod paint;
mod palette;
mod patterns;
mod range_popup;
mod records;
mod scroll;
mod slow;
mod status;
mod trace;
mod traces;
mod waterfall;

pub use look::Look;

use crate::app::{Overlay, Seen, State, View};
use paint::Painter;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Below this only the brief and the state are drawn.
const SMALLEST: (u16, u16) = (60, 15);

/// Draws the state into a buffer, and says what can be seen there.
pub fn draw(state: &State, look: Look, buffer: &mut Buffer) -> Seen {
    let area = buffer.area;
    let mut painter = Painter::new(buffer, look);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(state, area, &mut painter);
    }
    let rows = i32::from(area.height);
    let second_line = rows >= 20;
    brief::draw(state, area, second_line, &mut painter);
    let top = if second_line { 2 } else { 1 };
    header::draw(state, Rect { y: area.y + top, height: 1, ..area }, &mut painter);
    let top = if state.filters.is_empty() {
        top
    } else {
        filters::line(state, Rect { y: area.y + top + 1, height: 1, ..area }, &mut painter);
        top + 1
    };
    let body = Rect { y: area.y + top + 1, height: area.height.saturating_sub(top + 3), ..area };
    let seen = match state.view {
        View::Overview => overview::draw(state, body, &mut painter),
        View::Records => records::draw(state, body, &mut painter),
        View::Trace => trace::draw(state, body, &mut painter),
        View::Explain => explain::draw(state, body, &mut painter),
        View::Patterns => patterns::draw(state, body, &mut painter),
    };
    status::draw(state, Rect { y: area.bottom() - 2, height: 2, ..area }, &mut painter);
    Seen { deepest: over(state, area, &mut painter), ..seen }
}

/// Draws what lies over the view; how far down that can be scrolled.
fn over(state: &State, area: Rect, painter: &mut Painter<'_>) -> usize {
    let Some(overlay) = &state.overlay else { return 0 };
    match overlay {
        Overlay::Help { scroll } => return help::draw(state, *scroll, area, painter),
        Overlay::Notes { scroll, unread } => return notes::draw(state, *scroll, unread, area, painter),
        Overlay::Why { scroll } => return notes::draw_why(state, *scroll, area, painter),
        Overlay::Range(entry) => range_popup::draw(state, entry, area, painter),
        Overlay::Pick(pick) => filters::pick(pick, area, painter),
        Overlay::Filters { at } => filters::edit(state, *at, area, painter),
        Overlay::Note { at, text } => marks::note(state, *at, text.line(), area, painter),
        Overlay::Marks { at } => marks::list(state, *at, area, painter),
        Overlay::Query(bar) => filters::query(bar, area, painter),
        Overlay::Choose { target, at } => choose::draw(target, *at, area, painter),
        Overlay::Palette(palette) => palette::draw(state, palette, area, painter),
        Overlay::Columns(columns) => palette::columns(columns, area, painter),
        Overlay::Search(_) | Overlay::Write(_) | Overlay::ConfirmQuit => {}
    }
    0
}

fn too_small(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    brief::draw(state, area, area.height > 2, painter);
    let y = area.bottom().saturating_sub(1);
    painter.text(area.x, y, "60x15 at least shows more; q quits", painter.look.dim(), area.width);
    Seen::default()
}
