//! What the cursor is on, in full: lines of names and values as wide as the screen, which can be scrolled and searched.

use super::cursor::next_where;
use super::search::search_of;
use super::state::{State, View};
use crate::model::printable::{self, millis};
use crate::model::{LogRecord, Span, Trace};
use serde_json::{Map, Value};

/// A line: the name on the first one of a value, else nothing.
pub type Line = (String, String);

/// Columns of the name and the margin; the value has the rest.
pub const NAME: u16 = 17;
/// A value of more lines than this is cut: it is written to a file whole.
const MOST_LINES: usize = 2000;
/// More letters than this of one value are not looked at.
const MOST_LETTERS: usize = 100_000;

/// The lines of the record or span under the cursor.
pub fn lines(state: &State) -> Vec<Line> {
    let width = usize::from(state.size.0.saturating_sub(NAME + 1)).max(10);
    let record = match state.view {
        View::Records => state.records.selected_record(),
        View::Trace if state.trace.in_records => state.trace.selected_record(),
        View::Trace => {
            let Some(span) = state.trace.selected() else { return Vec::new() };
            return if state.listing.json { json_lines(span.fields.as_deref(), width) } else { span_lines(span, state, width) };
        }
        View::Patterns => return example_lines(state, width),
        View::Overview | View::Explain => None,
    };
    match record {
        Some(record) if state.listing.json => json_lines(Some(&record.fields), width),
        Some(record) => record_lines(record, state, width),
        None => Vec::new(),
    }
}

/// To the next (or previous) line that has what is searched for; whether there is one.
pub fn step_match(state: &mut State, forward: bool) -> bool {
    let wanted = search_of(state).to_lowercase();
    let lines = lines(state);
    let holds = |i: usize| lines.get(i).is_some_and(|(name, text)| name.to_lowercase().contains(&wanted) || text.to_lowercase().contains(&wanted));
    let at = scroll(state);
    let found = next_where(at, forward, lines.len(), holds).filter(|_| !wanted.is_empty());
    *scroll_mut(state) = found.unwrap_or(at);
    found.is_some() || wanted.is_empty()
}

/// Scrolls so many lines on.
pub fn step(state: &mut State, by: isize) {
    let last = lines(state).len().saturating_sub(1);
    let scroll = scroll_mut(state);
    *scroll = scroll.saturating_add_signed(by).min(last);
}

/// Whether what the cursor is on is unfolded.
pub fn is_open(state: &State) -> bool {
    match state.view {
        View::Records => state.records.detail,
        View::Trace => state.trace.detail,
        _ => false,
    }
}

fn scroll(state: &State) -> usize {
    if state.view == View::Records { state.records.scroll } else { state.trace.scroll }
}

fn scroll_mut(state: &mut State) -> &mut usize {
    if state.view == View::Records { &mut state.records.scroll } else { &mut state.trace.scroll }
}

/// Name and value of each line: the fields in their stored order, the exception before them.
fn record_lines(record: &LogRecord, state: &State, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let arrived = record.arrived.map_or(String::new(), |at| {
        let later = at.millis_since(record.timestamp) / 1000.0;
        // A clock may be a little behind the one that stamps arrivals.
        let by = if later.abs() < 0.05 { "at once".to_string() } else { format!("{later:.1} s later") };
        format!("   arrived {} ({by})", state.zone.clock_millis(at))
    });
    lines.push(("timestamp".to_string(), format!("{}{arrived}", record.timestamp.rfc3339_precise())));
    put(&mut lines, "trace_id", record.trace_id.as_deref(), width);
    put(&mut lines, "message", record.message.as_deref(), width);
    if let Some(exception) = &record.exception {
        let text = format!("{}: {}", exception.kind.as_deref().unwrap_or("?"), exception.message.as_deref().unwrap_or(""));
        // What was said already is not said again, and most traces of a stack begin with it.
        put(&mut lines, "exception", Some(text.as_str()).filter(|text| record.message.as_deref() != Some(text)), width);
        let stack = exception.stacktrace.as_deref().unwrap_or_default();
        let frames = frames(stack.strip_prefix(text.as_str()).unwrap_or(stack).trim_start_matches('\n'));
        lines.extend(frames.iter().flat_map(|frame| folded(frame, width)).map(|frame| (String::new(), frame)));
    }
    field_lines(&mut lines, &record.fields, &["timestamp", "@timestamp", "trace_id", "message", "exception"], width);
    lines
}

/// The same for a span: what is known of it, then everything as a tracer stored it.
fn span_lines(span: &Span, state: &State, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |name: &str, value: Option<String>| put(&mut lines, name, value.as_deref(), width);
    let how = if span.inferred { "put together from log records" } else { "measured by a tracer" };
    say("span", Some(format!("{} {}   {}   {how}", span.service, span.name, span.id)));
    say("start", Some(format!("{}   {} ms, {} ms of its own", span.start.rfc3339_precise(), millis(span.duration_ms), millis(span.self_ms))));
    let sign = if span.shift_ms < 0.0 { '-' } else { '+' };
    let began = || state.zone.clock_millis(Trace::true_start(span));
    say(
        "clock",
        (span.shift_ms != 0.0).then(|| format!("wrong: {sign}{} ms to be added; it really began at {}", millis(span.shift_ms.abs()), began())),
    );
    say("parent", span.parent.clone());
    say("parent missing", span.missing_parent.clone());
    say("ambiguous", span.ambiguous.then(|| "others could as well be its parent".to_string()));
    say("status", span.status.map(|s| s.to_string()));
    say("failed", span.failed.then(|| span.said.clone().or_else(|| span.exception.clone()).unwrap_or_else(|| "yes".to_string())));
    say("open", span.open.then(|| "it never completed; shown to its last sign of life".to_string()));
    say("asked", span.peer.as_ref().map(|p| format!("{}{}", p.name, if p.is_database { " (database)" } else { "" })));
    say("host", span.host.clone());
    if let Some(fields) = &span.fields {
        field_lines(&mut lines, fields, &[], width);
    }
    lines
}

/// What varies in a template, then its newest record.
fn example_lines(state: &State, width: usize) -> Vec<Line> {
    let Some(pattern) = state.patterns.selected() else { return Vec::new() };
    let mut lines: Vec<Line> = pattern.varied().into_iter().map(|line| ("varies".to_string(), line)).take(3).collect();
    lines.extend(record_lines(&pattern.example, state, width));
    lines
}

/// As it is stored, as JSON.
fn json_lines(fields: Option<&Map<String, Value>>, width: usize) -> Vec<Line> {
    let Some(fields) = fields else { return vec![(String::new(), "put together from log records: nothing is stored of it".to_string())] };
    let text = serde_json::to_string_pretty(fields).unwrap_or_default();
    let width = width + usize::from(NAME) - 1;
    text.lines().flat_map(|line| folded(line, width)).take(MOST_LINES).map(|line| (String::new(), line)).collect()
}

fn put(lines: &mut Vec<Line>, name: &str, value: Option<&str>, width: usize) {
    let parts = value.into_iter().flat_map(|v| folded(v, width)).take(MOST_LINES).enumerate();
    lines.extend(parts.map(|(i, part)| (if i == 0 { name.to_string() } else { String::new() }, part)));
}

fn field_lines(lines: &mut Vec<Line>, fields: &Map<String, Value>, left_out: &[&str], width: usize) {
    for (name, value) in fields.iter().filter(|(name, _)| !left_out.contains(&name.as_str())) {
        put(lines, name, Some(&flat(value)), width);
    }
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

/// In lines of at most so many columns; what would move a terminal is a placeholder already.
pub fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for letter in printable::line(text).chars().take(MOST_LETTERS) {
        let wide = printable::width(letter.encode_utf8(&mut [0; 4]));
        if taken + wide > width {
            lines.push(String::new());
            taken = 0;
        }
        taken += wide;
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_folded_by_columns_and_nothing_is_lost() {
        assert_eq!(folded("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(folded("支付失败", 4), ["支付", "失败"]);
        assert_eq!(folded("", 4), [""]);
        assert_eq!(folded(&"x".repeat(65_536), 80).concat().len(), 65_536);
    }

    #[test]
    fn library_frames_are_folded_and_ones_own_stay() {
        let stack =
            "Traceback\n  File \"/app/pay.py\", line 3\n    charge()\n  File \"/x/site-packages/httpx/a.py\", line 9\n    send()\nTimeoutError: no";
        assert_eq!(frames(stack), ["Traceback", "  File \"/app/pay.py\", line 3", "    charge()", "  ▸ 1 library frame folded", "TimeoutError: no"]);
    }
}
