//! Records behind something: the list, and the one under the cursor in full.

use super::paint::Painter;
use super::{detail, list};
use crate::app::{Seen, State};
use ratatui::layout::Rect;

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.records;
    let records = pane.records();
    let detail_height = if pane.detail { area.height.saturating_sub(4) } else { (area.height / 2).min(14) };
    let upper = Rect { height: area.height - detail_height, ..area };
    let title = match (&pane.data.answer, &pane.data.fault) {
        (_, Some(fault)) => format!("Records: {fault}"),
        (None, None) => "Records …".to_string(),
        (Some(logs), None) => format!("Records {}{}, oldest first", records.len(), if logs.more { " of more (k on the first reads on)" } else { "" }),
    };
    let right = match (state.follows(), pane.search.as_str()) {
        (true, _) => "following the newest (F)".to_string(),
        (false, "") => String::new(),
        (false, wanted) => format!("/{wanted}  n N"),
    };
    painter.title(Rect { height: 1, ..upper }, &title, &right, true);
    let seen = list::draw(records, pane.row, pane.chosen(), Rect { y: upper.y + 1, height: upper.height.saturating_sub(1), ..upper }, state, painter);
    if pane.selected_record().is_some() {
        let at = Rect { y: upper.bottom(), height: detail_height, ..area };
        let scroll = if pane.detail { pane.scroll } else { 0 };
        detail::draw(&format!("Record {} of {}", pane.row + 1, records.len()), scroll, at, state, painter);
    } else if pane.data.answer.is_some() {
        painter.text(area.x + 1, area.y + 2, "no record here matches: < goes back", painter.look.dim(), area.width);
    }
    seen
}
