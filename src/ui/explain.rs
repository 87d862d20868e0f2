//! What sets some records apart: the values, and what the one under the cursor says.

use super::paint::Painter;
use super::scroll;
use crate::answers::brief::Apart;
use crate::answers::explain::Explain;
use crate::app::{Action, Seen, State};
use crate::model::printable::{percent, thousands};
use ratatui::layout::Rect;

/// Columns of a row from its left edge: value, share of the selected, share of the rest, how many go bad; each after its name.
const NAME: u16 = 24;
const FIGURES: u16 = 13 + 13 + 22;

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.explain;
    let head = Rect { height: 1, ..area };
    let explain = match (&pane.data.answer, &pane.data.fault) {
        (_, Some(fault)) => {
            painter.title(head, &format!("Explain: {fault}"), "", true);
            return Seen::default();
        }
        (None, None) => {
            painter.title(head, "Explain …", "", true);
            return Seen::default();
        }
        (Some(explain), None) => explain,
    };
    let against = pane.against(state.zone);
    let title = format!("What sets {} {} apart from {against}", thousands(explain.selected), explain.what);
    let key = state.keymap.keys_of(Action::Baseline).first().cloned().unwrap_or_default();
    let other = if explain.before.is_some() { "the others" } else { "the time before" };
    painter.title(head, &title, &format!("{key}: against {other}"), true);
    let rows = pane.rows();
    if rows.is_empty() {
        let text = match (explain.selected, explain.rest) {
            (0, _) => "nothing is selected here",
            (_, 0) => "there are no others to hold them against",
            _ => "no value sets them apart: they are spread like all others",
        };
        painter.text(area.x + 1, area.y + 1, text, painter.look.plain(), area.width.saturating_sub(2));
        return Seen::default();
    }
    let value = area.width.saturating_sub(NAME + FIGURES + 3);
    let columns = [area.x + 1, area.x + 1 + NAME, area.x + 2 + NAME + value];
    painter.text(columns[0], area.y + 1, "field", painter.look.dim(), NAME);
    painter.text(columns[1], area.y + 1, "value", painter.look.dim(), value);
    for (right, text) in [(12, "of selected"), (25, "of the rest"), (47, "selected with it")] {
        painter.text_right(columns[2] + right, area.y + 1, text, painter.look.dim(), 21);
    }
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(5), ..area };
    let room = usize::from(list.height);
    let top = scroll::top(pane.row, rows.len(), room);
    for (i, apart) in rows.iter().enumerate().skip(top).take(room) {
        let y = list.y + (i - top) as u16;
        let style = if apart.is_clear() { painter.look.critical() } else { painter.look.plain() };
        painter.text(columns[0], y, &apart.field, painter.look.plain(), NAME - 1);
        painter.text(columns[1], y, &apart.value, style, value);
        painter.text_right(columns[2] + 12, y, &percent(apart.share_bad), style, 12);
        painter.text_right(columns[2] + 25, y, &percent(apart.share_rest), painter.look.plain(), 12);
        let figures = format!("{} of {} ({})", thousands(apart.bad), thousands(apart.of), percent(apart.rate()));
        painter.text_right(columns[2] + 47, y, &figures, painter.look.plain(), 21);
        if i == pane.row {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
    }
    if let Some(apart) = pane.selected() {
        for (i, sentence) in sentences(explain, apart).iter().enumerate() {
            painter.text(area.x + 1, area.bottom() - 2 + i as u16, sentence, painter.look.plain(), area.width.saturating_sub(2));
        }
    }
    Seen::of(room)
}

fn sentences(explain: &Explain, apart: &Apart) -> [String; 2] {
    let (with, all) = (thousands(apart.bad), thousands(explain.selected));
    let name = format!("{}={}", apart.field, apart.value);
    [
        format!("{with} of the {all} selected have {name} ({}), and {} of the others", percent(apart.share_bad), percent(apart.share_rest)),
        format!("of all with it {} are selected, of those without it {}", percent(apart.rate()), percent(apart.rate_rest)),
    ]
}
