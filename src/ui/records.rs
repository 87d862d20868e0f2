//! Records behind something: the list, and the one under the cursor in full.

use super::paint::Painter;
use super::scroll;
use crate::app::{Seen, State, View};
use crate::model::printable::millis;
use crate::model::{Level, LogRecord, Span};
use ratatui::layout::Rect;
use ratatui::style::Style;
use serde_json::{Map, Value};

/// Draws the view.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) -> Seen {
    let pane = &state.records;
    let records = pane.records();
    let detail_height = if pane.detail { area.height.saturating_sub(4) } else { (area.height / 2).min(14) };
    let list = Rect { height: area.height - detail_height, ..area };
    let title = match (&pane.data.answer, &pane.data.fault) {
        (_, Some(fault)) => format!("Records: {fault}"),
        (None, None) => "Records …".to_string(),
        (Some(logs), None) => format!("Records {}{}, oldest first", records.len(), if logs.more { " of more" } else { "" }),
    };
    let right = match (state.follows(), pane.search.as_str()) {
        (true, _) => "following the newest (F)".to_string(),
        (false, "") => String::new(),
        (false, wanted) => format!("/{wanted}  n N"),
    };
    painter.title(Rect { height: 1, ..list }, &title, &right, true);
    let seen = draw_list(records, pane.row, Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list }, state, painter);
    if let Some(record) = pane.selected_record() {
        let at = Rect { y: list.bottom(), height: detail_height, ..area };
        let lines = detail_lines(record, state, usize::from(area.width.saturating_sub(18)));
        let scroll = if pane.detail { pane.scroll } else { 0 };
        draw_detail(&format!("Record {} of {}", pane.row + 1, records.len()), "enter: unfold  T: its trace", &lines, scroll, at, painter);
    } else if pane.data.answer.is_some() {
        painter.text(area.x + 1, area.y + 2, "no record here matches: < goes back", painter.look.dim(), area.width);
    }
    seen
}

/// A list of records with a cursor; also below a waterfall.
pub fn draw_list(records: &[LogRecord], at: usize, area: Rect, state: &State, painter: &mut Painter<'_>) -> Seen {
    let room = usize::from(area.height);
    let top = scroll::top(at, records.len(), room);
    for (i, record) in records.iter().enumerate().skip(top).take(room) {
        let y = area.y + (i - top) as u16;
        row(record, Rect { y, height: 1, ..area }, state, painter);
        painter.highlight(Rect { y, height: 1, ..area }, if state.view == View::Records { &state.records.search } else { &state.trace.search });
        if i == at {
            painter.glyph(area.x, y, '>', painter.look.strong());
        }
    }
    let below = records.len().saturating_sub(top + room);
    if below > 0 && area.height > 0 {
        painter.text_right(area.right(), area.bottom() - 1, &format!("  {below} more below"), painter.look.dim(), 20);
    }
    Seen { rows: room }
}

/// Red for errors, yellow for warnings.
pub fn level_style(level: Option<Level>, painter: &Painter<'_>) -> Style {
    match level {
        Some(Level::Error | Level::Fatal) => painter.look.critical(),
        Some(Level::Warn) => painter.look.warning(),
        _ => painter.look.plain(),
    }
}

fn row(record: &LogRecord, area: Rect, state: &State, painter: &mut Painter<'_>) {
    let y = area.y;
    let mut x = area.x + 1;
    let mut put = |painter: &mut Painter<'_>, text: &str, style: Style, width: u16| {
        painter.text(x, y, text, style, width.min(area.right().saturating_sub(x)));
        x += width + 1;
    };
    put(painter, &state.zone.clock_millis(record.timestamp), painter.look.plain(), 12);
    put(painter, record.level.map_or("-", Level::name), level_style(record.level, painter), 5);
    put(painter, record.service.as_deref().unwrap_or("-"), painter.look.plain(), 16);
    if area.width >= 100 {
        let pod = record.host.as_deref().unwrap_or("-");
        let tail: String = pod.chars().skip(pod.chars().count().saturating_sub(6)).collect();
        put(painter, &tail, painter.look.dim(), 6);
        put(painter, record.version.as_deref().unwrap_or("-"), painter.look.dim(), 7);
    }
    let ms = record.duration_ms.map_or("-".to_string(), millis);
    painter.text_right(x + 6, y, &ms, painter.look.plain(), 6);
    x += 7;
    let status = record.status.map_or(String::new(), |s| format!("{s} "));
    let style = if record.is_failed() { painter.look.critical() } else { painter.look.plain() };
    let taken = painter.text(x, y, &status, style, 4);
    let message = match (&record.method, &record.path) {
        (method, Some(path)) => format!("{} {} {path}", record.message.as_deref().unwrap_or(""), method.as_deref().unwrap_or("")),
        _ => record.message.clone().unwrap_or_default(),
    };
    painter.text(x + taken, y, &message, level_style(record.level, painter), area.right().saturating_sub(x + taken));
}

/// A titled list of names and values.
pub fn draw_detail(title: &str, right: &str, lines: &[(String, String)], scroll: usize, area: Rect, painter: &mut Painter<'_>) {
    painter.title(Rect { height: 1, ..area }, title, right, false);
    let room = usize::from(area.height.saturating_sub(1));
    let scroll = scroll.min(lines.len().saturating_sub(room));
    for (i, (name, value)) in lines.iter().skip(scroll).take(room).enumerate() {
        let y = area.y + 1 + i as u16;
        painter.text(area.x + 1, y, name, painter.look.dim(), 15);
        painter.text(area.x + 17, y, value, painter.look.plain(), area.width.saturating_sub(17));
    }
    let more = lines.len().saturating_sub(scroll + room);
    if more > 0 && area.height > 1 {
        painter.text_right(area.right(), area.bottom() - 1, &format!("  {more} more lines"), painter.look.dim(), 18);
    }
}

/// Name and value of each line: the fields in their stored order, the exception before them.
pub fn detail_lines(record: &LogRecord, state: &State, width: usize) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let arrived = record.arrived.map_or(String::new(), |at| {
        format!("   arrived {} ({:.1} s later)", state.zone.clock_millis(at), at.millis_since(record.timestamp) / 1000.0)
    });
    lines.push(("timestamp".to_string(), format!("{}{arrived}", record.timestamp.rfc3339_precise())));
    let mut put = |name: &str, value: Option<String>| {
        for (i, part) in value.into_iter().flat_map(|v| folded(&v, width)).enumerate() {
            lines.push((if i == 0 { name.to_string() } else { String::new() }, part));
        }
    };
    put("trace_id", record.trace_id.clone());
    put("message", record.message.clone());
    if let Some(exception) = &record.exception {
        put("exception", Some(format!("{}: {}", exception.kind.as_deref().unwrap_or("?"), exception.message.as_deref().unwrap_or(""))));
        lines.extend(frames(exception.stacktrace.as_deref().unwrap_or_default()).into_iter().map(|frame| (String::new(), frame)));
    }
    lines.extend(field_lines(&record.fields, &["timestamp", "@timestamp", "trace_id", "message", "exception"], width));
    lines
}

/// The same for a span: what is known of it, then everything as a tracer stored it.
pub fn span_lines(span: &Span, state: &State, width: usize) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut put = |name: &str, value: Option<String>| lines.extend(value.map(|v| (name.to_string(), v)));
    let how = if span.inferred { "put together from log records" } else { "measured by a tracer" };
    put("span", Some(format!("{} {}   {}   {how}", span.service, span.name, span.id)));
    put("start", Some(format!("{}   {} ms, {} ms of its own", span.start.rfc3339_precise(), millis(span.duration_ms), millis(span.self_ms))));
    put(
        "clock",
        (span.shift_ms != 0.0).then(|| {
            format!(
                "wrong: {} ms to be added; it really began at {}",
                millis_signed(span.shift_ms),
                state.zone.clock_millis(crate::model::Trace::true_start(span))
            )
        }),
    );
    put("parent", span.parent.clone());
    put("parent missing", span.missing_parent.clone());
    put("ambiguous", span.ambiguous.then(|| "others could as well be its parent".to_string()));
    put("status", span.status.map(|s| s.to_string()));
    put("failed", span.failed.then(|| span.said.clone().or_else(|| span.exception.clone()).unwrap_or_else(|| "yes".to_string())));
    put("open", span.open.then(|| "it never completed; shown to its last sign of life".to_string()));
    put("asked", span.peer.as_ref().map(|p| format!("{}{}", p.name, if p.is_database { " (database)" } else { "" })));
    put("host", span.host.clone());
    if let Some(fields) = &span.fields {
        lines.extend(field_lines(fields, &[], width));
    }
    lines
}

fn millis_signed(ms: f64) -> String {
    format!("{}{}", if ms < 0.0 { "-" } else { "+" }, millis(ms.abs()))
}

fn field_lines(fields: &Map<String, Value>, left_out: &[&str], width: usize) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| !left_out.contains(&name.as_str())) {
        for (i, part) in folded(&flat(value), width).into_iter().enumerate() {
            lines.push((if i == 0 { name.clone() } else { String::new() }, part));
        }
    }
    lines
}

/// A stack with the frames of libraries folded: what one wrote oneself is what one can mend.
fn frames(stack: &str) -> Vec<String> {
    const LIBRARIES: [&str; 12] = [
        "site-packages",
        "dist-packages",
        "/usr/lib/",
        "/usr/local/lib/",
        "node_modules",
        "java.base/",
        "jdk.internal",
        "org.springframework",
        "org.apache.",
        "sun.reflect",
        "/go/pkg/mod",
        "node:internal",
    ];
    let mut out: Vec<String> = Vec::new();
    let mut hidden = 0;
    let mut in_library = false;
    let close = |out: &mut Vec<String>, hidden: &mut usize| {
        if *hidden > 0 {
            out.push(format!("  ▸ {hidden} library frame{} folded", if *hidden == 1 { "" } else { "s" }));
            *hidden = 0;
        }
    };
    for line in stack.lines() {
        let is_frame = line.trim_start().starts_with("File ") || line.trim_start().starts_with("at ");
        if is_frame {
            in_library = LIBRARIES.iter().any(|library| line.contains(library));
            hidden += usize::from(in_library);
        } else if !line.starts_with(' ') {
            in_library = false;
        }
        if !in_library {
            close(&mut out, &mut hidden);
            out.push(line.to_string());
        }
    }
    close(&mut out, &mut hidden);
    out
}

/// An object as `key=value` pairs.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| format!("{key}={}", flat(value))).collect::<Vec<_>>().join("  "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn folded(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = crate::model::printable::line(text).chars().collect();
    letters.chunks(width.max(10)).take(12).map(|part| part.iter().collect()).collect()
}
