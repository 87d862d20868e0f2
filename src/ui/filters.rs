//! What narrows the panes: the line of chips, the list of them, the query bar, and the choice of a value.

use super::paint::Painter;
use super::scroll;
use crate::app::State;
use crate::app::filters::Keep;
use crate::app::narrow::{Pick, Purpose};
use crate::app::query_bar::QueryBar;
use crate::model::printable;
use ratatui::layout::Rect;

/// The line of chips: what holds, then what is off.
pub fn line(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let on: Vec<String> = state.filters.holding().map(|f| if f.exclude { f.to_string() } else { format!("+{f}") }).collect();
    let query = state.filters.held_query().map(|query| format!("query {query}"));
    let mut off: Vec<String> = state.filters.chips.iter().filter(|chip| !chip.on).map(|chip| chip.filter.to_string()).collect();
    off.extend(Some(format!("query {}", state.filters.query)).filter(|_| !state.filters.query.is_empty() && !state.filters.query_on));
    let on = on.into_iter().chain(query).collect::<Vec<_>>().join("  ");
    let mut x = area.x + painter.text(area.x, area.y, "filter: ", painter.look.dim(), area.width);
    let keys = state.keymap.keys_of(crate::app::Action::FilterEdit).first().map_or(String::new(), |key| format!("{key}: edit"));
    let room = area.right().saturating_sub(x + keys.len() as u16 + 2);
    x += painter.text(x, area.y, &on, painter.look.strong(), room);
    if !off.is_empty() {
        let gap = if on.is_empty() { "" } else { "   " };
        let room = area.right().saturating_sub(x + keys.len() as u16 + 2);
        painter.text(x, area.y, &format!("{gap}off: {}", off.join("  ")), painter.look.dim(), room);
    }
    painter.text_right(area.right(), area.y, &keys, painter.look.dim(), 20);
}

/// The list of them, over the view.
pub fn edit(state: &State, at: usize, area: Rect, painter: &mut Painter<'_>) {
    let chips = state.filters.chips.iter().map(|chip| (chip.on, chip.filter.to_string()));
    let query = Some((state.filters.query_on, format!("query {}", state.filters.query))).filter(|_| !state.filters.query.is_empty());
    let rows: Vec<String> = chips.chain(query).map(|(on, text)| format!("{}  {text}", if on { "on " } else { "off" })).collect();
    list("Filters", "enter on/off  x turn around  d forget  i query", &rows, at, area, painter);
}

/// Which value, over the view.
pub fn pick(pick: &Pick, area: Rect, painter: &mut Painter<'_>) {
    let title = match pick.purpose {
        Purpose::Filter(Keep::Only) => "Only records with",
        Purpose::Filter(Keep::Include) => "Also records with",
        Purpose::Filter(Keep::Exclude) => "No record with",
        Purpose::Copy => "Copy",
    };
    let rows: Vec<String> = pick.rows.iter().map(|(field, value)| format!("{} {value}", printable::left(field, 20))).collect();
    list(title, "enter takes it, esc leaves it", &rows, pick.at, area, painter);
}

/// Rows with a cursor, over the view.
pub fn list(title: &str, right: &str, rows: &[String], at: usize, area: Rect, painter: &mut Painter<'_>) {
    let width = area.width.saturating_sub(8).min(90);
    let room = usize::from(area.height.saturating_sub(8)).max(1);
    let shown = rows.len().min(room);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + 3, width, height: shown as u16 + 2 };
    painter.clear(place);
    painter.title(Rect { height: 1, ..place }, title, right, true);
    let top = scroll::top(at, rows.len(), shown);
    for (i, row) in rows.iter().enumerate().skip(top).take(shown) {
        let y = place.y + 1 + (i - top) as u16;
        let style = if i == at { painter.look.strong() } else { painter.look.plain() };
        painter.text(place.x + 1, y, &format!("{} {row}", if i == at { '>' } else { ' ' }), style, width - 2);
    }
    let below = rows.len().saturating_sub(top + shown);
    if below > 0 {
        painter.text(place.x + 1, place.bottom() - 1, &format!("{below} more below"), painter.look.dim(), width - 2);
    }
}

/// The query bar, over the last lines.
pub fn query(bar: &QueryBar, area: Rect, painter: &mut Painter<'_>) {
    let place = Rect { y: area.bottom().saturating_sub(4), height: 4, ..area };
    painter.clear(place);
    painter.title(Rect { height: 1, ..place }, "Query", "enter takes it  tab completes  up earlier ones  esc leaves it", true);
    let line = bar.text.line();
    painter.text(place.x + 1, place.y + 1, &format!("> {line}"), painter.look.strong(), place.width.saturating_sub(2));
    let column = |letters: usize| place.x + 3 + printable::width(&line.chars().take(letters).collect::<String>()) as u16;
    painter.reverse(column(bar.text.at()), place.y + 1);
    match &bar.error {
        Some(error) => {
            painter.glyph(column(error.column.saturating_sub(1)), place.y + 2, '^', painter.look.critical());
            painter.text(place.x + 1, place.y + 3, &error.to_string(), painter.look.critical(), place.width.saturating_sub(2));
        }
        None => {
            let proposals = bar.proposals().join("  ");
            let help = "field:value  -field:value  \"two words\"  status>=500  service:(a or b)  field:*  begin*";
            let (text, style) = if proposals.is_empty() { (help, painter.look.dim()) } else { (proposals.as_str(), painter.look.plain()) };
            painter.text(place.x + 3, place.y + 2, text, style, place.width.saturating_sub(4));
        }
    }
}
