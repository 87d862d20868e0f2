//! What some records say: the templates, and an example of the one under the cursor.

use super::list::level_style;
use super::paint::Painter;
use super::{detail, scroll};
use crate::answers::patterns::{Pattern, TREND};
use crate::app::{Seen, State};
use crate::model::Level;
use crate::model::printable::{percent, thousands};
use ratatui::layout::Rect;

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.patterns;
    let title = match (&pane.data.answer, &pane.data.fault) {
        (_, Some(fault)) => format!("Patterns: {fault}"),
        (None, None) => "Patterns …".to_string(),
        (Some(p), None) if p.read < p.records => {
            format!("Patterns {} of {} of {} records", p.patterns.len(), thousands(p.read), thousands(p.records))
        }
        (Some(p), None) => format!("Patterns {} of {} records", p.patterns.len(), thousands(p.records)),
    };
    let right = pane.data.answer.as_ref().and_then(|patterns| patterns.before).map_or_else(
        || "new and changed ones first".to_string(),
        |b| format!("new = not in {}-{}", state.zone.minute(b.from), state.zone.minute(b.to)),
    );
    painter.title(Rect { height: 1, ..area }, &title, &right, true);
    let rows = pane.rows();
    let example_height = (area.height / 3).min(12);
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(2 + example_height), ..area };
    let trend = if wide(area) { "trend        " } else { "" };
    let heads = format!("  count share change  first    {trend}level services         pattern");
    painter.text(area.x + 1, area.y + 1, &heads, painter.look.dim(), area.width);
    let room = usize::from(list.height);
    let top = scroll::top(pane.row, rows.len(), room);
    for (i, pattern) in rows.iter().enumerate().skip(top).take(room) {
        let y = list.y + (i - top) as u16;
        row(pattern, Rect { y, height: 1, ..list }, state, painter);
        if i == pane.row {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
    }
    let below = rows.len().saturating_sub(top + room);
    if below > 0 && list.height > 0 {
        painter.text_right(list.right(), list.bottom() - 1, &format!("  {below} more below"), painter.look.dim(), 20);
    }
    match pane.selected() {
        Some(pattern) => {
            let at = Rect { y: list.bottom(), height: example_height, ..area };
            let title = format!("Its newest, {} of {} records", state.zone.clock(pattern.last_seen), thousands(pattern.count));
            detail::draw(&title, 0, at, state, painter);
        }
        None if pane.data.answer.is_some() => {
            painter.text(area.x + 1, list.y, "no record here says anything", painter.look.dim(), area.width);
        }
        None => {}
    }
    Seen::of(room)
}

/// Whether there is room for trends.
fn wide(area: Rect) -> bool {
    area.width >= 116
}

fn row(pattern: &Pattern, area: Rect, state: &State, painter: &mut Painter<'_>) {
    let (x, y) = (area.x + 1, area.y);
    let is_new = pattern.is_new;
    painter.text_right(x + 7, y, &thousands(pattern.count), painter.look.plain(), 7);
    painter.text_right(x + 13, y, &percent(pattern.share), painter.look.plain(), 6);
    let style = if is_new { painter.look.critical() } else { painter.look.plain() };
    painter.text_right(x + 20, y, &pattern.changed(), style, 7);
    painter.text(x + 22, y, &state.zone.clock(pattern.first_seen), painter.look.plain(), 8);
    let mut x = x;
    if wide(area) {
        let most = pattern.trend.iter().copied().max().unwrap_or(0).max(1) as f64;
        for (i, count) in pattern.trend.iter().enumerate().filter(|(_, count)| **count > 0) {
            painter.glyph(x + 31 + i as u16, y, painter.look.spark(*count as f64 / most), painter.look.plain());
        }
        x += TREND as u16 + 1;
    }
    let level = pattern.main_level();
    painter.text(x + 31, y, level.map_or("-", Level::name), level_style(level, painter), 5);
    painter.text(x + 37, y, &pattern.who(), painter.look.plain(), 16);
    painter.text(x + 54, y, &pattern.pattern, level_style(level, painter), area.right().saturating_sub(x + 54));
}
