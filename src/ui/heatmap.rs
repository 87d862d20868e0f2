//! The heatmap: services by time. A cell is one column; its glyph carries the level.

use super::ghost;
use super::look::Cell;
use super::paint::Painter;
use crate::answers::errors::{CELL_PER_MS, CRITICAL, WARNING};
use crate::answers::{Column, Errors, Measure, ServiceErrors, State as Health};
use crate::app::errors::columns;
use crate::app::{Pane, Seen, State};
use crate::model::Timestamp;
use crate::model::printable::{count, cut, line, millis, percent, thousands};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Where what stands: the figures follow the grid at once, however wide the screen is.
#[derive(Clone, Copy)]
pub struct Columns {
    /// Width of the name with its margin.
    pub name: u16,
    /// The cells.
    pub grid: Rect,
    /// Where the total ends.
    pub total: u16,
    /// Where the share that fails ends.
    pub fails: u16,
    /// Where what is usual ends.
    pub usual: u16,
}

impl Columns {
    fn new(area: Rect, cells: usize) -> Columns {
        let [name, total, fails, usual] = columns(area.width);
        let room = area.width.saturating_sub(1 + name + total + fails + usual);
        let grid = Rect { x: area.x + 1 + name, width: room.min(u16::try_from(cells).unwrap_or(room)), ..area };
        Columns { name, grid, total: grid.right() + total, fails: grid.right() + total + fails, usual: grid.right() + total + fails + usual }
    }
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.errors;
    let focused = state.focus == Pane::Errors;
    let legend = legend(state, painter);
    let order = if pane.held { "order: held (s)" } else { "order: surprise" };
    painter.title(Rect { height: 1, ..area }, &format!("1 {}  {legend}", capital(pane.measure.name())), order, focused);
    let Some(errors) = &pane.data.answer else {
        let text = pane.data.fault.as_ref().map_or("…".to_string(), ToString::to_string);
        painter.text(area.x + 1, area.y + 1, &text, painter.look.unknown(), area.width.saturating_sub(2));
        return Seen::default();
    };
    let at_columns = Columns::new(area, errors.columns.len());
    let grid = at_columns.grid;
    let first = errors.columns.len().saturating_sub(usize::from(grid.width));
    axis(errors, state, Rect { y: area.y + 1, ..grid }, first, painter);
    heads(errors, at_columns, area.y + 1, painter);
    let rows = pane.rows();
    let room = usize::from(area.height.saturating_sub(4)) - usize::from(pane.ghost.is_some() && area.height > 6);
    let at = pane.row();
    let top = at.saturating_sub(room.saturating_sub(1)).min(rows.len().saturating_sub(room));
    let (rows_chosen, columns_chosen) = pane.block().unwrap_or_else(|| (at..=at, pane.column_index()..=pane.column_index()));
    let mut y = area.y + 1;
    for (i, service) in rows.iter().enumerate().skip(top).take(room) {
        y += 1;
        row(service, errors, Rect { y, height: 1, ..area }, at_columns, first, painter);
        if i == at && focused {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
        let on_screen = |column: &usize| *column >= first && *column - first < usize::from(grid.width);
        for column in columns_chosen.clone().filter(|column| rows_chosen.contains(&i) && focused && on_screen(column)) {
            painter.reverse(grid.x + (column - first) as u16, y);
        }
        if let Some(ghost) = pane.ghost.as_ref().filter(|_| i == at) {
            y += 1;
            ghost::row(ghost, &service.service, errors, Rect { y, height: 1, ..area }, at_columns, first, painter);
        }
    }
    let shown = y - (area.y + 1);
    below(state, errors, rows.len().saturating_sub(top + room), top, Rect { y: area.y + 2 + shown, ..area }, painter);
    if let Some(service) = rows.get(at) {
        let line = block(state).unwrap_or_else(|| detail(service, errors, state));
        painter.text(area.x + 1, area.y + 3 + shown, &line, painter.look.plain(), area.width.saturating_sub(1));
    }
    Seen::of(room)
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn legend(state: &State, painter: &Painter<'_>) -> String {
    let glyph = |cell| painter.look.cell(cell).0;
    let (some, warning, critical) = (glyph(Cell::Some), glyph(Cell::Warning), glyph(Cell::Critical));
    let levels = if state.errors.measure.has_thresholds() {
        format!("{some} some {warning} ≥10/min {critical} ≥50/min")
    } else {
        format!("{some} {warning} {critical} of each row's own most")
    };
    format!("{levels} o silent / not arrived ! incomplete")
}

/// `╷03:02` over the column that holds the full minute; where a version first appears, a marker.
fn axis(errors: &Errors, state: &State, area: Rect, first: usize, painter: &mut Painter<'_>) {
    let column_of = |at: &Timestamp| {
        let start = Column::Start(errors.interval.floor(at.millis()));
        let x = errors.columns.iter().position(|c| *c == start)?.checked_sub(first)?;
        (errors.range.contains(*at) && x < usize::from(area.width)).then_some(x)
    };
    let told = state.told.iter().map(|told| told.at);
    let marked: Vec<usize> = errors.markers.iter().map(|m| m.first_seen).chain(told).filter_map(|at| column_of(&at)).collect();
    let noted: Vec<usize> = state.marks.moments().filter_map(|m| column_of(&m.at)).collect();
    let mut free = 0;
    let step = label_step(errors.interval.millis());
    for (i, column) in errors.columns.iter().enumerate().skip(first) {
        let Column::Start(ms) = column else { continue };
        let x = i - first;
        let is_round = ms.rem_euclid(step) < errors.interval.millis();
        let in_the_way = marked.iter().chain(&noted).any(|m| (x..x + 7).contains(m));
        if is_round && x >= free && x + 6 <= usize::from(area.width) && !in_the_way {
            let mark = if painter.look.ascii { '|' } else { '╷' };
            painter.text(area.x + x as u16, area.y, &format!("{mark}{}", state.zone.minute(Timestamp::from_millis(*ms))), painter.look.dim(), 6);
            free = x + 8;
        }
    }
    for x in marked {
        painter.text(area.x + x as u16, area.y, "▾", painter.look.warning(), 1);
    }
    for x in noted {
        painter.glyph(area.x + x as u16, area.y, 'm', painter.look.strong());
    }
}

/// How far apart labels may stand, ms: at least nine columns.
fn label_step(interval_ms: i64) -> i64 {
    const STEPS: [i64; 9] = [60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000];
    STEPS.into_iter().find(|step| *step >= interval_ms * 8).unwrap_or(86_400_000)
}

fn heads(errors: &Errors, at: Columns, y: u16, painter: &mut Painter<'_>) {
    let total = match errors.measure {
        Measure::Errors => "err",
        Measure::P95 => "p95 ms",
        other => other.name(),
    };
    let dim = painter.look.dim();
    painter.text_right(at.total, y, total, dim, 8);
    painter.text_right(at.fails, y, "fail", dim, 5);
    painter.text_right(at.usual, y, "usual", dim, 6);
}

fn row(service: &ServiceErrors, errors: &Errors, area: Rect, at: Columns, first: usize, painter: &mut Painter<'_>) {
    let grid = at.grid;
    let name_style = match service.state {
        Health::Failing => painter.look.critical(),
        Health::Silent => painter.look.silent(),
        Health::Late | Health::Incomplete => painter.look.unknown(),
        Health::Unknown | Health::Ok => painter.look.plain(),
    };
    let name = if service.service.is_empty() { "(no name)" } else { &service.service };
    painter.text(area.x + 1, area.y, name, name_style, at.name - 1);
    for (i, cell) in service.cells.iter().enumerate().skip(first).take(usize::from(grid.width)) {
        let (glyph, style) = painter.look.cell(level(service, errors, i, *cell));
        painter.glyph(grid.x + (i - first) as u16, area.y, glyph, style);
    }
    let (total, now, usual, style) = figures(service, errors, painter);
    painter.text_right(at.total, area.y, &total, painter.look.plain(), at.total - grid.right());
    painter.text_right(at.fails, area.y, &now, style, at.fails - at.total);
    painter.text_right(at.usual, area.y, &usual, painter.look.dim(), at.usual - at.fails);
}

/// What the cell of a column has to say.
pub fn level(service: &ServiceErrors, errors: &Errors, column: usize, cell: Option<f64>) -> Cell {
    let start = match errors.columns.get(column) {
        Some(Column::Start(ms)) => *ms,
        _ => 0,
    };
    let after_newest = service.newest.is_none_or(|newest| start > newest.millis());
    match (service.state, cell) {
        (Health::Incomplete, _) => Cell::Incomplete,
        (Health::Late, None) => Cell::NotArrived,
        (Health::Silent, _) if after_newest => Cell::Silent,
        (_, None) => Cell::Nothing,
        (_, Some(n)) if n <= 0.0 => Cell::Nothing,
        (_, Some(n)) if errors.measure.has_thresholds() => {
            let scale = errors.interval.millis() as f64 / CELL_PER_MS as f64;
            if n >= CRITICAL * scale {
                Cell::Critical
            } else if n >= WARNING * scale {
                Cell::Warning
            } else {
                Cell::Some
            }
        }
        (_, Some(n)) if errors.measure == Measure::Share => {
            if n >= 0.2 {
                Cell::Critical
            } else if n >= 0.05 {
                Cell::Warning
            } else {
                Cell::Some
            }
        }
        (_, Some(n)) => {
            let most = service.cells.iter().flatten().copied().fold(0.0, f64::max);
            if n >= most * 0.67 {
                Cell::Critical
            } else if n >= most * 0.33 {
                Cell::Warning
            } else {
                Cell::Some
            }
        }
    }
}

/// The row's figures: a lower bound is `≥`, what is not known `?`, no requests `none`.
pub fn figures(service: &ServiceErrors, errors: &Errors, painter: &Painter<'_>) -> (String, String, String, Style) {
    let total = match (service.total, errors.measure) {
        (None, _) => "?".to_string(),
        (Some(n), Measure::Share) => percent(n),
        (Some(n), Measure::P95) => millis(n),
        (Some(n), _) => thousands(n as u64),
    };
    // What has not arrived or did not answer may add to it.
    let total = if matches!(service.state, Health::Incomplete | Health::Late) { format!("≥{total}") } else { total };
    let rate = || service.usual_per_min.map_or("?".to_string(), |n| format!("{}/min", millis(n)));
    match service.state {
        Health::Late | Health::Incomplete => (total, "?".to_string(), service.usual.map_or("?".to_string(), percent), painter.look.unknown()),
        Health::Silent => (total, "none".to_string(), rate(), painter.look.silent()),
        _ => {
            let now = service.error_share.map_or("-".to_string(), percent);
            let usual = if service.error_share.is_none() { rate() } else { service.usual.map_or("?".to_string(), percent) };
            let style = if service.state == Health::Failing { painter.look.critical() } else { painter.look.plain() };
            (total, now, usual, style)
        }
    }
}

fn below(state: &State, errors: &Errors, more: usize, above: usize, area: Rect, painter: &mut Painter<'_>) {
    let hidden = state.errors.hidden();
    let mut parts = Vec::new();
    if above > 0 {
        parts.push(format!("{above} more above"));
    }
    if more > 0 {
        parts.push(format!("{more} more below"));
    }
    if hidden > 0 {
        let all = errors.completeness.complete && !errors.services.iter().any(|s| s.state == Health::Late);
        parts.push(format!("+ {} without errors{} (a: show)", count(hidden, "service"), if all { ", all reporting" } else { "" }));
    }
    let taken = painter.text(area.x + 1, area.y, &parts.join(", "), painter.look.dim(), area.width.saturating_sub(1));
    let text = new_ones(state, errors);
    painter.text_right(area.right(), area.y, &text, painter.look.dim(), area.width.saturating_sub(taken + 3));
}

/// The newest versions and told changes, `<` before those that came before what is on screen.
fn new_ones(state: &State, errors: &Errors) -> String {
    let of_versions = errors.markers.iter().map(|m| (m.first_seen, format!("{} {}", m.service, m.value)));
    let of_told = state.told.iter().map(|told| (told.at, format!("{} {}", told.service.as_deref().unwrap_or("all"), line(&told.what))));
    let mut all: Vec<(Timestamp, String)> = of_versions.chain(of_told).filter(|(at, _)| *at < errors.range.to).collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let one = |(at, what): &(Timestamp, String)| {
        let sign = if *at < errors.range.from { '<' } else { '▾' };
        format!("{sign} {} {}", state.zone.minute(*at), cut(what, 40))
    };
    if all.is_empty() { super::brief::no_new_version(errors).unwrap_or_default() } else { all.iter().take(2).map(one).collect::<Vec<_>>().join("  ") }
}

/// What the block under the cursor holds, and what can be done with it.
fn block(state: &State) -> Option<String> {
    let pane = &state.errors;
    let total = pane.block_total().filter(|_| !matches!(pane.measure, Measure::Share | Measure::P95));
    let figure = total.map_or(String::new(), |n| format!(": {} {}", thousands(n as u64), pane.measure.name()));
    let services = pane.chosen().len();
    let range = pane.cell_range().filter(|_| pane.anchor.is_some())?;
    let when = format!("{}-{}", state.zone.clock(range.from), state.zone.clock(range.to));
    Some(format!("block {} {when}{figure} · ↵ x p: into it, +: zoom to it, esc", count(services, "service")))
}

/// The exact figures of the cell under the cursor: nobody has to read a colour.
fn detail(service: &ServiceErrors, errors: &Errors, state: &State) -> String {
    let at = state.errors.column_index();
    let Some(Column::Start(ms)) = errors.columns.get(at) else { return String::new() };
    let clock = state.zone.clock(Timestamp::from_millis(*ms));
    let figure = match (service.cells.get(at).copied().flatten(), errors.measure) {
        (None, _) => "not known".to_string(),
        (Some(n), Measure::Share) => format!("{} of requests fail", percent(n)),
        (Some(n), Measure::P95) => format!("p95 {} ms", millis(n)),
        (Some(n), measure) => format!("{} {}", thousands(n as u64), measure.name()),
    };
    let filling = if errors.partial.contains(&at) { " (still filling)" } else { "" };
    let unfinished = service.unfinished.filter(|n| *n > 0).map_or(String::new(), |n| format!(", {} hung", thousands(n)));
    let whole = format!("in range {} of {} failed{unfinished}", thousands(service.failed), thousands(service.requests));
    let newest = service.newest.map_or("no record".to_string(), |at| format!("newest {}", state.zone.clock(at)));
    format!("{clock} {figure}{filling} · {whole} · {newest} · {}", service.state.name())
}
