//! The record or span under the cursor in full: a titled list of names and values.

use super::paint::Painter;
use crate::app::detail::{NAME, is_open, lines};
use crate::app::search::search_of;
use crate::app::{Action, State, View};
use ratatui::layout::Rect;

/// Draws it from that line on.
pub fn draw(title: &str, scroll: usize, area: Rect, state: &State, painter: &mut Painter<'_>) {
    let open = is_open(state);
    let wanted = search_of(state);
    let right = match (open, wanted) {
        (false, _) if state.view == View::Patterns => hint(state, &[(Action::Open, "all of them"), (Action::Trace, "its trace")]),
        (false, _) => hint(state, &[(Action::Open, "unfold"), (Action::Trace, "its trace"), (Action::Json, "JSON")]),
        (true, "") => hint(
            state,
            &[(Action::Search, "search"), (Action::Json, if state.listing.json { "in words" } else { "JSON" }), (Action::StepBack, "close")],
        ),
        (true, wanted) => format!("/{wanted}  n N  esc: close"),
    };
    painter.title(Rect { height: 1, ..area }, title, &right, open);
    let lines = lines(state);
    let room = usize::from(area.height.saturating_sub(1));
    let scroll = scroll.min(lines.len().saturating_sub(1));
    let indent = if state.listing.json { 1 } else { NAME };
    for (i, (name, value)) in lines.iter().skip(scroll).take(room).enumerate() {
        let y = area.y + 1 + i as u16;
        painter.text(area.x + 1, y, name, painter.look.dim(), indent.saturating_sub(2));
        painter.text(area.x + indent, y, value, painter.look.plain(), area.width.saturating_sub(indent));
        if open {
            painter.highlight(Rect { y, height: 1, ..area }, wanted);
        }
    }
    let more = lines.len().saturating_sub(scroll + room);
    if more > 0 && area.height > 1 {
        painter.text_right(area.right(), area.bottom() - 1, &format!("  {more} more lines"), painter.look.dim(), 18);
    }
}

fn hint(state: &State, wanted: &[(Action, &str)]) -> String {
    let possible = wanted.iter().filter(|(action, _)| action.is_possible(state));
    let one = |(action, what): &(Action, &str)| Some(format!("{}: {what}", state.keymap.keys_of(*action).first()?));
    possible.filter_map(one).collect::<Vec<_>>().join("  ")
}
