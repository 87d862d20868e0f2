//! A list of records with a cursor: level, service and message, or the columns that were chosen; marks between them.

use super::paint::Painter;
use super::scroll;
use crate::app::detail::folded;
use crate::app::listing::value;
use crate::app::{Seen, State, View};
use crate::model::printable::{self, millis};
use crate::model::{Level, LogRecord};
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::ops::RangeInclusive;

/// A wrapped message takes at most so many lines.
const MOST_LINES: usize = 8;
/// A chosen column is no wider than this; the last one has what is left.
const WIDEST: usize = 26;
/// So many records are looked at for how wide a column has to be.
const LOOKED_AT: usize = 200;

/// One column of a row.
struct Cell {
    text: String,
    style: Style,
    width: u16,
    right: bool,
}

/// A row: its columns, then what has the rest of the line.
struct Row {
    cells: Vec<Cell>,
    rest: (String, Style),
}

/// Draws it; `chosen` are the places of the selected records.
pub fn draw(records: &[LogRecord], at: usize, chosen: RangeInclusive<usize>, area: Rect, state: &State, painter: &mut Painter<'_>) -> Seen {
    let widths = widths(records, state);
    let area = head(&widths, state, area, painter);
    let room = usize::from(area.height);
    let rows = |i: usize| records.get(i).map(|record| row(record, &widths, area.width, state, painter));
    let height = |i: usize| rows(i).map_or(0, |row| notes_before(records, i, state).len() + lines(&row, area.width, state).len());
    let mut top = scroll::top(at, records.len(), room);
    // Marks and wrapped messages take lines as well: the cursor stays in sight.
    let mut taken: usize = (top..=at).map(height).sum();
    while taken > room && top < at {
        taken -= height(top);
        top += 1;
    }
    let (mut y, mut i) = (area.y, top);
    while let Some(record) = records.get(i).filter(|_| y < area.bottom()) {
        for note in notes_before(records, i, state) {
            painter.title(Rect { y, height: 1, ..area }, &note, "", false);
            y += 1;
        }
        let row = row(record, &widths, area.width, state, painter);
        let begin = y;
        y = put(&row, Rect { y, height: area.bottom().saturating_sub(y), ..area }, state, painter);
        for line in begin..y {
            painter.highlight(Rect { y: line, height: 1, ..area }, searched(state));
        }
        if begin < area.bottom() {
            margin(record, i == at, chosen.contains(&i) && chosen.start() != chosen.end(), (area.x, begin), state, painter);
        }
        i += 1;
    }
    let below = records.len().saturating_sub(i);
    if below > 0 && area.height > 0 {
        painter.text_right(area.right(), area.bottom() - 1, &format!("  {below} more below"), painter.look.dim(), 20);
    }
    Seen::of((i - top).max(1))
}

fn searched(state: &State) -> &str {
    if state.view == View::Trace { &state.trace.search } else { &state.records.search }
}

/// `>` at the cursor, `*` at a bookmark, a bar along what is selected.
fn margin(record: &LogRecord, here: bool, selected: bool, (x, y): (u16, u16), state: &State, painter: &mut Painter<'_>) {
    let bar = if painter.look.ascii { '|' } else { '│' };
    let glyph = match (here, state.marks.has(record), selected) {
        (true, ..) => '>',
        (_, true, _) => '*',
        (_, _, true) => bar,
        _ => return,
    };
    painter.glyph(x, y, glyph, painter.look.strong());
}

/// What was marked or told between a record and the one before it.
fn notes_before(records: &[LogRecord], i: usize, state: &State) -> Vec<String> {
    let before = i.checked_sub(1).and_then(|before| records.get(before));
    let (Some(before), Some(record)) = (before, records.get(i)) else { return Vec::new() };
    let between = |at: crate::model::Timestamp| before.timestamp < at && at <= record.timestamp;
    let marks = state.marks.moments().filter(|mark| between(mark.at)).map(|mark| format!("m {} {}", state.zone.clock(mark.at), mark.note));
    let told = state.told.iter().filter(|told| between(told.at)).map(|told| format!("▾ {} {}", state.zone.clock(told.at), told.what));
    marks.chain(told).collect()
}

/// Milliseconds in the seven places of their column: from a quarter of an hour on, seconds.
fn short_millis(ms: f64) -> String {
    if ms.abs() < 999_999.5 { millis(ms) } else { format!("{} s", printable::thousands((ms.abs() / 1000.0).round() as u64)) }
}

/// Red for errors, yellow for warnings.
pub fn level_style(level: Option<Level>, painter: &Painter<'_>) -> Style {
    match level {
        Some(Level::Error | Level::Fatal) => painter.look.critical(),
        Some(Level::Warn) => painter.look.warning(),
        _ => painter.look.plain(),
    }
}

/// How wide each chosen column is; none where nothing was chosen.
fn widths(records: &[LogRecord], state: &State) -> Vec<(String, u16)> {
    let wide = |column: &String| {
        let values = records.iter().take(LOOKED_AT).filter_map(|record| value(record, column, state.zone));
        let widest = values.map(|value| printable::width(&printable::line(&value))).max().unwrap_or(0);
        (column.clone(), widest.max(column.len()).min(WIDEST) as u16)
    };
    state.listing.columns.iter().map(wide).collect()
}

/// The names of chosen columns; what is left for the rows.
fn head(widths: &[(String, u16)], state: &State, area: Rect, painter: &mut Painter<'_>) -> Rect {
    if widths.is_empty() || area.height < 3 {
        return area;
    }
    let mut x = area.x + 1;
    for (name, width) in widths {
        let name = if name == "time" { format!("time {}", state.zone.name()) } else { name.clone() };
        let width = if widths.last().is_some_and(|(last, _)| *last == name) { area.width } else { *width };
        painter.text(x, area.y, &name, painter.look.dim(), width.min(area.right().saturating_sub(x)));
        x += width + 1;
    }
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

fn row(record: &LogRecord, widths: &[(String, u16)], width: u16, state: &State, painter: &Painter<'_>) -> Row {
    match widths.split_last() {
        None => usual_row(record, width, state, painter),
        Some(((last, _), others)) => {
            let style = |column: &str| match column {
                "level" | "message" | "exception" => level_style(record.level, painter),
                "status" if record.is_failed() => painter.look.critical(),
                _ => painter.look.plain(),
            };
            let text = |column: &str| value(record, column, state.zone).unwrap_or_else(|| "-".to_string());
            let cell = |(column, width): &(String, u16)| Cell { text: text(column), style: style(column), width: *width, right: column == "ms" };
            Row { cells: others.iter().map(cell).collect(), rest: (text(last), style(last)) }
        }
    }
}

/// What fits where nothing was chosen.
fn usual_row(record: &LogRecord, width: u16, state: &State, painter: &Painter<'_>) -> Row {
    let look = painter.look;
    let cell = |text: String, style: Style, width: u16| Cell { text, style, width, right: false };
    let mut cells = vec![
        cell(state.zone.clock_millis(record.timestamp), look.plain(), 12),
        cell(record.level.map_or("-", Level::name).to_string(), level_style(record.level, painter), 5),
        cell(record.service.clone().unwrap_or("-".to_string()), look.plain(), 16),
    ];
    if width >= 100 {
        let pod = record.host.as_deref().unwrap_or("-");
        cells.push(cell(pod.chars().skip(pod.chars().count().saturating_sub(6)).collect(), look.dim(), 6));
        cells.push(cell(record.version.clone().unwrap_or("-".to_string()), look.dim(), 7));
    }
    cells.push(Cell { text: record.duration_ms.map_or("-".to_string(), short_millis), style: look.plain(), width: 7, right: true });
    if let Some(status) = record.status {
        let style = if record.is_failed() { look.critical() } else { look.plain() };
        cells.push(cell(status.to_string(), style, 3));
    }
    let message = record.message.clone().unwrap_or_default();
    let message = match (&record.method, &record.path) {
        (method, Some(path)) => format!("{message} {} {path}", method.as_deref().unwrap_or("")),
        _ => message,
    };
    Row { cells, rest: (message, level_style(record.level, painter)) }
}

/// Where the rest of a row begins, from its left edge.
fn indent(row: &Row) -> u16 {
    1 + row.cells.iter().map(|cell| cell.width + 1).sum::<u16>()
}

/// The lines of the rest of a row.
fn lines(row: &Row, width: u16, state: &State) -> Vec<String> {
    if !state.listing.wrap {
        return vec![row.rest.0.clone()];
    }
    let room = usize::from(width.saturating_sub(indent(row))).max(10);
    let mut lines = folded(&row.rest.0, room);
    lines.truncate(MOST_LINES);
    lines
}

/// Puts a row down, from the first line of the place on; returns the line below it.
fn put(row: &Row, place: Rect, state: &State, painter: &mut Painter<'_>) -> u16 {
    let mut x = place.x + 1;
    for cell in &row.cells {
        let width = cell.width.min(place.right().saturating_sub(x));
        if cell.right {
            painter.text_right(x + width, place.y, &cell.text, cell.style, width);
        } else {
            painter.text(x, place.y, &cell.text, cell.style, width);
        }
        x += cell.width + 1;
    }
    let (x, mut y) = (place.x + indent(row), place.y);
    for line in lines(row, place.width, state) {
        if y < place.bottom() {
            painter.text(x, y, &line, row.rest.1, place.right().saturating_sub(x));
        }
        y += 1;
    }
    y.min(place.bottom())
}
