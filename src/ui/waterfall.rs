//! The waterfall: a row for each visible span, and nothing is looked at that is not drawn.

use super::paint::Painter;
use super::scroll;
use crate::answers::usual::Usual;
use crate::app::State;
use crate::app::trace::Row;
use crate::model::printable::{self, millis};
use crate::model::{Span, Trace};
use ratatui::layout::Rect;

const FIGURES: u16 = 18;
/// A bar shows the waiting for so many calls: more cannot be told apart.
const MOST_CALLS: usize = 2000;

/// Draws ruler and rows; returns how many rows fit.
pub fn draw(state: &State, trace: &Trace, area: Rect, painter: &mut Painter<'_>) -> usize {
    let pane = &state.trace;
    let (start, end) = trace.edges();
    let whole = end.millis_since(start).max(0.001);
    let label = (area.width * 2 / 5).min(56);
    let chart = Rect { x: area.x + label, width: area.width.saturating_sub(label + FIGURES + 1), ..area };
    ruler(whole, Rect { height: 1, ..chart }, painter);
    let usual = pane.compared();
    let (left, right) = if usual.is_some() { ("own", "usual") } else { ("total", "self") };
    painter.text_right(area.right() - 10, area.y, left, painter.look.dim(), 9);
    painter.text_right(area.right() - 1, area.y, right, painter.look.dim(), 8);
    let room = usize::from(area.height.saturating_sub(1));
    let at = pane.row.min(pane.rows.len().saturating_sub(1));
    let top = scroll::top(at, pane.rows.len(), room);
    let shown: Vec<Row> = pane.rows.iter().skip(top).take(room).copied().collect();
    for (i, row) in shown.iter().enumerate() {
        let Some(span) = trace.spans.get(row.span) else { continue };
        let line = Rect { y: area.y + 1 + i as u16, height: 1, ..area };
        let mark = match (top + i == at, trace.on_path.get(row.span) == Some(&true)) {
            (true, _) => '>',
            (false, true) => '*',
            (false, false) => ' ',
        };
        painter.glyph(line.x, line.y, mark, painter.look.strong());
        name(state, trace, *row, span, label, line, painter);
        bar(state, trace, *row, span, whole, Rect { y: line.y, height: 1, ..chart }, painter);
        if let Some(usual) = usual {
            // A service's parts are held against the usual together, where it first stands.
            let first = shown.iter().take(i).all(|above| trace.spans.get(above.span).is_none_or(|s| s.service != span.service));
            if first {
                part(usual, &span.service, line, area.right(), painter);
            }
            continue;
        }
        let open = if span.open { "+" } else { "" };
        painter.text_right(area.right() - 10, line.y, &format!("{}{open}", millis(span.duration_ms)), painter.look.plain(), 9);
        painter.text_right(area.right() - 1, line.y, &millis(span.self_ms), painter.look.dim(), 8);
    }
    map(state, top, room, Rect { x: area.right() - 1, y: area.y + 1, width: 1, height: area.height - 1 }, painter);
    room
}

/// A service's own time in this request and what half of the others take less of; red beyond what one in twenty takes.
fn part(usual: &Usual, service: &str, line: Rect, right: u16, painter: &mut Painter<'_>) {
    let Some(part) = usual.parts.iter().find(|part| part.service == service) else {
        let said = if usual.new.iter().any(|new| new == service) { "not usually" } else { "" };
        painter.text_right(right - 1, line.y, said, painter.look.warning(), 17);
        return;
    };
    let style = if part.now_ms > part.p95_ms.max(1.0) { painter.look.critical() } else { painter.look.plain() };
    painter.text_right(right - 10, line.y, &millis(part.now_ms), style, 9);
    painter.text_right(right - 1, line.y, &millis(part.p50_ms), painter.look.dim(), 8);
}

/// `  ▾ ? payment-gateway POST /charge ×37`.
fn name(state: &State, trace: &Trace, row: Row, span: &Span, width: u16, line: Rect, painter: &mut Painter<'_>) {
    let depth = trace.depths.get(row.span).copied().unwrap_or(0).min(12) as u16;
    let has_children = trace.children.get(row.span).is_some_and(|c| !c.is_empty());
    let fold = match (has_children, state.trace.is_folded(row.span)) {
        (true, true) => "▸ ",
        (true, false) => "▾ ",
        (false, _) => "  ",
    };
    let guessed = if span.ambiguous { "? " } else { "" };
    let times = if row.times > 1 { format!(" ×{}", row.times) } else { String::new() };
    let lost = if span.missing_parent.is_some() { " (its parent is missing)" } else { "" };
    let shift = if span.shift_ms == 0.0 {
        String::new()
    } else {
        format!(" [{}{} ms]", if span.shift_ms > 0.0 { "+" } else { "-" }, millis(span.shift_ms.abs()))
    };
    let version = new_version(state, trace, row.span, span).map_or(String::new(), |version| format!(" ▾{}", printable::line(version)));
    let style = painter.look.service(colour_of(&span.service));
    let x = line.x + 1 + depth;
    let room = width.saturating_sub(2 + depth);
    painter.text(x, line.y, &format!("{fold}{guessed}{}{version}{times}{shift} {}{lost}", span.service, span.name), style, room);
}

/// The version that wrote a span, where it was first seen within the day.
fn new_version<'a>(state: &State, trace: &'a Trace, at: usize, span: &Span) -> Option<&'a str> {
    let version = trace.own.get(at)?.iter().filter_map(|i| trace.records.get(*i)?.version.as_deref()).next()?;
    let errors = state.errors.data.answer.as_ref()?;
    errors.markers.iter().any(|m| m.service == span.service && m.value == version).then_some(version)
}

/// A service has the same colour in every trace.
fn colour_of(service: &str) -> usize {
    (crate::model::fingerprint(service) % 6) as usize
}

fn ruler(whole: f64, area: Rect, painter: &mut Painter<'_>) {
    const STEPS: [f64; 15] =
        [1.0, 5.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 60_000.0, 300_000.0, 1_800_000.0, 7_200_000.0];
    let most = (f64::from(area.width) / 9.0).max(1.0);
    let step = STEPS.into_iter().find(|step| whole / step <= most).unwrap_or(whole);
    let mut at = 0.0;
    while at < whole {
        let x = (at / whole * f64::from(area.width)) as u16;
        let text = if step >= 60_000.0 {
            format!("{:.0}m", at / 60_000.0)
        } else if step >= 1000.0 {
            format!("{:.0}s", at / 1000.0)
        } else {
            format!("{at:.0}ms")
        };
        if x + 6 <= area.width {
            painter.text(area.x + x, area.y, &text, painter.look.dim(), 8);
        }
        at += step;
    }
}

/// A span's bar: its own work solid, waiting for its children a line, silence outside; its error records on it; the last
/// column says how it ended. Where its clock is wrong it lies as recorded, or as it should have been, as chosen.
fn bar(state: &State, trace: &Trace, row: Row, span: &Span, whole: f64, area: Rect, painter: &mut Painter<'_>) {
    let width = f64::from(area.width);
    let (start, _) = trace.edges();
    let column = |ms: f64| (ms / whole * width).clamp(0.0, width) as u16;
    let begin = |span: &Span| if state.trace.put_right { Trace::true_start(span) } else { span.start };
    let at = begin(span).millis_since(start);
    let from = column(at).min(area.width.saturating_sub(1));
    let last = trace.spans.get(row.span + row.times - 1).map_or(at + span.duration_ms, |s| begin(s).millis_since(start) + s.duration_ms);
    let to = column(last).max(from + 1).min(area.width);
    let calls = trace.children.get(row.span).map(Vec::as_slice).unwrap_or_default();
    let waits: Vec<(u16, u16)> = calls
        .iter()
        .take(MOST_CALLS)
        .filter_map(|i| trace.spans.get(*i))
        .map(|child| {
            let at = begin(child).millis_since(start);
            (column(at), column(at + child.duration_ms))
        })
        .collect();
    let ascii = painter.look.ascii;
    let pick = |fine: char, plain: char| if ascii { plain } else { fine };
    let (work, wait, fail, outside) = (pick('█', '#'), pick('─', '-'), pick('×', 'x'), pick('░', '.'));
    let style = painter.look.service(colour_of(&span.service));
    for x in from..to {
        let waits = waits.iter().any(|(a, b)| *a <= x && x < *b);
        let glyph = if span.kind == crate::model::SpanKind::External {
            outside
        } else if waits {
            wait
        } else {
            work
        };
        painter.glyph(area.x + x, area.y, glyph, style);
    }
    for record in state.trace.error_records.get(&row.span).into_iter().flatten().filter_map(|at| trace.records.get(*at)) {
        let shift = if state.trace.put_right { span.shift_ms } else { 0.0 };
        let x = column(record.timestamp.millis_since(start) + shift).min(area.width.saturating_sub(1));
        painter.glyph(area.x + x, area.y, fail, painter.look.critical());
    }
    if span.failed {
        painter.glyph(area.x + to - 1, area.y, fail, painter.look.critical());
    }
}

/// Where in a long trace one is, and where its failures are: a column at the right.
fn map(state: &State, top: usize, room: usize, area: Rect, painter: &mut Painter<'_>) {
    let rows = &state.trace.rows;
    if rows.len() <= room || area.height == 0 {
        return;
    }
    let height = usize::from(area.height);
    let ascii = painter.look.ascii;
    for y in 0..height {
        let (from, to) = (y * rows.len() / height, ((y + 1) * rows.len() / height).max(y * rows.len() / height + 1));
        let inside = from < top + room && to > top;
        let next = state.trace.failed_rows.partition_point(|row| *row < from);
        let failed = state.trace.failed_rows.get(next).is_some_and(|row| *row < to);
        let glyph = match (failed, inside, ascii) {
            (true, _, true) => 'x',
            (true, _, false) => '×',
            (false, true, true) => '|',
            (false, true, false) => '┃',
            (false, false, true) => ':',
            (false, false, false) => '·',
        };
        let style = if failed { painter.look.critical() } else { painter.look.dim() };
        painter.glyph(area.x, area.y + y as u16, glyph, style);
    }
}
